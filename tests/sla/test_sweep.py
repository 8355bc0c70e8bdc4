"""What time brings about: breaches and the ladder, once each."""

from datetime import datetime, timedelta
from threading import Thread

import pytest
from django.db import connection, connections

from apps.calendars.models import Calendar, office_week
from apps.calendars.rules import ALWAYS, compile_calendar
from apps.outbox.models import Delivery, Notification
from apps.sla import sweep as sweeping
from apps.sla.clocks import reassess
from apps.sla.ladder import digest_slot, quiet_slot
from apps.sla.models import Policy, StepFired
from apps.sla.sweep import sweep
from apps.tickets.models import Ticket
from apps.timeline.models import Activity
from tests import make
from tests.make import NOW

pytestmark = pytest.mark.django_db


def hours(n) -> timedelta:
    return timedelta(hours=n)


@pytest.fixture
def mira(db):
    return make.contact("Mira Köhler")


@pytest.fixture
def ticket(mira, ada):
    return Ticket.objects.report(
        subject="Invoice", body="Wrong", contact=mira, assignee=ada, at=NOW
    )


def promise(**fields):
    policy = Policy.objects.default()
    for name, value in fields.items():
        setattr(policy, name, value)
    policy.save()
    return policy.publish(by=None, at=NOW)


def test_nothing_is_due_before_its_time(ticket):
    assert sweep(at=NOW + hours(5)) == 0


def test_a_warning_tells_whoever_has_the_ticket_once(ticket, ada, sol):
    assert sweep(at=NOW + hours(6)) == 1
    assert sweep(at=NOW + hours(6)) == 0
    told = Notification.objects.get()
    assert told.person == ada and told.sentence == (
        f"#{ticket.pk} first response will be due soon: Invoice"
    )
    fired = StepFired.objects.get()
    assert (fired.step, fired.due_at) == ("0.75 notify assignee", NOW + hours(6))
    mail = Delivery.objects.get(cause__startswith="sla-digest:")
    assert mail.recipient == "ada@demo.test" and mail.next_at == NOW + hours(6.25)


def test_a_breach_is_stored_with_the_instant_it_happened(ticket, sol):
    sweep(at=NOW + hours(9))
    clock = ticket.clocks.get(kind="first_response")
    assert (clock.state, clock.breached_at) == ("breached_open", NOW + hours(8))
    ticket.refresh_from_db()
    assert (ticket.sla_state, ticket.breached) == ("breached_open", True)
    assert set(Notification.objects.values_list("person__name", flat=True)) == {
        "Ada Lovelace",
        "Sol Martínez",
    }


def test_whoever_stands_on_several_rungs_reads_one_line(mira, sol):
    ticket = Ticket.objects.report(subject="Invoice", body="Wrong", contact=mira, at=NOW)
    sweep(at=NOW + hours(9))  # the warning and the breach, and nobody but Sol to tell
    told = Notification.objects.get()
    assert told.person == sol and told.sentence.startswith(
        f"#{ticket.pk} first response is overdue"
    )
    assert StepFired.objects.count() > 1


def test_many_steps_in_a_quarter_of_an_hour_are_one_mail(mira, ada):
    for number in range(5):
        Ticket.objects.report(subject=f"No. {number}", body="x", contact=mira, assignee=ada, at=NOW)
    sweep(at=NOW + hours(6))
    assert Notification.objects.count() == 5
    assert Delivery.objects.filter(cause__startswith="sla-digest:").count() == 1
    assert digest_slot(NOW) == NOW + timedelta(minutes=15)


@pytest.mark.parametrize(
    ("now", "leaves"),
    [
        ("2026-11-23T10:02", "2026-11-23T10:15"),  # at work: the end of the quarter
        ("2026-11-23T17:00", "2026-11-24T09:15"),  # as the office closes: after it opens
        ("2026-11-28T03:00", "2026-11-30T09:15"),  # on a Saturday: on Monday
    ],
)
def test_the_digest_is_quiet_outside_working_time(now, leaves):
    office = compile_calendar({"timezone": "UTC", "weekly": office_week()})
    at = datetime.fromisoformat(f"{now}:00Z")
    assert quiet_slot(office, at) == datetime.fromisoformat(f"{leaves}:00Z")
    assert quiet_slot(ALWAYS, at) == digest_slot(at)


def test_what_counts_around_the_clock_warns_around_the_clock(mira, ada):
    """Warned at night in its own hours, and the mail does not wait for the office to open."""
    calendar = Calendar.objects.create(name="Office")
    around = {"around_the_clock": {"targets": ["resolution"]}}
    promise(calendar=calendar, targets={"first_response": 7200, "resolution": 4 * 3600}, **around)
    evening = NOW.replace(hour=16, minute=30)
    number = Ticket.objects.report(
        subject="Night", body="x", contact=mira, assignee=ada, at=evening
    ).pk
    assert sweep(at=evening + hours(3)) == 1  # three quarters of four hours; of two, half an hour
    assert StepFired.objects.get().kind == "resolution"
    assert Notification.objects.get().sentence.startswith(f"#{number} resolution will be due")
    mail = Delivery.objects.get(cause__startswith="sla-digest")
    assert mail.first_at == evening + hours(3.25)


def test_a_calendar_that_never_opens_is_not_waited_for():
    never = compile_calendar({"timezone": "UTC", "weekly": {}})
    assert quiet_slot(never, NOW) == digest_slot(NOW)


def test_a_warning_missed_by_the_sweep_is_not_lost_when_the_ticket_changes(ticket, ada):
    ticket.note("Looking", by=ada, at=NOW + hours(6.5))
    assert sweep(at=NOW + hours(7)) == 1
    assert StepFired.objects.get().step == "0.75 notify assignee"


def test_what_paused_meanwhile_is_not_warned_about(ticket, ada):
    ticket.reply("Which?", by=ada, at=NOW + hours(1))
    assert sweep(at=NOW + hours(200)) == 0


def test_what_came_due_long_ago_is_no_news(ticket):
    sweep(at=NOW + hours(8 + 25))
    fired = StepFired.objects.filter(kind="first_response")
    assert {step.outcome for step in fired} == {"too old to be news"}
    assert Notification.objects.get().sentence.startswith(f"#{ticket.pk} resolution will be due")


def test_the_ladder_reassigns_and_raises_and_never_writes_to_the_customer(mira, ada, sol):
    team = make.team("Second line", sol)
    promise(
        targets={"first_response": 3600},
        ladder=[
            {"kind": "first_response", "at": "0.5", "do": "raise"},
            {"kind": "first_response", "at": {"before": 600}, "do": "notify", "to": "team"},
            {
                "kind": "first_response",
                "at": {"after": 0},
                "do": "reassign",
                "to": f"team:{team.pk}",
            },
            {
                "kind": "first_response",
                "at": {"after": 0},
                "do": "notify",
                "to": f"person:{ada.pk}",
            },
        ],
    )
    ticket = Ticket.objects.report(subject="S", body="b", contact=mira, assignee=ada, at=NOW)
    said = ticket.messages.count()
    sweep(at=NOW + hours(2))
    ticket.refresh_from_db()
    assert (ticket.priority, ticket.assignee) == ("high", sol)
    assert ticket.messages.count() == said
    assert StepFired.objects.count() == 4
    verbs = list(ticket.timeline().values_list("verb", flat=True))
    assert "prioritised" in verbs and "assigned" in verbs
    ticket.refresh_from_db()
    assert sweep(at=NOW + hours(3)) == 0
    assert Activity.objects.filter(verb="prioritised").count() == 1


def test_the_highest_priority_stays_and_nobody_else_leaves_the_ticket_where_it_is(mira, ada):
    promise(
        targets={"first_response": 3600},
        ladder=[
            {"kind": "first_response", "at": "0.5", "do": "raise"},
            {"kind": "first_response", "at": "0.5", "do": "reassign", "to": f"person:{ada.pk}"},
        ],
    )
    ticket = Ticket.objects.report(
        subject="S", body="b", contact=mira, assignee=ada, priority="urgent", at=NOW
    )
    sweep(at=NOW + hours(1))
    ticket.refresh_from_db()
    assert (ticket.priority, ticket.assignee) == ("urgent", ada)


def test_a_team_is_told_where_nobody_has_the_ticket(mira, ada, sol):
    team = make.team("First line", ada)
    ticket = Ticket.objects.report(subject="S", body="b", contact=mira, at=NOW)
    Ticket.objects.filter(pk=ticket.pk).update(team=team)
    sweep(at=NOW + hours(6))
    assert Notification.objects.get().person == ada


def test_due_counts_batches(ticket):
    assert sweeping.due() in (0, 1)
    ticket.clocks.update(next_event_at=NOW - hours(24 * 365))
    assert sweeping.due() == 1


def test_the_command_sweeps_everything(ticket, capsys):
    from django.core.management import call_command

    ticket.clocks.update(next_event_at=NOW - hours(24 * 365))
    call_command("assess_sla")
    assert "1 tickets assessed" in capsys.readouterr().out
    call_command("assess_sla")
    assert "0 tickets assessed" in capsys.readouterr().out


@pytest.mark.django_db(transaction=True)
def test_two_sweepers_take_every_step_once(ada):
    mira = make.contact("Mira")
    for number in range(12):
        Ticket.objects.report(subject=f"{number}", body="x", contact=mira, assignee=ada, at=NOW)

    def work():
        try:
            while sweep(at=NOW + hours(6), size=3):
                pass
        finally:
            connections.close_all()

    threads = [Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    connection.close()
    assert StepFired.objects.count() == Notification.objects.count() == 12
    assert sweep(at=NOW + hours(6)) == 0


def test_reassessing_an_unknown_ticket_does_nothing(db):
    reassess([999_999])
