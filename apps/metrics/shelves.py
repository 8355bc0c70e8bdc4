"""The two tables of samples, described once for everything that writes them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Shelf:
    """A table of samples, its revisions, and what a sample of it holds besides its state."""

    table: str
    revisions: str
    stage: str
    payload: tuple[tuple[str, str], ...]  # column, type

    @property
    def columns(self) -> str:
        return ", ".join(name for name, _ in self.payload)

    def of(self, alias: str) -> str:
        """`t.state, t.value, t.size`: what a correction may change."""
        return ", ".join(f"{alias}.{name}" for name in ("state", *self._names))

    def set_to(self, alias: str) -> str:
        """`state = x.state, value = x.value, …`"""
        return ", ".join(f"{name} = {alias}.{name}" for name in ("state", *self._names))

    @property
    def _names(self) -> tuple[str, ...]:
        return tuple(name for name, _ in self.payload)


SCALARS = Shelf(
    "metrics_sample",
    "metrics_samplerevision",
    "metrics_stage_sample",
    (("value", "double precision"), ("size", "bigint")),
)
HISTOGRAMS = Shelf(
    "metrics_sampledist",
    "metrics_distrevision",
    "metrics_stage_sampledist",
    (("layout_id", "integer"), ("total", "double precision"), ("counts", "double precision[]")),
)
SHELVES = (SCALARS, HISTOGRAMS)
