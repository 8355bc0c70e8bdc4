"""Reference §2.4, clause by clause: what counts as working time, to the second."""

from datetime import UTC, datetime

import pytest

from apps.calendars.rules import (
    ALWAYS,
    Hours,
    Malformed,
    WorkingTime,
    compile_calendar,
    days_before,
    hours_of,
)

OFFICE = {day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
DAILY = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

ROUND = {day: [["00:00", "24:00"]] for day in DAILY}


def at(text):
    return int(datetime.fromisoformat(text).timestamp())


def shown(instant):
    return instant and datetime.fromtimestamp(instant, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def calendar(zone="UTC", weekly=OFFICE, **more):
    return compile_calendar({"timezone": zone, "weekly": weekly, **more})


@pytest.mark.parametrize(
    ("clause", "given", "begin", "end", "seconds"),
    [
        ("half-open: the opening second counts", calendar(),
         "2024-05-06T09:00:00Z", "2024-05-06T09:00:01Z", 1),
        ("half-open: the closing second does not", calendar(),
         "2024-05-06T17:00:00Z", "2024-05-06T17:00:01Z", 0),
        ("many spans a day", calendar(weekly={"mon": [["13:00", "17:00"], ["08:00", "12:00"]]}),
         "2024-05-06T00:00:00Z", "2024-05-07T00:00:00Z", 8 * 3600),
        ("overlapping spans are not counted twice",
         calendar(weekly={"mon": [["08:00", "12:00"], ["10:00", "14:00"]]}),
         "2024-05-06T00:00:00Z", "2024-05-07T00:00:00Z", 6 * 3600),
        ("an empty span is nothing", calendar(weekly={"mon": [["08:00", "08:00"]]}),
         "2024-05-06T00:00:00Z", "2024-05-07T00:00:00Z", 0),
        ("overnight: 24:00 runs on into 00:00",
         calendar(weekly={"mon": [["22:00", "24:00"]], "tue": [["00:00", "06:00"]]}),
         "2024-05-06T00:00:00Z", "2024-05-08T00:00:00Z", 8 * 3600),
        ("seconds in a span", calendar(weekly={"mon": [["08:00:30", "08:00:45"]]}),
         "2024-05-06T00:00:00Z", "2024-05-07T00:00:00Z", 15),
        ("a closed date", calendar(overrides={"2024-05-06": []}),
         "2024-05-06T00:00:00Z", "2024-05-07T00:00:00Z", 0),
        ("a date with other spans", calendar(overrides={"2024-05-06": [["09:00", "12:00"]]}),
         "2024-05-06T00:00:00Z", "2024-05-07T00:00:00Z", 3 * 3600),
        ("a date that opens a closed weekday",
         calendar(overrides={"2024-05-11": [["10:00", "11:00"]]}),
         "2024-05-11T00:00:00Z", "2024-05-12T00:00:00Z", 3600),
        ("an all-closed week is closed, not 24×7", calendar(weekly={}),
         "2024-05-06T00:00:00Z", "2024-05-13T00:00:00Z", 0),
        ("a null calendar is 24×7", ALWAYS,
         "2024-05-06T00:00:00Z", "2024-05-13T00:00:00Z", 7 * 86_400),
        ("the zone is the calendar's, not the server's", calendar("Asia/Kathmandu"),
         "2024-05-06T03:15:00Z", "2024-05-06T11:15:00Z", 8 * 3600),
        ("spring: a full day has 23 hours",
         calendar("Europe/Berlin", ROUND),
         "2024-03-30T23:00:00Z", "2024-03-31T22:00:00Z", 23 * 3600),
        ("autumn: a full day has 25 hours",
         calendar("Europe/Berlin", ROUND),
         "2024-10-26T22:00:00Z", "2024-10-27T23:00:00Z", 25 * 3600),
        ("spring: 02:30-02:45 moves to 03:30-03:45",
         calendar("Europe/Berlin", {"sun": [["02:30", "02:45"]]}),
         "2024-03-31T01:30:00Z", "2024-03-31T01:45:00Z", 900),
        ("spring: 02:00-03:00 has no second",
         calendar("Europe/Berlin", {"sun": [["02:00", "03:00"]]}),
         "2024-03-31T00:00:00Z", "2024-03-31T03:00:00Z", 0),
        ("spring: a moved span over another is not counted twice",
         calendar("Europe/Berlin", {"sun": [["02:15", "02:45"], ["03:00", "04:00"]]}),
         "2024-03-31T00:00:00Z", "2024-03-31T03:00:00Z", 3600),
        ("autumn: an ambiguous span is the first of the two",
         calendar("Europe/Berlin", {"sun": [["02:30", "02:45"]]}),
         "2024-10-27T00:00:00Z", "2024-10-27T01:00:00Z", 900),
        ("autumn: over the change it holds the hour twice",
         calendar("Europe/Berlin", {"sun": [["02:00", "03:00"]]}),
         "2024-10-27T00:00:00Z", "2024-10-27T02:00:00Z", 7200),
        ("midnight that does not exist",
         calendar("America/Sao_Paulo", {"sun": [["00:00", "02:00"]]}),
         "2018-11-04T00:00:00Z", "2018-11-05T00:00:00Z", 3600),
        ("nights meet at a midnight that does not exist",
         calendar("America/Sao_Paulo", {"sat": [["22:00", "24:00"]], "sun": [["00:00", "02:00"]]}),
         "2018-11-04T00:00:00Z", "2018-11-05T00:00:00Z", 3 * 3600),
    ],
)  # fmt: skip
def test_elapsed(clause, given, begin, end, seconds):
    assert given.elapsed(at(begin), at(end)) == seconds, clause


@pytest.mark.parametrize(
    ("clause", "given", "begin", "need", "earliest", "latest"),
    [
        ("inside a span both are one", calendar(), "2024-05-06T09:00:00Z", 3600,
         "2024-05-06T10:00:00Z", "2024-05-06T10:00:00Z"),
        ("at closing time they lie a night apart", calendar(), "2024-05-06T09:00:00Z", 8 * 3600,
         "2024-05-06T17:00:00Z", "2024-05-07T09:00:00Z"),
        ("over a weekend", calendar(), "2024-05-10T16:00:00Z", 3600,
         "2024-05-10T17:00:00Z", "2024-05-13T09:00:00Z"),
        ("one second more is next morning", calendar(), "2024-05-10T16:00:00Z", 3601,
         "2024-05-13T09:00:01Z", "2024-05-13T09:00:01Z"),
        ("starting closed", calendar(), "2024-05-11T12:00:00Z", 60,
         "2024-05-13T09:01:00Z", "2024-05-13T09:01:00Z"),
        ("nothing needed, open", calendar(), "2024-05-06T10:00:00Z", 0,
         "2024-05-06T10:00:00Z", "2024-05-06T10:00:00Z"),
        ("nothing needed, closed", calendar(), "2024-05-11T12:00:00Z", 0,
         "2024-05-11T12:00:00Z", "2024-05-13T09:00:00Z"),
        ("midnight of a night shift is one instant",
         calendar(weekly={"mon": [["22:00", "24:00"]], "tue": [["00:00", "06:00"]]}),
         "2024-05-06T22:00:00Z", 7200, "2024-05-07T00:00:00Z", "2024-05-07T00:00:00Z"),
        ("new year's midnight too",
         calendar(weekly={"tue": [["22:00", "24:00"]], "wed": [["00:00", "06:00"]]}),
         "2024-12-31T22:00:00Z", 7200, "2025-01-01T00:00:00Z", "2025-01-01T00:00:00Z"),
        ("a holiday moves it", calendar(overrides={"2024-05-07": []}), "2024-05-06T16:00:00Z", 7200,
         "2024-05-08T10:00:00Z", "2024-05-08T10:00:00Z"),
        ("24×7", ALWAYS, "2024-05-06T16:00:00Z", 7200,
         "2024-05-06T18:00:00Z", "2024-05-06T18:00:00Z"),
        ("never open", calendar(weekly={}), "2024-05-06T16:00:00Z", 1, None, None),
        ("never open, nothing needed", calendar(weekly={}), "2024-05-06T16:00:00Z", 0,
         "2024-05-06T16:00:00Z", None),
        ("open for the last time",
         calendar(weekly={}, overrides={"2024-05-06": [["09:00", "10:00"]]}),
         "2024-05-06T00:00:00Z", 3600, "2024-05-06T10:00:00Z", None),
        ("open once, in nine years",
         calendar(weekly={}, overrides={"2033-05-06": [["09:00", "10:00"]]}),
         "2024-05-06T00:00:00Z", 60, "2033-05-06T09:01:00Z", "2033-05-06T09:01:00Z"),
        ("open once, the very day ten years on",
         calendar(weekly={}, overrides={"2034-05-06": [["00:00", "10:00"]]}),
         "2024-05-06T01:00:00Z", 3600, "2034-05-06T01:00:00Z", "2034-05-06T01:00:00Z"),
        ("open once, a second past ten years",
         calendar(weekly={}, overrides={"2034-05-06": [["00:00", "10:00"]]}),
         "2024-05-06T01:00:00Z", 3601, None, None),
        ("next open past ten years", calendar(weekly={}, overrides={
            "2024-05-06": [["09:00", "10:00"]], "2034-05-07": [["00:00", "10:00"]]}),
         "2024-05-06T09:00:00Z", 3600, "2024-05-06T10:00:00Z", None),
        ("a leap day's ten years", ALWAYS, "2024-02-29T00:00:00Z", 3653 * 86_400,
         "2034-03-01T00:00:00Z", "2034-03-01T00:00:00Z"),
        ("24×7 past ten years", ALWAYS, "2024-02-29T00:00:00Z", 3653 * 86_400 + 1, None, None),
        ("the end of all dates", calendar("Europe/Paris"),
         "9999-12-31T16:00:00Z", 7200, None, None),
        ("24×7 at the end of all dates", ALWAYS, "9999-12-30T16:00:00Z", 10**9, None, None),
    ],
)  # fmt: skip
def test_reach(clause, given, begin, need, earliest, latest):
    found = given.reach(at(begin), need)
    assert tuple(map(shown, found)) == (earliest, latest), clause


def test_patience_can_be_longer_for_what_has_already_happened():
    begin = at("2000-01-01T00:00:00Z")
    for known in (ALWAYS, calendar(weekly=ROUND)):
        need = 11 * 366 * 86_400
        assert known.reach(begin, need) == (None, None)
        assert known.reach(begin, need, begin + need) == (begin + need, begin + need)


def test_next_opening():
    office = calendar()
    assert shown(office.next_opening(at("2024-05-11T12:00:00Z"))) == "2024-05-13T09:00:00Z"
    assert shown(office.next_opening(at("2024-05-13T12:00:00Z"))) == "2024-05-13T12:00:00Z"
    assert calendar(weekly={}).next_opening(at("2024-05-13T12:00:00Z")) is None


def test_parts_name_the_holiday_and_only_a_wholly_closed_date_is_one():
    known = calendar(
        overrides={"2024-12-24": [["09:00", "12:00"]], "2024-12-25": [], "2024-12-26": []},
        names={"2024-12-25": "Christmas Day"},
    )
    parts = known.parts(at("2024-12-24T08:00:00Z"), at("2024-12-27T10:00:00Z"))
    assert [(shown(part.begin)[5:16], part.why, part.name) for part in parts] == [
        ("12-24T08:00", "closed", ""),
        ("12-24T09:00", "open", ""),
        ("12-24T12:00", "closed", ""),
        ("12-25T00:00", "holiday", "Christmas Day"),
        ("12-26T00:00", "holiday", ""),
        ("12-27T00:00", "closed", ""),
        ("12-27T09:00", "open", ""),
    ]
    assert list(known.parts(100, 100)) == list(ALWAYS.parts(100, 100)) == []


def test_a_skipped_day_shifts_onto_the_next_whichever_year_is_asked_first():
    """Kiritimati never had its last day of 1994; its spans move forward with the gap."""
    spec = {"timezone": "Pacific/Kiritimati", "weekly": {"sat": [["08:00", "10:00"]]}}
    noon, night = at("1994-12-31T10:00:00Z"), at("1995-01-01T10:00:00Z")
    one, other = WorkingTime(hours_of(spec)), WorkingTime(hours_of(spec))
    other.elapsed(noon - 400 * 86_400, noon)
    assert one.elapsed(noon, night) == other.elapsed(noon, night) == 7200


def test_a_holiday_on_a_day_that_never_was_is_none():
    known = calendar("Pacific/Apia", {}, overrides={"2011-12-30": []})
    parts = known.parts(at("2011-12-29T00:00:00Z"), at("2011-12-31T00:00:00Z"))
    assert [part.why for part in parts] == ["closed"]


def test_a_skipped_day_may_shift_onto_a_holiday():
    known = calendar("Pacific/Apia", {"fri": [["08:00", "12:00"]]}, overrides={"2011-12-31": []})
    parts = list(known.parts(at("2011-12-30T09:00:00Z"), at("2011-12-30T19:00:00Z")))
    assert [part.why for part in parts] == ["closed", "holiday", "open"]
    assert parts[-1].end == at("2011-12-30T19:00:00Z")


def test_a_version_is_laid_out_once():
    spec = {"timezone": "UTC", "weekly": OFFICE}
    assert compile_calendar(spec) is compile_calendar(dict(spec))


def test_a_week_has_seven_days():
    with pytest.raises(ValueError, match="seven"):
        Hours("UTC", ((),))


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        ([], "calendar: not an object"),
        ({"weekly": {}}, "calendar.timezone: missing"),
        ({"timezone": "UTC"}, "calendar.weekly: missing"),
        ({"timezone": "Mars/Olympus", "weekly": {}}, "calendar.timezone: unknown zone"),
        ({"timezone": "../etc/passwd", "weekly": {}}, "calendar.timezone: unknown zone"),
        ({"timezone": "localtime", "weekly": {}}, "calendar.timezone: unknown zone"),
        ({"timezone": None, "weekly": {}}, "calendar.timezone: unknown zone"),
        ({"timezone": "UTC", "weekly": []}, "calendar.weekly: not an object"),
        ({"timezone": "UTC", "weekly": {"monday": []}}, "calendar.weekly.monday: unknown weekday"),
        ({"timezone": "UTC", "weekly": {"mon": {}}}, "calendar.weekly.mon: not a list of spans"),
        ({"timezone": "UTC", "weekly": {"mon": [["08:00"]]}},
         "calendar.weekly.mon[0]: not a span of two times"),
        ({"timezone": "UTC", "weekly": {"mon": [["08:00", "12:00"], ["17:00", "13:00"]]}},
         "calendar.weekly.mon[1]: ends before it starts"),
        ({"timezone": "UTC", "weekly": {"mon": [["08:00", "24:01"]]}},
         "calendar.weekly.mon[0][1]: not a time from 00:00 to 24:00"),
        ({"timezone": "UTC", "weekly": {"mon": [[8, "12:00"]]}},
         "calendar.weekly.mon[0][0]: not a time from 00:00 to 24:00"),
        ({"timezone": "UTC", "weekly": {}, "overrides": {"2024-02-30": []}},
         "calendar.overrides.2024-02-30: not a date"),
        ({"timezone": "UTC", "weekly": {}, "overrides": {"20240229": []}},
         "calendar.overrides.20240229: not a date"),
        ({"timezone": "UTC", "weekly": {}, "overrides": {"2024-02-29": [["b", "a"]]}},
         "calendar.overrides.2024-02-29[0][0]: not a time from 00:00 to 24:00"),
        ({"timezone": "UTC", "weekly": {}, "names": {"2024-02-29": 1}},
         "calendar.names.2024-02-29: not a text"),
    ],
)  # fmt: skip
def test_a_wrong_calendar_is_refused_by_name(given, wrong):
    with pytest.raises(Malformed) as refused:
        compile_calendar(given)
    assert str(refused.value) == wrong


# --- working days -----------------------------------------------------------------------------

BERLIN = calendar("Europe/Berlin")


@pytest.mark.parametrize(
    ("given", "now", "days", "then"),
    [
        (BERLIN, "2026-11-24T15:00+01:00", 1, "2026-11-23T15:00+01:00"),
        (BERLIN, "2026-11-23T15:00+01:00", 1, "2026-11-20T15:00+01:00"),  # over a weekend
        (BERLIN, "2026-11-23T15:00+01:00", 6, "2026-11-13T15:00+01:00"),
        (BERLIN, "2026-11-22T15:00+01:00", 1, "2026-11-20T00:00+01:00"),  # on one
        (BERLIN, "2026-10-26T15:00+01:00", 1, "2026-10-23T15:00+02:00"),  # and clocks went back
        (BERLIN, "2026-11-23T00:30+01:00", 1, "2026-11-20T00:30+01:00"),  # Sunday still, in UTC
        (ALWAYS, "2026-11-23T15:00+01:00", 3, "2026-11-20T14:00+00:00"),
        (calendar(weekly={}), "2026-11-23T15:00+01:00", 1, None),
    ],
)  # fmt: skip
def test_so_many_working_days_ago(given, now, days, then):
    found = days_before(given, datetime.fromisoformat(now), days)
    assert found == (then and datetime.fromisoformat(then))
