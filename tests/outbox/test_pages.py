"""The pages of what leaves, what arrived and long work."""

import pytest
from django.urls import reverse

from apps.outbox.choices import DeliveryState, WorkState
from apps.outbox.models import Delivery, Host, InboundEvent, Job, Notification
from tests.make import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def dead(mail) -> Delivery:
    delivery = mail(to="gone@harbour.example", cause="message:1")
    Delivery.objects.filter(pk=delivery.pk).update(state="dead", trouble="SMTP 550")
    delivery.refresh_from_db()
    return delivery


@pytest.fixture
def event(db) -> InboundEvent:
    stored = InboundEvent.objects.store("alertmanager", "k1", b'{"a": "<b>\xff"}', {"X": "1"})
    InboundEvent.objects.filter(pk=stored.pk).update(state="failed", last_error="KeyError: 'b'")
    return InboundEvent.objects.get(pk=stored.pk)


@pytest.fixture
def job(ada, settings) -> Job:
    settings.JOBS = {"test": "tests.outbox.steps.count"}
    return Job.start("test", title="Import of 400 tickets", params={}, by=ada, at=NOW, total=400)


def test_the_list_filters_and_turns_pages(as_otto, mail, dead):
    for number in range(60):
        mail(to=f"p{number}@x.example")
    url = reverse("portal:deliveries")
    first = as_otto.get(url)
    keyset = first.context["keyset"]
    assert len(keyset.rows) == 50
    second = as_otto.get(url, {"after": keyset.after}).context["keyset"]
    assert (len(second.rows), second.after) == (11, "")
    back = as_otto.get(url, {"before": second.before}).context["keyset"]
    assert [row.pk for row in back.rows] == [row.pk for row in keyset.rows]
    only = as_otto.get(url, {"state": "dead", "channel": "mail", "q": "gone"})
    assert only.context["keyset"].rows == [dead]
    assert b"SMTP 550" in only.content
    assert as_otto.get(url, {"state": "nonsense", "after": "x"}).status_code == 200


def test_the_list_costs_the_same_however_long(as_otto, mail, django_assert_max_num_queries):
    for number in range(20):
        mail(to=f"p{number}@x.example")
    with django_assert_max_num_queries(9):
        as_otto.get(reverse("portal:deliveries"))


def test_a_delivery_shows_its_attempts_and_is_retried(as_otto, dead, mail):
    other = mail()
    Delivery.objects.filter(pk=other.pk).update(state="dead", trouble="SMTP 550")
    page = as_otto.get(dead.get_absolute_url()).content.decode()
    assert "Retry all 2 like this" in page
    answer = as_otto.post(reverse("portal:delivery-retry", args=[dead.pk]))
    assert answer.status_code == 302
    dead.refresh_from_db()
    assert dead.state == DeliveryState.PENDING
    again = as_otto.post(reverse("portal:delivery-retry", args=[dead.pk]))
    assert again.status_code == 409
    as_otto.post(reverse("portal:delivery-retry-alike", args=[other.pk]))
    other.refresh_from_db()
    assert other.state == DeliveryState.PENDING


def test_who_reads_a_mail_is_not_let_in_by_its_link(as_lea, mail):
    """Whoever has a contact's link is taken for the contact."""
    sent = mail(to="mira@acme.test")
    key = "7-7-1.AbC_d-efghijklmnopqrstuv"
    text = {"subject": "Re: Export", "text": f"Open it: https://portal.test/t/{key}/?solved=yes"}
    Delivery.objects.filter(pk=sent.pk).update(payload=text)
    html = as_lea.get(reverse("portal:delivery", args=[sent.pk])).content.decode()
    assert "https://portal.test/t/?solved=yes" in html and key not in html


def test_a_verb_in_place_gives_the_card_back(as_otto, dead):
    answer = as_otto.post(
        reverse("portal:delivery-cancel", args=[dead.pk]),
        {"reason": "Wrong person"},
        headers={"hx-request": "true"},
    )
    assert f'id="delivery-{dead.pk}"' in answer.content.decode()
    assert "Wrong person" in answer.content.decode()


def test_held_ones_are_released_one_by_one_and_by_host(as_otto, mail):
    first, second = mail(), mail()
    Delivery.objects.update(state="held", held_for="breaker")
    as_otto.post(reverse("portal:delivery-release", args=[first.pk]))
    first.refresh_from_db()
    assert first.state == DeliveryState.PENDING
    host = Host.objects.create(name=second.host, opened_at=NOW, reason="SMTP 451", probe_at=NOW)
    assert b"SMTP 451" in as_otto.get(reverse("portal:deliveries")).content
    as_otto.post(reverse("portal:host-release", args=[host.pk]))
    second.refresh_from_db()
    assert second.state == DeliveryState.PENDING


def test_who_may_not_retry_sees_no_button_and_is_turned_away(as_ada, dead):
    assert b"Retry" not in as_ada.get(dead.get_absolute_url()).content
    assert as_ada.post(reverse("portal:delivery-retry", args=[dead.pk])).status_code == 403


def test_an_event_that_failed_is_shown_raw_and_replayed(as_otto, event):
    listed = as_otto.get(reverse("portal:inbound")).content.decode()
    assert "KeyError" in listed
    shown = as_otto.get(reverse("portal:inbound-event", args=[event.pk])).content.decode()
    assert "&lt;b&gt;" in shown
    as_otto.post(reverse("portal:inbound-replay", args=[event.pk]))
    event.refresh_from_db()
    assert event.state == WorkState.PENDING
    again = as_otto.post(reverse("portal:inbound-replay", args=[event.pk]))
    assert again.status_code == 409
    assert b"Everything was read" in as_otto.get(reverse("portal:inbound")).content
    assert b"k1" in as_otto.get(reverse("portal:inbound"), {"show": "all"}).content


def test_a_job_shows_how_far_it_is_and_is_cancelled(as_ada, job):
    page = as_ada.get(job.get_absolute_url()).content.decode()
    assert "0 of 400" in page
    assert 'hx-trigger="every 2s"' in page
    part = as_ada.get(job.get_absolute_url(), headers={"hx-request": "true"}).content.decode()
    assert part.lstrip().startswith(f'<article id="job-{job.pk}"')
    as_ada.post(reverse("portal:job-cancel", args=[job.pk]))
    job.refresh_from_db()
    assert job.state == WorkState.CANCELLED
    assert as_ada.post(reverse("portal:job-cancel", args=[job.pk])).status_code == 409
    assert 'hx-trigger="every' not in as_ada.get(job.get_absolute_url()).content.decode()


def test_a_finished_job_shows_its_result(as_ada, job):
    Job.objects.update(
        state="done", done=400, counts={"created": 398}, result={"url": "/tickets/", "rejected": 2}
    )
    page = as_ada.get(job.get_absolute_url()).content.decode()
    assert "398" in page
    assert 'href="/tickets/"' in page


def test_jobs_are_listed_and_only_their_owner_or_a_keeper_cancels(as_ada, as_pia, as_otto, job):
    assert job.title in as_ada.get(reverse("portal:jobs")).content.decode()
    assert job.title not in as_pia.get(reverse("portal:jobs")).content.decode()
    assert job.title in as_otto.get(reverse("portal:jobs")).content.decode()
    assert as_pia.post(reverse("portal:job-cancel", args=[job.pk])).status_code == 403


def test_a_person_reads_what_they_were_told(as_ada, ada, pia):
    for _ in range(2):
        Notification.objects.tell(
            ada, cause="mention:4", sentence="Sol mentioned you.", url="/tickets/4/", at=NOW
        )
    Notification.objects.tell(pia, cause="mention:4", sentence="Not for Ada.", at=NOW)
    page = as_ada.get(reverse("portal:notifications")).content.decode()
    assert page.count("Sol mentioned you.") == 1
    assert "Not for Ada." not in page
    as_ada.post(reverse("portal:notifications-read"))
    assert not Notification.objects.of(ada).unread().exists()
    assert Notification.objects.of(pia).unread().count() == 1
