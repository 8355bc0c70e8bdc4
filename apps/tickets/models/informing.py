"""Telling customers what concerns more tickets than theirs."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from apps.outbox.models import Delivery, Notification
from apps.timeline.refusal import Refused
from apps.timeline.text import clean_text

from ..choices import Direction
from ..letters import answer
from ..rules import moves
from ..writing import html_of, snippet_of
from . import standing
from .batch import Batch
from .following import Follower
from .message import Message
from .owed_answer import OwedAnswer
from .search import SearchDoc

if TYPE_CHECKING:
    from .ticket import Ticket


@dataclass(frozen=True, slots=True)
class Word:
    """How one ticket is told: by a mail of its own with `more` below what is said, or by the one
    that went out on another.
    """

    more: str = ""
    told_on: int | None = None


def inform(
    batch: Batch,
    words: Mapping[int, Word],
    body: str,
    *,
    by: Any,
    at: datetime,
    tells: Collection[int] = (),
    **cause: int,
) -> dict[int, Message]:
    """The same reply of ours on tickets of a batch, which writes it; none of them moves but a new
    one. A fixed number of statements, however many they are.

    `cause` names what it was said on account of, as Activity tells it; `tells` are the owed
    answers it tells of. Ticket → its message.
    """
    body = clean_text(body, field="body")
    tickets = [batch.tickets[number] for number in words]
    for ticket in tickets:
        _check(ticket, words[ticket.pk])
    last = standing.last_said(tickets)
    messages = _say(tickets, body, by=by, at=at)
    owed = OwedAnswer.objects.tell_all(messages, tells, by=by, at=at)
    for ticket in tickets:
        message, word = messages[ticket.pk], words[ticket.pk]
        told: dict[str, Any] = {} if word.told_on is None else {"told_on": word.told_on}
        changes: dict[str, Any] = {}
        if ticket.pk in owed:
            answers, changes["loop_since"] = owed[ticket.pk]
            told["told"] = {"answers": answers}
        data = ticket.change(
            at,
            **changes,
            **ticket._to(moves.after_handling(ticket.status), at),
            waiting_since=None,
            first_replied_at=ticket.first_replied_at or at,
            snippet=snippet_of(body),
        )
        ticket.record("replied", by=by, at=at, message=message.pk, **cause, **told, **data)
    SearchDoc.objects.add([ticket.pk for ticket in tickets], body)
    Delivery.objects.bulk_create(
        mail
        for ticket in tickets
        if (word := words[ticket.pk]).told_on is None
        for mail in answer(
            ticket,
            messages[ticket.pk],
            ticket.thread(last[ticket.pk]),
            by=by,
            copies=(),
            expected=word.more,
        )
    )
    Notification.objects.tell_all(_heard(tickets, messages, by=by, at=at))
    return messages


def _check(ticket: "Ticket", word: Word) -> None:
    if ticket.status in moves.OVER:
        raise Refused(f"This ticket is {moves.NAMES[ticket.status]}; nothing can be sent.")
    if not ticket.contact_id:
        raise Refused("There is nobody to answer: name a contact first.", field="contact")
    if word.told_on is None:
        ticket.check_reachable()


def _say(tickets: Iterable["Ticket"], body: str, *, by: Any, at: datetime) -> dict[int, Message]:
    html = html_of(body)
    made = Message.objects.bulk_create(
        Message(ticket=one, direction=Direction.OUT, body=body, html=html, at=at, author=by)
        for one in tickets
    )
    return {message.ticket_id: message for message in made}


def _heard(
    tickets: Iterable["Ticket"], messages: Mapping[int, Message], *, by: Any, at: datetime
) -> Iterable[Notification]:
    """Those who follow one of them hear of it, but for who wrote, and who has it."""
    found = {ticket.pk: ticket for ticket in tickets}
    follows = Follower.objects.filter(ticket__in=found, person__is_active=True).order_by("pk")
    for follower in follows:
        ticket = found[follower.ticket_id]
        if follower.person_id in (by.pk if by else None, ticket.assignee_id):
            continue
        yield Notification(
            person_id=follower.person_id,
            cause=messages[ticket.pk].cause,
            sentence=f"{by} answered #{ticket.pk} {ticket.subject}"[:400],
            url=ticket.get_absolute_url(),
            at=at,
        )
