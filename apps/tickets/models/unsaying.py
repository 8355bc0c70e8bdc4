"""Taking replies back before they left: each ticket is as it was before its own."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from apps.outbox.models import Delivery
from apps.timeline.models import Activity

from . import standing
from .message import Message
from .owed_answer import OwedAnswer
from .search import SearchDoc


class Reply(NamedTuple):
    """One reply: on which ticket, in which words, and what its Activity tells it did."""

    ticket: Any
    message: Message
    told: Activity

    @classmethod
    def each(cls, tickets: Mapping[int, Any], messages: Iterable[Message]) -> "list[Reply]":
        """Of these messages, on tickets that are held."""
        said = {message.pk: message for message in messages}
        told = Activity.objects.filter(
            kind="ticket",
            subject_id__in={message.ticket_id for message in said.values()},
            verb="replied",
            data__message__in=list(said),
        )
        found = {one.data["message"]: one for one in told.order_by("-at", "-pk")}
        return [cls(tickets[one.ticket_id], one, found[pk]) for pk, one in sorted(said.items())]


def unsay(replies: list[Reply], *, by: Any, at: datetime) -> None:
    """A dozen statements however many they are, where their tickets are of one batch."""
    messages = [one.message for one in replies]
    mails = Delivery.objects.filter(cause__in=[message.cause for message in messages])
    Delivery.cancel_all(mails, reason="Taken back by its author.", by=by, at=at)
    for message in messages:
        message.undone_at = at
    Message.objects.filter(pk__in=[one.pk for one in messages]).update(undone_at=at)
    telling = [one for one in replies if "told" in one.told.data]
    owed = OwedAnswer.objects.owe_again([one.message for one in telling]) if telling else {}
    loops = {one.ticket.pk: {"loop_since": owed.get(one.ticket.pk)} for one in telling}
    SearchDoc.objects.mark_stale([one.ticket.pk for one in replies])
    shown = standing.shown([one.ticket for one in replies])
    for ticket, message, told in replies:
        data = ticket.change(
            at, **_before(ticket, told.data, shown[ticket.pk]), **loops.get(ticket.pk, {})
        )
        of = told.at.isoformat()
        ticket.record("undone", by=by, at=at, of=of, message=message.pk, **data)


def _before(ticket: Any, data: dict[str, Any], shown: standing.Shown) -> dict[str, Any]:
    """What a reply changed and nobody has changed since, as it was before."""
    back = shown.columns()
    before, after = data.get("status", (None, None))
    if before and ticket.status == after:
        back |= {"status": before, "resolved_at": None}
    if "assignee" in data and ticket.assignee_id == data["assignee"][1]:
        back["assignee"] = None
    return back
