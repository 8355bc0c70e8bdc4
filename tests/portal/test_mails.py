"""The mails customers get, looked at by staff; what the ticket page says of the customer's side."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from apps.outbox.models import Delivery
from apps.portal.mails import LETTERS
from apps.surveys.models import Survey
from apps.tickets.models import Ticket
from apps.tickets.undelivered import note_undelivered
from apps.tickets.uniting import merge_contacts
from tests import make


@pytest.mark.parametrize("key", LETTERS)
@pytest.mark.parametrize("queues", [0, 2])
def test_every_mail_can_be_looked_at_and_sent_to_oneself(as_ada, ada, key, queues):
    made = [
        make.queue(f"Queue {n}", address=f"q{n}@demo.test", signature="{{agent.name}}, Tidewater")
        for n in range(queues)
    ]
    asked = f"?letter={key}&queue={made[-1].pk}" if made else f"?letter={key}"
    page = as_ada.get(reverse("portal:mails") + asked).content.decode()
    assert LETTERS[key][0] in page and "http://testserver/" in page
    shown = as_ada.get(reverse("portal:mail-as-sent", args=[key]) + asked).content.decode()
    assert reverse("portal:mail-sheet") in shown and "<style" not in shown
    answer = as_ada.post(reverse("portal:mail-send", args=[key]) + asked)
    assert answer.status_code == 302
    sent = Delivery.objects.get()
    assert sent.recipient == ada.email and "<style" in sent.payload["html"]
    assert ("q1@demo.test" in sent.payload["from"]) == bool(queues)


def test_a_mail_nobody_gets_is_404(as_ada):
    assert as_ada.get(reverse("portal:mails") + "?letter=nothing").status_code == 404
    assert as_ada.get(reverse("portal:mails") + "?queue=x").status_code == 200
    assert as_ada.get(reverse("portal:mail-sheet"))["Content-Type"] == "text/css"


def test_the_link_of_a_sample_opens_nothing(as_ada, client, ticket):
    from apps.portal.mails import sample

    made = sample(None, make.person("Bea"))
    assert client.get(made.ticket.link.removeprefix("http://testserver")).status_code == 404


def test_staff_copy_the_link_and_make_a_new_one(as_ada, ticket, as_cora, in_place):
    page = as_ada.get(ticket.get_absolute_url()).content.decode()
    assert ticket.link in page
    assert ticket.link not in as_cora.get(ticket.get_absolute_url()).content.decode()
    old = ticket.link
    answer = in_place(as_ada).post(reverse("portal:ticket-renew-link", args=[ticket.pk]))
    ticket.refresh_from_db()
    assert ticket.link != old and ticket.link in answer.content.decode()


def test_what_they_said_last_of_another_ticket_stands_beside_this_one(as_ada, ada, mara, ticket):
    def beside(one: Ticket) -> str:
        html = as_ada.get(one.get_absolute_url()).content.decode()
        return html[html.index("Last rating") :][:900]

    now = timezone.now()
    assert "Unknown: never asked" in beside(ticket)
    second = make.contact("Mara, at home", customer=mara.customer)
    other = Ticket.objects.report(subject="Other", contact=second, assignee=ada, at=now)
    other.reply("Done.", by=ada, at=now, after="resolve")
    survey = Survey.objects.ask(other, at=now)
    merge_contacts(second, mara, by=ada, at=now)  # what she said at home is what she said
    assert "None: asked" in beside(ticket) and other.get_absolute_url() in beside(ticket)
    survey.respond(2, at=now, comment="Too <slow>")
    said = beside(ticket)
    assert "2 of 5" in said and "Too &lt;slow&gt;" in said and f"#{other.pk}</a>" in said
    assert "None before this" in beside(other)  # there it stands as what they said of it


def test_what_they_said_stands_on_the_ticket_and_on_the_customer(as_ada, ada, ticket):
    now = timezone.now()
    ticket.reply("Mended.", by=ada, at=now - timedelta(days=2), after="resolve")
    survey = Survey.objects.ask(ticket, at=now - timedelta(days=1))
    assert "no answer yet" in as_ada.get(ticket.get_absolute_url()).content.decode()
    survey.respond(2, at=now, comment="Too slow")
    page = as_ada.get(ticket.get_absolute_url()).content.decode()
    assert "2 of 5" in page and "Too slow" in page
    customer = as_ada.get(reverse("portal:customer", args=[ticket.customer_id])).content.decode()
    assert "Satisfied" in customer


# --- what came back -----------------------------------------------------------------------------


@pytest.fixture
def lost(ticket, ada):
    """`lost(**fields)` is a reply whose delivery ended so."""

    def tell(**fields):
        message = ticket.reply("Here.", by=ada, at=make.NOW + timedelta(hours=1))
        Delivery.objects.filter(cause=message.cause).update(
            **{"state": "dead", "last_error": "550 No such user"} | fields
        )
        return message

    return tell


def test_a_reply_no_server_took_answered_nothing(as_ada, ticket, lost):
    message = lost()
    later = make.NOW + timedelta(hours=2)
    assert note_undelivered(at=later) == 1
    assert note_undelivered(at=later) == 0
    message.refresh_from_db()
    ticket.refresh_from_db()
    assert message.bounced_at == later
    assert (ticket.status, ticket.waiting_since) == ("open", make.NOW)
    story = ticket.timeline().get(verb="bounced")
    assert story.data["reason"] == "550 No such user"
    assert "came back" in as_ada.get(ticket.get_absolute_url()).content.decode()


@pytest.mark.parametrize(
    "fields", [{"state": "pending"}, {"recipient": "jon@acme.test"}, {"cause": "other:1"}]
)
def test_what_may_still_arrive_and_what_is_a_copy_is_no_bounce(ticket, lost, fields):
    lost(**fields)
    assert note_undelivered(at=make.NOW + timedelta(hours=2)) == 0


def test_what_is_over_is_not_opened_by_a_bounce(ticket, lost):
    lost()
    Ticket.objects.update(status="closed")
    assert note_undelivered(at=make.NOW + timedelta(hours=2)) == 0


def test_a_delayed_mail_says_why(as_ada, ticket, lost):
    lost(state="pending", trouble="SMTP 452", last_error="452 Mailbox full")
    page = as_ada.get(ticket.get_absolute_url()).content.decode()
    assert "delayed" in page and "SMTP 452" in page and "452 Mailbox full" in page
