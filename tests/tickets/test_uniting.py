"""Two contacts are one person: whatever goes by either address finds them, and it is taken back."""

import json
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from apps.customers.intake import import_customers
from apps.customers.models import Contact
from apps.outbox.models import Delivery, StoppedAddress
from apps.sla.models import Clock
from apps.surveys.asking import to_ask
from apps.surveys.models import Survey
from apps.tickets import filing, threads, uniting
from apps.tickets.intake import import_tickets
from apps.tickets.models import InboundMail, SearchDoc, Ticket
from apps.tickets.searching import people, search
from apps.tickets.undelivered import note_undelivered
from apps.tickets.uniting import kept_in_words, merge_contacts, unmerge_contacts
from apps.timeline.models import Activity
from apps.timeline.refusal import Refused
from tests import make

pytestmark = pytest.mark.django_db
START = timezone.now() - timedelta(hours=3)
OLD, NEW = "mira@home.test", "mira@acme.test"


def after(minutes: float):
    return START + timedelta(minutes=minutes)


@pytest.fixture
def acme():
    return make.customer("Acme")


@pytest.fixture
def work(acme):
    return make.contact("Mira Work", email=NEW, customer=acme)


@pytest.fixture
def home(acme):
    return make.contact("Mira Home", email=OLD, customer=acme)


@pytest.fixture
def queue():
    return make.queue("Support", address="support@demo.test")


@pytest.fixture
def ticket(home, queue):
    return report(home, "Transfer is missing", queue=queue)


def report(contact, subject="Export", **more):
    return Ticket.objects.report(subject=subject, body="Please.", contact=contact, at=START, **more)


def everything(ticket):
    """A ticket with its clocks, but for what every change moves."""
    row = Ticket.objects.filter(pk=ticket.pk).values().get()
    return {k: v for k, v in row.items() if k not in ("version", "updated_at")}, clocks(ticket)


def clocks(ticket):
    return list(Clock.objects.filter(ticket=ticket).order_by("kind", "cycle").values())


def arrives(sender, *, to="support@demo.test", subject="Something", **heads):
    heads = {"From": sender, "To": to, "Subject": subject, "Message-ID": f"<{subject}@x>"} | heads
    raw = "".join(f"{name}: {value}\r\n" for name, value in heads.items()) + "\r\nHello.\r\n"
    mail, _ = InboundMail.objects.receive(raw.encode(), way="hook:1")
    filing.file_mail()
    mail.refresh_from_db()
    return mail


def test_tickets_change_hands_and_come_back_as_they_were(ticket, home, work, ada, sol):
    own = report(work)
    ticket.reply("Look.", by=ada, at=after(5))
    before = everything(ticket), everything(own)
    assert merge_contacts(home, work, by=sol, at=after(10)) == 1
    ticket.refresh_from_db()
    assert ticket.contact == work and clocks(ticket) == before[0][1]
    assert [one.contact for one in ticket.messages.filter(direction="in")] == [home]
    assert home.timeline().latest("id").data["tickets"] == [ticket.pk]
    assert work.timeline().latest("id").verb == "joined"
    told = ticket.timeline().latest("id")
    assert (told.verb, told.data) == ("belonged_to", {"contact": [home.pk, work.pk]})
    home.refresh_from_db()
    assert unmerge_contacts(home, by=ada, at=after(20)) == []
    assert (everything(ticket), everything(own)) == before
    assert Contact.objects.apart().count() == 2
    assert [one.verb for one in home.timeline().order_by("id")] == ["merged", "unmerged"]
    assert [one.verb for one in work.timeline().order_by("id")] == ["joined", "parted"]


def test_what_somebody_changed_since_stays_and_is_named(ticket, home, work, ada):
    moved = report(home)
    other = make.contact("Jon", customer=work.customer)
    merge_contacts(home, work, by=ada, at=after(1))
    moved.belong_to(other, by=ada, at=after(2))
    assert unmerge_contacts(home, by=ada, at=after(3)) == [moved.pk]
    ticket.refresh_from_db()
    moved.refresh_from_db()
    assert (ticket.contact, moved.contact) == (home, other)
    assert kept_in_words([moved.pk]) == f" Changed since, so left as they are: #{moved.pk}."
    assert kept_in_words(range(25)).endswith("#19 and 5 more.") and kept_in_words([]) == ""


def test_an_open_ticket_without_a_customer_gets_one_and_loses_it_again(work, ada):
    lone = make.contact("Mira", email="mira@web.test", customer=None)
    ours, solved = report(lone), report(lone, "Old")
    solved.resolve(by=ada, at=after(1))
    kept = report(lone, "Kept")
    before = everything(ours)
    merge_contacts(lone, work, by=ada, at=after(2))
    assert Ticket.objects.get(pk=ours.pk).customer == work.customer
    assert Ticket.objects.get(pk=solved.pk).customer is None  # what was promised is past
    Ticket.objects.filter(pk=kept.pk).update(customer=make.customer("Other"))
    unmerge_contacts(lone, by=ada, at=after(3))
    assert everything(ours)[0] == before[0]
    assert Ticket.objects.get(pk=kept.pk).customer.name == "Other"


def test_two_customers_are_said_to_be_meant(ticket, home, ada):
    there = make.contact("Mira", email="mira@south.test", customer=make.customer("Southwind"))
    with pytest.raises(Refused, match="different customers") as refused:
        merge_contacts(home, there, by=ada, at=after(1))
    assert refused.value.code == "across"
    before = clocks(ticket)
    merge_contacts(home, there, by=ada, at=after(1), across=True)
    ticket.refresh_from_db()
    assert (ticket.contact, ticket.customer) == (there, home.customer)
    assert clocks(ticket) == before


def test_what_makes_no_sense_is_refused(ticket, home, work, ada, monkeypatch):
    with pytest.raises(Refused, match="itself"):
        merge_contacts(home, home, by=ada, at=START)
    with pytest.raises(Refused, match="not merged"):
        unmerge_contacts(home, by=ada, at=START)
    third = make.contact("Jon", customer=work.customer)
    with monkeypatch.context() as fewer, pytest.raises(Refused, match="not one person"):
        fewer.setattr(uniting, "MOST", 0)
        merge_contacts(home, work, by=ada, at=START)
    assert not Activity.objects.filter(kind="contact").exists()
    merge_contacts(home, work, by=ada, at=after(1))
    with pytest.raises(Refused, match="merged already"):
        merge_contacts(home, third, by=ada, at=after(2))
    with pytest.raises(Refused, match="goes on in another"):
        merge_contacts(third, home, by=ada, at=after(2))
    home.refresh_from_db()
    with pytest.raises(Refused, match="change that one"):
        home.change(name="Other", by=ada, at=after(2))
    with pytest.raises(Refused, match="taken already"):
        Contact.objects.enter(email=OLD, by=ada, at=after(2))


@pytest.mark.parametrize("first", ["home", "work"])
def test_merged_one_after_the_other_and_given_back_in_any_order(ticket, home, work, ada, first):
    boss = make.contact("Mira Boss", email="boss@acme.test", customer=work.customer)
    own = report(work)
    merge_contacts(home, work, by=ada, at=after(1))
    merge_contacts(work, boss, by=ada, at=after(2))
    assert boss.addresses() == {OLD, NEW, boss.email}
    assert Contact.objects.known_as(OLD).get() == boss
    order = [home, work] if first == "home" else [work, home]
    for n, one in enumerate(order):
        assert unmerge_contacts(one, by=ada, at=after(3 + n)) == []
    ticket.refresh_from_db()
    own.refresh_from_db()
    assert (ticket.contact, own.contact) == (home, work)
    assert Contact.objects.apart().count() == 3


def test_mail_from_either_address_is_theirs_and_goes_on_as_before(ticket, home, work, ada, queue):
    stranger = report(make.contact("Jon", email="jon@web.test"), "Elsewhere")
    stranger.hear("Me too.", contact=home, at=after(1))
    ticket.reply("Look.", by=ada, at=after(5))
    old = Delivery.objects.get(cause__startswith="message:")
    assert old.recipient == OLD
    merge_contacts(home, work, by=ada, at=after(10))
    ticket = Ticket.objects.select_related("contact", "customer").get(pk=ticket.pk)
    assert threads.knows(ticket, OLD) and threads.knows(ticket, NEW)
    assert threads.knows(ticket, "colleague@home.test") and not threads.knows(ticket, "x@y.test")
    assert threads.knows(stranger, OLD) and threads.knows(stranger, NEW)
    answer = arrives(OLD, subject=f"Re: [#{ticket.pk}]")
    assert (answer.ticket, answer.message.contact) == (ticket, work)
    assert not answer.message.stranger
    begun = arrives(OLD, subject="A new matter").ticket
    assert begun.contact == work and not Contact.objects.filter(name="").exists()
    ticket.reply("Again.", by=ada, at=after(20))
    sent = Delivery.objects.filter(cause=ticket.messages.latest("pk").cause)
    assert list(sent.order_by("pk").values_list("recipient", flat=True)) == [NEW, OLD]  # wrote from
    sent.filter(recipient=OLD).update(state="dead")
    assert note_undelivered(at=timezone.now()) == 0  # a copy that failed is no failure
    unmerge_contacts(home, by=ada, at=timezone.now())
    begun.refresh_from_db()
    assert begun.contact == home and begun.messages.get().contact == home
    answer.message.refresh_from_db()
    assert answer.message.contact == home


def test_a_reply_to_the_old_address_that_fails_is_a_lost_reply(ticket, home, work, ada):
    ticket.reply("Look.", by=ada, at=after(5))
    Delivery.objects.filter(recipient=OLD).update(state="dead", last_error="Full")
    merge_contacts(home, work, by=ada, at=after(10))
    assert note_undelivered(at=after(11)) == 1
    assert ticket.messages.filter(bounced_at__isnull=False).exists()


def test_links_made_before_open_it_for_whoever_goes_on(ticket, home, work, ada, client):
    url = reverse("public:contact-ticket", args=[ticket.token])
    merge_contacts(home, work, by=ada, at=after(1))
    assert client.get(url).status_code == 200
    ticket.refresh_from_db()
    later = reverse("public:contact-ticket", args=[ticket.token])
    assert client.get(later).status_code == 200
    unmerge_contacts(home, by=ada, at=after(2))
    assert client.get(url).status_code == 200
    assert client.get(later).status_code == 404  # it was made for somebody else after all


def test_they_are_found_by_either_name_and_address(ticket, home, work, ada):
    merge_contacts(home, work, by=ada, at=after(1))
    SearchDoc.objects.gather()
    new = report(work, "Newly asked")
    for words in ("mira@home.test", "Home"):
        assert {hit.row.id for hit in search(words).tickets} == {ticket.pk, new.pk}
    for words in ("home.test", "Mira Work", "mira home"):
        assert [one.id for one in people(words)[1]] == [work.pk]
        assert list(Contact.objects.like(words)) == [work]
    assert Contact.objects.behind(OLD) == work and Contact.objects.meet(OLD) == work
    unmerge_contacts(home, by=ada, at=after(2))
    SearchDoc.objects.gather()
    assert {hit.row.id for hit in search("mira@home.test").tickets} == {ticket.pk}


def test_imports_by_the_old_address_meet_whoever_goes_on(home, work, acme, ada, tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path / "media"
    merge_contacts(home, work, by=ada, at=after(1))
    acme.change(external_id="acme", by=ada, at=after(1))
    file = tmp_path / "people.jsonl"
    person = {"email": OLD, "name": "Mira of old"}
    file.write_text(json.dumps({"external_id": "acme", "contacts": [person]}) + "\n")
    assert import_customers(file, at=after(2)).unchanged == 1
    work.refresh_from_db()
    assert (work.name, work.email) == ("Mira Work", NEW)
    tickets = tmp_path / "tickets.jsonl"
    row = {"external_id": "A-1", "subject": "Old", "body": "x", "status": "open"}
    row |= {"reported_at": "2026-03-02T09:00:00Z", "priority": "normal", "channel": "mail"}
    tickets.write_text(json.dumps(row | {"contact": {"email": OLD}}) + "\n")
    import_tickets(tickets)
    assert Ticket.objects.get(external_id="A-1").contact == work


def test_what_goes_by_the_address_goes_on(ticket, home, work, ada):
    StoppedAddress.objects.stop(OLD, reason="Full", at=after(1))
    merge_contacts(home, work, by=ada, at=after(2))
    assert StoppedAddress.objects.of(OLD) and not StoppedAddress.objects.of(NEW)
    ticket.refresh_from_db()
    ticket.reply("They can be reached.", by=ada, at=after(3))
    unmerge_contacts(home, by=ada, at=after(4))
    assert StoppedAddress.objects.of(OLD)
    with pytest.raises(Refused, match="who asked"):
        merge_contacts(home, work, by=ada, at=after(5))
        ticket.refresh_from_db()
        ticket.write_aside("See?", to=OLD, by=ada, at=after(6))


def test_who_was_asked_lately_is_not_asked_at_the_other_address(ticket, home, work, ada):
    at = timezone.now()
    for one in (ticket, second := report(work)):
        one.reply("Done.", by=ada, at=after(5))
        one.resolve(by=ada, at=at - timedelta(hours=30))
    Survey.objects.ask(ticket, at=at - timedelta(hours=1))
    assert [one.pk for one in to_ask(at)] == [second.pk]
    merge_contacts(home, work, by=ada, at=at)
    assert not to_ask(at).exists()


def test_a_program_merges_and_takes_it_back(home, work, ada, program):
    client = program(ada)

    def post(path, **words):
        url = f"/api/v1/contacts/{home.pk}/{path}/"
        return client.post(url, json.dumps(words), content_type="application/json")

    answer = post("merge", into=work.pk)
    assert (answer.status_code, answer.json()["merged_into"]) == (200, work.pk)
    listed = client.get(f"/api/v1/contacts/?merged_into={work.pk}").json()
    assert [one["email"] for one in listed["results"]] == [OLD]
    assert post("merge", into=work.pk).status_code in (400, 409)
    assert post("undo-merge").json()["merged_into"] is None
    assert post("merge", into=999_999).status_code == 400
