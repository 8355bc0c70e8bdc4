"""Where mails lie on a disk: a file, a folder of files, an mbox, a Maildir."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, pairwise
from pathlib import Path

from apps.customers.importers.reading import Unusable

_CHUNK_LINE = 1_000_000  # bytes a line is read in
_POSTMARK = re.compile(rb"From \S+ ?(?:.*\d:\d\d|[^:]*$)", re.S)
_FIELD = re.compile(rb"[!-9;-~]+:")


@dataclass(frozen=True, slots=True)
class Found:
    """One mail, and what a report calls it: a file, or a file and the mail's number in it."""

    name: str
    raw: bytes


def mails_at(path: Path) -> Iterator[Found]:
    """Every mail there, in a steady order; `Unusable` when there is no such place."""
    if path.is_dir():
        if (path / "cur").is_dir() and (path / "new").is_dir():
            yield from _folder(path / "cur")
            yield from _folder(path / "new")
        else:
            yield from _folder(path)
    elif path.is_file():
        yield from _file(path, path.name)
    else:
        raise Unusable(f"There is no file or folder {path}.")


def _folder(path: Path) -> Iterator[Found]:
    for one in sorted(path.rglob("*")):
        if one.is_file() and not one.name.startswith("."):
            yield from _file(one, str(one.relative_to(path)))


def _file(path: Path, name: str) -> Iterator[Found]:
    try:
        with path.open("rb") as file:
            is_mbox = path.suffix != ".eml" and file.read(5) == b"From "
    except OSError as error:
        raise Unusable(f"{path} cannot be read: {error.strerror}.") from error
    if is_mbox:
        yield from _mbox(path, name)
    else:
        yield Found(name, path.read_bytes())


def _mbox(path: Path, name: str) -> Iterator[Found]:
    """Mails begin at a `From ` line after an empty one; `>From ` in them is `From ` again.

    Many programs quote no such line: one begins a mail only with a time in it, or a head below it.
    """
    lines: list[bytes] = []
    number, empty = 0, True
    with path.open("rb") as file:
        read = iter(lambda: file.readline(_CHUNK_LINE), b"")
        for line, below in pairwise(chain(read, (b"",))):
            if empty and _POSTMARK.match(line) and (b":" in line or _FIELD.match(below)):
                if number:
                    yield Found(f"{name}:{number}", _whole(lines))
                number, lines = number + 1, []
                empty = False
                continue
            empty = not line.strip(b"\r\n")
            quoted = line.lstrip(b">").startswith(b"From ") and line.startswith(b">")
            lines.append(line[1:] if quoted else line)
    yield Found(f"{name}:{max(number, 1)}", _whole(lines))


def _whole(lines: list[bytes]) -> bytes:
    """The mail without the empty line that ends it in the file."""
    return b"".join(lines[:-1] if lines and not lines[-1].strip(b"\r\n") else lines)
