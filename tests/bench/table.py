"""The table of ratios, each beside its goal."""

from typing import Any, NamedTuple

Found = dict[str, Any]


class Row(NamedTuple):
    """One line: what, at how many tickets, the figure, its goal, whether it is reached."""

    what: str
    measured: str
    ratio: str
    goal: str
    reached: bool


def rows(small: Found, large: Found, size: int) -> list[Row]:
    """Every line whose parts were measured."""
    found: list[Row] = []
    if "pages" in large:
        found += _pages(small["pages"], large["pages"])
    if "clocks" in large:
        found += _clocks(large["clocks"])
    if "imports" in large:
        found += _imports(large["imports"])
    return found


def drawn(lines: list[Row]) -> str:
    """Aligned text."""
    head = ("work", "measured", "ratio", "goal", "")
    cells = [head, *((*line[:4], "reached" if line.reached else "MISSED") for line in lines)]
    widths = [max(len(row[column]) for row in cells) for column in range(5)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in cells
    )


def _pages(small: Found, large: Found) -> list[Row]:
    found = []

    def times_hello(page: dict[str, Any]) -> float:
        return page["cpu"] / page["hello"]["cpu"]

    def said(name: str) -> str:
        page = large[name]
        return f"p50 {page['p50']:.1f} ms, p95 {page['p95']:.1f} ms, cpu {page['cpu']:.1f} ms"

    def at_most(name: str, limit: float) -> None:
        times = times_hello(large[name])
        found.append(
            Row(name, said(name), f"{times:.1f}× hello cpu", f"≤ {limit:g}×", times <= limit)
        )

    def faster(name: str, than: str, limit: float) -> None:
        times = large[than]["p50"] / large[name]["p50"]
        found.append(
            Row(name, f"{than} p50 {large[than]['p50']:.0f} ms", f"{times:.1f}× faster",
                f"≥ {limit:g}×", times >= limit)
        )  # fmt: skip

    def flat(name: str, limit: float) -> None:
        times = times_hello(large[name]) / times_hello(small[name])
        found.append(
            Row(name, f"cpu at 10 000: {small[name]['cpu']:.1f} ms", f"{times:.2f}× its own",
                f"≤ {limit:g}×", times <= limit)
        )  # fmt: skip

    for name in ("inbox", "ticket list", "ticket list, deep", "ticket list, filtered"):
        at_most(name, 4)
        flat(name, 1.2)
    faster("ticket list", "stock list", 10)
    faster("ticket list, deep", "stock deep list", 10)
    at_most("ticket page", 6)
    flat("ticket page", 1.5)
    for name in ("search, rare word", "search, common word", "search, typing error"):
        p95 = large[name]["p95"]
        found.append(Row(name, said(name), f"p95 {p95:.0f} ms", "≤ 50 ms", p95 <= 50))
    faster("search, rare word", "stock search", 20)
    for name in ("create", "reply", "prioritise"):
        at_most(name, 8)
        flat(name, 1.5)
    return found


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
