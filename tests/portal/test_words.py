"""How values read, by tables and properties; the same words in the browser's script."""

import json
import re
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from apps.calendars.rules import compile_calendar
from apps.calendars.rules.working import AlwaysOpen
from apps.portal import snoozing, tones, words
from apps.portal.bands import shifts
from apps.portal.templatetags.clocks import elsewhere
from apps.portal.templatetags.ui import places

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
SCRIPTS = Path(__file__).parents[2] / "apps/portal/static/portal/js"


@pytest.mark.parametrize(
    ("later", "said"),
    [
        (timedelta(hours=1), ("23 Nov 09:00", "10:00")),
        (timedelta(days=2), ("23 Nov 09:00", "25 Nov 09:00")),
        (timedelta(days=60), ("23 Nov 2026 09:00", "22 Jan 2027 09:00")),
    ],
)
def test_a_span_names_the_day_where_it_is_another(later, said):
    assert words.between(NOW, NOW + later) == said


def test_prepared_words_are_shown_with_what_their_places_stand_for():
    shown = places('Hello {{ contact.first_name | "there" }}, {{ today }}')
    assert shown == "Hello [their first name], [today's date in the contact's time zone]"


@pytest.mark.parametrize(
    ("zone", "said"),
    [("Europe/Amsterdam", ""), ("Europe/London", "Mon 23 Nov 09:00 Europe/London")],
)
def test_another_clock_is_told_only_where_it_shows_another_time(zone, said):
    clock = SimpleNamespace(due_at=NOW, zone=zone, due_there="Mon 23 Nov 09:00 Europe/London")
    with timezone.override("Europe/Berlin"):
        assert elsewhere(clock) == said
    assert not elsewhere(SimpleNamespace(due_at=None))


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 s"),
        (59, "59 s"),
        (60, "1 m"),
        (3599, "59 m"),
        (3600, "1 h"),
        (7500, "2 h 05 m"),
        (-2400, "−40 m"),
        (-0.4, "0 s"),
        (172_800, "48 h"),
        (4_000_000, "1\u202f111 h 06 m"),
    ],
)
def test_a_duration(seconds, said):
    assert words.duration(seconds) == said


def test_a_long_duration_in_days():
    assert words.duration(172_800, days=True) == "2 d"
    assert words.duration(187_200, days=True) == "2 d 4 h"


@given(st.integers(0, 10**9))
def test_a_duration_never_says_more_than_there_is(seconds):
    parts = re.findall(r"(\d+) (h|m|s)", words.duration(seconds).replace(words.THIN, ""))
    size = {"h": 3600, "m": 60, "s": 1}
    said = sum(int(number) * size[unit] for number, unit in parts)
    assert said <= seconds < said + 60


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, "—"),
        (0, "0"),
        (1234567, "1\u202f234\u202f567"),
        (12.5, "12.5"),
        (-3, "−3"),
        (-0.001, "0"),
    ],
)
def test_a_number(value, said):
    assert words.number(value) == said


@pytest.mark.parametrize(
    ("value", "currency", "said"),
    [
        (18_400, "EUR", "€\u202f18\u202f400"),
        (9.5, "USD", "$\u202f9.50"),
        (-1, "CHF", "−CHF\u202f1"),
        (None, "EUR", "—"),
    ],
)
def test_money(value, currency, said):
    assert words.money(value, currency) == said


def test_counts():
    assert words.capped(1000) == "1\u202f000"
    assert words.capped(1001) == "1\u202f000+"
    assert words.plural(1, "ticket") == "1 ticket"
    assert words.plural(2, "ticket") == "2 tickets"
    assert words.plural(2, "was", "were") == "2 were"
    assert (words.plural(1, "person"), words.plural(3, "person")) == ("1 person", "3 people")


@pytest.mark.parametrize(
    ("span", "said"),
    [
        (timedelta(seconds=30), "just now"),
        (timedelta(minutes=5), "5 m ago"),
        (timedelta(hours=2, minutes=5), "2 h 05 m ago"),
        (timedelta(days=1), "1 day ago"),
        (timedelta(days=20), "2 weeks ago"),
        (timedelta(days=90), "3 months ago"),
        (timedelta(minutes=-5), "in 5 m"),
    ],
)
def test_how_long_ago(span, said):
    assert words.ago(NOW - span, NOW) == said


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (NOW + timedelta(hours=1), "10:00"),
        (NOW + timedelta(days=1), "Tue 09:00"),
        (NOW + timedelta(days=20), "13 Dec 09:00"),
        (NOW - timedelta(days=400), "19 Oct 2025"),
    ],
)
def test_when(at, said):
    assert words.clock_time(at, NOW) == said


def test_an_instant_is_exact_on_hover():
    assert words.exact(NOW) == "Mon 23 Nov 2026, 09:00:00 UTC"


@pytest.mark.parametrize(
    ("seconds", "said"), [(5, "5 s"), (65, "1 m"), (7300, "2 h"), (200_000, "2 d"), (-5, "0 s")]
)
def test_a_brief_span(seconds, said):
    assert words.brief(seconds) == said


@pytest.mark.parametrize(
    ("size", "said"),
    [(10, "10 B"), (2048, "2 KB"), (5 * 1024**2, "5 MB"), (3 * 1024**3, "3 GB")],
)
def test_a_size(size, said):
    assert words.human_size(size) == said


def test_a_state_nobody_named_is_muted_and_never_green():
    assert tones.tone_of("never heard of") == "muted"
    assert tones.icon_of("never heard of") == "dash"


def test_every_icon_is_drawn():
    sprite = (SCRIPTS.parent / "icons.svg").read_text()
    drawn = set(re.findall(r'symbol id="([\w-]+)"', sprite))
    assert {icon for _, icon in tones.TONES.values()} <= drawn
    templates = Path(__file__).parents[2] / "templates"
    used = {
        name
        for page in templates.rglob("*.html")
        for name in re.findall(r'{% icon "([\w-]+)"', page.read_text())
    }
    assert used <= drawn


def test_what_is_offered_for_sleeping_is_still_to_come_today_or_later():
    berlin = NOW.astimezone(ZoneInfo("Europe/Berlin"))  # Monday, 10:00
    offered = {title: f"{at:%m-%d %H:%M}" for title, at in snoozing.suggestions("", berlin)}
    assert offered == {
        "For an hour": "11-23 11:00",
        "Until 15:00": "11-23 15:00",
        "Until tomorrow, 9:00": "11-24 09:00",
        "Until Monday, 9:00": "11-30 09:00",
        "For a week": "11-30 10:00",
        "Until next month": "12-01 09:00",
    }


def test_what_was_typed_is_said_before_it_is_done():
    [(said, at)] = snoozing.suggestions("fri 9", NOW)
    assert said == "Until Friday 27 November, 09:00"
    assert at.hour == 9
    assert list(snoozing.suggestions("whenever", NOW)) == []


def test_how_long_it_slept_last_is_offered_first():
    title, at = next(snoozing.suggestions("", NOW, timedelta(days=2, seconds=10)))
    assert title == "As long as last time"
    assert at == NOW + timedelta(days=2)


# --- close of business -------------------------------------------------------------------------

OFFICE = compile_calendar(
    {
        "timezone": "Europe/Berlin",
        "weekly": {
            day: [["09:00", "12:00"], ["13:00", "18:00"]]
            for day in ("mon", "tue", "wed", "thu", "fri")
        },
        "overrides": {"2026-11-25": []},
    }
)
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("now", "said", "names"),
    [
        # across the lunch break, before opening, after closing
        ("2026-11-23T10:00", "Mon 18:00, Tue 09:00, Thu 09:00", ("{}, 18:00", "Tomorrow")),
        ("2026-11-23T07:00", "Mon 18:00, Tue 09:00, Thu 09:00", ("{}, 18:00", "Tomorrow")),
        (
            "2026-11-23T19:00",
            "Tue 18:00, Thu 09:00, Fri 09:00",
            ("{} tomorrow, 18:00", "Thursday"),
        ),
        # past the day that is closed, and past the weekend
        ("2026-11-24T20:00", "Thu 18:00, Fri 09:00, Mon 09:00", ("{} Thursday, 18:00", "Friday")),
        ("2026-11-27T09:30", "Fri 18:00, Mon 09:00, Tue 09:00", ("{}, 18:00", "Monday")),
        ("2026-11-27T18:00", "Mon 18:00, Tue 09:00, Wed 09:00", ("{} Monday, 18:00", "Tuesday")),
    ],
)
def test_when_somebody_logs_off_and_is_back(now, said, names):
    at = datetime.fromisoformat(now).replace(tzinfo=BERLIN)
    work = shifts(OFFICE, at, BERLIN)
    assert f"{work.ends:%a %H:%M}, {work.back:%a %H:%M}, {work.after:%a %H:%M}" == said
    assert work.names(at) == (names[0].format("Before you log off"), names[1])


def test_where_it_never_closes_the_days_are_those_of_the_calendar():
    work = shifts(AlwaysOpen(), NOW, UTC)
    assert NOW < work.ends <= work.back < work.after
    assert work.ends.hour == 0


def test_where_nobody_ever_works_the_days_are_those_of_the_calendar():
    never = compile_calendar({"timezone": "UTC", "weekly": {}})
    work = shifts(never, NOW, UTC)
    assert NOW < work.ends <= work.back < work.after


# --- the same in the browser --------------------------------------------------------------------


@pytest.mark.skipif(
    shutil.which("node") is None, reason="no Node on this machine to run the script"
)
def test_the_browser_says_spans_as_the_server_does():
    spans = [0, 59, 60, 3599, 3600, 7500, 86_399, 86_400, 14 * 86_400, 100 * 86_400]
    script = (SCRIPTS / "time.js").read_text() + (
        f"\nprocess.stdout.write(JSON.stringify({spans}.map((s) => spell('ago', -1000 * s))))"
    )
    ran = subprocess.run(
        ["node", "--input-type=module"], input=script, capture_output=True, text=True, check=True
    )
    assert json.loads(ran.stdout) == [words.ago(NOW - timedelta(seconds=s), NOW) for s in spans]
