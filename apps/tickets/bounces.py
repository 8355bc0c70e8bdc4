"""A mail of ours that came back: its ticket waits for an answer again, and somebody hears of it."""

from datetime import datetime

from apps.outbox.models import Notification, StoppedAddress
from apps.timeline.refusal import Refused

from .choices import Direction, MailReason, MailState
from .importers.mail import Bounce, Letter
from .keys import keys
from .models import Message
from .outcome import Outcome
from .rules import mail


def file_bounce(letter: Letter, bounce: Bounce, *, cause: str, at: datetime) -> Outcome:
    """What a report of a mail server does; only one about a mail we signed does anything."""
    message = _message(letter, bounce)
    if message is None:
        return Outcome(MailState.IGNORED, MailReason.BOUNCE, detail=bounce.reason)
    ticket, at = message.ticket, max(at, message.at)
    if not bounce.is_hard and not bounce.is_complaint:
        return Outcome(
            MailState.IGNORED, MailReason.DELAYED, bounce.reason, ticket=ticket, message=message
        )
    contact = ticket.contact.email if ticket.contact_id else ""
    theirs = ticket.contact.addresses() if ticket.contact_id else set()
    if message.side_id:
        contact = message.side.address
        theirs = {contact}
    recipient = bounce.recipient or contact
    why = bounce.reason or "Their mail server says that it cannot be delivered."
    detail = f"{recipient}: {why}" if recipient else why
    if recipient and recipient in {*theirs, *message.cc}:  # not whoever a report likes to name
        StoppedAddress.objects.stop(recipient, reason=why, at=at)
    first = recipient in theirs - set(message.cc)  # not a copy to another address of theirs
    came_back = bounce.is_hard and first and not message.automatic
    if came_back:  # a copy that is lost changes nothing, and what was not wanted has arrived
        bounce_it = ticket.bounce_aside if message.side_id else ticket.bounce
        try:
            bounce_it(message, at=at, reason=why)
        except Refused as refused:
            detail = f"{detail} {refused.sentence}"
    person = ticket.assignee or message.author
    if person:
        Notification.objects.tell(
            person,
            cause=f"bounce:{cause}",
            sentence=_sentence(ticket.pk, bounce, recipient, why)[:500],
            url=ticket.get_absolute_url(),
            at=at,
        )
    return Outcome(MailState.FILED, detail=detail, ticket=ticket, message=message)


def _sentence(ticket: int, bounce: Bounce, recipient: str, why: str) -> str:
    """What its writer is told."""
    if bounce.is_complaint:
        return f"No more mail goes to {recipient} (#{ticket}): {why}"
    return f"Your mail on #{ticket} came back from {recipient}: {why}"


def _message(letter: Letter, bounce: Bounce) -> Message | None:
    """The message of ours it is about: by its signed Message-ID, or by where it came back to."""
    secrets = keys()
    said_by_us = Message.objects.select_related(
        "ticket__contact", "ticket__assignee", "author", "side"
    )
    sent = said_by_us.filter(direction=Direction.OUT)
    aside = said_by_us.exclude(side=None).exclude(author=None)
    for said in (*bounce.message_ids, *letter.answers):
        named = mail.read_message_id(said, secrets)
        if named and (found := sent.filter(pk=named.message, ticket=named.ticket).first()):
            return found
        beside = mail.read_side_message_id(said, secrets)
        if beside and (found := aside.filter(pk=beside.message, side=beside.side).first()):
            return found
    for address in letter.recipients:
        side = mail.read_side_address(address, secrets)
        if side and (found := aside.filter(side=side).order_by("-at", "-id").first()):
            return found
        number = mail.read_reply_address(address, secrets)
        if number and (found := sent.filter(ticket=number).order_by("-at", "-id").first()):
            return found
    return None
