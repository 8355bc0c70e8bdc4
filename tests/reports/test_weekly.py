"""The weekly mail: who gets it, when, what it says, and how it ends."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from apps.outbox.models import Delivery
from apps.reports.keeping import keep
from apps.reports.models import Keeping, Subscription
from apps.reports.weekly import send
from apps.tickets.keys import keys
from apps.tickets.models import Ticket
from apps.tickets.rules import passes
from apps.timeline.models import Activity

from .conftest import NOW

pytestmark = pytest.mark.django_db
MONDAY = datetime(2026, 11, 23, 6, 30, tzinfo=UTC)  # 07:30 in Berlin
HERE = "/insight/support/"


def mails():
    return Delivery.objects.filter(cause__startswith="weekly-report:")


@pytest.fixture
def subscribed(sol):
    """Sol asked for it in the week before."""
    sol.timezone = "Europe/Berlin"
    sol.save()
    return Subscription.objects.subscribe(sol, at=MONDAY - timedelta(days=6))


def test_the_week_before_comes_on_monday_morning_once(subscribed, sol, lived):
    lived(40)
    assert send(at=MONDAY - timedelta(hours=1)) == 0
    assert send(at=MONDAY) == 1
    assert send(at=MONDAY + timedelta(minutes=15)) == 0
    [mail] = mails()
    said = mail.payload
    assert mail.recipient == sol.email
    assert said["subject"] == "Support report, 16 Nov 2026 – 22 Nov 2026"
    assert said["headers"]["List-Unsubscribe"] == f"<{subscribed.link}>"
    assert said["headers"]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "Tickets created: " in said["text"] and "before " in said["text"]
    assert subscribed.link in said["text"] and subscribed.link in said["html"]
    assert "from=2026-11-16&to=2026-11-22" in said["text"]
    assert '<td class="number">' in said["html"] and "/figures/support.created/?" in said["html"]
    assert send(at=MONDAY + timedelta(days=7)) == 1
    assert mails().count() == 2


def test_what_is_not_known_is_said_in_words(subscribed, sol, lived):
    lived(4, span=12)
    open_one = Ticket.objects.filter(status__in=["new", "open", "waiting_customer"]).first()
    open_one.note("Hm.", by=sol, at=NOW)
    Keeping.objects.update(read_to=1)
    send(at=MONDAY)
    [mail] = mails()
    assert "low sample: " in mail.payload["text"]
    assert "partial: Only " in mail.payload["text"]


def test_a_week_in_which_nothing_happened_sends_nothing(subscribed, mira):
    keep(at=NOW)
    assert send(at=MONDAY) == 0
    assert not mails().exists()
    subscribed.refresh_from_db()
    assert subscribed.settled_to == date(2026, 11, 23)


@pytest.mark.parametrize("change", [{"is_active": False}, {"roles": []}])
def test_who_may_not_read_it_gets_none(subscribed, sol, lived, change):
    lived(20)
    for name, value in change.items():
        setattr(sol, name, value)
    sol.save()
    assert send(at=MONDAY) == 0
    assert not mails().exists()


def test_the_switch_on_the_page(as_sol, sol):
    with time_machine.travel(NOW, tick=False):
        assert "Weekly mail is on" not in as_sol.get(HERE).content.decode()
        for _ in range(2):
            assert as_sol.post(f"{HERE}subscribe/").status_code == 302
        assert "Weekly mail is on" in as_sol.get(HERE).content.decode()
        for _ in range(2):
            as_sol.post(f"{HERE}unsubscribe/")
    told = Activity.objects.filter(kind="report_subscription").order_by("pk")
    assert list(told.values_list("verb", "actor")) == [
        ("subscribed", sol.pk),
        ("unsubscribed", sol.pk),
    ]


def test_asked_for_again_it_begins_with_the_next_week(subscribed, sol, lived):
    lived(20)
    subscribed.end(by=sol, at=MONDAY - timedelta(days=5))
    assert send(at=MONDAY) == 0
    Subscription.objects.subscribe(sol, at=MONDAY + timedelta(days=1))
    assert send(at=MONDAY + timedelta(days=1)) == 0
    assert send(at=MONDAY + timedelta(days=7)) == 1


def test_the_link_in_the_mail_ends_it_when_sent_and_not_when_looked_at(subscribed, sol):
    browser = Client(enforce_csrf_checks=True)
    path = subscribed.link.removeprefix("http://testserver")
    looked = browser.get(path)
    assert looked.status_code == 200 and "Stop it" in looked.content.decode()
    assert Subscription.objects.of(sol)
    assert looked["Cache-Control"] == "no-store"
    for _ in range(2):
        answer = browser.post(path, {"List-Unsubscribe": "One-Click"})
        assert answer.status_code == 200 and "It has stopped" in answer.content.decode()
    assert not Subscription.objects.of(sol)
    last = Activity.objects.filter(kind="report_subscription").latest("pk")
    assert (last.verb, last.who) == ("unsubscribed", "Link in a mail")
    assert str(subscribed) == f"Weekly report for {sol}"


def test_a_link_that_is_none_of_ours_ends_nothing(subscribed):
    answer = Client().get(reverse("public:unsubscribe", args=[f"1.{'A' * 24}"]))
    assert answer.status_code == 404
    two = passes.issue("report", (subscribed.pk, 1), keys())
    assert Subscription.objects.behind(two) is None
