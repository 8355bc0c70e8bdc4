"""What the ticket's page says of an address that mail came back from."""

from django.urls import reverse
from django.utils import timezone

from apps.outbox.models import Delivery, StoppedAddress
from apps.portal.words import lifted
from apps.tickets.uniting import merge_contacts
from tests import make


def test_the_page_says_so_and_lifts_it(ticket, as_ada, as_cora, in_place):
    StoppedAddress.objects.stop(ticket.contact.email, reason="user unknown", at=timezone.now())
    page = as_ada.get(ticket.get_absolute_url()).content.decode()
    assert "because “user unknown”" in page and "Try again" in page
    assert "Try again" not in as_cora.get(ticket.get_absolute_url()).content.decode()
    answer = reverse("portal:ticket-answer", args=[ticket.pk])
    refused = as_ada.post(answer, {"mode": "reply", "body": "My words", "seen": ""})
    assert refused.status_code == 409 and not Delivery.objects.exists()
    lifted = in_place(as_ada).post(reverse("portal:ticket-try-again", args=[ticket.pk]))
    card = lifted.content.decode()
    assert f"Mail may go to {ticket.contact.email} again." in card and "user unknown" not in card
    as_ada.post(answer, {"mode": "reply", "body": "My words"})
    assert Delivery.objects.get().recipient == ticket.contact.email


def test_a_copy_that_does_not_arrive_is_marked_and_lifted(ticket, ada, as_ada, in_place):
    at = timezone.now()
    ticket.reply("Hello", by=ada, at=at, cc=["boss@acme.test"])
    StoppedAddress.objects.stop("boss@acme.test", reason="mailbox full", at=at)
    page = as_ada.get(ticket.get_absolute_url()).content.decode()
    assert "because “mailbox full”" in page and "mail came back" in page
    again = reverse("portal:ticket-try-again", args=[ticket.pk])
    card = in_place(as_ada).post(again, {"address": "boss@acme.test"}).content.decode()
    assert "Mail may go to boss@acme.test again." in card and "mailbox full" not in card
    assert in_place(as_ada).post(again, {"address": "boss@acme.test"}).status_code == 409


def test_the_page_of_a_customer_says_so_too(ticket, as_ada, as_cora, ada):
    at, contact = timezone.now(), ticket.contact
    StoppedAddress.objects.stop(contact.email, reason="user unknown", at=at)
    page = reverse("portal:customer", args=[contact.customer_id])
    assert "No mail goes there: user unknown" in as_cora.get(page).content.decode()
    again = reverse("portal:contact-try-again", args=[contact.pk])
    assert again in as_ada.get(page).content.decode()
    said = as_ada.post(again, follow=True).content.decode()
    assert f"Mail may go to {contact.email} again." in said and "user unknown" not in said
    assert as_ada.post(again).status_code == 404
    second = make.contact("Mara, at home")  # of another customer, until they are one person
    merge_contacts(second, contact, by=ada, at=at, across=True)
    StoppedAddress.objects.stop(second.email, reason="mailbox full", at=at)
    said = as_ada.get(page).content.decode()
    assert f"also {second.email}" in said and "No mail goes there: mailbox full" in said
    again = reverse("portal:contact-try-again", args=[second.pk])
    assert as_ada.post(again)["Location"] == page
    assert "mailbox full" not in as_ada.get(page).content.decode()
    assert lifted("a@b.test", 1).endswith("1 mail that waited leaves now.")
    assert lifted("a@b.test", 2).endswith("2 mails that waited leave now.")
