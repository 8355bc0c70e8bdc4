"""Tickets as they might go: few instants, so that much happens in the same one."""

from datetime import UTC, datetime

from hypothesis import strategies as st

from tests.calendars.strategies import calendars, places, start_of
from tests.calendars.walker import TICK
from tests.sla.walker import KINDS

STATUSES = [
    "new",
    "open",
    "waiting_customer",
    "waiting_third_party",
    "resolved",
    "closed",
    "merged",
    "duplicate",
    "spam",
]
PRIORITIES = ["urgent", "high", "normal", "low"]
LIVELY = ["open", "waiting_customer", "waiting_third_party", "resolved"]


def shown(at):
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def targets(at_least=0):
    return st.dictionaries(
        st.sampled_from(KINDS), st.integers(0, 120).map(lambda n: n * TICK), min_size=at_least
    )


@st.composite
def policies(draw):
    policy = {"targets": draw(targets(1))}
    if draw(st.booleans()):
        policy["by_priority"] = draw(st.dictionaries(st.sampled_from(PRIORITIES), targets()))
    if draw(st.booleans()):
        statuses = st.lists(st.sampled_from(STATUSES), unique=True, max_size=4)
        policy["pauses"] = draw(st.dictionaries(st.sampled_from(KINDS), statuses))
    if draw(st.booleans()):
        kinds = st.lists(st.sampled_from(KINDS), unique=True)
        policy["around_the_clock"] = {
            "targets": draw(kinds),
            "by_priority": draw(st.dictionaries(st.sampled_from(PRIORITIES), kinds)),
        }
    return policy


@st.composite
def scenarios(draw, changes=True):
    place = draw(places())
    begin = start_of(place) + draw(st.integers(0, 96)) * TICK
    some_calendar = st.one_of(st.none(), calendars(place))
    offsets = sorted(draw(st.lists(st.integers(0, 500), min_size=1, max_size=7)))
    instants = [begin + offset * TICK for offset in offsets]
    now = instants[-1] + draw(st.integers(0, 100)) * TICK
    talk = ["agent_message", "customer_message", "status", "customer_message", "status"]
    quiet = ["note", "automatic_message", "no_reply_needed", "merge", "spam"]
    kinds = talk * 3 + quiet + (["priority", "policy", "calendar"] if changes else [])
    events = []
    for _ in range(draw(st.integers(0, 9))):
        event = {"at": shown(draw(st.sampled_from(instants))), "type": draw(st.sampled_from(kinds))}
        if event["type"] == "status":
            event["to"] = draw(st.one_of(st.sampled_from(LIVELY), st.sampled_from(STATUSES)))
        elif event["type"] == "priority":
            event["to"] = draw(st.sampled_from(PRIORITIES))
        elif event["type"] == "policy":
            event["to"] = draw(policies())
        elif event["type"] == "calendar":
            event["to"] = draw(some_calendar)
        events.append(event)
    if events and changes and draw(st.integers(0, 3)) == 0:
        event = draw(st.sampled_from(events))
        if event["type"] == "agent_message":
            back = draw(st.sampled_from(["undo", "bounce"]))
        else:
            back = "undo"
        events.append({"at": shown(now), "type": back, "of": event["at"]})
    return {
        "calendar": draw(some_calendar),
        "policy": draw(policies()),
        "ticket": {
            "reported_at": shown(begin),
            "priority": draw(st.sampled_from(PRIORITIES)),
            "origin": draw(st.sampled_from(["customer", "customer", "agent", "logged"])),
            "status": draw(st.sampled_from(["new"] * 8 + STATUSES)),
            "answered_in_contact": draw(st.booleans()),
        },
        "events": draw(st.permutations(events)),
        "now": shown(now),
    }
