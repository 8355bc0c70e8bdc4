"""Two requests that thousands ask for become one, and are taken apart, by steps as at once."""

from datetime import timedelta

import pytest
from django.db import transaction

from apps.features.models import FeatureRequest, owing
from apps.outbox.models import Job, Notification
from apps.sla.models import Clock
from apps.tickets.models import OwedAnswer, Ticket
from apps.timeline.models import Activity
from tests import make
from tests.make import NOW

from .conftest import after

OWN = {"id", "recorded_at"}  # differ from time to time


def asks(request: FeatureRequest, ada, *, contact=None, **fields) -> Ticket:
    """One more ticket that asks for it."""
    n = Ticket.objects.count()
    contact = contact or make.contact(email=f"asker{n}@x.test")
    ticket = make.ticket(f"Sheets {n}", contact=contact, **fields)
    request.add_insight(ticket, by=ada, at=after(5))
    return ticket


@pytest.fixture
def sheets(pia, ada, sol, mira, his) -> FeatureRequest:
    """The same by another name. Asked by somebody twice, by somebody who asks for the other too,
    by nobody known, on a ticket that is spam, one that was merged, and through a third request.
    """
    made = FeatureRequest.objects.open("Spreadsheets", by=pia, at=after(2))
    third = FeatureRequest.objects.open("Tables", by=pia, at=after(2))
    for _ in range(3):
        asks(third, ada, assignee=sol)
    third.merge(made, by=pia, at=after(6))
    twice = make.contact("Ann", email="ann@x.test")
    for contact in (twice, twice, mira):
        asks(made, ada, contact=contact, assignee=sol)
    made.add_insight(his, by=ada, at=after(6))
    made.add_insight(make.ticket("Nobody"), by=ada, at=after(6))
    asks(made, ada).mark_spam(by=ada, at=after(7))
    asks(made, ada).merge(asks(made, ada), by=ada, at=after(7), across=True)
    return made


def rows(queryset):
    found = [
        {name: value for name, value in row.items() if name not in OWN}
        for row in queryset.order_by("pk").values()
    ]
    return sorted(found, key=repr)


def everything():
    """All that was written, but for numbers that are drawn."""
    told = rows(Activity.objects.exclude(kind="job"))
    for row in told:
        for name in ("answer", "job", "activity", "owed", "withdrawn"):
            row["data"].pop(name, None)
    return {
        "answers": rows(OwedAnswer.objects.all()),
        "tickets": rows(Ticket.objects.all()),
        "requests": rows(FeatureRequest.objects.all()),
        "activities": told,
        "clocks": rows(Clock.objects.all()),
        "lines": rows(Notification.objects.filter(cause__startswith="loop")),
    }


def work(at) -> int:
    """Whatever is ordered, to its end, as at that instant; how many jobs there were."""
    found = list(Job.objects.open().order_by("pk"))
    for job in found:
        how = {name: job.params[name] for name in ("among", "as_before")}
        request = FeatureRequest.objects.get(pk=job.params["request"])
        cursor = {}
        while cursor is not None:
            cursor, _ = request.owe_some(cursor, **how, by=job.started_by, at=at)
        Job.objects.filter(pk=job.pk).update(state="done")
    return len(found)


def what_if(deed, *, at_once: int, monkeypatch):
    """What would be there, had this been done so many at once; nothing of it stays."""
    monkeypatch.setattr(owing, "AT_ONCE", at_once)
    with transaction.atomic():
        jobs = deed()
        found = everything()
        transaction.set_rollback(True)
    return found, jobs


SETTLED = [("", ""), ("shipped", ""), ("", "declined"), ("shipped", "declined")]


@pytest.mark.parametrize("taken_back", [False, True])
@pytest.mark.parametrize(("into", "own"), SETTLED)
def test_thousands_are_merged_row_by_row_as_a_few(
    into, own, taken_back, asked, sheets, hers, pia, ada, monkeypatch
):
    asked.ship(by=pia, at=after(9)) if into else None
    sheets.decline(reason="No.", by=pia, at=after(9)) if own else None
    if into:
        hers.reply("It is there.", by=ada, at=after(9))

    def deed() -> int:
        sheets.merge(asked, by=pia, at=after(10))
        jobs = work(after(10))
        if taken_back:
            sheets.unmerge(by=pia, at=after(11))
            jobs += work(after(11))
        return jobs

    few, none = what_if(deed, at_once=99, monkeypatch=monkeypatch)
    many, jobs = what_if(deed, at_once=2, monkeypatch=monkeypatch)
    for what, found in few.items():
        assert many[what] == found, what
    assert (none, jobs) == (0, (1 + taken_back) * (bool(into) + bool(own)))


def owed() -> list[tuple]:
    found = OwedAnswer.objects.owed().order_by("pk")
    return list(found.values_list("asked_on", "became", "owed_at", "ticket__loop_since"))


@pytest.mark.parametrize("at_once", [2, 99])
@pytest.mark.parametrize(("into", "own"), SETTLED)
def test_taking_it_back_owes_what_was_owed_since_it_was(
    into, own, at_once, asked, sheets, pia, monkeypatch
):
    asked.ship(by=pia, at=after(8)) if into else None
    sheets.decline(reason="No.", by=pia, at=after(9)) if own else None
    before = owed()
    monkeypatch.setattr(owing, "AT_ONCE", at_once)
    sheets.merge(asked, by=pia, at=after(10))
    work(after(10))
    assert {became for _, became, *_ in owed()} == ({"shipped"} if into else set())
    sheets.unmerge(by=pia, at=after(11))
    work(after(11))
    assert owed() == before


def test_who_asked_for_both_is_told_of_the_one_they_are_left_with(asked, sheets, hers, mira, pia):
    sheets.merge(asked, by=pia, at=after(10))
    asked.refresh_from_db()
    asked.ship(by=pia, at=after(11))
    newest = Ticket.objects.filter(contact=mira).latest("pk")
    mine = OwedAnswer.objects.owed().filter(asked_on__contact=mira)
    assert mine.get().asked_on == newest  # she is told once, on the newest of both
    sheets.unmerge(by=pia, at=after(12))
    assert mine.get().asked_on == hers


def test_who_asked_for_what_was_merged_before_is_told_too(asked, sheets, pia):
    asked.ship(by=pia, at=after(9))
    third = FeatureRequest.objects.get(title="Tables")
    sheets.merge(asked, by=pia, at=after(10))
    theirs = third.insights.values("ticket")
    assert OwedAnswer.objects.owed().filter(asked_on__in=theirs).count() == 3


def test_a_merge_that_was_cancelled_midway_goes_on(asked, sheets, pia, monkeypatch):
    asked.ship(by=pia, at=after(9))
    monkeypatch.setattr(owing, "AT_ONCE", 2)
    sheets.merge(asked, by=pia, at=after(10))
    [job] = Job.objects.unfinished(asked.kind, asked.pk)
    job.cancel(by=pia, at=after(11))
    before = len(owed())
    assert [job] == list(Job.objects.unfinished(asked.kind, asked.pk)) and job.stands
    job.go_on(by=pia, at=NOW + timedelta(hours=1))
    work(after(12))
    assert not Job.objects.unfinished(asked.kind, asked.pk) and len(owed()) > before
