"""Which ticket a mail belongs to: by what only we can have written, then by what they know."""

from dataclasses import dataclass

from django.db.models import Q

from apps.customers.models import Contact

from .importers.mail import Letter
from .importers.mail.heads import addresses_of, fields_of
from .keys import keys
from .models import Message, SideConversation, Ticket
from .rules import mail

MOST_IDS = 60
OLDEST_IDS = 10  # of these; the first of a chain names its thread
MOST_MESSAGES = 50  # of a thread, whose copies are looked at
FREE = frozenset(  # a domain of these says nothing about who somebody works for
    {
        *("gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "live.com", "msn.com"),
        *("yahoo.com", "yahoo.de", "yahoo.fr", "icloud.com", "me.com", "mac.com", "aol.com"),
        *("gmx.de", "gmx.net", "gmx.at", "gmx.ch", "web.de", "t-online.de", "freenet.de"),
        *("proton.me", "protonmail.com", "mail.com", "mail.ru", "yandex.ru", "qq.com", "163.com"),
        *("126.com", "orange.fr", "free.fr", "wanadoo.fr", "laposte.net", "libero.it", "wp.pl"),
        *("o2.pl", "interia.pl", "onet.pl", "terra.com.br", "uol.com.br", "ziggo.nl", "kpnmail.nl"),
    }
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a mail belongs, and whether the ticket knew its sender."""

    ticket: Ticket
    stranger: bool
    side: SideConversation | None = None


def find(letter: Letter, sender: str) -> Place | None:
    """The ticket it goes on with; nothing when it begins one.

    A signed address or Message-ID is enough: whoever has it was written to. What anybody may have
    seen or guessed (their own Message-IDs, the number in a subject) counts only from a sender the
    ticket knows.
    """
    if side := _side(letter, sender):
        return Place(side.ticket, not _asked(side, sender), side)
    signed = _signed(letter)
    for number in signed:
        if ticket := _ticket(number):
            return Place(ticket, not knows(ticket, sender))
    for number in (*_by_references(letter), mail.read_subject(letter.subject)):
        if number and (ticket := _ticket(number)) and knows(ticket, sender):
            return Place(ticket, False)
    return None


def _signed(letter: Letter) -> list[int]:
    secrets = keys()
    by_address = [mail.read_reply_address(one, secrets) for one in letter.recipients]
    by_id = [mail.read_message_id(one, secrets) for one in _answered(letter)]
    return [number for number in by_address if number] + [one.ticket for one in by_id if one]


def _answered(letter: Letter) -> list[str]:
    """What it answers, the nearest first: all of it, or both ends of a long chain."""
    ids = letter.answers
    return [*ids] if len(ids) <= MOST_IDS else [*ids[: MOST_IDS - OLDEST_IDS], *ids[-OLDEST_IDS:]]


def _by_references(letter: Letter) -> list[int]:
    """The tickets of messages it answers, the nearest first."""
    ids = _answered(letter)
    if not ids:
        return []
    known = Message.objects.filter(message_id__in=ids, side=None).values_list(
        "message_id", "ticket"
    )
    places: dict[str, list[int]] = {}
    for said, ticket in known[:MOST_IDS]:
        places.setdefault(said, []).append(ticket)
    return [ticket for said in ids for ticket in places.get(said, ())]


def _side(letter: Letter, sender: str) -> SideConversation | None:
    """The side conversation it answers: by what we signed, else by what they know of it."""
    secrets, ids = keys(), _answered(letter)
    sides = SideConversation.objects.select_related("ticket")
    by_address = [mail.read_side_address(one, secrets) for one in letter.recipients]
    named = [mail.read_side_message_id(one, secrets) for one in ids]
    for number in (*by_address, *(one.side for one in named if one)):
        if number and (side := sides.filter(pk=number).first()):
            return side
    theirs = Message.objects.filter(message_id__in=ids).exclude(side=None)
    guessed = [*theirs.values_list("side", flat=True)[:MOST_IDS]] if ids else []
    for number in (*guessed, mail.read_side_subject(letter.subject)):
        if number and (side := sides.filter(pk=number).first()) and _asked(side, sender):
            return side
    return None


def _asked(side: SideConversation, sender: str) -> bool:
    """Whether it was this sender, or somebody of the same house, that we wrote to."""
    domain = sender.rpartition("@")[2]
    same = domain not in FREE and side.address.endswith(f"@{domain}")
    return bool(sender) and (sender == side.address or same)


def _ticket(number: int) -> Ticket | None:
    return Ticket.objects.select_related("contact", "customer").filter(pk=number).first()


def knows(ticket: Ticket, sender: str) -> bool:
    """Whether this address is the contact's, of the same organisation, or was on the thread."""
    if not sender:
        return False
    if ticket.contact_id and ticket.contact.email == sender:
        return True
    theirs = ticket.contact.addresses() if ticket.contact_id else set()
    domain = sender.rpartition("@")[2]
    if sender in theirs or (domain not in FREE and any(a.endswith("@" + domain) for a in theirs)):
        return True
    person = Contact.objects.known_as(sender).first()
    if person and ticket.customer_id and person.customer_id == ticket.customer_id:
        return True
    wrote = Q(contact=person) | Q(contact__merged_into=person)
    if person and ticket.messages.filter(wrote, stranger=False).exists():
        return True
    return sender in _copied(ticket)


def _copied(ticket: Ticket) -> set[str]:
    """Everybody who was on a mail of this thread that somebody it knows wrote."""
    mails = (
        ticket.messages.exclude(headers="").filter(stranger=False, side=None).order_by("-at", "-id")
    )
    found: set[str] = set()
    for head in mails.values_list("headers", flat=True)[:MOST_MESSAGES]:
        fields = fields_of(head.encode("utf-8", "replace"))
        said = [*fields.get("to", ()), *fields.get("cc", ())]
        found |= {one.email for one in addresses_of(said)}
    return found
