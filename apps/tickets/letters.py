"""How a message becomes mails: one for the contact, one for everybody else on the thread."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from email.utils import parseaddr
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import escape, linebreaks, urlize

from apps.outbox.models import Delivery
from apps.timeline.text import scrub

from .choices import Next
from .files import path_of
from .filling import values_for
from .keys import keys
from .rules import expecting, mail
from .rules.passes import hidden
from .rules.variables import fill

UNDO = timedelta(seconds=15)  # how long an answer waits in the outbox
PROGRAMS = {"Auto-Submitted": "auto-replied", "X-Auto-Response-Suppress": "All"}


@dataclass(frozen=True, slots=True)
class Action:
    """A link under a letter that says what it leads to."""

    label: str
    url: str
    first: bool = False


@dataclass(slots=True)
class Text:
    """What a letter says; `html` is safe, and made of the body where it is not given."""

    subject: str
    body: str
    html: str = ""
    signature: str = ""
    lines: Sequence[str] = ()
    actions: Sequence[Action] = ()
    quote_line: str = ""
    quote: str = ""
    quote_html: str = ""

    def plain(self) -> str:
        return render_to_string("mail/letter.txt", {"letter": self})

    def rich(self, *, sheet: str = "") -> str:
        """As HTML; with the address of a style sheet, as the portal may show it."""
        signature = linebreaks(urlize(self.signature, autoescape=True)) if self.signature else ""
        return render_to_string(
            "mail/letter.html", {"letter": self, "signature": signature, "sheet": sheet}
        )


@dataclass(frozen=True, slots=True)
class Thread:
    """What an answer answers: the mail it follows, and the words it quotes."""

    message_id: str = ""
    headers: str = ""
    quoted: Any = None
    ours: Callable[[], frozenset[str]] = frozenset  # addresses that lead to us


@dataclass(frozen=True, slots=True)
class Quote:
    """One message as somebody else is shown it."""

    line: str
    text: str
    html: str

    @classmethod
    def of(cls, message: Any, person: Any) -> "Quote":
        """As the person who passes it on reads its time."""
        at = message.at.astimezone(expecting.zone_named(person.timezone))
        line = mail.attribution(message.who_for_contact, at)
        return cls(line, hidden(mail.quoted(message.body)), hidden(message.shown))


def answer(
    ticket: Any,
    message: Any,
    thread: Thread,
    *,
    by: Any = None,
    after: str = "",
    copies: Sequence[str] | None = None,
    expected: str = "",
) -> Iterator[Delivery]:
    """The deliveries of a message to the customer, held back as long as it can be taken back.

    Copies go where its writer says, or else to whoever was on the mail that is answered; what they
    may expect is known only after the clocks have moved, unless it is told.
    """
    sender, reply_to = sender_of(ticket, by), reply_to_of(ticket)
    contact = ticket.contact
    if copies is None:
        us = {contact.email, parseaddr(sender)[1]}
        copies = [] if message.automatic else copies_of(thread, us)
    copies = each_once(copies, besides=contact.email)
    if after == Next.KEEP_OPEN:
        ticket.refresh_from_db(fields=["due_at", "due_kind"])  # the clocks have moved
        expected = expecting.expected(
            ticket.status,
            ticket.due_at,
            ticket.due_kind,
            zone=expecting.zone_named(contact.timezone),
            now=message.at,
        )
    text = text_of(ticket, message, thread, by=by, after=after, expected=expected)
    payload = {
        "subject": text.subject,
        "text": text.plain(),
        "html": text.rich(),
        "from": sender,
        "reply_to": reply_to,
        "to": [mail.mailbox(contact.name, contact.email)],
        "cc": copies,
        "message_id": mail.message_id(ticket.pk, message.pk, settings.MAIL_DOMAIN, keys()),
        "headers": headers_of(thread) | (PROGRAMS if message.automatic else {}),
        "return_path": "" if message.automatic else reply_to,
        "files": files_of(message),
    }
    yield _draft(ticket, message, contact.email, payload)
    if copies:  # the contact's own link is the contact's alone
        text.actions, text.lines = (), ()
        shared = payload | {"text": text.plain(), "html": text.rich()}
        for one in copies:
            yield _draft(ticket, message, parseaddr(one)[1], shared)


def aside(
    ticket: Any, side: Any, message: Any, thread: Thread, quotes: Sequence[Quote], *, by: Any
) -> Iterator[Delivery]:
    """The delivery of a message to somebody else: no link, no copies, nothing but what is said."""
    sender = sender_of(ticket, by)
    reply_to = mail.side_address(parseaddr(sender)[1], side.pk, keys())
    quotes = list(quotes)
    if said := thread.quoted:
        quotes.append(Quote.of(said, by))
    text = Text(
        subject=mail.side_subject_of(side.subject, ticket.pk, side.pk, first=not thread.message_id),
        body=message.body,
        html=message.shown,
        signature=signature_of(ticket, by),
    )
    if quotes:
        first, *rest = quotes
        text.quote_line = first.line
        text.quote = "\n\n".join([first.text, *(f"{one.line}\n{one.text}" for one in rest)])
        text.quote_html = first.html + "".join(
            f"<p>{escape(one.line)}</p>{one.html}" for one in rest
        )
    payload = {
        "subject": text.subject,
        "text": text.plain(),
        "html": text.rich(),
        "from": sender,
        "reply_to": reply_to,
        "to": [side.address],
        "cc": [],
        "message_id": mail.side_message_id(side.pk, message.pk, settings.MAIL_DOMAIN, keys()),
        "headers": headers_of(thread),
        "return_path": reply_to,
        "files": files_of(message),
    }
    yield _draft(ticket, message, side.address, payload)


def files_of(message: Any) -> list[dict[str, str]]:
    """Its files as a delivery names them."""
    return [
        {
            "name": file.name,
            "content_type": file.content_type,
            "path": str(path_of(file.digest).relative_to(settings.MEDIA_ROOT)),
            "digest": file.digest,
        }
        for file in (message.attachments.all() if message.attachments_count else ())
    ]


def each_once(copies: Sequence[str], *, besides: str) -> list[str]:
    """Nobody gets a mail twice, in whatever case they are written."""
    found = {parseaddr(one)[1].lower(): one for one in reversed(copies)}
    found.pop(besides.lower(), None)
    return list(reversed(found.values()))


def copies_of(thread: Thread, besides: set[str]) -> list[str]:
    """Who else was on the mail that is answered; our own addresses are left out."""
    headers = thread.quoted.headers if thread.quoted else ""
    if not mail.copies(headers, besides=besides):
        return []
    found = mail.copies(headers, besides=besides | thread.ours())
    return [one for one in found if not mail.read_reply_address(parseaddr(one)[1], keys())]


def _draft(ticket: Any, message: Any, recipient: str, payload: dict[str, Any]) -> Delivery:
    return Delivery.draft(
        channel="mail",
        cause=message.cause,
        recipient=recipient,
        payload=payload,
        send_after=message.at + UNDO,
        about=(ticket.kind, ticket.pk),
    )


def text_of(
    ticket: Any,
    message: Any,
    thread: Thread,
    *,
    by: Any = None,
    after: str = "",
    expected: str = "",
) -> Text:
    """What the contact reads."""
    text = Text(
        subject=mail.subject_of(ticket.subject, ticket.pk),
        body=message.body,
        html=message.shown,
        signature=signature_of(ticket, by),
    )
    zone = expecting.zone_named(ticket.contact.timezone)
    if said := thread.quoted:
        text.quote_line = mail.attribution(said.who, said.at.astimezone(zone))
        text.quote = hidden(mail.quoted(said.body))
        text.quote_html = hidden(said.shown)
    if after == Next.RESOLVE:
        text.lines = ["Did this solve it?"]
        text.actions = [
            Action("Yes, it is solved", f"{ticket.link}?solved=yes", first=True),
            Action("Not yet", f"{ticket.link}?solved=no"),
        ]
    else:
        text.lines = [expected] if expected else []
        text.actions = [Action("Open this request", ticket.link)]
    return text


def headers_of(thread: Thread) -> dict[str, str]:
    """Where the mail belongs in the reader's own mailbox."""
    if not thread.message_id:
        return {}
    chain = mail.message_ids(_header(thread.headers, "references"))
    chain = chain or mail.message_ids(_header(thread.headers, "in-reply-to"))
    return {
        "In-Reply-To": thread.message_id,
        "References": " ".join(mail.references(chain, thread.message_id)),
    }


def _header(headers: str, name: str) -> str:
    """A header of a mail as it came, unfolded."""
    found, inside = [], False
    for line in headers.splitlines():
        if line[:1] in " \t":
            found += [line] if inside else []
            continue
        inside = line.lower().startswith(f"{name}:")
        found += [line.partition(":")[2]] if inside else []
    return " ".join(found)


def sender_of(ticket: Any, by: Any = None) -> str:
    """From: the queue's name and address, or the installation's."""
    queue = ticket.queue if ticket.queue_id else None
    name, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    if queue:
        name = filled(queue.sender_name or queue.name, ticket, by)
        address = queue.address or address
    return mail.mailbox(scrub(name), address)


def reply_to_of(ticket: Any) -> str:
    """Where answers go, so that they find their ticket."""
    return mail.reply_address(parseaddr(sender_of(ticket))[1], ticket.pk, keys())


def brand_of(ticket: Any) -> str:
    """Who a customer is talking to."""
    return parseaddr(sender_of(ticket))[0] or "Support"


def signature_of(ticket: Any, by: Any = None) -> str:
    if not ticket.queue_id:
        return ""
    return filled(ticket.queue.signature, ticket, by).strip()


def filled(words: str, ticket: Any, by: Any) -> str:
    """With its variables filled in; what is not known leaves no trace."""
    if "{{" not in words:
        return words
    said, missing = fill(words, values_for(ticket, by=by, at=timezone.now()))
    for name in missing:
        said = said.replace(f"[{name}]", "")
    return said
