"""The audit finds what differs, nothing else, and is safe twice."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone

from apps.figures.registry import compute, definition
from apps.outbox.jobs import advance_next
from apps.outbox.models import Job
from apps.sla import audit
from apps.sla.models import Audit, Clock, Difference
from apps.sla.sweep import sweep
from apps.tickets.models import Ticket
from tests import make
from tests.make import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(ada):
    """Tickets whose clocks run, pause, are met and broken, by their verbs."""
    mira = make.contact("Mira")
    made = []
    for n in range(12):
        at = NOW - timedelta(hours=3 * n)
        ticket = Ticket.objects.report(subject=f"{n}", body="x", contact=mira, assignee=ada, at=at)
        if n % 2:
            ticket.reply("Which?", by=ada, at=at + timedelta(minutes=20))
        if n % 3 == 0:
            ticket.hear("This", at=at + timedelta(minutes=40))
        if n % 4 == 3:
            ticket.resolve(by=ada, at=at + timedelta(hours=1))
        made.append(ticket)
    while sweep(at=NOW + timedelta(hours=1)):
        pass
    return made


def night_of(ticket):
    """An instant whose sample has this ticket."""
    at = NOW + timedelta(hours=2)
    while at.toordinal() % audit.SAMPLE != ticket.pk % audit.SAMPLE:
        at += timedelta(days=1)
    return at


def test_what_verbs_and_the_sweep_keep_differs_nowhere(desk):
    found = audit.run(at=NOW + timedelta(hours=2))
    assert (found.differences, found.tickets > 5, found.clocks > 10) == (0, True, True)
    assert "0 of" in str(found)


@pytest.mark.parametrize(
    "wrong", [{"elapsed": 1}, {"due_at": NOW}, {"state": "met"}, {"target": 5}]
)
def test_a_clock_that_was_tampered_with_is_found(desk, wrong):
    clock = Clock.objects.open().filter(kind="resolution", state="running").first()
    Clock.objects.filter(pk=clock.pk).update(**wrong)
    found = audit.run(at=timezone.now())
    [difference] = found.found.all()
    assert (difference.ticket_id, difference.kind) == (clock.ticket_id, "resolution")
    assert difference.stored != difference.computed and "differs" in str(difference)
    figure = compute("sla.audit.differences", at=timezone.now())
    assert (figure.value, figure.state) == (1, "missed")
    rows, _ = definition("sla.audit.differences").rows_of(at=timezone.now()).page()
    assert rows[0].url == f"/tickets/{clock.ticket_id}/"


def test_settled_ones_are_sampled_in_turn(desk):
    settled = next(one for one in desk if not one.clocks.open().exists())
    settled.clocks.filter(kind="resolution").update(elapsed=1)
    at = night_of(settled)
    assert audit.run(at=at).differences == 1
    assert audit.run(at=at + timedelta(days=1)).differences == 0


def test_clocks_missing_and_clocks_too_many(desk):
    clock = Clock.objects.open().filter(kind="resolution").first()
    other = clock.ticket.clocks.exclude(pk=clock.pk).first()
    Clock.objects.filter(pk=other.pk).update(cycle=9)
    shown = {(one.cycle, one.stored is None) for one in audit.run(at=NOW).found.all()}
    assert {(9, False), (1, True)} <= shown


def test_the_night_orders_a_job_once_and_steps_repeat_nothing(desk, monkeypatch):
    monkeypatch.setattr(audit, "STEP", 4)
    ordered = audit.start(at=NOW + timedelta(hours=2))
    assert audit.start(at=NOW + timedelta(hours=2)) == ordered
    while advance_next():
        pass
    ordered.refresh_from_db()
    assert ordered.finished_at and ordered.tickets == Job.objects.get().done
    assert (Audit.objects.count(), Difference.objects.count()) == (1, 0)
    assert ordered.tickets == audit.run(at=NOW + timedelta(hours=3)).tickets


def test_the_command_is_its_twin(desk):
    out = StringIO()
    call_command("audit_sla", stdout=out)
    assert "0 of" in out.getvalue()
    Clock.objects.open().filter(state="running").update(target=1)
    with pytest.raises(SystemExit) as ended:
        call_command("audit_sla", stdout=out)
    assert ended.value.code == 1


def test_an_empty_desk_is_in_order(db):
    found = audit.run(at=NOW)
    assert found.finished_at and found.clocks == 0
