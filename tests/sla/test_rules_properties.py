"""Clocks hold for any policy, calendar and course of events."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.sla.rules import Event, Policy, Ticket, assess, explain, read
from apps.sla.scenario import clocks_of, reading_of, timeline_of
from tests.calendars.walker import TICK
from tests.sla.strategies import LIVELY, scenarios, shown
from tests.sla.walker import KINDS, Life, rank, seconds

INSTANTS = ("started_at", "due_at", "breach_at", "stopped_at", "breached_at")
AHEAD = 12 * 86_400
BUSY = [HealthCheck.too_slow]  # a busy machine is no fault of the rules


def in_seconds(clock):
    known = dict(clock)
    known.update({name: seconds(clock[name]) for name in INSTANTS if clock[name] is not None})
    known["segments"] = [
        (seconds(part["from"]), seconds(part["to"]), part["why"]) for part in clock["segments"]
    ]
    return known


@settings(max_examples=250, deadline=None, suppress_health_check=BUSY)
@given(scenarios())
def test_clocks_are_those_of_a_life_lived_through(scenario):
    life = Life(scenario, AHEAD)
    lived = life.clocks()
    answered = [in_seconds(clock) for clock in clocks_of(scenario)["clocks"]]
    assert len(lived) == len(answered)
    for slow, fast in zip(lived, answered, strict=True):
        for name in ("due_at", "breach_at"):  # what lies beyond the walk is not seen by it
            if slow[name] is None and fast[name] is not None and fast[name] >= life.end - TICK:
                slow[name] = fast[name]
        assert fast == slow


@settings(max_examples=200, deadline=None, suppress_health_check=BUSY)
@given(scenarios())
def test_segments_add_up_to_the_wall_and_to_the_verdict(scenario):
    line = timeline_of(scenario)
    for clock in assess(line):
        at, seen = clock.started_at, {"counted": 0, "paused": 0}
        for segment in explain(line, clock):
            assert segment.begin == at < segment.end
            at = segment.end
            seen[segment.why] = seen.get(segment.why, 0) + segment.end - segment.begin
        assert at == (line.now if clock.stopped_at is None else clock.stopped_at)
        assert (seen["counted"], seen["paused"]) == (clock.elapsed, clock.paused)


@settings(max_examples=200, deadline=None, suppress_health_check=BUSY)
@given(scenarios(changes=False))
def test_breached_if_and_only_if_elapsed_exceeds_the_target(scenario):
    line = timeline_of(scenario)
    for clock in assess(line):
        end = line.now if clock.stopped_at is None else clock.stopped_at
        assert clock.breached == (clock.elapsed > clock.target) == clock.state.startswith("breach")
        if clock.breach_at is not None:
            assert clock.due_at <= clock.breach_at
            assert clock.breached == (end > clock.breach_at)
        if clock.breached:
            assert clock.breached_at == clock.due_at


@settings(max_examples=150, deadline=None, suppress_health_check=BUSY)
@given(scenarios(), st.randoms(use_true_random=False))
def test_the_order_of_arrival_changes_nothing_that_the_seconds_decide(scenario, shuffle):
    """Events of one second and one rank keep their places; all else may come in any order."""
    line = timeline_of(scenario)
    events = scenario["events"]
    kept = {}
    for event in events:
        kept.setdefault((event["at"], rank(event)), []).append(event)
    places = [(event["at"], rank(event)) for event in events]
    shuffle.shuffle(places)
    queues = {place: iter(held) for place, held in kept.items()}
    again = timeline_of({**scenario, "events": [next(queues[place]) for place in places]})
    assert [clock[:-1] for clock in assess(again)] == [clock[:-1] for clock in assess(line)]


LIVED = st.one_of(
    st.sampled_from(["agent_message", "customer_message", "note", "no_reply_needed"]).map(
        lambda kind: (kind, None)
    ),
    st.sampled_from(LIVELY).map(lambda status: ("status", status)),
)


@settings(max_examples=200, deadline=None, suppress_health_check=BUSY)
@given(
    st.lists(LIVED, max_size=7),
    st.dictionaries(st.sampled_from(KINDS), st.frozensets(st.sampled_from(LIVELY))),
)
def test_what_happened_in_one_second_counts_in_the_order_it_did(happened, pauses):
    """Where the order is known: who waits for whom is as if seconds lay between.

    A first response said in the second of the resolve is one, whichever came first.
    """
    ticket = Ticket(0, Policy(dict.fromkeys(KINDS, 10**6), pauses=pauses))
    at_once = [Event(60, kind, to) for kind, to in happened]
    apart = [Event(60 + n, kind, to) for n, (kind, to) in enumerate(happened)]
    once, spread = (
        [
            (clock.kind, clock.cycle, clock.state, clock.reason)
            for clock in assess(line)
            if clock.kind != "first_response"
        ]
        for line in (read(ticket, at_once, 90, 59), read(ticket, apart, 90))
    )
    assert once == spread


@settings(max_examples=150, deadline=None, suppress_health_check=BUSY)
@given(scenarios(), st.data())
def test_an_undo_restores_what_was(scenario, data):
    """Undoing all that happens at an instant of its own is as if it had never been."""
    now = seconds(scenario["now"]) + TICK
    at = shown(now - 1)
    what = st.sampled_from(
        [
            {"type": "merge"},
            {"type": "spam"},
            {"type": "agent_message"},
            {"type": "status", "to": "resolved"},
            {"type": "customer_message"},
            {"type": "calendar", "to": None},
            {"type": "policy", "to": {"targets": {}}},
        ]
    )
    extra = [{"at": at, **data.draw(what)} for _ in range(data.draw(st.integers(1, 3)))]
    undo = {"at": shown(now), "type": "undo", "of": at}
    before = {**scenario, "now": shown(now)}
    after = {**before, "events": [*scenario["events"], *extra, undo]}
    assert clocks_of(after) == clocks_of(before)


@settings(max_examples=150, deadline=None, suppress_health_check=BUSY)
@given(scenarios(changes=False), st.integers(0, 10**7))
def test_asked_as_of_an_earlier_instant_later_events_are_not_known(scenario, ago):
    line = timeline_of(scenario)
    then = line.began + ago % (line.now - line.began + 1)
    told = [event for event in scenario["events"] if seconds(event["at"]) <= then]
    ticket, events, _ = reading_of(scenario)
    known = assess(timeline_of({**scenario, "events": told, "now": shown(then)}))
    assert [clock[:-1] for clock in assess(read(ticket, events, then))] == [
        clock[:-1] for clock in known
    ]
    settled = {(clock.kind, clock.cycle): clock for clock in assess(line)}
    for clock in known:
        if clock.breached:  # sticky: nothing that happens later takes it back
            assert settled[clock.kind, clock.cycle].breached_at == clock.breached_at


@settings(max_examples=150, deadline=None, suppress_health_check=BUSY)
@given(scenarios(), st.integers(0, 10**7))
def test_what_was_counted_stays_counted_whatever_changes(scenario, ago):
    """Of calendars, policies and priorities: other hours hold from then on, and never before."""
    told = [event for event in scenario["events"] if event["type"] not in ("undo", "bounce")]
    ticket, events, now = reading_of({**scenario, "events": told})
    then = ticket.reported_at + ago % (now - ticket.reported_at + 1)
    after = {(clock.kind, clock.cycle): clock for clock in assess(read(ticket, events, now))}
    for clock in assess(read(ticket, events, then)):
        if (later := after.get((clock.kind, clock.cycle))) is not None:
            assert later.elapsed >= clock.elapsed and later.paused >= clock.paused


@settings(max_examples=150, deadline=None, suppress_health_check=BUSY)
@given(scenarios())
def test_a_warning_comes_no_later_than_the_due_date_it_warns_of(scenario):
    shares = ["0", "0.5", "0.75", "1"]
    line = timeline_of({**scenario, "warn": dict.fromkeys(("resolution",), shares)})
    for clock in assess(line):
        if clock.kind == "resolution" and clock.warn_at:
            first, half, most, all_of_it = clock.warn_at
            assert first == clock.started_at
            assert all_of_it == clock.due_at
            known = [at for at in (first, half, most, all_of_it) if at is not None]
            assert known == sorted(known)


def test_reading_twice_gives_the_same():
    """Nothing is kept between two readings of one ticket."""
    ticket = Ticket(0, Policy({"first_response": 60}))
    events = [Event(30, "agent_message")]
    assert assess(read(ticket, events, 90)) == assess(read(ticket, events, 90))
