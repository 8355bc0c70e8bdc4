"""Thousands who asked are owed word by steps, which end with what the request is then."""

import pytest
from django.urls import reverse

from apps.features.models import FeatureRequest, owing
from apps.features.owing import step
from apps.outbox.models import Job, Notification
from apps.tickets.models import OwedAnswer, Ticket
from tests import make
from tests.make import NOW

from .conftest import after


@pytest.fixture
def many(asked, mira, ada, sol, monkeypatch) -> FeatureRequest:
    """More ask than a request owes word to at once, one of them twice, one without a name."""
    for n in range(3):
        ticket = make.ticket(f"Excel {n}", contact=make.contact(email=f"more{n}@x.test"))
        ticket.assign(sol, by=ada, at=NOW)
        asked.add_insight(ticket, by=ada, at=after(5))
    asked.add_insight(make.ticket("Excel again", contact=mira), by=ada, at=after(5))
    asked.add_insight(make.ticket("Nobody"), by=ada, at=after(5))
    monkeypatch.setattr(owing, "AT_ONCE", 2)
    return asked


def work(job: Job, most: int = 99) -> int:
    """The steps of a job until it is over; how many there were."""
    for n in range(1, most + 1):
        if step(job):
            job.state = "done"
            job.save()
            return n
        job.save()
    return most


def became() -> list[str]:
    owed = OwedAnswer.objects.owed().order_by("asked_on").values_list("became", flat=True)
    return list(owed)


def test_many_are_owed_by_steps_and_each_person_once(many, pia, sol):
    told = many.ship(by=pia, at=after(10))
    job = Job.objects.get()
    assert told.data == {"status": ["under_review", "shipped"], "job": job.pk}
    assert (became(), job.total) == ([], 7)
    assert list(Job.objects.unfinished(many.kind, many.pk)) == [job]
    assert work(job) == 4
    assert became() == ["shipped"] * 5
    assert (job.done, job.counts) == (7, {"owed": 5, "not to be told": 2})
    assert not Job.objects.unfinished(many.kind, many.pk)
    assert job.result["url"] == many.get_absolute_url()
    [line] = Notification.objects.filter(person=sol, cause__startswith="loop")
    assert "3 customers of yours wait" in line.sentence
    owed = Ticket.objects.exclude(loop_since=None)
    assert owed.count() == 5


def test_the_same_steps_twice_owe_once(many, pia):
    many.ship(by=pia, at=after(10))
    job = Job.objects.get()
    work(job)
    again = Job.objects.get()
    again.cursor = {}
    work(again)
    assert became() == ["shipped"] * 5


def test_what_is_undone_midway_ends_owed_to_nobody(many, pia):
    told = many.ship(by=pia, at=after(10))
    first = Job.objects.get()
    work(first, most=2)
    assert len(became()) > 1
    many.undo(told.pk, by=pia, at=after(11))
    second = Job.objects.latest("pk")
    work(first)
    work(second)
    assert became() == [] and not Ticket.objects.exclude(loop_since=None).exists()


def test_what_became_something_else_midway_is_told_as_that(many, pia):
    many.ship(by=pia, at=after(10))
    first = Job.objects.get()
    work(first, most=3)
    many.reopen(by=pia, at=after(11))
    many.decline(reason="Too dear.", by=pia, at=after(12))
    for job in Job.objects.order_by("pk"):
        work(job)
    assert became() == ["declined"] * 5


def test_the_rest_of_many_are_told_by_steps(many, pia, client):
    many.ship(by=pia, at=after(10))
    work(Job.objects.get())
    OwedAnswer.objects.all().delete()
    client.force_login(pia)
    said = client.post(reverse("portal:request-tell", args=[many.pk]), follow=True).content.decode()
    assert "the page says how far" in said and "Word to whoever asked for" in said
    work(Job.objects.latest("pk"))
    assert became() == ["shipped"] * 5
