"""CSV of samples: `metric,ts,value[,label.<k>…][,unit][,n]`."""

import csv
import hashlib
import io
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from ..rules import labels
from ..rules.values import read_text
from .instants import FORMATS, read_instant
from .records import Batch, Rejection, Unusable, settle

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab"}
MOST_BYTES = 64_000_000
MOST_COLUMNS = 40
LONGEST_CELL = 1_000
_MAGIC = {
    b"PK\x03\x04": "a spreadsheet or archive: save it as CSV",
    b"\x1f\x8b": "compressed: unpack it first",
    b"\xff\xfe": "UTF-16: save it as UTF-8",
    b"\xfe\xff": "UTF-16: save it as UTF-8",
}

Key = tuple[str, str]  # metric, canonical labels
Point = tuple[float, float | None, int, int | None, int]


@dataclass
class Table:
    """A file that was read: one batch for each metric it speaks of."""

    sha256: str
    rows: int = 0
    batches: dict[str, Batch] = field(default_factory=dict)
    rejected: list[Rejection] = field(default_factory=list)
    repeated: list[int] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    units: set[str] = field(default_factory=set)  # that the file names


def read(
    body: bytes,
    *,
    metric: str | None = None,
    units: dict[str, str] | None = None,
    form: str = "rfc3339",
    zone: ZoneInfo | None = None,
) -> Table:
    """Every row taken or rejected with its line, column and reason; raises Unusable.

    `metric` is for files without that column; `units` (metric → unit) is what a `unit` cell must
    say, and, when given, every metric that is known.
    """
    text = _decode(body)
    delimiter, head = _head(text)
    table = Table(hashlib.sha256(body).hexdigest())
    table.notes.append(f"Columns are divided by {DELIMITERS[delimiter]}.")
    table.notes.append(
        f"Times are {FORMATS[form]}" + (f", naive ones in {zone.key}." if zone else ".")
    )
    if "metric" not in head and metric is None:
        raise Unusable("The file has no column “metric”: say which metric it holds.")
    reader = _Reader(head, metric, units, form, zone)
    points: dict[Key, list[Point]] = defaultdict(list)
    kept: dict[Key, dict[str, str]] = {}
    for line, cells in _rows(text, delimiter):
        table.rows += 1
        try:
            key, names, point = reader.take(line, cells, table.units)
        except _Bad as bad:
            table.rejected.append(Rejection(line, bad.column, bad.reason))
            continue
        kept[key] = names
        points[key].append(point)
    for key in sorted(points):
        track, replaced = settle(kept[key], points[key])
        batch = table.batches.setdefault(key[0], Batch())
        batch.tracks.append(track)
        batch.received += len(points[key])
        batch.repeated.extend(replaced)
        table.repeated.extend(replaced)
    return table


def _decode(body: bytes) -> str:
    if len(body) > MOST_BYTES:
        raise Unusable(f"The file is {len(body):,} bytes; {MOST_BYTES:,} are taken.")
    for magic, sentence in _MAGIC.items():
        if body.startswith(magic):
            raise Unusable(f"The file is {sentence}.")
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = body.count(b"\n", 0, error.start) + 1
        raise Unusable(f"The file is not UTF-8 (line {line:,}).") from None
    if "\x00" in text:
        raise Unusable(
            f"The file holds a NUL byte (line {text.count(chr(10), 0, text.index(chr(0))) + 1:,})."
        )
    if not text.strip():
        raise Unusable("The file is empty.")
    return text


def _head(text: str) -> tuple[str, list[str]]:
    """The delimiter that yields the head we know, and the head; raises Unusable."""
    first = text.lstrip("\r\n").split("\n", 1)[0].rstrip("\r")
    if len(first) > MOST_COLUMNS * 100:
        raise Unusable("The head of the file is too long to be one.")
    tried = {}
    for delimiter in DELIMITERS:
        cells = [cell.strip() for cell in next(csv.reader([first], delimiter=delimiter), [])]
        tried[delimiter] = cells
    delimiter = max(tried, key=lambda sign: ("ts" in tried[sign]) + len(tried[sign]) / 1_000)
    head = tried[delimiter]
    if len(head) > MOST_COLUMNS:
        raise Unusable(f"The head has {len(head):,} columns; {MOST_COLUMNS} are taken.")
    for needed in ("ts", "value"):
        if needed not in head:
            raise Unusable(f"The head has no column “{needed}”.")
    for name in head:
        if head.count(name) > 1:
            raise Unusable(f"The head names “{name[:40]}” twice.")
        if name not in ("metric", "ts", "value", "unit", "n") and not (
            name.startswith("label.") and len(name) > len("label.")
        ):
            raise Unusable(f"The column “{name[:40]}” is not known; a label is “label.NAME”.")
    return delimiter, head


def _rows(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """(line where the row starts, cells) of every row after the head that is not blank."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    seen_head = False
    line = 1
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise Unusable(
                f"The row that starts on line {line:,} cannot be read: {error}."
            ) from None
        if not any(cell.strip() for cell in cells):
            continue
        if seen_head:
            yield line, cells
        seen_head = True


class _Bad(Exception):
    def __init__(self, column: str, reason: str) -> None:
        self.column, self.reason = column, reason


@dataclass
class _Reader:
    head: list[str]
    metric: str | None
    units: dict[str, str] | None
    form: str
    zone: ZoneInfo | None

    def take(
        self, line: int, cells: list[str], named: set[str]
    ) -> tuple[Key, dict[str, str], Point]:
        if len(cells) != len(self.head):
            raise _Bad("", f"{len(cells)} cells under {len(self.head)} columns.")
        row = dict(zip(self.head, cells, strict=True))
        for column, cell in row.items():
            if len(cell) > LONGEST_CELL:
                raise _Bad(column, f"the cell is {len(cell):,} characters long.")
        metric = self._metric(row)
        at = self._ask("ts", read_instant, row["ts"], form=self.form, zone=self.zone)
        value, state = self._ask("value", read_text, row["value"])
        size = self._size(row.get("n", "").strip())
        unit = row.get("unit", "").strip()
        if unit and self.units is not None and unit != self.units[metric]:
            raise _Bad("unit", f"“{unit[:40]}”: {metric} is kept in “{self.units[metric]}”.")
        names = {
            column.removeprefix("label."): cell
            for column, cell in row.items()
            if column.startswith("label.") and cell
        }
        if complaint := labels.complaint(names):
            raise _Bad("label", complaint)
        if unit:
            named.add(unit)
        return (metric, labels.canonical(names)), names, (at, value, int(state), size, line)

    def _metric(self, row: dict[str, str]) -> str:
        named = row.get("metric", "").strip() or (self.metric or "")
        if not named:
            raise _Bad("metric", "the row names no metric.")
        if self.metric is not None and named != self.metric:
            raise _Bad("metric", f"“{named[:40]}”: this import is for {self.metric}.")
        if self.units is not None and named not in self.units:
            raise _Bad("metric", f"“{named[:40]}” is not a metric here.")
        return named

    def _size(self, cell: str) -> int | None:
        if not cell:
            return None
        if not (cell.isascii() and cell.isdigit() and len(cell) <= 15):
            raise _Bad("n", f"“{cell[:40]}” is not a count.")
        return int(cell)

    def _ask(self, column, read, text, **how):  # type: ignore[no-untyped-def]
        try:
            return read(text, **how)
        except ValueError as error:
            raise _Bad(column, str(error)) from None
