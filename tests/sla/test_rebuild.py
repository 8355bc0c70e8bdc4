"""All clocks anew from what happened: the same as the verbs left, whatever was there before."""

import os
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command

from apps.calendars.models import Calendar
from apps.sla import audit
from apps.sla.clocks import reassess
from apps.sla.management.commands import rebuild_sla
from apps.sla.models import Clock, Policy, Terms
from apps.sla.rebuild import rebuild
from apps.sla.versions import promise_of
from apps.tickets.models import Ticket
from tests import make
from tests.make import NOW

pytestmark = pytest.mark.django_db

WRITTEN_ANEW = ("id", "assessed_at", "noticed_at", "next_event_at", "elapsed", "paused")
AT = NOW + timedelta(hours=6)


@pytest.fixture
def tickets(db, ada) -> list[Ticket]:
    """One asked, one answered and asked back, one resolved."""
    mira = make.contact("Mira Köhler")
    made = [
        Ticket.objects.report(subject=f"Invoice {n}", body="Wrong", contact=mira, at=NOW)
        for n in range(3)
    ]
    for ticket in made[1:]:
        ticket.reply("We look.", by=ada, at=NOW + timedelta(hours=1))
    made[1].hear("Still wrong.", contact=mira, at=NOW + timedelta(hours=2))
    made[2].resolve(by=ada, at=NOW + timedelta(hours=3))
    return made


def kept() -> list[dict]:
    rows = Clock.objects.order_by("ticket", "kind", "cycle").values()
    return [{k: v for k, v in row.items() if k not in WRITTEN_ANEW} for row in rows]


def copies() -> list[tuple]:
    columns = ("due_at", "due_kind", "sla_state", "sla_left", "breached")
    return list(Ticket.objects.order_by("pk").values_list(*columns))


def test_what_the_verbs_left_is_left_alone(tickets):
    clocks, told = kept(), copies()
    promise_of.cache_clear()  # as in a process that has just begun
    done = rebuild(at=AT)
    assert (done.tickets, done.written, done.removed) == (3, 0, 0)
    assert done.clocks == len(clocks)
    assert (kept(), copies()) == (clocks, told)


def test_hours_are_those_of_each_target_whoever_computes_them(tickets, ada, sol):
    """Verbs, the rebuild and the audit, across priorities in other hours and another version."""
    office = Calendar.objects.create(name="Office", timezone="Europe/Berlin")
    default = Policy.objects.default()
    kinds = list(default.targets)
    default.edit(
        calendar=office.pk,
        by_priority={"urgent": {"first_response": 3600, "resolution": 14_400}},
        around_the_clock={"targets": ["next_response"], "by_priority": {"urgent": kinds}},
        by=sol,
        at=NOW,
    )
    default.publish(by=sol, at=NOW)
    made = [
        Ticket.objects.report(subject=f"Night {n}", body="x", contact=tickets[0].contact, at=at)
        for n, at in enumerate(NOW + timedelta(hours=hour) for hour in (0, 9, 12))
    ]
    for ticket in made:
        ticket.prioritise("urgent", by=ada, at=NOW + timedelta(hours=13))
    made[0].reply("On it", by=ada, at=NOW + timedelta(hours=14))
    made[0].hear("And?", at=NOW + timedelta(hours=15))
    made[1].prioritise("low", by=ada, at=NOW + timedelta(hours=16))
    later = NOW + timedelta(hours=20)
    reassess([ticket.pk for ticket in (*tickets, *made)], at=later)
    clocks, told = kept(), copies()
    assert {(clock["kind"], clock["calendar_version_id"] is None) for clock in clocks[-7:]} == {
        ("first_response", True), ("first_response", False), ("next_response", True),
        ("resolution", True), ("resolution", False),
    }  # fmt: skip
    assert rebuild(at=later).written == 0
    assert (kept(), copies()) == (clocks, told)
    Clock.objects.all().delete()
    assert rebuild(at=later).written == len(clocks)
    assert (kept(), copies()) == (clocks, told)
    assert audit.run(at=later).differences == 0


def test_what_is_lost_or_wrong_is_written_anew(tickets):
    clocks, told = kept(), copies()
    Clock.objects.filter(ticket=tickets[0]).delete()
    Clock.objects.filter(ticket=tickets[1]).update(target=1)
    Clock.objects.filter(ticket=tickets[2]).order_by("pk")[:1].get().delete()
    Ticket.objects.update(due_at=None, due_kind="", sla_state="")
    done = rebuild(at=AT)
    assert done.written and not done.removed
    assert (kept(), copies()) == (clocks, told)


def test_terms_that_are_lost_are_agreed_anew(tickets):
    clocks, told = kept(), copies()
    terms = list(Terms.objects.order_by("ticket").values())
    Terms.objects.all().delete()
    assert rebuild(at=AT).written == 0
    assert (kept(), copies(), list(Terms.objects.order_by("ticket").values())) == (
        clocks,
        told,
        terms,
    )


def test_a_clock_that_nothing_tells_of_goes(tickets):
    clocks = kept()
    stray = Clock.objects.filter(ticket=tickets[0]).earliest("pk")
    stray.pk, stray.cycle = None, 99
    stray.save()
    assert rebuild(at=AT).removed == 1
    assert kept() == clocks


def test_shards_share_the_work(tickets):
    Clock.objects.all().delete()
    done = [rebuild(shard, 2, at=AT).tickets for shard in range(2)]
    assert sorted(done) == [0, 3]
    assert Clock.objects.exists()


def test_without_tickets_there_is_nothing_to_do(db):
    assert rebuild(at=AT).tickets == 0


def test_the_command_says_what_it_did(tickets, capsys):
    call_command("rebuild_sla", processes=1)
    assert capsys.readouterr().out.startswith("3 tickets, ")


def test_the_command_refuses_a_share_there_is_not():
    with pytest.raises(CommandError, match="no such share"):
        call_command("rebuild_sla", processes=2, shard=2)


@pytest.mark.django_db(transaction=True)
def test_the_command_shares_the_work_among_processes(tickets, capsys):
    Clock.objects.all().delete()
    call_command("rebuild_sla", processes=2)
    assert capsys.readouterr().out.startswith("3 tickets, ")
    assert Clock.objects.exists()


def die(shard: int, shards: int) -> None:
    os._exit(1)


@pytest.mark.django_db(transaction=True)
def test_a_share_that_dies_is_said(tickets, monkeypatch):
    monkeypatch.setattr(rebuild_sla, "rebuild", die)
    with pytest.raises(CommandError, match="Run it again"):
        call_command("rebuild_sla", processes=2)
