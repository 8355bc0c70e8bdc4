"""Organisations, the people there, and the files they come from."""

import json
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import IntegrityError
from hypothesis import given
from hypothesis import strategies as st

from apps.customers.importers import rows
from apps.customers.importers.reading import Malformed, Unusable
from apps.customers.intake import import_customers
from apps.customers.models import Contact, Customer, ImportRun
from apps.timeline.models import Activity
from apps.timeline.refusal import Refused
from tests import make
from tests.make import NOW

pytestmark = pytest.mark.django_db

ACME = {
    "external_id": "acme",
    "name": "Acme GmbH",
    "domain": "Acme.test",
    "plan": "Team",
    "tier": "business",
    "status": "active",
    "arr": "12000.50",
    "currency": "eur",
    "renews_at": "2027-03-01",
    "contacts": [
        {"email": "Mira@Acme.test", "name": "Mira Köhler", "timezone": "Europe/Berlin"},
        {"email": "jon@acme.test", "phone": "+49 30 1"},
    ],
}


def acme(**changes):
    return {k: v for k, v in (ACME | changes).items() if v is not ...}


@pytest.fixture
def jsonl(tmp_path):
    def write(*said):
        path = tmp_path / "customers.jsonl"
        path.write_text("\n".join(json.dumps(one) for one in said))
        return path

    return write


def test_a_person_is_known_by_one_address_in_lower_case():
    mira = Contact.objects.enter(email=" Mira@Acme.TEST ", by=None, at=NOW)
    assert mira.email == "mira@acme.test" and str(mira) == "mira@acme.test"
    assert list(Contact.objects.known_as("MIRA@acme.test")) == [mira]
    with pytest.raises(Refused) as refused:
        Contact.objects.enter(email="mira@ACME.test", by=None, at=NOW)
    assert refused.value.field == "email"
    with pytest.raises(IntegrityError):
        Contact.objects.create(email="Upper@case.test")


def test_the_admin_writes_addresses_so_too():
    contact = Contact(email="New@X.test")
    contact.full_clean(exclude=["customer"])
    assert contact.email == "new@x.test"


def test_a_change_is_told_once(ada):
    customer = Customer.objects.enter(name="Acme", by=ada, at=NOW)
    assert customer.change(tier="enterprise", by=ada, at=NOW)
    assert not customer.change(tier="enterprise", by=ada, at=NOW)
    assert customer.timeline().last().data == {"tier": ["standard", "enterprise"]}
    assert Activity.objects.count() == 2


def test_people_and_organisations_are_found_by_parts():
    customer = make.customer("Globex Corporation", domain="Globex.test")
    person = make.contact("Hank Scorpio", email="hank@globex.test", customer=customer)
    assert list(Customer.objects.named_like(" GLOBEX ")) == [customer]
    assert list(Customer.objects.of_domain("globex.TEST")) == [customer]
    assert list(Customer.objects.lower_named(["globex corporation"])) == [customer]
    assert list(Customer.objects.by_name()) == [customer]
    assert list(Contact.objects.like("scorp").with_customer()) == [person]
    assert list(Contact.objects.like("HANK@").by_name()) == [person]


def test_a_file_brings_customers_and_people(jsonl, ada):
    report = import_customers(jsonl(ACME), by=ada, at=NOW)
    assert (report.rows, report.created, report.rejected) == (1, 1, [])
    customer = Customer.objects.get()
    assert (customer.arr, customer.currency, customer.domain) == (
        Decimal("12000.50"),
        "EUR",
        "acme.test",
    )
    assert list(customer.contacts.by_name().values_list("email", flat=True)) == [
        "jon@acme.test",
        "mira@acme.test",
    ]
    assert report.run == str(ImportRun.objects.get())


def test_the_same_file_again_changes_nothing(jsonl):
    path = jsonl(ACME)
    import_customers(path, at=NOW)
    told = Activity.objects.count()
    report = import_customers(path, at=NOW)
    assert (report.created, report.changed, report.unchanged) == (0, 0, 1)
    assert Activity.objects.count() == told


def test_a_row_changes_only_what_it_says(jsonl):
    placeholder = make.customer("acme", external_id="acme", plan="Free", is_placeholder=True)
    report = import_customers(jsonl({"external_id": "acme", "tier": "enterprise"}), at=NOW)
    assert report.changed == 1
    placeholder.refresh_from_db()
    assert (placeholder.plan, placeholder.tier) == ("Free", "enterprise")
    assert not placeholder.is_placeholder
    person = {"external_id": "acme", "contacts": [{"email": "new@acme.test"}]}
    assert import_customers(jsonl(person), at=NOW).changed == 1


def test_a_dry_run_keeps_nothing(jsonl):
    report = import_customers(jsonl(ACME), dry_run=True, at=NOW)
    assert report.created == 1 and report.run == ""
    assert not Customer.objects.exists() and not ImportRun.objects.exists()


@pytest.mark.parametrize(
    "bad, column",
    [
        (acme(external_id=...), "external_id"),
        (acme(tier="gold"), "tier"),
        (acme(status="lost"), "status"),
        (acme(arr="much"), "arr"),
        (acme(arr="1.005"), "arr"),
        (acme(arr=True), "arr"),
        (acme(arr="1e99"), "arr"),
        (acme(currency="EURO"), "currency"),
        (acme(renews_at="soon"), "renews_at"),
        (acme(renews_at="2500-01-01"), "renews_at"),
        (acme(name="a\x00"), "name"),
        (acme(colour="red"), "colour"),
        (acme(contacts="Mira"), "contacts"),
        (acme(contacts=["Mira"]), "contacts[0]"),
        (acme(contacts=[{"name": "Mira"}]), "contacts[0].email"),
        (acme(contacts=[{"email": "mira"}]), "contacts[0].email"),
        (acme(contacts=[{"email": "m@x.test", "timezone": "Mars"}]), "contacts[0].timezone"),
        (acme(contacts=[{"email": "m@x.test", "age": 1}]), "contacts[0].age"),
        (acme(contacts=[{"email": "m@x.test", "external_id": "taken"}]), "external_id"),
    ],
)
def test_a_bad_row_is_explained_and_leaves_nothing(jsonl, bad, column):
    make.contact(external_id="taken", customer=None)
    report = import_customers(jsonl(bad, acme(external_id="good", contacts=[])), at=NOW)
    assert [(one["row"], one["column"]) for one in report.rejected] == [(1, column)]
    assert list(Customer.objects.values_list("external_id", flat=True)) == ["good"]
    assert report.exit_code == 3


def test_a_table_has_one_person_a_line(tmp_path):
    path = tmp_path / "customers.csv"
    path.write_text(
        "external_id,name,contact.email,contact_name\nacme,Acme,m@acme.test,Mira\n"
        "acme,,j@acme.test,Jon\nglobex,Globex,,\nx,y,z\n"
    )
    report = import_customers(path, at=NOW)
    assert (report.created, report.changed) == (2, 1)
    assert [one["row"] for one in report.rejected] == [5]
    assert Customer.objects.get(external_id="acme").contacts.count() == 2


@pytest.mark.parametrize(
    "text", ["", "name\nAcme\n", "external_id,colour\n", "external_id,name,name"]
)
def test_a_table_nothing_can_be_taken_from(tmp_path, text):
    path = tmp_path / "customers.csv"
    path.write_text(text)
    with pytest.raises(Unusable):
        import_customers(path, at=NOW)


def test_the_command_exits_as_it_says(jsonl, tmp_path):
    def command(*args):
        out = StringIO()
        try:
            call_command("import_customers", *map(str, args), stdout=out, stderr=StringIO())
        except SystemExit as end:
            return end.code, out.getvalue()
        return 0, out.getvalue()

    code, out = command(jsonl(ACME), "--json")
    assert code == 0 and json.loads(out)["created"] == 1
    assert command(jsonl(acme(tier="gold")))[0] == 3
    assert command(tmp_path / "none.csv")[0] == 2
    assert command(tmp_path)[0] == 2


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from(sorted(rows.NAMES)), anything, max_size=3))
def test_any_row_is_taken_or_explained(changes):
    try:
        rows.read(ACME | changes)
    except Malformed as fault:
        assert fault.reason


@pytest.mark.parametrize(
    ("tier", "plan", "said"),
    [
        ("enterprise", "Enterprise", "Enterprise"),
        ("enterprise", "", "Enterprise"),
        ("business", "Team", "Business, Team"),
    ],
)
def test_tier_and_plan_are_said_once(tier, plan, said):
    assert Customer(name="Acme", tier=tier, plan=plan).terms == said
