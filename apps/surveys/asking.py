"""Who is asked, when, and by which mail; safe to run any number of times at once.

A ticket is asked about once, a while after it was solved; a contact is not asked again for some
weeks. Merged tickets, duplicates and spam are not solved; what only programs wrote is nobody's.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.fields import CharField
from django.db.models.functions import Cast, Concat

from apps.outbox.models import Delivery, StoppedAddress
from apps.tickets.choices import Direction, Status
from apps.tickets.letters import Action, Text, reply_to_of, sender_of, signature_of
from apps.tickets.models import Message, Ticket
from apps.tickets.rules import mail

from . import rules
from .models import Survey

AT_ONCE = 200


def ask(*, at: datetime) -> int:
    """One pass: note what arrived, then ask who is to be asked; how many."""
    note_delivered()
    return ask_some(at=at) if settings.SURVEYS_AFTER_HOURS else 0


def ask_some(*, at: datetime) -> int:
    """Survey and delivery are written together; a contact gets one, whatever they asked for."""
    asked: set[int] = set()
    with transaction.atomic():
        held = to_ask(at).select_for_update(skip_locked=True, of=("self",))
        for ticket in held[:AT_ONCE]:
            if ticket.contact_id in asked:
                continue
            asked.add(ticket.contact_id)
            survey = Survey.objects.ask(ticket, at=at)
            if survey.answer is None:
                send(survey, ticket)
    return len(asked)


def to_ask(at: datetime) -> QuerySet:
    """Solved long enough ago and not too long, answered by one of us, asked by a person."""
    until = at - timedelta(hours=settings.SURVEYS_AFTER_HOURS)
    often = at - timedelta(days=settings.SURVEYS_EVERY_DAYS)
    of_person = Message.objects.filter(
        ticket=OuterRef("pk"), direction=Direction.IN, automatic=False, undone_at=None
    )
    theirs = Q(contact=OuterRef("contact")) | Q(contact__merged_into=OuterRef("contact"))
    lately = Survey.objects.filter(theirs, asked_at__gt=often)
    return (
        Ticket.objects.filter(
            Exists(of_person),
            ~Exists(lately),
            ~Exists(StoppedAddress.objects.filter(address=OuterRef("contact__email"))),
            ~Exists(Survey.objects.filter(ticket=OuterRef("pk"))),
            status=Status.RESOLVED,
            resolved_at__gt=until - rules.TOO_LATE,
            resolved_at__lte=until,
            contact__isnull=False,
            first_replied_at__isnull=False,
        )
        .select_related("contact", "customer", "queue", "assignee")
        .order_by("resolved_at", "pk")
    )


def send(survey: Survey, ticket: Ticket) -> Delivery:
    """The mail that asks; one tap opens the page with the choice made, another sends it."""
    text = text_of(survey, ticket)
    return Delivery.objects.enqueue(
        channel="mail",
        cause=survey.cause,
        recipient=ticket.contact.email,
        payload={
            "subject": text.subject,
            "text": text.plain(),
            "html": text.rich(),
            "from": sender_of(ticket),
            "reply_to": reply_to_of(ticket),
            "to": [mail.mailbox(ticket.contact.name, ticket.contact.email)],
            "headers": {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"},
            "return_path": "",
        },
        about=(survey.kind, survey.pk),
    )


def text_of(survey: Survey, ticket: Ticket) -> Text:
    """What the mail says."""
    first = ticket.contact.name.split(" ")[0]
    hello = f"Hello {first}," if first else "Hello,"
    words = (
        f"your request “{ticket.subject}” is marked as solved. How did we do?"
        " One tap is enough, and you can change your mind for seven days."
    )
    return Text(
        subject=f"How did we do? {mail.subject_token(ticket.pk)}",
        body=f"{hello}\n\n{words}",
        signature=signature_of(ticket, ticket.assignee),
        lines=["Not solved after all? Answer this mail and we open your request again."],
        actions=[
            Action(f"{score} – {said}", f"{survey.link}?score={score}")
            for score, said in sorted(rules.SCORES.items(), reverse=True)
        ],
    )


def note_delivered() -> int:
    """Take over from the outbox which mails a server took; how many."""
    sent = Delivery.objects.filter(
        cause=Concat(Value("survey:"), Cast(OuterRef("pk"), CharField())), sent_at__isnull=False
    )
    waiting = Survey.objects.filter(delivered_at=None)
    arrived = waiting.annotate(taken=Subquery(sent.values("sent_at")[:1])).filter(
        taken__isnull=False
    )
    return arrived.update(delivered_at=F("taken"))
