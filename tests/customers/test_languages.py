"""What language a person reads: set, suggested by their mails, and what goes by it."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.urls import reverse

from apps.customers.models import Contact, name_of
from apps.customers.rules import base, preferred, tag
from apps.tickets import balancing, filing
from apps.tickets.listing import asked
from apps.tickets.models import AssignmentRule, InboundMail, Ticket
from apps.tickets.rules.words import ask
from apps.timeline.refusal import Refused
from tests import make


@pytest.fixture
def mira(db):
    """Mira asks."""
    return make.contact("Mira Köhler", email="mira@acme.test")


@pytest.fixture
def ticket(mira) -> Ticket:
    return Ticket.objects.report(subject="Export", body="Stops.", contact=mira, at=make.NOW)


SAID = {
    "de": "de",
    "DE": "de",
    "pt_br": "pt-BR",
    "zh-hant-tw": "zh-Hant-TW",
    "es-419": "es-419",
    "": "",
    "german": "",
    "d": "",
    "de-": "",
    "x" * 50: "",
}


@pytest.mark.parametrize(("said", "written"), SAID.items())
def test_a_tag_is_written_one_way(said, written):
    assert tag(said) == written


@pytest.mark.parametrize(
    ("header", "best"),
    [
        ("de-DE,de;q=0.9,en;q=0.8", "de-DE"),
        ("en;q=0.4, fr;q=0.9", "fr"),
        ("*, en;q=0.5", "en"),
        ("de;q=1.2.3", ""),
        ("de;q=0", ""),
        ("", ""),
        ("!!", ""),
    ],
)
def test_what_is_preferred(header, best):
    assert preferred(header) == best


def test_languages_are_named_in_english():
    assert [name_of(one) for one in ("de", "pt-BR", "xx", "")] == [
        "German", "Portuguese (BR)", "xx", "",
    ]  # fmt: skip
    assert base("zh-Hant-TW") == "zh"


@pytest.mark.django_db
def test_a_suggestion_is_nothing_until_somebody_takes_it(ada, mira):
    assert found("language:none", ada, mira) and mira.guess == ""
    with pytest.raises(Refused, match="suggested"):
        mira.take_language(by=ada, at=make.NOW)
    Contact.objects.suggest_language("MIRA@acme.test", "de-AT, en")
    mira.refresh_from_db()
    assert (mira.language, mira.guess) == ("", "German (AT)")
    assert not found("language:de", ada, mira)
    mira.take_language(by=ada, at=make.NOW)
    assert found("language:de", ada, mira) and found("language:de-at", ada, mira)
    assert not found("language:none", ada, mira) and not found("language:en", ada, mira)
    Contact.objects.suggest_language("mira@acme.test", "fr")
    mira.refresh_from_db()
    assert (mira.language_name, mira.guess) == ("German (AT)", "")
    with pytest.raises(Refused, match="not a language"):
        mira.change(language="Klingonese", by=ada, at=make.NOW)


def found(words: str, person, mira) -> bool:
    if not Ticket.objects.exists():
        make.ticket(contact=mira)
    return asked(ask(words), person).exists()


def test_what_is_no_language_is_said():
    assert "takes a language" in ask("language:Deutsch!").problems[0]
    assert not ask("language:pt-BR,none").problems


@pytest.mark.django_db
def test_a_mail_suggests_its_language(mira, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    make.queue("Support", address="support@demo.test")
    raw = "From: mira@acme.test\r\nTo: support@demo.test\r\nContent-Language: de\r\n\r\nHallo"
    InboundMail.objects.receive(raw.encode(), way="hook:1")
    filing.file_mail()
    mira.refresh_from_db()
    assert (mira.language, mira.language_hint) == ("", "de")


@pytest.mark.django_db
def test_a_file_tells_languages(tmp_path):
    path = tmp_path / "people.csv"
    path.write_text(
        "external_id,contact.email,contact.language\n"
        "acme,mira@acme.test,pt_br\nother,bo@other.test,Deutsch!\n"
    )
    said = StringIO()
    with pytest.raises(SystemExit):
        call_command("import_customers", str(path), json=True, stdout=said)
    assert Contact.objects.get().language == "pt-BR"
    assert "contacts[0].language" in said.getvalue()


@pytest.mark.django_db
def test_whoever_speaks_it_gets_it(ada, sol, mira):
    team = make.team("Support", ada, sol)
    balancing.duty_of(sol).learn(["german"], by=sol, at=make.NOW)
    AssignmentRule.objects.create(name="Theirs", team=team, way="round_robin", speaks=True)
    assert "in their language" in AssignmentRule.objects.get().does()
    mira.change(language="de-CH", by=ada, at=make.NOW)
    for _ in range(2):
        one = Ticket.objects.report(subject="Hallo", body="?", contact=mira, at=make.NOW)
        assert one.assignee == sol
    assert [trial.to for trial in balancing.dry_run(at=make.NOW)] == [str(sol)] * 2
    mira.change(language="fr", by=ada, at=make.NOW)
    one = Ticket.objects.report(subject="Bonjour", body="?", contact=mira, at=make.NOW)
    assert one.assignee is None and "lacks french" in str(one.why_assigned().data["passed"])
    stranger = make.contact("Bo")
    assert Ticket.objects.report(subject="Hi", body="?", contact=stranger, at=make.NOW).assignee


@pytest.mark.django_db
def test_pages_show_the_suggestion_as_one(ticket, as_ada, as_sol):
    contact = ticket.contact
    Contact.objects.suggest_language(contact.email, "de")
    page = reverse("portal:customer", args=[contact.customer_id])
    assert "Perhaps German" in as_ada.get(page).content.decode()
    assert "perhaps German" in as_ada.get(ticket.get_absolute_url()).content.decode()
    take = reverse("portal:contact-take-language", args=[contact.pk])
    said = as_sol.post(take, follow=True).content.decode()
    assert "reads German." in said and "Perhaps" not in said
    assert as_sol.post(take).status_code == 409
    change = reverse("portal:contact-change", args=[contact.pk])
    typed = {"name": "Mira", "email": contact.email, "timezone": "UTC", "language": "nonsense!"}
    wrong = as_sol.post(change, typed)
    assert wrong.status_code == 422 and "not a language" in wrong.content.decode()
