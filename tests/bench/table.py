"""The table of ratios, each beside its goal.

Times and rates are by the processors, application and database together: what a clock shows where
nobody else is at work. What the clock did show stands beside.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

Found = dict[str, Any]


class Row(NamedTuple):
    """One line: what, at how many tickets, the figure, its goal, whether it is reached."""

    what: str
    measured: str
    ratio: str
    goal: str
    reached: bool


def rows(small: Found, large: Found) -> list[Row]:
    """Every line of what was measured."""
    found: list[Row] = []
    if "pages" in large:
        found += _pages(small["pages"], large["pages"])
        found += _verbs(small["pages"], large["pages"])
    if "clocks" in large:
        found += _clocks(large["clocks"])
    if "imports" in large:
        found += _imports(large["imports"])
    if "mail" in large:
        found += _mail(large["mail"])
    return found


def drawn(lines: list[Row]) -> str:
    """Aligned text."""
    head = ("work", "measured", "ratio", "goal", "")
    cells = [head, *((*line[:4], "met" if line.reached else "MISSED") for line in lines)]
    widths = [max(len(row[column]) for row in cells) for column in range(5)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in cells
    )


LISTS = (
    "ticket list", "ticket list, deep", "ticket list, urgent", "inbox, mine", "inbox, to do",
    "inbox, unassigned", "inbox, late", "inbox, waiting",
)  # fmt: skip
SEARCHES = (
    "search, rare word", "search, common word", "search, typing error", "search, Japanese word",
)  # fmt: skip
REPORTS = (
    "support report", "support report, 90 days", "support now",
    "support report, one queue, first look", "support report, one queue",
    "support report, two filters, first look", "support report, two filters",
    "promises kept", "promises kept, 26 weeks, first look", "promises kept, 26 weeks",
)  # fmt: skip
VERBS = ("create", "reply", "prioritise")
BULKS = tuple(f"bulk of 200, {verb}" for verb in ("assigned", "prioritised", "moved", "tagged"))


def _pages(small: Found, large: Found) -> list[Row]:
    found = []
    for name in _measured(LISTS, large):
        found += [_at_most(large, name, 4), _flat(small, large, name, 1.2)]
    for name in _measured(["inbox counts"], large):
        found += [_at_most(large, name, 1), _flat(small, large, name, 1.5)]
    found += _faster(large, "ticket list", "stock list", 10)
    found += _faster(large, "ticket list, deep", "stock deep list", 10)
    for name in _measured(["ticket page"], large):
        found += [_at_most(large, name, 6), _flat(small, large, name, 1.2)]
    for name in _measured(SEARCHES, large):
        page = large[name]
        found.append(
            Row(name, _said(page), f"p95 {page['cpu95']:.0f} ms", "≤ 50 ms", page["cpu95"] <= 50)
        )
    for name in _measured(REPORTS, large):
        page = large[name]
        said = f"p95 {page['cpu95']:.0f} ms"
        found.append(Row(name, _said(page), said, "≤ 200 ms", page["cpu95"] <= 200))
    for name, took in large.get("outside", {}).items():
        said = f"by a worker in {took['cpu']:.1f} s (clock {took['wall']:.1f} s)"
        found.append(Row(name, said, f"{took['cpu']:.1f} s", "≤ 10 s", took["cpu"] <= 10))
    return found + _faster(large, "search, rare word", "stock search", 20)


def _verbs(small: Found, large: Found) -> list[Row]:
    found = []
    for name in _measured(VERBS, large):
        asked = large[name]["queries"]
        found += [
            _at_most(large, name, 8),
            Row(name, "", f"{asked} queries", "≤ 12", asked <= 12),
            _flat(small, large, name, 1.2),
        ]
    for name in _measured(BULKS, large):
        took = large[name]["cpu"]
        found.append(Row(name, _said(large[name]), f"{took:.0f} ms", "≤ 500 ms", took <= 500))
    return found


def _measured(names: Iterable[str], found: Found) -> list[str]:
    return [name for name in names if name in found]


def _said(page: Found) -> str:
    return (
        f"p50 {page['cpu']:.1f} ms, p95 {page['cpu95']:.1f} ms, {page['queries']} queries"
        f" (clock {page['wall']:.1f}, {page['wall95']:.1f} ms)"
    )


def _times_hello(page: Found) -> float:
    return page["cpu"] / page["hello"]["cpu"]


def _at_most(large: Found, name: str, limit: float) -> Row:
    times = _times_hello(large[name])
    return Row(name, _said(large[name]), f"{times:.1f}× hello", f"≤ {limit:g}×", times <= limit)


def _faster(large: Found, name: str, than: str, limit: float) -> list[Row]:
    if name not in large or than not in large:
        return []
    times = large[than]["cpu"] / large[name]["cpu"]
    said = f"{than}: {_said(large[than])}"
    return [Row(name, said, f"{times:.1f}× faster", f"≥ {limit:g}×", times >= limit)]


def _flat(small: Found, large: Found, name: str, limit: float) -> Row:
    """Beside the bare page of each run: it knows no tickets, so what it differs by is the machine.

    The two sizes are measured one after the other, and a minute later it may be slower by a fifth.
    """
    before = _times_hello(small[name])
    times = _times_hello(large[name]) / before
    said = f"at 10 000 tickets p50 {small[name]['cpu']:.1f} ms, {before:.1f}× hello"
    return Row(name, said, f"{times:.2f}× its own", f"≤ {limit:g}×", times <= limit)


def _clocks(found: Found) -> list[Row]:
    rebuilds = [
        Row(
            f"SLA rebuild, {what}",
            f"{found['tickets']:,} tickets in {found[seconds]:.1f} s, peak {found['peak']:.0f} MB",
            f"{found[rate]:,.0f} tickets/s",
            "≥ 20 000/s",
            found[rate] >= 20_000,
        )
        for what, seconds, rate in (
            ("all written", "first_seconds", "first_rate"),
            ("nothing differs", "seconds", "rate"),
        )
    ]
    cpu, sweep = found["reassess_cpu"], found["sweep"]
    return [
        *rebuilds,
        Row("SLA incremental", f"n {found['reassessed']}", f"{cpu:.2f} ms cpu", "≤ 2 ms", cpu <= 2),
        Row(
            "SLA sweep",
            f"{found['swept']} tickets of one claim, {found['due']} clocks due",
            f"{sweep:.0f} ms",
            "≤ 200 ms",
            sweep <= 200,
        ),
    ]


def _imports(found: Found) -> list[Row]:
    samples, bare, tickets = found["samples_rate"], found["bare_rate"], found["tickets_rate"]
    written, growth = found["again_written"], found["memory_growth"]
    return [
        Row(
            "metric import",
            f"{found['samples']:,} samples with rollups",
            f"{samples:,.0f}/s",
            "≥ 100 000/s",
            samples >= 100_000,
        ),
        Row(
            "metric import",
            f"bare COPY + upsert {bare:,.0f}/s",
            f"{samples / bare:.0%} of bare",
            "≥ 25 %",
            samples / bare >= 0.25,
        ),
        Row(
            "identical re-import",
            f"{found['again_rate']:,.0f}/s",
            f"{written} rows written",
            "0",
            written == 0,
        ),
        Row(
            "ticket import with history",
            f"{found['tickets']:,} tickets, {found['events']:,} events",
            f"{tickets:,.0f}/s",
            "≥ 3 000/s",
            tickets >= 3_000,
        ),
        Row(
            "ticket import, memory",
            f"peak {found['peak_mb']:.0f} MB",
            f"{growth:.2f}× half the file",
            "≤ 1.2×",
            growth <= 1.2,
        ),
    ]


def _mail(found: Found) -> list[Row]:
    filed = found["filed_rate"]
    read = f"read alone {found['read_rate']:,.0f}/s"
    return [Row("mail intake", read, f"{filed:,.0f} filed/s", "≥ 10/s", filed >= 10)]
