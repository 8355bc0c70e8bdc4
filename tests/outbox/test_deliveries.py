"""Deliveries: enqueued once, claimed by one, tried until they arrive or somebody decides."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail as outgoing
from django.utils import timezone

from apps.outbox import breaker, claims, dispatch, drains, journal, rules
from apps.outbox.channels import Failure, carrier
from apps.outbox.choices import DeliveryState
from apps.outbox.models import Delivery, DeliveryAttempt, Host
from apps.timeline.models import Activity
from apps.timeline.refusal import Lost, Refused

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class Says:
    """A carrier that answers what it is told to."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.sent: list[str] = []

    def send(self, delivery, before_data):
        before_data()
        answer = self.answers.pop(0) if self.answers else (250, "accepted")
        if isinstance(answer, Exception):
            raise answer
        if callable(answer):
            answer = answer(delivery)
        self.sent.append(str(delivery.key))
        return answer


def failure(verdict=rules.FAILED, code=451, trouble="SMTP 451"):
    return Failure("come back later", verdict=verdict, trouble=trouble, code=code)


def test_enqueued_twice_is_one(mail):
    first = mail(cause="message:1")
    again = mail(cause="message:1", payload={"subject": "Changed", "text": ""})
    assert first == again
    assert again.payload["subject"] == "Your ticket"


def test_many_at_once_count_only_the_new(mail):
    mail(to="a@x.example", cause="release:4")
    drafts = [
        Delivery.draft(channel="mail", cause="release:4", recipient=f"{n}@x.example", payload={})
        for n in "abc"
    ]
    assert Delivery.objects.enqueue_all(drafts) == 2
    assert Delivery.objects.enqueue_all(drafts) == 0


@pytest.mark.parametrize(
    ("channel", "recipient"),
    [("mail", "nobody"), ("webhook", "ftp://x.example/"), ("webhook", "https://x.example/ü")],
)
def test_what_can_never_arrive_is_refused(channel, recipient):
    with pytest.raises(Refused):
        Delivery.draft(channel=channel, cause="c", recipient=recipient, payload={})


def test_a_sent_mail_carries_its_key_as_message_id(mail):
    delivery = mail(payload={"subject": "Hi\nthere", "text": "T", "html": "<p>T</p>"})
    assert drains.drain_channel("mail") == 1
    delivery.refresh_from_db()
    assert delivery.state == DeliveryState.SENT
    assert delivery.sent_at is not None
    (message,) = outgoing.outbox
    assert message.extra_headers["Message-ID"] == f"<{delivery.key}@demo.test>"
    assert message.subject == "Hi there"
    assert journal.sent([str(delivery.key)]) == {str(delivery.key)}
    (attempt,) = delivery.tries.all()
    assert (attempt.n, attempt.outcome) == (1, "sent")
    assert attempt.started_at <= attempt.finished_at


def test_nothing_goes_before_its_time(mail):
    mail(send_after=timezone.now() + timedelta(seconds=60))
    assert claims.due_deliveries("mail") == 0
    assert claims.claim_delivery("mail") is None


def test_attempts_are_counted_before_the_work(mail):
    mail()
    claimed = claims.claim_delivery("mail")
    assert claimed.attempts == 1
    assert claimed.state == DeliveryState.SENDING
    assert claims.claim_delivery("mail") is None


def test_a_failure_for_now_waits_longer_every_time(mail, later):
    delivery = mail()
    carried = Says(failure(), failure())
    pauses = []
    for _ in range(2):
        assert dispatch.send_next("mail", carried)
        delivery.refresh_from_db()
        assert delivery.state == DeliveryState.PENDING
        pauses.append((delivery.next_at - delivery.tries.last().finished_at).total_seconds())
        later(delivery, 3600)
    assert 0.25 <= pauses[0] <= 0.75
    assert 0.5 <= pauses[1] <= 1.5
    assert dispatch.send_next("mail", carried)
    delivery.refresh_from_db()
    assert delivery.state == DeliveryState.SENT
    assert [t.outcome for t in delivery.tries.all()] == ["failed", "failed", "sent"]


def test_a_refusal_for_good_is_dead_at_once(mail):
    delivery = mail()
    dispatch.send_next("mail", Says(failure(rules.REFUSED, 550, "SMTP 550")))
    delivery.refresh_from_db()
    assert delivery.state == DeliveryState.DEAD
    assert delivery.trouble == "SMTP 550"
    assert not Host.objects.exists()


def test_after_three_days_it_is_dead(mail, later):
    delivery = mail()
    later(delivery, rules.KEEP_TRYING)
    dispatch.send_next("mail", Says(failure()))
    delivery.refresh_from_db()
    assert delivery.state == DeliveryState.DEAD


def test_a_bug_in_a_carrier_is_tried_again_and_shown(mail):
    delivery = mail()
    dispatch.send_next("mail", Says(ZeroDivisionError("x\x00y")))
    delivery.refresh_from_db()
    assert delivery.state == DeliveryState.PENDING
    assert delivery.trouble == "ZeroDivisionError"
    assert "\x00" not in delivery.last_error


def test_who_lost_the_lease_hands_nothing_over(mail, later):
    delivery = mail()
    slow = claims.claim_delivery("mail")
    later(delivery, rules.LEASE + 1)
    second = claims.claim_delivery("mail")
    assert second.pk == slow.pk
    assert second.vanished == 1
    carried = Says()
    dispatch._send(slow, carried, claimed=0)
    assert carried.sent == []
    assert not claims.finish(slow, rules.SENT)
    assert claims.finish(second, rules.SENT)
    assert DeliveryAttempt.objects.count() == 1


def test_a_vanished_send_the_journal_knows_is_not_sent_again(mail, later):
    delivery = mail()
    claimed = claims.claim_delivery("mail")
    claims.stage(claimed, "data")
    journal.note(str(claimed.key), "mail", claimed.recipient)
    later(delivery, rules.LEASE + 1)
    carried = Says()
    assert dispatch.send_next("mail", carried)
    delivery.refresh_from_db()
    assert (delivery.state, carried.sent) == (DeliveryState.SENT, [])


@pytest.mark.parametrize(("careful", "state"), [(True, "held"), (False, "sent")])
def test_a_vanished_send_of_unknown_outcome(mail, later, careful, state):
    delivery = mail(careful=careful)
    claims.stage(claims.claim_delivery("mail"), "data")
    later(delivery, rules.LEASE + 1)
    dispatch.send_next("mail", Says())
    delivery.refresh_from_db()
    assert delivery.state == state
    assert delivery.held_for == ("unknown" if careful else "")


def test_what_ends_its_workers_ends_too(mail, later):
    delivery = mail()
    for _ in range(rules.VANISHINGS):
        claims.claim_delivery("mail")
        later(delivery, rules.LEASE + 1)
    assert dispatch.send_next("mail", Says())
    delivery.refresh_from_db()
    assert (delivery.state, delivery.trouble) == (DeliveryState.DEAD, "Ends its worker")


def test_at_most_four_are_under_way_to_one_host(mail, hook):
    for _ in range(6):
        mail()
    hook()
    assert claims.due_deliveries("mail") == 4
    assert [bool(claims.claim_delivery("mail")) for _ in range(5)] == [True] * 4 + [False]
    assert claims.due_deliveries("mail") == 0
    assert claims.claim_delivery("webhook")


def test_the_host_that_waits_longest_comes_first(endpoint, hook, later):
    first = hook()
    from apps.outbox.models import Endpoint

    Endpoint.objects.create(name="B", url="https://b.example/", sealed=endpoint.sealed)
    second = Delivery.objects.enqueue(
        channel="webhook", cause="b", recipient="https://b.example/", payload={}
    )
    later(second, 60)
    assert claims.claim_delivery("webhook") == second
    assert claims.claim_delivery("webhook") == first


# --- the breaker ---------------------------------------------------------------------------


@pytest.fixture
def broken_host(mail, later):
    """Ten failures in a row, and one delivery more."""
    delivery, other = mail(), mail()
    for _ in range(rules.BREAKER_FAILURES):
        dispatch.send_next("mail", Says(failure()))
        later(delivery, 3600 * 2)
        later(other, 3600 * 2)
    Delivery.objects.update(first_at=timezone.now())
    breaker.tend_hosts()
    return Host.objects.get()


def test_ten_failures_in_a_row_hold_what_waits_for_the_host(broken_host, mail):
    assert broken_host.is_open
    assert broken_host.waiting().count() == 2
    latecomer = mail()
    assert claims.due_deliveries("mail") == 0
    assert claims.claim_delivery("mail") is None
    breaker.tend_hosts()
    latecomer.refresh_from_db()
    assert (latecomer.state, latecomer.held_for) == ("held", "breaker")


def test_one_delivery_is_tried_and_its_success_frees_all(broken_host, later):
    later(broken_host, 10)
    breaker.tend_hosts()
    assert claims.due_deliveries("mail") == 1
    assert dispatch.send_next("mail", Says())
    assert not dispatch.send_next("mail", Says())
    breaker.tend_hosts()
    broken_host.refresh_from_db()
    assert not broken_host.is_open
    assert drains.drain_channel("mail") == 1


def test_a_failed_probe_is_tried_again_later(broken_host, later):
    later(broken_host, 10)
    breaker.tend_hosts()
    dispatch.send_next("mail", Says(failure()))
    breaker.tend_hosts()
    assert claims.claim_delivery("mail") is None
    broken_host.refresh_from_db()
    later(broken_host, 10)
    breaker.tend_hosts()
    assert dispatch.send_next("mail", Says())
    assert Host.objects.get().probes == 2


def test_an_open_breaker_with_nothing_waiting_closes(broken_host, later, otto):
    for held in broken_host.waiting():
        held.cancel(reason="no longer true", by=otto, at=NOW)
    later(broken_host, 10)
    breaker.tend_hosts()
    broken_host.refresh_from_db()
    assert not broken_host.is_open


def test_a_person_releases_the_host(broken_host, otto):
    assert broken_host.close(by=otto, at=NOW) == 2
    assert drains.drain_channel("mail") == 2
    with pytest.raises(Refused):
        broken_host.close(by=otto, at=NOW)


def test_a_success_forgets_the_failures_before_it(mail, later):
    delivery = mail()
    for answer in (failure(), failure(), (250, "ok")):
        dispatch.send_next("mail", Says(answer))
        later(delivery, 60)
    assert Host.objects.get().failures == 0


# --- what people do ------------------------------------------------------------------------


@pytest.fixture
def dead(mail):
    delivery = mail()
    dispatch.send_next("mail", Says(failure(rules.REFUSED, 550, "SMTP 550")))
    delivery.refresh_from_db()
    return delivery


def test_a_dead_one_is_retried_under_the_same_key(dead, otto):
    key = dead.key
    dead.retry(by=otto, at=NOW)
    assert drains.drain_channel("mail") == 1
    dead.refresh_from_db()
    assert (dead.state, dead.key) == (DeliveryState.SENT, key)
    assert Activity.objects.about("delivery", dead.pk).get().verb == "retried"


def test_all_like_it_are_retried(dead, mail, otto):
    other = mail(to="else@harbour.example")
    dispatch.send_next("mail", Says(failure(rules.REFUSED, 554, "SMTP 554")))
    assert Delivery.retry_like(dead, by=otto, at=NOW) == 1
    other.refresh_from_db()
    assert other.state == DeliveryState.DEAD


def test_cancelling_needs_a_reason_and_keeps_it(dead, otto):
    with pytest.raises(Refused):
        dead.cancel(reason="  ", by=otto, at=NOW)
    dead.cancel(reason="Wrong person", by=otto, at=NOW)
    assert dead.last_error == "Wrong person"
    with pytest.raises(Refused):
        dead.retry(by=otto, at=NOW)


def test_two_people_one_button_one_winner(dead, otto, sol):
    same = Delivery.objects.get(pk=dead.pk)
    dead.retry(by=otto, at=NOW)
    with pytest.raises(Lost):
        same.cancel(reason="no", by=sol, at=NOW)


def test_only_a_held_one_is_released(dead, otto):
    with pytest.raises(Refused):
        dead.release(by=otto, at=NOW)


def test_an_outcome_unknown_is_released_by_a_person(mail, later, otto):
    delivery = mail(careful=True)
    claims.stage(claims.claim_delivery("mail"), "data")
    later(delivery, rules.LEASE + 1)
    dispatch.send_next("mail", Says())
    delivery.refresh_from_db()
    delivery.release(by=otto, at=NOW)
    with carrier("mail") as real:
        assert dispatch.send_next("mail", real)
    assert len(outgoing.outbox) == 1
