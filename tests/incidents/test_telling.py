"""An update for customers: one mail a person, every clock it reaches, and nothing when undone."""

from datetime import timedelta

import pytest
from django.core.management import call_command

from apps.incidents.models import Incident, IncidentUpdate
from apps.incidents.models import update as update_models
from apps.incidents.promises import remind
from apps.outbox.models import Delivery, Job, Notification, StoppedAddress
from apps.sla import explain, publishing
from apps.sla.audit import run as audit
from apps.sla.models import Clock, Policy
from apps.tickets.models import Message, Ticket
from apps.timeline.refusal import Refused
from tests import make
from tests.make import NOW

LATER = NOW + timedelta(minutes=10)
SOON = LATER + timedelta(seconds=5)
TOO_LATE = LATER + timedelta(seconds=15)
SHOWN = (
    *("status", "waiting_since", "first_replied_at", "snippet", "assignee"),
    *("due_at", "due_kind", "sla_state", "breached"),
)


def clocks(tickets, kind):
    return list(Clock.objects.filter(ticket__in=tickets, kind=kind).order_by("ticket", "cycle"))


def shown(tickets):
    found = Ticket.objects.filter(pk__in=[one.pk for one in tickets])
    return list(found.order_by("pk").values_list(*SHOWN))


@pytest.fixture
def linked(incident, tickets, those, ada):
    incident.link(those(tickets), by=ada, at=NOW)
    return incident


@pytest.mark.parametrize("kind", ["first_response", "next_response"])
def test_one_update_stops_every_clock_of_its_tickets(kind, linked, tickets, otto, ada):
    if kind == "next_response":
        for ticket in tickets:
            ticket.reply("We look into it.", by=ada, at=NOW + timedelta(minutes=1))
            ticket.hear("And?", at=NOW + timedelta(minutes=2))
    before = clocks(tickets, kind)
    assert [one.state for one in before] == ["running"] * 3
    update = linked.update("customers", "Exports are slow; we repair it.", by=otto, at=LATER)
    stopped = clocks(tickets, kind)
    assert [(one.state, one.stopped_at) for one in stopped] == [("met", LATER)] * 3
    assert update.counts()["told"] == 3
    found = Clock.objects.answered_by([update.pk])
    assert {(one.ticket_id, one.kind, one.update) for one in found} == {
        (ticket.pk, kind, update.pk) for ticket in tickets
    }
    for ticket in tickets:
        panel = explain.panel(Ticket.objects.get(pk=ticket.pk), at=LATER)
        [named] = [one.update for one in panel if one.update]
        assert named == (linked.pk, update.pk)
        [told] = ticket.timeline().filter(verb="replied", data__has_key="incident")
        assert told.data["update"] == update.pk and told.actor == otto
    assert audit(at=LATER).differences == 0


def test_each_person_gets_one_true_mail_in_their_thread(linked, tickets, otto):
    queue = make.queue("Support", sender_name="Northwind Support", signature="Your team")
    Ticket.objects.filter(pk=tickets[0].pk).update(queue=queue, assignee=None)
    update = linked.update("customers", "We repair it.", by=otto, at=LATER)
    mails = list(Delivery.objects.filter(channel="mail").order_by("subject_id"))
    assert [one.recipient for one in mails] == [f"person{n}@customer.test" for n in range(3)]
    assert {one.next_at for one in mails} == {LATER + timedelta(seconds=15)}
    payload = mails[0].payload
    assert f"[#{tickets[0].pk}]" in payload["subject"]
    assert "We repair it." in payload["text"] and "Your team" in payload["text"]
    assert "You hear more from us by Monday, 23 November 2026, 10:15" in payload["text"]
    assert payload["from"].startswith("Northwind Support") or "Northwind" in payload["from"]
    assert str(tickets[0].pk) in payload["reply_to"]
    ticket = Ticket.objects.get(pk=tickets[0].pk)
    assert (ticket.status, ticket.assignee, ticket.waiting_since) == ("open", None, None)
    assert ticket.snippet == "We repair it."
    item = update.items.get(ticket=ticket)
    assert str(item) == f"#{ticket.pk} told" and item.message.direction == "out"


def test_who_cannot_or_need_not_be_told_is_left_out_with_the_reason(
    incident, tickets, those, otto, ada
):
    one, other, third = tickets
    same = Ticket.objects.report(subject="Again", body="Still", contact=one.contact, at=NOW)
    nobody = make.ticket("No contact")
    other.resolve(by=ada, at=NOW)
    StoppedAddress.objects.stop(third.contact.email, reason="gone", at=NOW)
    incident.link(those([*tickets, same, nobody]), by=ada, at=NOW)
    seen = update_models.foreseen(list(those([*tickets, same, nobody]).with_stop()))
    update = incident.update("customers", "We repair it.", by=otto, at=LATER)
    items = {item.ticket_id: (item.reach, item.reason) for item in update.items.all()}
    assert items == {number: found[:2] for number, found in seen.items()}
    assert items == {
        one.pk: ("told", ""),
        other.pk: ("left_out", "It is resolved: nobody waits there."),
        third.pk: ("left_out", "Mail to its contact comes back."),
        same.pk: ("beside", f"Their mail went out on #{one.pk}."),
        nobody.pk: ("left_out", "Nobody is known to write to."),
    }
    assert Delivery.objects.filter(channel="mail").count() == 1
    assert clocks([one, same], "first_response")[1].state == "met"
    told = same.timeline().get(verb="replied")
    assert told.data["told_on"] == one.pk


def test_where_the_policy_says_no_it_is_sent_and_no_clock_stops(linked, tickets, otto, sol):
    policy = Policy.objects.default()
    policy.edit(incident_updates=False, by=sol, at=NOW)
    assert policy.is_edited
    publishing.publish_policy(policy, by=sol, at=NOW)
    fresh = Ticket.objects.report(
        subject="New", body="Hm", contact=make.contact(), at=NOW + timedelta(minutes=1)
    )
    linked.link(Ticket.objects.filter(pk=fresh.pk), by=sol, at=LATER)
    update = linked.update("customers", "We repair it.", by=otto, at=LATER)
    assert update.counts()["told"] == 4
    assert [one.state for one in clocks(tickets, "first_response")] == ["met"] * 3
    [clock] = clocks([fresh], "first_response")
    assert (clock.state, clock.stopped_at) == ("running", None)
    assert not any(one.update for one in explain.panel(fresh, at=LATER))
    fresh.refresh_from_db()
    assert fresh.due_kind == "first_response"
    assert Ticket.objects.filter(pk=fresh.pk).exists()
    assert audit(at=LATER).differences == 0
    policy.edit(incident_updates=True, by=sol, at=LATER)
    policy.discard(by=sol, at=LATER)
    assert policy.incident_updates is False


def test_an_update_is_taken_back_whole_while_nothing_has_left(linked, tickets, otto, ada):
    earlier = linked.update("customers", "We look.", by=otto, at=NOW)
    for ticket in tickets:
        ticket.hear("And?", at=NOW + timedelta(minutes=2))
    before = shown(tickets)
    update = linked.update("customers", "We repair it.", by=otto, at=LATER)
    message = update.items.first().message
    with pytest.raises(Refused, match="take it back there"):
        message.ticket.take_back(message, by=otto, at=SOON)
    linked.take_back(update, by=otto, at=SOON)
    assert shown(tickets) == before
    assert [one.state for one in clocks(tickets, "next_response")] == ["running"] * 3
    assert {one.state for one in Delivery.objects.filter(cause=message.cause)} == {"cancelled"}
    assert update.counts()["taken_back"] == 3 and not update.can_be_undone(SOON)
    assert list(linked.updates.promised()) == [earlier]
    with pytest.raises(Refused, match="already"):
        linked.take_back(update, by=otto, at=SOON)
    with pytest.raises(Refused, match="cannot be taken back"):
        linked.take_back(earlier, by=otto, at=TOO_LATE)
    assert audit(at=SOON).differences == 0


def test_a_mail_that_bounced_answered_nothing(linked, tickets, otto):
    update = linked.update("customers", "We repair it.", by=otto, at=LATER)
    item = update.items.get(ticket=tickets[0])
    tickets[0].bounce(item.message, at=TOO_LATE)
    states = [one.state for one in clocks(tickets, "first_response")]
    assert states == ["running", "met", "met"]


def test_many_are_told_by_steps_that_begin_when_it_can_be_undone_no_more(
    linked, tickets, otto, monkeypatch
):
    monkeypatch.setattr(update_models, "AT_ONCE", 2)
    update = linked.update("customers", "We repair it.", by=otto, at=LATER)
    assert update.counts()["waiting"] == 3
    job = Job.objects.get()
    assert job.next_at == TOO_LATE and job.total == 3
    while not _step(job):
        pass
    assert update.counts()["told"] == 3 and job.done == 3
    assert job.counts == {"Told by mail": 3}


def test_a_long_one_that_is_taken_back_tells_nobody(linked, otto, monkeypatch):
    monkeypatch.setattr(update_models, "AT_ONCE", 2)
    update = linked.update("customers", "We repair it.", by=otto, at=LATER)
    linked.take_back(update, by=otto, at=SOON)
    job = Job.objects.get()
    assert job.state == "cancelled" and update.counts()["taken_back"] == 3
    assert _step(job) and not Message.objects.filter(direction="out").exists()


def _step(job):
    from apps.incidents.telling import step

    return step(job)


# --- the timer ------------------------------------------------------------------------------------


def test_whoever_leads_is_told_once_that_a_promise_is_late(linked, otto):
    update = linked.update("customers", "We look.", by=otto, at=NOW)
    due = update.next_at
    assert remind(at=due - timedelta(seconds=1)) == 0 and not update.is_overdue(NOW)
    assert update.is_overdue(due)
    assert remind(at=due) == 1 and remind(at=due) == 0
    [line] = Notification.objects.filter(person=otto)
    assert "overdue" in line.sentence
    [mail] = Delivery.objects.filter(recipient=otto.email)
    assert mail.payload["subject"] == "Updates you promised are overdue"


def test_where_nobody_leads_everybody_on_call_is_told(ada, otto):
    make.cadences()
    made = Incident.objects.declare("Slow", severity="SEV3", by=ada, at=NOW)
    made.update("internal", "Hm", by=otto, at=NOW)
    made.update("support", "Hm", by=otto, at=NOW)
    remind(at=NOW + timedelta(hours=5))
    assert (
        Notification.objects.filter(person=otto, cause__startswith="incident-promise").count() == 2
    )
    assert Delivery.objects.filter(recipient=otto.email).count() == 1


def test_what_was_kept_or_ended_is_not_late(linked, otto):
    linked.update("internal", "Hm", by=otto, at=NOW)
    linked.resolve(by=otto, at=LATER)
    assert remind(at=NOW + timedelta(days=1)) == 0
    assert str(IncidentUpdate.objects.get()).endswith(f"of incident {linked.pk}")


def test_by_hand_the_same_is_told(linked, otto, capsys):
    linked.update("internal", "Hm", by=otto, at=NOW - timedelta(days=3000))
    call_command("remind_incidents")
    assert "1 overdue promises told" in capsys.readouterr().out
