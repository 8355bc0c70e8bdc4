"""What an import of customers did is taken back, field by field; nobody's work is lost."""

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.customers import intake, withdrawing
from apps.customers.importers.reading import Unusable
from apps.customers.intake import import_customers
from apps.customers.models import Contact, Customer, ImportRun, Touched
from apps.customers.withdrawing import undo_import
from apps.outbox import jobs
from apps.outbox.models import Job
from apps.privacy.models import Hold
from apps.privacy.subject import Subject
from apps.tickets.models import Ticket
from apps.timeline import seals
from apps.timeline.models import Activity
from apps.timeline.refusal import Refused
from tests import make
from tests.make import NOW

from .test_customers import ACME, acme, jsonl  # noqa: F401  (a fixture among them)

pytestmark = pytest.mark.django_db
OTHER = acme(
    name="Acme AG", arr="9.00", renews_at="2028-01-01", plan="Firm",
    contacts=[{"email": "mira@acme.test", "name": "Mira K"}, {"email": "new@acme.test"}],
)  # fmt: skip


def dump():
    with connection.cursor() as cursor:
        found = []
        for table in ("customers_customer", "customers_contact", "customers_touched"):
            cursor.execute(f"SELECT coalesce(jsonb_agg(t ORDER BY id), '[]')::text FROM {table} t")
            found.append(json.loads(cursor.fetchone()[0]))
    return found


def undo(report, **options):
    run = ImportRun.objects.get(pk=report.run.removeprefix("customers-"))
    return undo_import(run, at=NOW, **options)


def test_import_and_undo_is_the_tables_as_before(jsonl):  # noqa: F811
    make.customer("Globex")
    before = dump()
    report = import_customers(jsonl(ACME, acme(external_id="b", contacts=[])), at=NOW)
    said = undo(report)
    assert (said.removed, said.restored, said.kept, said.exit_code) == (4, 0, [], 0)
    assert dump() == before and list(seals.breaks()) == []
    run = ImportRun.objects.get()
    assert run.undone_at == NOW and run.timeline().filter(verb="undone").exists()
    assert import_customers(jsonl(ACME), at=NOW).created == 1


def test_what_it_changed_is_put_back(jsonl):  # noqa: F811
    first = import_customers(jsonl(ACME), at=NOW)
    before = dump()
    report = import_customers(jsonl(OTHER), at=NOW)
    assert report.changed == 1 and dump() != before
    rehearsed = undo(report, dry_run=True)
    assert ImportRun.objects.latest("pk").undone_at is None
    said = undo(report)
    assert said == rehearsed
    assert (said.removed, said.restored, said.kept) == (1, 2, [])
    assert dump() == before
    again = undo(report)
    assert (again.removed, again.restored, again.kept) == (0, 0, [])
    said = undo(first)
    assert (said.removed, said.kept) == (3, []) and not Customer.objects.exists()
    assert list(seals.breaks()) == []


def test_the_same_file_again_undone_loses_nothing(jsonl):  # noqa: F811
    import_customers(jsonl(ACME), at=NOW)
    before = dump()
    said = undo(import_customers(jsonl(ACME), at=NOW))
    assert said.removed == said.restored == 0 and dump() == before


def test_a_placeholder_is_one_again(jsonl):  # noqa: F811
    one = make.customer("acme", external_id="acme", is_placeholder=True)
    undo(import_customers(jsonl(ACME), at=NOW))
    one.refresh_from_db()
    assert one.is_placeholder and one.arr is None and one.name == "acme"


def test_what_somebody_changed_since_stays(jsonl, ada):  # noqa: F811
    import_customers(jsonl(ACME), at=NOW)
    report = import_customers(jsonl(OTHER), at=NOW)
    one = Customer.objects.get()
    one.change(plan="Own", by=ada, at=NOW)
    Customer.objects.filter(pk=one.pk).update(arr=1)  # in the admin
    said = undo(report)
    one.refresh_from_db()
    assert (one.plan, one.arr, one.name) == ("Own", 1, "Acme GmbH")
    assert [line["record"] for line in said.kept] == [f"customer {one.pk}"]
    assert "plan: It was worked with since (changed)." in said.kept[0]["reason"]
    assert "arr: It was changed since." in said.kept[0]["reason"]
    assert undo(report).kept == said.kept and said.exit_code == 3


def test_a_later_import_is_undone_first(jsonl):  # noqa: F811
    first = import_customers(jsonl(ACME), at=NOW)
    second = import_customers(jsonl(acme(name="Two", contacts=[])), at=NOW)
    third = import_customers(jsonl(acme(name="Three", contacts=[])), at=NOW)
    assert undo(second).kept[0]["reason"] == f"name: {third.run} changed it: undo that first."
    [kept] = undo(first).kept
    assert kept["reason"] == f"{third.run} changed it: undo that first."
    assert undo(third).restored == undo(second).restored == undo(first).removed == 1


@pytest.mark.parametrize("anew", [False, True])
def test_many_cost_as_many_statements_as_few(anew, jsonl):  # noqa: F811
    counted = []
    for many in (2, 20):
        told = [
            acme(external_id=f"{many}-{n}", contacts=[{"email": f"m{many}.{n}@acme.test"}])
            for n in range(many)
        ]
        report = import_customers(jsonl(*told), at=NOW)
        if anew:
            for one in told:
                one |= {"plan": "Firm", "contacts": [one["contacts"][0] | {"name": "Mira"}]}
            report = import_customers(jsonl(*told), at=NOW)
        with CaptureQueriesContext(connection) as asked:
            said = undo(report)
        assert said.removed + said.restored == 2 * many and not said.kept
        counted.append(len(asked))
    assert counted[0] == counted[1]


@pytest.mark.parametrize(
    "how, why",
    [
        ("ticket", "There is a ticket of it."),
        ("note", "It was worked with since (noted)."),
        ("change", "It was worked with since (changed)."),
        ("admin", "It was changed since."),
        ("contact", "There is a contact of it."),
        ("hold", "A hold stands on their data."),
        ("erased", "Its words were erased."),
    ],
)
def test_what_it_entered_stays_where_somebody_needs_it(how, why, jsonl, ada):  # noqa: F811
    report = import_customers(jsonl(acme(contacts=[])), at=NOW)
    one = Customer.objects.get()
    if how == "ticket":
        Ticket.objects.report(subject="x", body="y", customer=one, at=NOW)
    elif how == "note":
        one.note("Call first", by=ada, at=NOW)
    elif how == "change":
        one.change(plan="x", by=ada, at=NOW)
    elif how == "admin":
        Customer.objects.update(plan="x")
    elif how == "contact":
        make.contact(customer=one)
    elif how == "hold":
        Hold.place(Subject.of(one), reason="A suit", by=ada, at=NOW)
    else:
        seals.redact(Activity.objects.filter(kind="customer"), keep=["imported"], at=NOW)
    said = undo(report)
    assert [line["reason"] for line in said.kept] == [why]
    assert Customer.objects.get() == one


def test_a_person_whose_address_or_customer_is_gone(jsonl, ada):  # noqa: F811
    old = make.customer("Old")
    mira = make.contact("Mira", email="mira@acme.test", customer=old, external_id="m")
    told = acme(contacts=[{"email": "mira@acme.test", "external_id": "n"}])
    report = import_customers(jsonl(told), at=NOW)
    old.delete()
    make.contact(external_id="m", customer=None)
    said = undo(report)
    assert [line["reason"] for line in said.kept] == [
        "external_id: That is taken already.",
        "There is a contact of it.",
    ]
    Contact.objects.filter(external_id="m").delete()
    said = undo(report)
    assert said.kept[0]["reason"] == "customer: What it was before is gone."
    mira.refresh_from_db()
    assert mira.external_id == "m"


def test_cut_off_between_chunks_it_goes_on(jsonl, monkeypatch):  # noqa: F811
    monkeypatch.setattr(withdrawing, "CHUNK", 2)
    report = import_customers(jsonl(ACME, acme(external_id="b", contacts=[])), at=NOW)

    class Killed(Exception):
        pass

    def kill(said):
        raise Killed

    with pytest.raises(Killed):
        undo(report, progress=kill)
    assert Touched.objects.count() == 2
    Contact.objects.all().delete()
    assert undo(report).removed == 1 and not Customer.objects.exists()


def test_a_run_that_still_takes_rows_stops(jsonl, monkeypatch):  # noqa: F811
    monkeypatch.setattr(intake, "CHUNK", 1)
    take, taken = intake._take, []

    def interfered(*args, **options):
        taken.append(1)
        ImportRun.objects.get().withdraw(by=None, at=NOW)
        return take(*args, **options)

    monkeypatch.setattr(intake, "_take", interfered)
    with pytest.raises(Unusable, match="undone meanwhile"):
        import_customers(jsonl(ACME, acme(external_id="b")), at=NOW)
    assert taken == [1]


def test_a_run_of_before_nobody_wrote_that_down(jsonl):  # noqa: F811
    report = import_customers(jsonl(ACME), at=NOW)
    Touched.objects.all().delete()
    with pytest.raises(Refused, match="too old"):
        undo(report)
    err = StringIO()
    with pytest.raises(SystemExit) as end:
        call_command("undo_import", report.run, stderr=err)
    assert end.value.code == 2 and "too old" in err.getvalue()


@pytest.mark.django_db(transaction=True)
def test_as_long_work_it_has_a_page(jsonl, admin_client, monkeypatch):  # noqa: F811
    monkeypatch.setattr(withdrawing, "CHUNK", 2)
    report = import_customers(jsonl(ACME), at=NOW - timedelta(days=1))
    listed = reverse("admin:customers_importrun_changelist")
    chosen = {"action": "undo", "_selected_action": [report.run.removeprefix("customers-")]}
    asked = admin_client.post(listed, chosen).content.decode()
    assert "3 records would be removed" in asked and Customer.objects.exists()
    admin_client.post(listed, chosen | {"confirmed": "yes"})
    while jobs.advance_next():
        pass
    job = Job.objects.get()
    assert job.state == "done" and job.counts["removed"] == 3, job.last_error
    assert not Customer.objects.exists()
    ImportRun.objects.update(undone_at=None)
    assert "too old" in admin_client.post(listed, chosen).content.decode()
    told = admin_client.post(listed, chosen | {"confirmed": "yes"}, follow=True)
    assert "too old" in told.content.decode()


def test_whoever_was_merged_stays(jsonl):  # noqa: F811
    report = import_customers(jsonl(ACME), at=NOW)
    mira = Contact.objects.get(email="mira@acme.test")
    Contact.objects.filter(email="jon@acme.test").update(merged_into=mira)
    reasons = {line["reason"] for line in undo(report).kept}
    assert reasons == {"It goes on in another contact.", "There is a contact of it."}
