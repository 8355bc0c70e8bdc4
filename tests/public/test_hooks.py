"""Events of other programs: kept first, read later."""

import threading

import pytest
from django.contrib.admin.sites import site
from django.contrib.messages import get_messages
from django.db import connection
from django.test import Client

from apps.outbox.models import InboundEvent
from apps.public.choices import HookKind
from apps.public.models import Hook
from apps.public.views import hooks
from apps.timeline.models import Activity
from apps.timeline.refusal import Lost, Refused
from tests.make import NOW


@pytest.fixture
def hook(admin) -> Hook:
    """The administrator sets up a hook for Alertmanager."""
    made, _ = Hook.objects.issue(
        "alertmanager", "Alertmanager eu-1", by=admin, at=NOW, secret="x" * 32
    )
    return made


ADDRESS = f"/hooks/alertmanager/{'x' * 32}/"


def send(body=b'{"alerts":[]}', address=ADDRESS, **headers):
    return Client(enforce_csrf_checks=True).post(
        address, body, content_type="application/json", headers=headers
    )


def test_a_body_is_kept_as_it_came(hook):
    body = b'\x00\xff not even JSON {"alerts":'
    response = send(body, authorization="Bearer secret", user_agent="Alertmanager/0.27")
    assert response.status_code == 202
    event = InboundEvent.objects.get(pk=response.json()["received"])
    assert (event.source, bytes(event.body), event.state) == ("alertmanager", body, "pending")
    assert event.headers == {
        "Content-Type": "application/json",
        "User-Agent": "Alertmanager/0.27",
        "hook": str(hook.pk),
    }


def test_two_deliveries_are_two_events_unless_they_say_otherwise(hook):
    assert len({send().json()["received"] for _ in range(2)}) == 2
    keyed = {"idempotency-key": "delivery-7"}
    assert send(**keyed).json() == send(**keyed).json()
    assert InboundEvent.objects.count() == 3


def test_it_costs_the_lookup_and_the_insert(hook, django_assert_num_queries):
    with django_assert_num_queries(3):  # the hook; the insert; its number
        send()


@pytest.mark.parametrize(
    "address",
    [
        f"/hooks/alertmanager/{'y' * 32}/",
        f"/hooks/alerts/{'x' * 32}/",
        f"/hooks/pigeons/{'x' * 32}/",
        "/hooks/alertmanager//",
        "/hooks/alertmanager/a b/",
        "/hooks/alertmanager/" + "x" * 3000 + "/",
        "/hooks/alertmanager/%C3%A9/",
    ],
)
def test_an_unknown_address_is_not_there(hook, address):
    assert send(address=address).status_code == 404
    assert not InboundEvent.objects.exists()


def test_too_large_is_refused_whole(hook, monkeypatch):
    monkeypatch.setitem(hooks.LARGEST, HookKind.ALERTMANAGER, 1000)
    assert send(b"x" * 1000).status_code == 202
    assert send(b"x" * 1001).status_code == 413
    assert InboundEvent.objects.count() == 1


def test_a_sender_that_hangs_up_is_told_nothing_happened(hook, monkeypatch):
    from django.core.handlers.wsgi import WSGIRequest

    def broken(self, *_):
        raise hooks.UnreadablePostError("gone")

    monkeypatch.setattr(WSGIRequest, "read", broken)
    assert send().status_code == 400
    assert not InboundEvent.objects.exists()


def test_looking_does_nothing(hook):
    assert Client().get(ADDRESS).status_code == 405


def test_the_secret_is_long_random_and_not_kept(admin):
    made, secret = Hook.objects.issue("alerts", "Grafana", by=admin, at=NOW)
    assert len(secret) == 32
    assert secret not in str(Hook.objects.values_list().get(pk=made.pk))
    assert Hook.objects.issue("alerts", "Grafana", by=admin, at=NOW, secret=secret)[0] == made
    assert Activity.objects.about("hook", made.pk).get().verb == "issued"


@pytest.mark.parametrize(("name", "secret"), [("Grafana", "short"), (" ", "x" * 32)])
def test_what_is_no_hook(admin, name, secret):
    with pytest.raises(Refused):
        Hook.objects.issue("alerts", name, by=admin, at=NOW, secret=secret)


def test_a_revoked_hook_hears_nothing(hook, admin):
    stale = Hook.objects.get(pk=hook.pk)
    hook.revoke(by=admin, at=NOW)
    assert send().status_code == 404
    with pytest.raises(Refused, match="already"):
        hook.revoke(by=admin, at=NOW)
    with pytest.raises(Lost):
        stale.revoke(by=admin, at=NOW)


def test_the_admin_shows_the_address_once(as_admin, settings):
    settings.PUBLIC_URL = "https://portal.example.com"
    response = as_admin.post("/admin/public/hook/add/", {"event_kind": "deployments", "name": "CI"})
    (told,) = [str(m) for m in get_messages(response.wsgi_request) if "https://" in str(m)]
    address = told.partition("https://portal.example.com")[2]
    assert send(address=address).status_code == 202
    made = Hook.objects.get()
    assert as_admin.post(f"/admin/public/hook/{made.pk}/delete/").status_code == 403
    for _ in range(2):
        as_admin.post("/admin/public/hook/", {"action": "revoke", "_selected_action": [made.pk]})
    assert send(address=address).status_code == 404
    assert site.is_registered(Hook)


@pytest.mark.django_db(transaction=True)
def test_two_deliveries_with_one_key_at_once_are_one_event(hook):
    together = threading.Barrier(4)
    codes = []

    def deliver():
        together.wait()
        codes.append(send(**{"idempotency-key": "k"}).status_code)
        connection.close()

    threads = [threading.Thread(target=deliver) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert codes == [202] * 4
    assert InboundEvent.objects.count() == 1
