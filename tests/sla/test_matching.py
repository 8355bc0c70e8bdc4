"""Which promise a ticket has, in whose hours, and in what order they run out."""

from datetime import timedelta

import pytest

from apps.calendars.models import Calendar
from apps.sla.models import Policy
from apps.tickets.models import Ticket
from tests import make
from tests.make import NOW

pytestmark = pytest.mark.django_db
HOUR = 3600


@pytest.fixture
def office():
    calendar = Calendar.objects.create(name="Office in Berlin", timezone="Europe/Berlin")
    calendar.publish(by=None, at=NOW)
    return calendar


def promise(name: str, hours: int, **conditions) -> Policy:
    queues = conditions.pop("queues", ())
    made = Policy.objects.create(name=name, targets={"first_response": hours * HOUR}, **conditions)
    made.queues.set(queues)
    made.publish(by=None, at=NOW - timedelta(days=1))
    return made


def first(**told):
    ticket = Ticket.objects.report(subject="S", body="b", at=told.pop("at", NOW), **told)
    return ticket.clocks.get(kind="first_response")


def test_a_promise_is_chosen_by_priority_tier_queue_and_tag_the_first_that_fits():
    billing = make.queue("Billing")
    promise("Urgent", 1, position=1, priorities=["urgent"])
    promise("Enterprise", 2, position=2, tiers=["enterprise"])
    promise("Billing", 3, position=3, queues=[billing])
    promise("Outage", 4, position=4, tags=["outage"])
    large = make.contact("Mira", customer=make.customer("Acme", tier="enterprise"))
    small = make.contact("Jon", customer=make.customer("Beta", tier="starter"))
    hours = {
        "urgent": first(contact=large, priority="urgent"),
        "tier": first(contact=large),
        "queue": first(contact=small, queue=billing),
        "tag": first(contact=small, tags=["outage"]),
        "none of them": first(contact=small),
    }
    assert {name: clock.target // HOUR for name, clock in hours.items()} == {
        "urgent": 1, "tier": 2, "queue": 3, "tag": 4, "none of them": 8,
    }  # fmt: skip


def test_urgent_is_promised_around_the_clock_and_the_rest_in_working_hours(office):
    promise("Urgent", 2, position=1, priorities=["urgent"])
    promise("Office", 2, position=2, tags=["office"], calendar=office)
    evening = NOW.replace(hour=17)  # six in Berlin: closed
    assert first(priority="urgent", at=evening).due_at == evening + timedelta(hours=2)
    due = first(tags=["office"], at=evening).due_at
    assert due == (NOW + timedelta(days=1)).replace(hour=10)  # eleven in Berlin, the next day


def test_a_queue_by_due_time_is_right_across_calendars(office):
    """An hour that is worked tomorrow runs out after five that run tonight, and is shown so."""
    promise("Office", 1, position=1, tags=["office"], calendar=office)
    promise("Night", 5, position=2, tags=["night"])
    promise("Days", 72, position=3, tags=["days"])
    evening = NOW.replace(hour=16, minute=30)
    for tag in ("days", "office", "night"):
        first(tags=[tag], at=evening)
    found = Ticket.objects.order_by("due_at").values_list("tags", flat=True)
    assert [tags[0] for tags in found] == ["night", "office", "days"]
