"""What the editor under a thread needs to know: drafts, what was read, who else is here."""

from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest

from apps.accounts.models import User
from apps.tickets import presence
from apps.tickets.choices import Mode
from apps.tickets.files import LARGEST, MOST
from apps.tickets.letters import Thread, copies_of
from apps.tickets.models import Draft, Message, Queue, Ticket
from apps.tickets.rules.addresses import addresses_in
from apps.tickets.rules.moves import OVER

from .beside import Beside
from .thread import Part


@dataclass(frozen=True, slots=True)
class Writing:
    """One person at one ticket."""

    seen: int  # the newest message that was before their eyes
    shown: int  # the newest message on the page
    read_to: int | None  # what is newer is marked; nothing is where they come for the first time
    editors: dict[str, str] = field(default_factory=dict)  # mode → the editor's own name
    drafts: dict[str, Draft] = field(default_factory=dict)
    news: tuple[Message, ...] = ()
    mode: str = Mode.REPLY
    replies: bool = True  # whether this person may answer this ticket
    follows: bool = False
    present: tuple[presence.Present, ...] = ()
    copies: str = ""
    largest: int = LARGEST
    most: int = MOST

    @classmethod
    def of(cls, request: HttpRequest, beside: Beside, part: Part) -> "Writing":
        """As the page is drawn: anew, or again after a verb that tells what was seen before it."""
        person, ticket = request.user, beside.ticket
        drafts = drafts_of(ticket, person) if beside.has_draft else {}
        seen = number(request, "seen")
        after_verb = request.method == "POST" and seen is not None
        shown = part.newest
        replies = person.may("tickets.reply") and ticket.status not in OVER
        return cls(
            seen=seen if after_verb and seen is not None else shown,
            shown=shown,
            read_to=seen if after_verb else beside.read_to,
            editors={mode: editor(mode, ticket, part, drafts.get(mode), person) for mode in Mode},
            drafts=drafts,
            news=unread(part.messages, seen, person) if after_verb and seen is not None else (),
            mode=mode_of(request, drafts) if replies else Mode.NOTE,
            replies=replies,
            follows=beside.follows,
            present=tuple(beside.present),
            copies=", ".join(copies(part, drafts.get(Mode.REPLY))),
        )


def drafts_of(ticket: Ticket, person: User) -> dict[str, Draft]:
    """By their mode, with their files."""
    found = Draft.objects.of(person).filter(ticket=ticket).prefetch_related("files")
    return {draft.mode: draft for draft in found}


def copies(part: Part, draft: Draft | None) -> list[str]:
    """Who gets a copy: as the draft says, or whoever was on what is answered."""
    if draft and draft.discarded_at is None and (draft.body or draft.cc):
        return draft.cc
    said = [one for one in part.messages if one.direction != "note" and not one.automatic]
    said = [one for one in said if one.undone_at is None]
    if not said or said[-1].direction == "out" or not said[-1].headers:
        return said[-1].cc if said else []
    last = said[-1]
    us = {last.contact.email} if last.contact_id else set()
    return addresses_in(copies_of(Thread(quoted=last, ours=Queue.objects.addresses), us))


def unread(messages: list[Message], seen: int, person: User) -> tuple[Message, ...]:
    """What stops an answer: words of customers and colleagues that came after what was seen."""
    return tuple(
        message
        for message in messages
        if message.pk > seen
        and message.undone_at is None
        and not message.automatic
        and message.direction != "note"
        and message.author_id != person.pk
    )


def editor(mode: str, ticket: Ticket, part: Part, draft: Draft | None, person: User) -> str:
    """A name that stays while somebody types, and changes with words they did not type.

    An editor of the same name is kept as it is when the card comes back.
    """
    mine = (message.pk for message in part.messages if message.author_id == person.pk)
    return f"{mode}-{ticket.pk}-{max(mine, default=0)}-{draft.epoch if draft else 0}"


def mode_of(request: HttpRequest, drafts: dict[str, Draft]) -> str:
    """What the editor opens with: what was being written, or else a reply."""
    if (chosen := request.POST.get("mode", request.GET.get("mode", ""))) in Mode.values:
        return chosen
    begun = [draft for draft in drafts.values() if draft.shown.strip()]
    return max(begun, key=lambda draft: draft.updated_at).mode if begun else Mode.REPLY


def number(request: HttpRequest, name: str) -> int | None:
    """A number of the form or of the address."""
    typed: Any = request.POST.get(name, request.GET.get(name, ""))
    return int(typed) if typed.isdecimal() and len(typed) < 19 else None
