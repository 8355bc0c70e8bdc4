"""How a ticket begins."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import models, transaction

from apps.statements.writing import insert
from apps.timeline.refusal import Refused
from apps.timeline.text import clean_line, clean_text

from ..choices import Channel, Direction, Origin, Priority, Status
from ..querysets import TicketQuerySet
from ..rules import tags as tag_rules
from ..writing import snippet_of
from .handling import fit_all
from .search import SearchDoc

if TYPE_CHECKING:
    from ..files import Kept
    from .ticket import Ticket

_AHEAD = timedelta(minutes=5)  # clocks differ


class TicketManager(models.Manager.from_queryset(TicketQuerySet)):  # type: ignore[misc]
    """Begins tickets."""

    def report(
        self,
        *,
        subject: str,
        at: datetime,
        body: str = "",
        contact: Any = None,
        customer: Any = None,
        by: Any = None,
        channel: str = Channel.MAIL,
        origin: str = Origin.CUSTOMER,
        answered_in_contact: bool = False,
        priority: str = Priority.NORMAL,
        reported_at: datetime | None = None,
        queue: Any = None,
        assignee: Any = None,
        tags: Iterable[str] = (),
        fields: Mapping[str, Any] | None = None,
        component: Any = None,
        follows: Any = None,
        duration: timedelta | None = None,
        attachments: Sequence["Kept"] = (),
        **mail: str,
    ) -> "Ticket":
        """A new ticket, whoever began it; `by` is one of us who wrote it down.

        `reported_at` is when the customer came to us (a call that is logged later); `mail` may
        hold `html` (sanitised), `quoted`, `headers` and `message_id` of the first message.
        """
        subject = clean_line(subject, limit=998, field="subject")
        body = clean_text(body, field="body")
        if not subject:
            raise Refused("A ticket needs a subject.", field="subject")
        for field, value, known in (
            ("channel", channel, Channel.values),
            ("origin", origin, Origin.values),
            ("priority", priority, Priority.values),
        ):
            if value not in known:
                raise Refused(f"“{value}” is not a {field}.", field=field)
        reported_at = reported_at or at
        if not 1970 <= reported_at.year < 2200:
            raise Refused("That is not a time of living memory.", field="reported_at")
        if reported_at > at + _AHEAD:
            raise Refused("It cannot have been reported later than now.", field="reported_at")
        if answered_in_contact and origin != Origin.LOGGED:
            raise Refused("Only a logged call or chat can be answered in it.", field="origin")
        tags = tag_rules.tidy(tags)
        if refusal := tag_rules.refusal(tags):
            raise Refused(refusal, field="tags")
        filled = fit_all({}, fields or {}, queue)
        if contact and not customer:
            customer = contact.customer
        from_them = origin != Origin.AGENT
        with transaction.atomic(savepoint=False):
            ticket = self.model(
                subject=subject,
                customer=customer,
                contact=contact,
                channel=channel,
                origin=origin,
                reported_at=reported_at,
                updated_at=max(at, reported_at),
                status=Status.NEW,
                priority=priority,
                queue=queue,
                assignee=assignee,
                tags=tags,
                fields=filled,
                component=component,
                follows=follows,
                snippet=snippet_of(body),
                waiting_since=reported_at if from_them and not answered_in_contact else None,
                first_replied_at=reported_at if answered_in_contact else None,
                has_attachment=bool(attachments),
            )
            insert(ticket)
            data: dict[str, Any] = {
                "origin": origin,
                "status": [None, ticket.status],
                "priority": [None, ticket.priority],
            }
            if answered_in_contact:
                data["answered_in_contact"] = True
            if assignee:
                data["assignee"] = [None, assignee.pk]
            if body:
                said = ticket._say(
                    Direction.IN if from_them else Direction.OUT,
                    body,
                    reported_at,
                    attachments,
                    contact=contact if from_them else None,
                    author=None if from_them else by,
                    channel=channel if origin == Origin.LOGGED else "",
                    answered=answered_in_contact,
                    duration=duration,
                    **mail,
                )
                data["message"] = said.pk
                if not from_them and contact:
                    ticket._send(said, last=())
            SearchDoc.objects.begin(
                ticket.pk, subject, ticket.people(), body, contact=ticket.contact_id
            )
            ticket.record(
                "reported",
                by=by,
                at=reported_at,
                label="" if by else str(contact or customer or ""),
                **data,
            )
            with ticket.known_as_held():
                ticket.share_out(at=max(at, reported_at))
        return ticket
