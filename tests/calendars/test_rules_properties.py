"""Working time holds for any calendar, in any zone, on the nights when clocks change."""

from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.calendars.rules import ALWAYS, compile_calendar, days_before
from tests.calendars.strategies import calendars, places, start_of
from tests.calendars.walker import TICK, Walker

DAYS = 9 * 86_400
BUSY = [HealthCheck.too_slow]  # a busy machine is no fault of the rules


@st.composite
def situations(draw):
    place = draw(places())
    calendar = draw(st.one_of(st.none(), calendars(place)))
    begin = start_of(place)
    instants = st.integers(0, 7 * 96).map(lambda ticks: begin + ticks * TICK)
    first, second = sorted((draw(instants), draw(instants)))
    return calendar, Walker(calendar, begin, begin + DAYS), first, second


@settings(max_examples=150, deadline=None, suppress_health_check=BUSY)
@given(situations(), st.integers(0, 200))
def test_a_bisection_finds_what_walking_finds(situation, need):
    spec, walker, first, second = situation
    calendar = compile_calendar(spec)
    assert calendar.elapsed(first, second) == walker.elapsed(first, second)

    earliest, latest = calendar.reach(first, need * TICK)
    slow_earliest, slow_latest = walker.reach(first, need * TICK)
    if slow_earliest is not None:
        assert earliest == slow_earliest
    else:
        assert earliest is None or earliest > walker.end - TICK
    if slow_latest is not None:
        assert latest == slow_latest
    else:
        assert latest is None or latest >= walker.end


@settings(max_examples=100, deadline=None, suppress_health_check=BUSY)
@given(situations())
def test_parts_leave_nothing_out_and_say_why(situation):
    spec, walker, first, second = situation
    at = first
    for part in compile_calendar(spec).parts(first, second):
        assert part.begin == at < part.end
        assert {walker.why(tick) for tick in range(part.begin, part.end, TICK)} == {part.why}
        at = part.end
    assert at == second


@settings(max_examples=100, deadline=None, suppress_health_check=BUSY)
@given(situations(), st.integers(0, 10**6), st.integers(0, 10**6))
def test_elapsed_is_additive_to_the_second(situation, one, other):
    spec, _, first, second = situation
    calendar = compile_calendar(spec)
    middle = first + one % (second - first + 1)
    odd = first + other % (second - first + 1)
    whole = calendar.elapsed(first, second)
    for cut in (middle, odd):
        assert calendar.elapsed(first, cut) + calendar.elapsed(cut, second) == whole
        assert 0 <= calendar.elapsed(first, cut) <= cut - first
    assert whole == sum(
        part.end - part.begin for part in calendar.parts(first, second) if part.why == "open"
    )


@settings(max_examples=100, deadline=None, suppress_health_check=BUSY)
@given(situations(), st.integers(0, 300_000))
def test_reach_and_elapsed_answer_each_other(situation, need):
    spec, _, first, _ = situation
    calendar = compile_calendar(spec)
    earliest, latest = calendar.reach(first, need)
    if earliest is None:
        return
    assert calendar.elapsed(first, earliest) == need
    assert need == 0 or calendar.elapsed(first, earliest - 1) == need - 1
    if latest is not None:
        assert earliest <= latest
        assert calendar.elapsed(first, latest) == need
        assert calendar.elapsed(first, latest + 1) == need + 1


@settings(max_examples=30, deadline=None, suppress_health_check=BUSY)
@given(situations(), st.permutations([0, 1, 2, 3]))
def test_the_order_of_questions_changes_no_answer(situation, order):
    """Tables grow as they are asked; what was answered stays true."""
    spec, _, first, second = situation
    if spec is None:
        return
    year = 366 * 86_400
    questions = [
        lambda calendar: calendar.elapsed(first - 3 * year, second),
        lambda calendar: calendar.elapsed(first, second + 2 * year),
        lambda calendar: calendar.reach(first, 3_600),
        lambda calendar: list(calendar.parts(first - year, second + year)),
    ]
    from apps.calendars.rules import WorkingTime, hours_of

    one = WorkingTime(hours_of(spec))
    straight = [question(one) for question in questions]
    other = WorkingTime(hours_of(spec))
    answers = {index: questions[index](other) for index in order}
    assert [answers[index] for index in range(4)] == straight


@settings(max_examples=60, deadline=None, suppress_health_check=BUSY)
@given(situations(), st.integers(1, 9))
def test_working_days_go_back_and_never_overtake_each_other(situation, days):
    spec, _, first, second = situation
    calendar = compile_calendar(spec)
    earlier, later = (datetime.fromtimestamp(one, UTC) for one in (first, second))
    before, after = days_before(calendar, earlier, days), days_before(calendar, later, days)
    if before and after and calendar is not ALWAYS:
        assert before <= after + timedelta(hours=1)  # an hour that came twice counts once
        assert after < later
        farther = days_before(calendar, later, days + 1)
        assert farther is None or farther < after
        assert calendar.elapsed(int(after.timestamp()) - 2 * 86_400, second) > 0
