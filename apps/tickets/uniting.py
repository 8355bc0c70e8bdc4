"""Two contacts who are one person become one, and are two again.

The merged contact's row stays: what was said from its address was said from there, and whatever
goes by the address (stopped mail, rules for senders, files of an import, links) goes on as it was.
Only the tickets change hands. They stay with their customer, because what was promised, and how
it was kept, belongs to whoever was a customer then; an open one that had none gets the customer
of whoever goes on, as if somebody had named them.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from apps.customers.models import Contact
from apps.timeline.refusal import Refused

from .models import InboundMail, Message, SearchDoc, Ticket
from .models.batch import Batch
from .rules import moves

MOST = 2_000  # tickets of one person; who has more is a mailing list, or a program
SHOWN = 20


def merge_contacts(
    gone: Contact, into: Contact, *, by: Any, at: datetime, across: bool = False
) -> int:
    """Let `into` go on as both; `across` says that two customers are meant. How many tickets."""
    if gone.pk == into.pk:
        raise Refused("A contact cannot be merged into itself.", field="into")
    with transaction.atomic():
        gone, into = _hold(gone, into)
        if gone.merged_into_id:
            raise Refused(f"{gone} is merged already.")
        if into.merged_into_id:
            raise Refused(f"{into} goes on in another contact: name that one.", field="into")
        if apart(gone, into) and not across:
            raise Refused(
                f"{gone} and {into} belong to different customers: confirm that they are one"
                " person.",
                code="across",
                field="across",
            )
        tickets = Ticket.objects.filter(contact=gone)
        if len(tickets.values_list("pk")[: MOST + 1]) > MOST:
            raise Refused(f"{gone} has more than {MOST:,} tickets; that is not one person.")
        numbers, named = _hand_over(tickets, gone, into, by=by, at=at)
        along = sorted(gone.merged.values_list("pk", flat=True))
        gone.merged.update(merged_into=into)
        _point(gone, into)
        gone.record(
            "merged",
            by=by,
            at=at,
            merged_into=[None, into.pk],
            tickets=numbers,
            named=named,
            along=along,
        )
        into.record("joined", by=by, at=at, contact=gone.pk)
        _mark_stale(into)
    return len(numbers)


def unmerge_contacts(gone: Contact, *, by: Any, at: datetime) -> list[int]:
    """Each has again what was its own; what somebody changed since stays, and is returned."""
    with transaction.atomic():
        into = Contact.objects.filter(merged=gone).first()
        if into is None:
            raise Refused(f"{gone} is not merged.")
        gone, into = _hold(gone, into)
        if gone.merged_into_id != into.pk:
            raise Refused(f"{gone} was changed a moment ago: look again.")
        told = gone.timeline().filter(verb="merged").order_by("id").last()
        if told is None or "tickets" not in told.data:
            raise Refused(f"{gone} was erased: there is nothing to give back.")
        own = Ticket.objects.filter(pk__in=told.data["tickets"])
        elsewhere = own.exclude(contact=into).exclude(contact__in=told.data["along"])
        stays = list(elsewhere.order_by("pk").values_list("pk", flat=True))
        came = _came_since(gone, into, told.at)
        theirs = Ticket.objects.filter(contact=into)
        back = theirs.filter(Q(pk__in=told.data["tickets"]) | Q(pk__in=came))
        numbers, _ = _hand_over(back, into, gone, by=by, at=at, named=told.data["named"])
        _point(gone, None)
        Contact.objects.filter(pk__in=told.data["along"], merged_into=into).update(merged_into=gone)
        gone.record(
            "unmerged",
            by=by,
            at=at,
            merged_into=[into.pk, None],
            tickets=numbers,
            kept=stays,
        )
        into.record("parted", by=by, at=at, contact=gone.pk)
        _mark_stale(into, gone)
    return stays


def kept_in_words(stays: Collection[int]) -> str:
    """What an undo left as somebody made it since."""
    if not stays:
        return ""
    named = ", ".join(f"#{pk}" for pk in sorted(stays)[:SHOWN])
    more = f" and {len(stays) - SHOWN} more" if len(stays) > SHOWN else ""
    return f" Changed since, so left as they are: {named}{more}."


def apart(one: Contact, other: Contact) -> bool:
    """Whether they belong to different customers."""
    both = one.customer_id and other.customer_id
    return bool(both) and one.customer_id != other.customer_id


# --- parts ----------------------------------------------------------------------------------------


def _hold(gone: Contact, into: Contact) -> tuple[Contact, Contact]:
    """Lock both rows, always in the same order, and read them anew."""
    held = Contact.objects.filter(pk__in=[gone.pk, into.pk]).order_by("pk").select_for_update()
    found = {contact.pk: contact for contact in held}
    return found[gone.pk], found[into.pk]


def _point(gone: Contact, into: Contact | None) -> None:
    gone.merged_into = into
    gone.save(update_fields=["merged_into"])


def _hand_over(
    tickets: Any,
    from_: Contact,
    to: Contact,
    *,
    by: Any,
    at: datetime,
    named: Collection[int] | None = None,
) -> tuple[list[int], list[int]]:
    """Give tickets to another contact, each telling it; which, and which got a customer by it.

    `named` are those that got one before, and lose it again where nobody named another.
    """
    batch, got = Batch(tickets), []
    for ticket in batch.tickets.values():
        fields: dict[str, Any] = {"contact": to}
        if named is None and not ticket.customer_id and ticket.status in moves.UNRESOLVED:
            fields |= {"customer": to.customer} if to.customer_id else {}
            got += [ticket.pk] if to.customer_id else []
        elif named and ticket.pk in named and ticket.customer_id == from_.customer_id:
            fields["customer"] = None
        ticket.record("belonged_to", by=by, at=at, **ticket.change(at, **fields))
    batch.write(by=by, at=at, cause="", url="")
    return list(batch.tickets), got


def _came_since(gone: Contact, into: Contact, at: datetime) -> list[int]:
    """Tickets begun by mail from the merged address meanwhile; what it wrote is its own again."""
    mails = InboundMail.objects.filter(sender=gone.email, received_at__gte=at)
    wrote = Message.objects.filter(pk__in=mails.values("message"), contact=into)
    numbers = list(wrote.values_list("pk", flat=True))
    touched = set(wrote.values_list("ticket", flat=True))
    Message.objects.filter(pk__in=numbers).update(contact=gone)
    first = Message.objects.filter(ticket__in=touched).order_by("ticket", "at", "id")
    begun = first.distinct("ticket").values_list("ticket", "pk")
    return [ticket for ticket, message in begun if message in set(numbers)]


def _mark_stale(*contacts: Contact) -> None:
    """The words of whose ticket it is are others now."""
    for contact in contacts:
        SearchDoc.objects.mark_stale(contact.tickets.values("pk"))
