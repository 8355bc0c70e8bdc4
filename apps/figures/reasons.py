"""Why a figure is in its state, in one sentence."""

from datetime import timedelta

from .rules import Better, Interval, State, all_good_n, side
from .words import amount, length

PLAIN = {
    State.NO_DATA: "Nothing was counted in this window.",
    State.PROVISIONAL: "The period has not ended.",
    State.MEASURED: "No target is set.",
    State.MET: "The whole interval is on the good side of the target.",
    State.MISSED: "The whole interval is on the bad side of the target.",
    State.UNPROVEN: "The interval holds the target, so neither side is proven.",
}


def reason(
    state: State,
    *,
    value: float | None,
    unit: str,
    interval: Interval | None,
    target: float | None,
    better: Better,
    n: int | None,
    minimum_n: int,
    coverage: float | None,
    age: timedelta,
) -> str:
    """The sentence; states that only the measuring function can know bring their own."""
    if state is State.STALE:
        old = length(timedelta(minutes=age // timedelta(minutes=1)))
        return f"The last data is {old} old; it said {amount(value, unit)}, which is not counted."
    if state is State.LOW_SAMPLE:
        return f"{n} are too few to judge; {minimum_n} are needed."
    if state is State.PARTIAL:
        seen = f"Only {amount(coverage, 'ratio')} of the window was seen"
        if target is None or value is None:
            return f"{seen}."
        return f"{seen}; on that part the target is {side(value, interval, target, better)}."
    if state is State.UNPROVEN and _too_few_to_prove(unit, target, better, n):
        return f"{n} cannot prove it: {all_good_n(target or 0)} are needed even if all are good."
    return PLAIN.get(state, "")


def _too_few_to_prove(unit: str, target: float | None, better: Better, n: int | None) -> bool:
    if unit != "ratio" or better is not Better.HIGHER or target is None or not n:
        return False
    return 0 <= target < 1 and n < all_good_n(target)
