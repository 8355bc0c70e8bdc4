"""Replies that no server took for good: they answered nothing, so the clocks run again."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

from django.db.models import BigIntegerField, Value
from django.db.models.functions import Cast, Replace

from apps.outbox.choices import DeliveryState
from apps.outbox.models import Delivery
from apps.timeline.refusal import Refused

from .choices import Direction, Status
from .models import Message
from .rules import moves

AT_ONCE = 200
OVER = moves.ENDED | {Status.CLOSED}


def note_undelivered(*, at: datetime) -> int:
    """One pass over what died lately; a copy that failed is no failure of the answer. How many."""
    number = Cast(Replace("cause", Value("message:")), BigIntegerField())
    dead = Delivery.objects.dead().filter(subject_kind="ticket", cause__startswith="message:")
    found = dead.annotate(message=number).defer("payload").order_by("-id")[:AT_ONCE]
    lost: dict[int, list[Delivery]] = {}
    for one in found:
        lost.setdefault(one.message, []).append(one)
    sent = Message.objects.filter(pk__in=lost, automatic=False, bounced_at=None, undone_at=None)
    replies = sent.filter(direction=Direction.OUT).exclude(ticket__status__in=OVER)
    count = 0
    for message in sent.exclude(side=None).select_related("ticket").order_by("pk"):
        count += _bounce(message, lost[message.pk][0], at)
    for message in replies.select_related("ticket__contact").order_by("pk"):
        contact = message.ticket.contact
        for delivery in lost[message.pk]:
            if contact and delivery.recipient in contact.addresses() - set(message.cc):
                count += _bounce(message, delivery, at)
    return count


def note_tried_again(deliveries: Sequence[int]) -> None:
    """A reply that had come back leaves after all: as its delivery does, so does its ticket."""
    going = Delivery.objects.filter(
        pk__in=deliveries, state=DeliveryState.PENDING, cause__startswith="message:"
    )
    for delivery in going.defer("payload"):
        number = int(delivery.cause.removeprefix("message:"))
        came_back = Message.objects.exclude(bounced_at=None).filter(pk=number, undone_at=None)
        for message in came_back.select_related("ticket"):
            told = delivery.timeline().latest("id")
            with suppress(Refused):  # a copy of the same message was faster
                message.ticket.send_again(message, by=told.actor, at=told.at)


def _bounce(message: Message, delivery: Delivery, at: datetime) -> bool:
    ticket = message.ticket
    bounce = ticket.bounce_aside if message.side_id else ticket.bounce
    try:
        bounce(message, at=at, reason=delivery.last_error[:500])
    except Refused:  # somebody was faster
        return False
    return True
