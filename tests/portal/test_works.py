"""Every kind of long work, stopped midway: its record's page says so, and lets it go on."""

from collections.abc import Callable

import pytest
from django.urls import reverse

from apps.accounts.models import User
from apps.customers.models import ImportRun as PeopleRun
from apps.features.models import FeatureRequest, owing
from apps.incidents.models import update as updates
from apps.metrics import backfill
from apps.outbox.models import Job
from apps.privacy.models import Erasure, Takeout
from apps.privacy.subject import Subject
from apps.sla import audit, dry_run, publishing
from apps.sla.models import Policy
from apps.tickets import bulking, exporting, withdrawing
from apps.tickets.models import BulkChange, ImportRun, Ticket, bulk
from apps.timeline.refusal import Refused
from config.jobs import JOBS
from tests import make
from tests.make import NOW
from tests.metrics.conftest import metric, source

pytestmark = pytest.mark.django_db

Ordered = tuple[Job, str]  # and the page it stands on
ORDERS: dict[str, Callable[..., Ordered]] = {}


def orders(function: Callable[..., Ordered]) -> Callable[..., Ordered]:
    """By its real verb, where even one record is too many for one transaction."""
    ORDERS[function.__name__.replace("__", ".")] = function
    return function


def newest(url: str) -> Ordered:
    return Job.objects.latest("pk"), url


@orders
def features__owe(by, few) -> Ordered:
    few(owing)
    wish = FeatureRequest.objects.open("Dark mode", by=by, at=NOW)
    wish.add_insight(make.ticket(contact=make.contact()), by=by, at=NOW)
    wish.ship(by=by, at=NOW)
    return newest(wish.get_absolute_url())


@orders
def incidents__tell(by, few) -> Ordered:
    few(updates)
    incident = make.incident(by)
    make.ticket(contact=make.contact())
    incident.link(Ticket.objects.all(), by=by, at=NOW)
    incident.update("customers", "We repair it.", by=by, at=NOW)
    return newest(incident.get_absolute_url())


@orders
def tickets__bulk(by, few) -> Ordered:
    few(bulk)
    make.ticket()
    made = BulkChange.order(Ticket.objects.all(), [{"do": "priority", "to": "high"}], by=by, at=NOW)
    return newest(made.get_absolute_url())


@orders
def tickets__bulk_undo(by, few) -> Ordered:
    make.ticket()
    made = BulkChange.order(Ticket.objects.all(), [{"do": "priority", "to": "high"}], by=by, at=NOW)
    few(bulk)
    made.undo(by=by, at=NOW)
    return newest(made.get_absolute_url())


@orders
def tickets__undo_import(by, few) -> Ordered:
    run = ImportRun.objects.create(name="t.jsonl", size=1, created=3, started_by=by)
    run.undo(by=by, at=NOW)
    return newest(reverse("admin:tickets_importrun_change", args=[run.pk]))


@orders
def customers__undo_import(by, few) -> Ordered:
    run = PeopleRun.objects.create(name="c.csv", started_by=by)
    withdrawing.order_people(run, by=by, at=NOW)
    return newest(reverse("admin:customers_importrun_change", args=[run.pk]))


@orders
def tickets__export(by, few) -> Ordered:
    job = exporting.start("", "csv", by=by, at=NOW)
    return job, job.get_absolute_url()


@orders
def privacy__takeout(by, few) -> Ordered:
    mira = make.contact("Mira")
    Takeout.order(Subject.of(mira), by=by, at=NOW)
    return newest(reverse("portal:privacy", args=["contact", mira.pk]))


@orders
def privacy__forget(by, few) -> Ordered:
    mira = make.contact("Mira")
    asked = Erasure.ask(Subject.of(mira), reason="They asked.", by=make.person("Ida"), at=NOW)
    asked.approve(by=by, at=NOW)
    return newest(reverse("portal:privacy", args=["contact", mira.pk]))


@orders
def metrics__backfill(by, few) -> Ordered:
    found = source(metric("cpu.use", title="CPU", unit="ratio"), name="one")
    backfill.start(found, make.ago(hours=2), make.ago(hours=1), by=by, at=NOW)
    return newest(found.get_absolute_url())


@orders
def sla__audit(by, few) -> Ordered:
    audit.start(at=NOW)
    job = Job.objects.latest("pk")
    return job, job.get_absolute_url()


@orders
def sla__dry_run(by, few) -> Ordered:
    few(dry_run)
    policy = Policy.objects.default()
    dry_run.order(dry_run.Change(policy=policy), by=by, at=NOW)
    return newest(policy.get_absolute_url())


@orders
def sla__reapply(by, few) -> Ordered:
    few(publishing)
    policy = Policy.objects.default()
    dry_run.order(dry_run.Change(policy=policy), by=by, at=NOW)
    publishing.reapply_policy(policy, by=by, at=NOW)
    return newest(policy.get_absolute_url())


@pytest.fixture
def chief(db) -> User:
    """Whoever may do, and see, everything."""
    return make.person("Chief", *ALL, is_staff=True, is_superuser=True)


ALL = ("administrator", "support_lead", "product", "on_call", "communications", "leadership")


def test_every_kind_of_work_is_in_the_table():
    assert ORDERS.keys() == JOBS.keys()


@pytest.mark.parametrize("work", ORDERS)
def test_what_was_stopped_says_so_where_it_belongs_and_goes_on(work, chief, signed_in, monkeypatch):
    job, url = ORDERS[work](chief, lambda module: monkeypatch.setattr(module, "AT_ONCE", -1))
    assert (job.work, job.state) == (work, "pending")
    door = signed_in(chief)
    assert job.get_absolute_url() in door.get(url).content.decode()
    door.post(reverse("portal:job-cancel", args=[job.pk]))
    Job.objects.filter(pk=job.pk).update(done=2, total=9, counts={"kept": 2})
    stopped = door.get(url).content.decode()
    if "/admin/" in url:
        assert "cancelled, 2 of 9" in stopped
    else:
        assert "2 of 9 done, 7 not" in stopped and "<dd>2</dd>" in stopped
        assert f'action="{reverse("portal:job-go-on", args=[job.pk])}"' in stopped
    door.post(reverse("portal:job-go-on", args=[job.pk]))
    job.refresh_from_db()
    assert (job.state, job.done, job.timeline().latest("id").verb) == ("pending", 2, "went_on")
    Job.objects.filter(pk=job.pk).update(state="done")
    if url != job.get_absolute_url():
        assert f'id="job-{job.pk}"' not in door.get(url).content.decode()


@pytest.mark.parametrize("work", ["tickets.bulk", "incidents.tell"])
def test_what_was_taken_back_does_not_go_on(work, chief, signed_in, monkeypatch):
    job, url = ORDERS[work](chief, lambda module: monkeypatch.setattr(module, "AT_ONCE", -1))
    job.cancel(by=chief, at=NOW)
    if work == "tickets.bulk":
        BulkChange.objects.get().undo(by=chief, at=NOW)
    else:
        incident = updates.IncidentUpdate.objects.get().incident
        incident.take_back(incident.updates.get(), by=chief, at=NOW)
    job.refresh_from_db()
    with pytest.raises(Refused, match="was taken back"):
        job.go_on(by=chief, at=NOW)
    door = signed_in(chief)
    assert f"job-{job.pk}-title" not in door.get(url).content.decode()
    assert "was taken back" in door.get(job.get_absolute_url()).content.decode()
    if work == "tickets.bulk":  # pressed at the same moment
        with pytest.raises(Refused, match="was taken back"):
            bulking.step(job)


def test_what_failed_stands_until_somebody_does_the_same(chief, signed_in, monkeypatch):
    found = source(metric("cpu.use", title="CPU", unit="ratio"), name="one")
    hours = [make.ago(hours=ago) for ago in (4, 3, 2, 1)]

    def ended(since, until, state) -> Job:
        job = backfill.start(found, hours[since], hours[until], by=chief, at=NOW)
        Job.objects.filter(pk=job.pk).update(state=state)
        return job

    def standing() -> list[Job]:
        return list(Job.objects.unfinished(found.kind, found.pk))

    first = ended(0, 1, "failed")
    cancelled = ended(1, 2, "cancelled")
    assert standing() == [first, cancelled]
    ended(2, 3, "done")  # somebody went on without what was cancelled; what failed is still missing
    assert standing() == [first]
    page = signed_in(chief).get(found.get_absolute_url()).content.decode()
    assert f'action="{reverse("portal:job-go-on", args=[first.pk])}"' in page
    ended(0, 1, "done")
    assert standing() == []
    monkeypatch.setattr(dry_run, "AT_ONCE", -1)
    policy = Policy.objects.default()
    looks = [dry_run.order(dry_run.Change(policy=policy), by=chief, at=NOW) for _ in range(2)]
    Job.objects.filter(pk=looks[0].pk).update(state="failed")
    assert list(Job.objects.unfinished(policy.kind, policy.pk)) == [looks[1]]


def test_only_what_was_stopped_goes_on_and_somebody_else_is_told_who_may(
    chief, ada, signed_in, monkeypatch
):
    job, url = features__owe(chief, lambda module: monkeypatch.setattr(module, "AT_ONCE", -1))
    with pytest.raises(Refused, match="goes on already"):
        job.go_on(by=chief, at=NOW)
    job.cancel(by=chief, at=NOW)
    page = signed_in(ada).get(url).content.decode()
    assert "Chief, or whoever looks after deliveries" in page and "Go on" not in page
    assert signed_in(ada).post(reverse("portal:job-go-on", args=[job.pk])).status_code == 403
    Job.objects.filter(pk=job.pk).update(state="done")
    job.refresh_from_db()
    with pytest.raises(Refused, match="is done"):
        job.go_on(by=chief, at=NOW)
