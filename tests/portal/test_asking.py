"""Forwarding from the portal: what was typed is kept, what was sent is undone, nobody else sees."""

from datetime import timedelta
from io import BytesIO

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.outbox.models import Delivery
from apps.tickets.files import keep
from apps.tickets.models import Message, SideConversation, SideDraft, Ticket
from tests import make

pytestmark = pytest.mark.django_db
SECRET = "zebrafish-4471"


@pytest.fixture
def ticket(db, settings, tmp_path) -> Ticket:
    settings.MEDIA_ROOT = tmp_path
    mira = make.contact("Mira", email="mira@acme.test")
    queue = make.queue("Support", address="help@demo.test")
    at = timezone.now() - timedelta(hours=1)
    return Ticket.objects.report(subject="Export", body="Stops.", contact=mira, queue=queue, at=at)


@pytest.fixture
def door(ticket) -> str:
    return reverse("portal:ticket-ask", args=[ticket.pk])


def test_the_page_offers_what_may_go_along(as_ada, ticket, door, ada):
    note = ticket.note("Between us.", by=ada, at=timezone.now())
    shown = as_ada.get(door).content.decode()
    assert "Stops." in shown and "Between us." not in shown
    first = ticket.messages.get(direction="in")
    assert f'name="quoting" value="{first.pk}"' in shown
    assert f'value="{note.pk}"' not in shown


def test_sending_it_leads_back_with_undo(as_ada, ticket, door):
    first = ticket.messages.get(direction="in")
    answer = as_ada.post(
        door,
        {
            "to": "bank@bank.test",
            "subject": "Export",
            "body": "See?",
            "quoting": [first.pk],
            "wait": "1",
            "upload": BytesIO(b"proof"),
        },
    )
    said = Message.objects.get(side__isnull=False)
    assert answer["Location"] == f"/tickets/{ticket.pk}/#message-{said.pk}"
    assert said.attachments.count() == 1
    ticket.refresh_from_db()
    assert ticket.status == "waiting_third_party"
    shown = as_ada.get(answer["Location"]).content.decode()
    assert "to bank@bank.test, only staff see this" in shown
    assert "no answer yet" in shown
    undo = reverse("portal:ticket-take-back", args=[ticket.pk, said.pk])
    assert undo in shown
    back = as_ada.post(undo)
    again = as_ada.get(back["Location"]).content.decode()
    assert "See?" in again and "bank@bank.test" in again
    file = said.attachments.get()
    assert f'value="{file.pk}"' in again and "checked" in again
    assert Delivery.objects.get(cause=said.cause).state == "cancelled"
    ticket.refresh_from_db()
    assert ticket.status == "new"
    assert "Asked aside" not in as_ada.get(ticket.get_absolute_url()).content.decode()
    words = {"to": "bank@bank.test", "subject": "Export", "body": "See?", "files": [file.pk]}
    assert as_ada.post(back["Location"], words).status_code == 302
    assert Message.objects.filter(side__isnull=False).latest("pk").attachments_count == 1


def test_what_was_typed_and_brought_is_kept(as_ada, ticket, door):
    typed = {"to": "mira@acme.test", "subject": "Export", "body": "Typed words"}
    answer = as_ada.post(door, typed | {"upload": BytesIO(b"proof")})
    shown = answer.content.decode()
    assert answer.status_code == 422 and "who asked" in shown and "Typed words" in shown
    kept = shown.split('name="kept" value="')[1].split('"')[0]
    as_ada.post(door, typed | {"to": "b@bank.test", "kept": [kept, "made-up:by:them"]})
    assert Message.objects.get(side__isnull=False).attachments_count == 1
    assert as_ada.post(door, {"to": "x", "body": ""}).status_code == 422


def test_going_on_with_them(as_ada, ticket, door, ada):
    at = timezone.now()
    said = ticket.write_aside("See?", to="bank@bank.test", by=ada, at=at)
    ticket.hear_aside(said.side, "It left.", at=at, sender="Bank", stranger=True)
    there = reverse("portal:ticket-side", args=[ticket.pk, said.side_id])
    shown = as_ada.get(there).content.decode()
    assert "See?" in shown and "It left." in shown and 'name="to"' not in shown
    assert as_ada.post(there, {"body": "Thanks."}).status_code == 302
    assert said.side.messages.count() == 3
    other = make.ticket("Other")
    wrong = reverse("portal:ticket-side", args=[other.pk, said.side_id])
    assert as_ada.get(wrong).status_code == 404
    assert "bank@bank.test" in as_ada.get(door).content.decode()  # whom we asked lately


def test_a_new_message_beside_is_news(as_ada, ticket, ada):
    said = ticket.write_aside("See?", to="bank@bank.test", by=ada, at=timezone.now())
    ticket.hear_aside(said.side, "It left.", at=timezone.now(), sender="Bank")
    news = as_ada.get(reverse("portal:ticket-news", args=[ticket.pk]) + f"?seen={said.pk}")
    shown = news.content.decode()
    assert "It left." in shown and "Review" not in shown  # it stops no answer to the customer


def test_its_contact_never_sees_any_of_it(ticket, ada, as_ada):
    at = timezone.now() - timedelta(minutes=30)
    file = keep(BytesIO(b"x"), f"{SECRET}.txt")
    said = ticket.write_aside(
        SECRET, to=f"{SECRET}@bank.test", subject=SECRET, by=ada, at=at, attachments=[file]
    )
    ticket.hear_aside(
        said.side, SECRET, at=at, sender=SECRET, attachments=[file], headers=f"Cc: {SECRET}@x.test"
    )
    ticket.reply("To you.", by=ada, at=at + timedelta(minutes=1))
    assert SECRET in as_ada.get(ticket.get_absolute_url()).content.decode()
    stranger = Client()
    page = reverse("public:contact-ticket", args=[ticket.token])
    shown = stranger.get(page).content.decode()
    assert "To you." in shown and SECRET not in shown
    for one in said.side.messages.all():
        file = one.attachments.get()
        url = reverse("public:contact-file", args=[ticket.token, file.pk])
        assert stranger.get(url).status_code == 404
    mail = Delivery.objects.get(recipient="mira@acme.test")
    assert SECRET not in str(mail.payload)
    assert (
        not Delivery.objects.exclude(recipient__in=["mira@acme.test"])
        .exclude(recipient=f"{SECRET}@bank.test")
        .exists()
    )


def test_what_is_typed_keeps_itself(as_ada, ticket, door, ada):
    keep = reverse("portal:ticket-ask-draft", args=[ticket.pk])
    typed = {"to": "bank@ba", "subject": "S", "body": "Half a", "hours": "16"}
    typed |= {"quoting": ["1", "x"]}
    shown = as_ada.post(keep, typed, headers={"HX-Request": "true"})
    assert "Draft saved" in shown.content.decode()
    again = as_ada.get(door).content.decode()
    assert "Half a" in again and 'value="bank@ba"' in again
    assert '<option value="16" selected>' in again
    assert SideDraft.objects.get().quoting == [1]
    discard = reverse("portal:ticket-ask-discard", args=[ticket.pk])
    for newest in ({}, typed | {"body": "Half a line"}):
        gone = as_ada.post(discard, newest, follow=True)
        assert "The draft is discarded." in gone.content.decode()
        assert "Half a" not in as_ada.get(door).content.decode()
        as_ada.post(reverse("portal:ticket-ask-restore", args=[ticket.pk]))
        assert newest.get("body", "Half a") in as_ada.get(door).content.decode()
    as_ada.post(door, typed | {"to": "bank@bank.test", "quoting": []})
    assert not SideDraft.objects.exists()
    late = as_ada.post(keep, typed, headers={"HX-Request": "true"})
    assert "Draft saved" not in late.content.decode()


def test_by_when_they_are_expected_to_answer(as_ada, ticket, door, ada):
    as_ada.post(door, {"to": "b@bank.test", "subject": "S", "body": "See?", "hours": "4"})
    side = SideConversation.objects.get()
    page = reverse("portal:ticket-side", args=[ticket.pk, side.pk])
    assert "Answer expected" in as_ada.get(page).content.decode()
    assert "expected" in as_ada.get(ticket.get_absolute_url()).content.decode()
    expect = reverse("portal:ticket-side-expect", args=[ticket.pk, side.pk])
    said = as_ada.post(expect, {"hours": "0"}, follow=True).content.decode()
    assert "Not timed." in said and "Nobody is told" in said
    told = ticket.timeline().latest("pk")
    undo = reverse("portal:ticket-side-expect-undo", args=[ticket.pk, side.pk, told.pk])
    assert undo in said
    assert "Answer expected" in as_ada.post(undo, follow=True).content.decode()
    assert as_ada.post(undo).status_code == 409
    draft = reverse("portal:ticket-side-draft", args=[ticket.pk, side.pk])
    as_ada.post(draft, {"body": "To them"}, headers={"HX-Request": "true"})
    assert "To them" in as_ada.get(page).content.decode()
    ticket.miss_answers(at=side.due_at)
    assert "No answer yet; expected" in as_ada.get(page).content.decode()
    assert "late, expected" in as_ada.get(ticket.get_absolute_url()).content.decode()
    wrong = reverse("portal:ticket-side-draft", args=[make.ticket().pk, side.pk])
    assert as_ada.post(wrong, {"body": "x"}).status_code == 404
