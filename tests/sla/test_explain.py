"""The panel accounts for every second of a clock."""

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.calendars.models import Calendar, CalendarDay
from apps.sla import explain, waiving
from apps.sla.models import Policy
from apps.tickets.models import Ticket
from apps.timeline.refusal import Refused
from tests import make
from tests.make import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def mira(db):
    return make.contact("Mira Köhler", timezone="America/New_York")


@pytest.fixture
def office(db):
    berlin = Calendar.objects.create(name="Berlin", timezone="Europe/Berlin")
    CalendarDay.objects.create(calendar=berlin, date=date(2026, 11, 25), name="Founders' Day")
    policy = Policy.objects.default()
    policy.calendar = berlin
    policy.save()
    return policy.publish(by=None, at=NOW)


@pytest.fixture
def ticket(office, mira):
    return Ticket.objects.report(subject="Broken", body="It is", contact=mira, at=NOW)


def test_every_second_has_a_reason(ticket, ada):
    ticket.reply("Which one?", by=ada, at=NOW + timedelta(hours=2))
    ticket.hear("The blue one", at=NOW + timedelta(hours=4))
    at = NOW + timedelta(days=3)
    panel = explain.panel(ticket, at=at)
    assert panel and [clock.kind for clock in panel] == [
        "first_response",
        "next_response",
        "resolution",
    ]
    resolution = panel.clocks[2]
    assert resolution.title == "Resolution" and resolution.calendar == "Berlin v1"
    assert resolution.wall == 3 * 86_400
    words = [part.words for part in resolution.parts]
    assert "Paused: waiting for the customer, by Ada Lovelace" in words
    assert "Holiday: Founders' Day" in words and "Closed" in words
    counted = sum(part.seconds for part in resolution.parts if part.why == "counted")
    assert counted == resolution.elapsed
    assert dict(resolution.sums)["paused"] == resolution.paused == 7200
    assert resolution.due_there.endswith("America/New_York")
    assert [part.end for part in resolution.parts[:-1]] == [
        part.begin for part in resolution.parts[1:]
    ]
    shown = resolution.as_dict()
    assert shown["segments"][0]["why"] == "counted" and shown["waived"] is None


def test_hours_of_its_own_are_readable(ticket, ada, sol):
    """Urgent at night: counted in working hours before, around the clock from then on."""
    policy = Policy.objects.default()
    targets = {"first_response": 6 * 3600}
    policy.edit(
        by_priority={"urgent": targets},
        around_the_clock={"by_priority": {"urgent": list(targets)}},
        by=sol,
        at=NOW,
    )
    policy.publish(by=sol, at=NOW)
    at = NOW + timedelta(minutes=1)
    night = Ticket.objects.report(subject="Night", body="x", contact=ticket.contact, at=at)
    night.prioritise("urgent", by=ada, at=NOW.replace(hour=22))
    first, resolution = explain.panel(night, at=NOW.replace(hour=23)).clocks
    assert (first.calendar, resolution.calendar) == ("around the clock", "Berlin v1")
    said = [part.words for part in first.parts]
    assert said == ["Counted", "Closed", "Counted around the clock"]
    assert [one["words"] for one in first.as_dict()["segments"]] == said
    assert sum(part.seconds for part in first.parts if part.why == "counted") == first.elapsed
    assert [part.words for part in resolution.parts] == ["Counted", "Closed"]


def test_what_has_not_started_is_named(ticket):
    assert explain.panel(ticket, at=NOW).not_started == ["Next response"]


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(hours=st.lists(st.integers(0, 40), max_size=4), after=st.integers(0, 400))
def test_segments_add_up_to_wall_time(office, mira, ada, hours, after):
    ticket = Ticket.objects.report(subject="Any", body="x", contact=mira, at=NOW)
    at = NOW
    for turn, wait in enumerate(hours):
        at += timedelta(hours=wait, seconds=turn)
        if turn % 2:
            ticket.hear("And?", at=at)
        else:
            ticket.reply("So.", by=ada, at=at)
    end = at + timedelta(hours=after)
    for clock in explain.panel(ticket, at=end):
        assert clock.wall == ((clock.stopped_at or end) - clock.started_at).total_seconds()
        assert clock.elapsed == sum(p.seconds for p in clock.parts if p.why == "counted")


def test_a_breach_can_be_waived_once_and_only_a_breach(ticket, ada, sol):
    with pytest.raises(Refused, match="not breached"):
        waiving.waive(ticket, "first_response", 1, reason="Outage", by=sol, at=NOW)
    ticket.reply("Late", by=ada, at=NOW + timedelta(days=4))
    with pytest.raises(Refused, match="Say why"):
        waiving.waive(ticket, "first_response", 1, reason=" ", by=sol, at=NOW)
    with pytest.raises(Refused, match="no such clock"):
        waiving.waive(ticket, "first_response", 2, reason="Outage", by=sol, at=NOW)
    waiving.waive(ticket, "first_response", 1, reason="Outage", by=sol, at=NOW)
    with pytest.raises(Refused, match="already"):
        waiving.waive(ticket, "first_response", 1, reason="Outage", by=sol, at=NOW)
    clock = ticket.clocks.get(kind="first_response")
    assert clock.state == "breached_closed"
    assert explain.panel(ticket).clocks[0].waiver.reason == "Outage"
    assert ticket.timeline().latest("id").verb == "breach_waived"


def test_a_due_instant_set_by_hand_moves_the_clock_and_can_be_lifted(ticket, sol):
    due = NOW + timedelta(days=2)
    waiving.set_due(ticket, "resolution", due, reason="Agreed on the phone", by=sol, at=NOW)
    clock = ticket.clocks.get(kind="resolution")
    assert (clock.by_hand, clock.due_at) == (True, due)
    waiving.set_due(ticket, "resolution", None, reason="Never mind", by=sol, at=NOW)
    assert not ticket.clocks.get(kind="resolution").by_hand


@pytest.mark.parametrize(
    "kind, due, reason, field",
    [
        ("no_kind", None, "x", "kind"),
        ("resolution", None, "", "reason"),
        ("next_response", NOW + timedelta(days=1), "x", "kind"),
        ("resolution", None, "x", "due"),
        ("resolution", NOW, "x", "due"),
    ],
)
def test_a_due_instant_that_cannot_be_is_refused(ticket, sol, kind, due, reason, field):
    with pytest.raises(Refused) as refused:
        waiving.set_due(ticket, kind, due, reason=reason, by=sol, at=NOW)
    assert refused.value.field == field
