"""Clocks hold for any policy, calendar and course of events."""

from hypothesis import given, settings

from apps.sla.scenario import clocks_of
from tests.sla.strategies import scenarios
from tests.sla.walker import Life, seconds

INSTANTS = ("started_at", "due_at", "breach_at", "stopped_at", "breached_at")
AHEAD = 12 * 86_400


def in_seconds(clock):
    known = {
        name: None if clock[name] is None and name in INSTANTS else value
        for name, value in clock.items()
    }
    known.update({name: seconds(clock[name]) for name in INSTANTS if clock[name] is not None})
    known["segments"] = [
        (seconds(part["from"]), seconds(part["to"]), part["why"]) for part in clock["segments"]
    ]
    return known


@settings(max_examples=400, deadline=None)
@given(scenarios())
def test_clocks_are_those_of_a_life_lived_through(scenario):
    life = Life(scenario, AHEAD)
    lived = life.clocks()
    answered = [in_seconds(clock) for clock in clocks_of(scenario)["clocks"]]
    assert len(lived) == len(answered)
    for slow, fast in zip(lived, answered, strict=True):
        for name in ("due_at", "breach_at"):  # what lies beyond the walk is not seen by it
            if slow[name] is None and fast[name] is not None and fast[name] >= life.end - 900:
                slow[name] = fast[name]
        assert fast == slow
