"""Programs hear what happened: once, in order, and nothing that is not theirs to hear."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.db.models.functions import Now
from django.urls import reverse

from apps.actions.models import Action
from apps.outbox import telling
from apps.outbox.models import Delivery, Endpoint, Telling
from apps.timeline.models import Activity
from apps.timeline.refusal import Refused
from tests.make import NOW


@pytest.fixture
def ear(db, admin) -> Endpoint:
    """A program that hears of everything from now on."""
    endpoint = Endpoint(name="Ear", url="https://ear.example/hook")
    endpoint.open(by=admin, at=NOW)
    return endpoint


def happen(verb: str = "replied", kind: str = "ticket", subject: int = 7, **data) -> Activity:
    return Activity.objects.create(kind=kind, subject_id=subject, verb=verb, at=NOW, data=data)


def heard(endpoint: Endpoint) -> list[str]:
    rows = Delivery.objects.filter(recipient=endpoint.url).order_by("pk")
    return [row.payload["event"] for row in rows]


def test_a_change_becomes_one_delivery_however_often_it_is_told(ear):
    assert telling.due() == 1  # its own opening is read, and told to nobody
    activity = happen(status=["new", "open"])
    for _ in range(4):
        telling.drain_due()
    (delivery,) = Delivery.objects.all()
    assert delivery.payload == {
        "event": "ticket.replied",
        "data": {
            "activity": activity.pk,
            "kind": "ticket",
            "id": 7,
            "verb": "replied",
            "at": NOW.isoformat(),
            "by": "Afterlaunch",
            "changes": {"status": ["new", "open"]},
        },
    }
    assert (delivery.cause, delivery.subject_kind) == (f"activity:{activity.pk}", "ticket")
    assert telling.due() == 0


def test_what_an_import_tells_and_what_is_inward_is_not_told(ear):
    happen(run=3)
    happen(kind="endpoint")
    telling.drain_due()
    assert heard(ear) == []


def test_each_hears_what_it_asked_for(ear, admin):
    picky = Endpoint(name="Picky", url="https://picky.example/", events=["ticket.resolved"])
    picky.open(by=admin, at=NOW)
    happen("replied")
    happen("resolved")
    telling.drain_due()
    assert heard(ear) == ["ticket.replied", "ticket.resolved"]
    assert heard(picky) == ["ticket.resolved"]
    picky.listen_to(["action.agreed", "action.agreed"], by=admin, at=NOW)
    assert picky.events == ["action.agreed"]
    with pytest.raises(Refused, match="these already"):
        picky.listen_to(["action.agreed"], by=admin, at=NOW)


def test_what_was_before_it_listened_is_not_told(ear, admin):
    ear.pause(by=admin, at=NOW)
    happen("missed")
    assert telling.due() == 0
    ear.resume(by=admin, at=NOW)
    telling.drain_due()
    assert heard(ear) == []
    for verb, sentence in (("resume", "listens already"), ("pause", None), ("pause", "paused")):
        if sentence is None:
            ear.pause(by=admin, at=NOW)
            continue
        with pytest.raises(Refused, match=sentence):
            getattr(ear, verb)(by=admin, at=NOW)
    with pytest.raises(Refused, match="resume it first"):
        ear.ping(by=admin, at=NOW)


def test_a_newcomer_hears_nothing_of_what_another_was_told(ear, admin):
    happen("early")
    late = Endpoint(name="Late", url="https://late.example/")
    late.open(by=admin, at=NOW)
    Endpoint.objects.filter(pk=late.pk).update(listening_since=Now() + timedelta(seconds=1))
    telling.drain_due()
    assert (heard(ear), heard(late)) == (["ticket.early"], [])


def test_many_at_once_are_told_in_batches(ear, monkeypatch):
    monkeypatch.setattr(telling, "BATCH", 3)
    for n in range(7):
        happen(subject=n)
    assert [telling.tell() for _ in range(3)] == [True, True, False]
    assert len(heard(ear)) == 7


def test_a_ping_says_whether_it_hears(ear, admin):
    delivery = ear.ping(by=admin, at=NOW)
    assert delivery.payload["event"] == "endpoint.pinged"


@pytest.mark.parametrize(
    "changes, field",
    [
        ({"name": "  "}, "name"),
        ({"url": "http://127.0.0.1/hook"}, "url"),
        ({"url": "https://ear.example/hook"}, "url"),
        ({"events": ["ticket"]}, "events"),
        ({"events": ["user.signed_in"]}, "events"),
    ],
)
def test_what_cannot_listen(ear, admin, changes, field):
    endpoint = Endpoint(**({"name": "Other", "url": "https://other.example/"} | changes))
    with pytest.raises(Refused) as refused:
        endpoint.open(by=admin, at=NOW)
    assert refused.value.field == field


def test_a_real_verb_is_heard_of(ear, ada):
    Action.objects.agree(title="Call Acme", owner=ada, due=NOW.date(), by=ada, at=NOW)
    telling.drain_due()
    (event,) = heard(ear)
    assert event.startswith("action.")


@pytest.mark.django_db(transaction=True)
def test_a_change_that_commits_late_is_told_all_the_same(admin):
    """It began before one that was told already, and has a lower number."""
    endpoint = Endpoint(name="Ear", url="https://ear.example/hook")
    endpoint.open(by=admin, at=NOW)
    written, go_on = threading.Event(), threading.Event()

    def slow() -> None:
        try:
            with transaction.atomic():
                happen("slow")
                written.set()
                go_on.wait(20)
        finally:
            connection.close()

    other = threading.Thread(target=slow)
    other.start()
    assert written.wait(20)
    happen("quick")
    for _ in range(3):
        telling.tell()
    assert heard(endpoint) == ["ticket.quick"]
    state = Telling.objects.get()
    assert state.settled_to < state.read_to
    assert telling.due() == 1
    go_on.set()
    other.join()
    for _ in range(3):
        telling.tell()
    assert sorted(heard(endpoint)) == ["ticket.quick", "ticket.slow"]
    assert telling.due() == 0


def test_it_is_set_up_in_the_admin(admin, signed_in, endpoint):
    client = signed_in(admin)
    add = reverse("admin:outbox_endpoint_add")
    page = client.post(add, {"name": "New", "url": "https://new.example/", "events": "ticket"})
    assert b"There is no event" in page.content
    sent = {"name": "New", "url": "https://new.example/", "events": "ticket.resolved"}
    page = client.post(add, sent, follow=True)
    assert b"shown this once: whs_" in page.content
    new = Endpoint.objects.get(name="New")
    change = reverse("admin:outbox_endpoint_change", args=[new.pk])
    client.post(change, {"events": "ticket.replied"})
    client.post(change, {"events": "ticket.replied"})
    new.refresh_from_db()
    assert (new.events, new.url) == (["ticket.replied"], "https://new.example/")
    listed = reverse("admin:outbox_endpoint_changelist")

    def press(action: str) -> bytes:
        sent = {"action": action, "_selected_action": [new.pk]}
        return client.post(listed, sent, follow=True).content

    before = new.sealed
    assert b"shown this once" in press("replace_secret")
    press("ping")
    press("pause")
    assert b"It is paused already" in press("pause")
    new.refresh_from_db()
    assert not new.active and new.sealed != before
    press("resume")
    new.refresh_from_db()
    assert new.active and heard(new) == ["endpoint.pinged"]
