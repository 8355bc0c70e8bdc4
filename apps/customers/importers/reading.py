"""Reads CSV and JSON Lines a row at a time, and knows the line and the byte each row ends at."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

LONGEST_LINE = 8 * 1024 * 1024
_BOM = b"\xef\xbb\xbf"

csv.field_size_limit(LONGEST_LINE)


class Unusable(Exception):
    """A file nothing can be taken from, in a sentence."""


class Malformed(Exception):
    """A row that cannot be taken: the column at fault and why."""

    def __init__(self, column: str, reason: str) -> None:
        super().__init__(f"{column}: {reason}" if column else reason)
        self.column = column
        self.reason = reason


class Row(NamedTuple):
    """One record of a file, or why it is none; `end` is the first byte after it."""

    line: int
    end: int
    next_line: int
    values: dict[str, Any] | None
    fault: Malformed | None = None
    nul: bool = False  # somewhere in it


def format_of(path: Path, named: str = "") -> str:
    """`csv` or `jsonl`: as told, by the name, or by the first character."""
    if named:
        return named
    suffix = path.suffix.lower()
    if suffix in (".csv", ".tsv"):
        return "csv"
    if suffix in (".jsonl", ".ndjson", ".json"):
        return "jsonl"
    with path.open("rb") as source:
        return "jsonl" if source.read(64).removeprefix(_BOM).lstrip().startswith(b"{") else "csv"


class _Lines:
    """The lines of a file from a place onward, counted; one too long comes in pieces."""

    def __init__(self, source: BinaryIO, line: int) -> None:
        self.source = source
        self.line = line  # lines read so far
        self.overlong = False

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        return self.raw().decode("utf-8", "surrogateescape")

    def raw(self) -> bytes:
        line = self.source.readline(LONGEST_LINE + 1)
        if not line:
            raise StopIteration
        if len(line) > LONGEST_LINE:
            self.overlong = True
            while line and not line.endswith(b"\n"):
                line = self.source.readline(LONGEST_LINE)
            line = b"\n"
        self.line += 1
        return line.removeprefix(_BOM) if self.line == 1 else line


def jsonl_rows(source: BinaryIO, *, cursor: int = 0, line: int = 0) -> Iterator[Row]:
    """Every object of a JSON Lines file from a settled place onward; empty lines are no rows."""
    source.seek(cursor)
    lines = _Lines(source, line)
    while True:
        lines.overlong = False
        try:
            raw = lines.raw()
        except StopIteration:
            return
        if not raw.strip() and not lines.overlong:
            continue
        values, fault = None, None
        try:
            if lines.overlong:
                raise Malformed("", f"The line is longer than {LONGEST_LINE // 1024 // 1024} MB.")
            values = json_object(raw)
        except Malformed as wrong:
            fault = wrong
        nul = b"\\u0000" in raw or b"\x00" in raw
        yield Row(lines.line, source.tell(), lines.line, values, fault, nul)


def json_object(raw: bytes) -> dict[str, Any]:
    """One JSON object, strictly: UTF-8, no key twice, no NaN. Raises `Malformed`."""
    try:
        value = json.loads(
            raw.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_constant
        )
    except UnicodeDecodeError:
        raise Malformed("", "The line is not UTF-8.") from None
    except json.JSONDecodeError as wrong:
        raise Malformed(
            "", f"This is not JSON: {wrong.msg} at character {wrong.pos + 1}."
        ) from None
    except RecursionError:
        raise Malformed("", "The objects are nested too deeply.") from None
    except ValueError as wrong:  # a number of thousands of digits
        raise Malformed("", f"This is not JSON: {wrong}.") from None
    if not isinstance(value, dict):
        raise Malformed("", "A row is a JSON object.")
    return value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise Malformed(twice[:80], "The name stands twice.")
    return made


def _no_constant(said: str) -> Any:
    raise Malformed("", f"{said} is no JSON.")


def csv_head(source: BinaryIO) -> tuple[list[str], int, int]:
    """The names of the columns, and the byte and line after them. Raises `Unusable`."""
    source.seek(0)
    lines = _Lines(source, 0)
    try:
        head = next(csv.reader(lines, strict=True))
    except StopIteration:
        raise Unusable("The file is empty.") from None
    except csv.Error as wrong:
        raise Unusable(f"The head of the file cannot be read: {wrong}.") from None
    names = [name.strip() for name in head]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise Unusable(f"The column “{twice}” stands twice in the head.")
    return names, source.tell(), lines.line


def csv_rows(source: BinaryIO, names: list[str], *, cursor: int, line: int) -> Iterator[Row]:
    """Every record of a CSV file from a settled place onward, by column; empty lines are none."""
    source.seek(cursor)
    lines = _Lines(source, line)
    reader = csv.reader(lines, strict=True)
    while True:
        start, lines.overlong = lines.line + 1, False
        values, fault = None, None
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as wrong:
            fault = Malformed("", f"The line cannot be read: {wrong}.")
        else:
            if not cells and not lines.overlong:
                continue
            if lines.overlong:
                fault = Malformed("", f"A line is over {LONGEST_LINE // 1024 // 1024} MB long.")
            elif len(cells) != len(names):
                fault = Malformed("", f"{len(cells)} values stand under {len(names)} names.")
            else:
                values = dict(zip(names, cells, strict=True))
        nul = values is not None and any("\x00" in cell for cell in cells)
        yield Row(start, source.tell(), lines.line, values, fault, nul)
