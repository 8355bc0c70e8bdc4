"""What stands in a mail, and what a customer may expect; no database."""

from datetime import UTC, datetime, timedelta
from email.utils import parseaddr
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.tickets.rules import expecting
from apps.tickets.rules.mail import (
    attribution,
    copies,
    is_from_program,
    mailbox,
    quoted,
    read_subject,
    subject_of,
)

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("subject", "made"),
    [
        ("Bill", "Re: Bill [#7]"),
        ("Re: Bill", "Re: Bill [#7]"),
        ("AW: Rechnung [#7]", "Re: Rechnung [#7]"),
        ("Re: [#5] Bill [#7] again", "Re: Bill again [#7]"),
        ("a\r\n b", "Re: a b [#7]"),
        ("", "Re:  [#7]"),
    ],
)
def test_the_subject_of_an_answer(subject, made):
    assert subject_of(subject, 7) == made


@given(st.text(max_size=1200), st.integers(1, 10**17))
def test_a_subject_is_one_line_that_names_its_ticket(subject, ticket):
    made = subject_of(subject, ticket)
    assert len(made.splitlines()) == 1 and len(made) < 450
    assert read_subject(made) == ticket


def test_a_quote_says_what_it_leaves_out():
    assert quoted("one\n\n  two ") == "> one\n>\n>   two"
    long = quoted("\n".join(map(str, range(300))))
    assert long.splitlines()[-1] == "> [… 100 more lines]"
    assert len(long.splitlines()) == 201


def test_a_quote_is_told_in_the_readers_time():
    said = attribution("Mira", NOW.astimezone(BERLIN))
    assert said == "On Mon, 23 Nov 2026 at 10:00 (Berlin time), Mira wrote:"


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=60))
def test_a_name_and_an_address_are_read_back(name):
    shown, address = parseaddr(mailbox(name, "a@b.test"))
    assert (shown, address) == (" ".join(name.split()), "a@b.test")


@pytest.mark.parametrize(
    ("headers", "found"),
    [
        ("", []),
        ("Subject: x\n", []),
        ("From: Mira <mira@acme.test>\nTo: help@demo.test\n", []),
        ("From: jon@acme.test\nTo: help@demo.test\n", ["jon@acme.test"]),
        ("To: a@x.test, A@X.test\nCc: B <b@x.test>\n", ["a@x.test", '"B" <b@x.test>']),
        ("Cc: =?utf-8?q?=C3=81lvaro?= <a@x.test>\n", ['"Álvaro" <a@x.test>']),
        ("Cc: =?nonsense?q?=C3?= <a@x.test>\n", ["a@x.test"]),
        ("Cc: help+t7.aaaaaaaaaaaaaaaa@demo.test, mira+work@acme.test\n", []),
        ("Cc: nobody, @, a@b, <x y@z.test>\n", []),
        ("Cc: undisclosed-recipients:;\n", []),
        (
            "Cc: " + ", ".join(f"p{n}@x.test" for n in range(50)),
            [f"p{n}@x.test" for n in range(10)],
        ),
    ],
)
def test_who_else_was_on_a_mail(headers, found):
    assert copies(headers, besides={"mira@acme.test", "Help@demo.test"}) == found


@given(st.text(max_size=400))
def test_any_head_can_be_read(headers):
    assert len(copies(headers, besides=())) <= 10
    is_from_program(headers)


@pytest.mark.parametrize(
    ("headers", "program"),
    [
        ("", False),
        ("Auto-Submitted: no\n", False),
        ("Auto-Submitted: No ; x=y\n", False),
        ("Return-Path: <mira@acme.test>\n", False),
        ("Precedence: first-class\n", False),
        ("Auto-Submitted: auto-replied\n", True),
        ("X-Loop: yes\n", True),
        ("List-Unsubscribe: <mailto:x@y.test>\n", True),
        ("return-path: <>\n", True),
        ("Precedence: Junk\n", True),
    ],
)
def test_whether_a_program_wrote(headers, program):
    assert is_from_program(headers) is program


# --- what they may expect -----------------------------------------------------------------------


@given(
    st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),
    st.sampled_from(["Europe/Berlin", "UTC", "America/St_Johns", "Asia/Kolkata"]),
)
def test_a_promise_is_told_on_the_quarter_and_never_earlier(at, name):
    zone = ZoneInfo(name)
    told, _, shown = expecting.moment(at, zone).rpartition(" (")
    said = datetime.strptime(told, "%A, %d %B %Y, %H:%M")
    local = at.astimezone(zone).replace(tzinfo=None)
    late = said - local
    assert late % timedelta(hours=1) < timedelta(minutes=15)  # an hour may be told twice in autumn
    assert shown.removesuffix(")") == expecting.zone_name(zone)


@pytest.mark.parametrize("status", expecting.WORDS)
def test_every_status_has_a_word_and_targets_are_never_told(status):
    said = expecting.expected(status, NOW + timedelta(hours=4), "", zone=BERLIN, now=NOW)
    assert expecting.WORDS[status]
    assert "4 h" not in said and "target" not in said


@pytest.mark.parametrize("name", ["", "UTC", "Moon/Base", "../etc/passwd", "\x00"])
def test_a_zone_that_is_none_is_utc(name):
    assert str(expecting.zone_named(name)) == "UTC"


def test_zones_are_called_by_their_city():
    assert expecting.zone_name(ZoneInfo("America/New_York")) == "New York time"
