"""What the ticket's page says of an address that mail came back from."""

from django.urls import reverse
from django.utils import timezone

from apps.outbox.models import Delivery, StoppedAddress


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
