"""From a mail that arrived to what becomes of it: filed, held back, ignored, or not readable."""

import hashlib
import io
import logging
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models.functions import Now
from django.utils import timezone

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.customers.models import Contact, Customer
from apps.outbox.claims import AWAY
from apps.outbox.drains import drain
from apps.outbox.models import Notification, StoppedAddress
from apps.timeline.refusal import Refused

from . import files, threads
from .bounces import file_bounce
from .choices import Channel, MailReason, MailState, SenderEffect
from .importers.mail import Address, Letter, read
from .importers.mail.heads import addresses_of
from .keys import keys
from .models import InboundMail, Mailbox, Queue, SenderRule, Ticket
from .outcome import Outcome
from .rules import mail as signed
from .rules.mail import programs
from .writing import html_of_mail, snippet_of

log = logging.getLogger(__name__)
TRIES = 5
PAUSE = timedelta(seconds=20)  # times the attempts so far
STORM = ((timedelta(minutes=1), 50), (timedelta(hours=1), 600))  # mails from one sender
OLD = timedelta(days=1)  # what waited longer in a mailbox is not acknowledged
PATIENCE = 3  # tries that a mail waits for the one it answers
SHOWN = ("sender", "sender_name", "recipient", "subject", "written_at")
NO_SUBJECT = "(no subject)"
NO_TEXT = "[This mail has no text.]"


class _Early(Exception):
    """It answers a mail that is not filed yet."""


def file_mail() -> int:
    """File what arrived."""
    return drain("tickets.mail", file_next)


def due() -> int:
    """How many mails wait."""
    return InboundMail.objects.due()[:100].count()


def file_next() -> bool:
    """The next mail; whether there was one."""
    mail = InboundMail.objects.claim()
    if mail is None:
        return False
    file_one(mail)
    return True


def file_one(mail: InboundMail) -> None:
    """File one mail; what comes of it and its mark are one transaction."""
    mine = InboundMail.objects.filter(pk=mail.pk, state=MailState.RECEIVED, attempts=mail.attempts)
    try:
        with transaction.atomic():
            held = mine.select_for_update().first()
            if held is not None:
                _file(held)
    except AWAY:
        raise
    except _Early:
        mine.update(next_at=Now() + timedelta(seconds=mail.attempts))
    except Refused as refused:
        _fail(mine, mail, refused.sentence)
    except Exception as error:
        log.exception("mail could not be filed", extra={"mail": mail.pk})
        words = f"{type(error).__name__}: {error}"
        if mail.attempts >= TRIES:
            _fail(mine, mail, words)
        else:
            mine.update(next_at=Now() + PAUSE * mail.attempts, detail=_clean(words))


def _fail(mine: Any, mail: InboundMail, words: str) -> None:
    """It waits for a person, who sees whose it is and what it is about."""
    shown: dict[str, Any] = {}
    if mail.raw_id is not None:
        letter = read(mail.content)
        _note(mail, letter, sender_of(letter, our_addresses()))
        shown = {name: getattr(mail, name) for name in SHOWN}
    mine.update(
        **shown,
        state=MailState.FAILED,
        reason=MailReason.BROKEN,
        detail=_clean(words),
        settled_at=Now(),
    )


def _clean(words: str) -> str:
    return words.replace("\x00", "\ufffd")[:2000]


def _file(mail: InboundMail) -> None:
    letter = read(mail.content)
    ours = our_addresses()
    sender = sender_of(letter, ours)
    _note(mail, letter, sender)
    at = timezone.now()
    outcome = _outcome(mail, letter, sender, ours, at)
    if sender and outcome.state == MailState.FILED:
        Contact.objects.suggest_language(sender.email, letter.first("content-language"))
    mail.settle(
        outcome.state,
        reason=outcome.reason,
        detail=outcome.detail,
        ticket=outcome.ticket,
        message=outcome.message,
    )


def _note(mail: InboundMail, letter: Letter, sender: Address | None) -> None:
    """What lists show of it."""
    mail.sender, mail.sender_name = (sender.email, sender.name) if sender else ("", "")
    mail.recipient = next(iter(letter.recipients), "")
    mail.subject = letter.subject
    mail.header_id = letter.message_id
    mail.written_at = letter.date
    mail.remarks = "\n".join(letter.remarks)
    words = "\x1f".join((mail.sender, letter.subject, letter.text, letter.quoted))
    mail.fingerprint = hashlib.sha256(words.encode("utf-8", "replace")).hexdigest()


def our_addresses() -> dict[str, Queue | None]:
    """Every address mail for us is sent to, in lower case, and the queue it is for."""
    found: dict[str, Queue | None] = {}
    for box in Mailbox.objects.select_related("queue"):
        if "@" in box.user:
            found[box.user.lower()] = box.queue
    for queue in Queue.objects.exclude(address=""):
        found[queue.address.lower()] = None if queue.retired_at else queue
    return found


def sender_of(letter: Letter, ours: dict[str, Queue | None]) -> Address | None:
    """Who wrote it. A group or a form of ours puts its own address in front of theirs."""
    first = letter.sender
    if first is None or first.email not in ours:
        return first
    given = letter.first("x-original-from") or letter.first("x-original-sender")
    named = [*addresses_of([given]), *letter.reply_to]
    return next((one for one in named if one.email not in ours), first)


def asker_of(letter: Letter, sender: Address | None, ours: Collection[str]) -> Address | None:
    """Whose request it is. A form on a page somewhere sends from an address that nobody reads and
    says where answers go; that lets nobody into a thread, it only names the person who asks."""
    if sender and programs.reads_nothing(sender.email):
        return next((one for one in letter.reply_to if one.email not in ours), sender)
    return sender


def _outcome(
    mail: InboundMail,
    letter: Letter,
    sender: Address | None,
    ours: dict[str, Queue | None],
    at: datetime,
) -> Outcome:
    if not letter.fields and not letter.text and not letter.files:
        return Outcome(MailState.FAILED, MailReason.EMPTY)
    if repeated := _repeated(mail):
        return Outcome(MailState.IGNORED, MailReason.REPEATED, ticket=repeated.ticket)
    if letter.bounce:
        came = min(mail.arrived_at, at)
        return file_bounce(letter, letter.bounce, cause=f"mail:{mail.pk}", at=came)
    email = sender.email if sender else ""
    effect = SenderRule.objects.effect_on(email) if email else ""
    welcome = mail.released or effect == SenderEffect.ALLOW
    if not mail.released:
        secrets, own = keys(), letter.message_id
        if signed.read_message_id(own, secrets) or signed.read_side_message_id(own, secrets):
            return Outcome(MailState.IGNORED, MailReason.OWN)
        if effect == SenderEffect.BLOCK:
            return Outcome(MailState.IGNORED, MailReason.BLOCKED)
    if not welcome and (reason := _suspicion(mail, letter, email, ours, at)):
        return Outcome(MailState.QUARANTINED, reason)
    automatic = programs.is_auto_reply(letter.fields, letter.subject)
    if place := threads.find(letter, email):
        automatic = automatic or programs.is_program(letter.fields)
        return _go_on(mail, letter, sender, place, automatic, at)
    if letter.answers and mail.attempts < PATIENCE and _others_wait(mail):
        raise _Early
    if automatic and not welcome:
        if programs.is_surely_auto_reply(letter.fields, letter.subject):
            return Outcome(MailState.IGNORED, MailReason.AUTO_REPLY)
        return Outcome(MailState.QUARANTINED, MailReason.PROGRAM)  # its subject may be a person's
    if not welcome:
        if programs.is_list(letter.fields):
            return Outcome(MailState.QUARANTINED, MailReason.LIST)
        if programs.is_program(letter.fields):
            return Outcome(MailState.QUARANTINED, MailReason.PROGRAM)
    return _begin(mail, letter, sender, ours, at)


def _repeated(mail: InboundMail) -> InboundMail | None:
    """The same mail that came before, perhaps through another mailbox in this very moment."""
    if not mail.header_id or mail.released:
        return None
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [mail.header_id])
    return InboundMail.objects.repeats(mail.header_id, mail.fingerprint).exclude(pk=mail.pk).first()


def _suspicion(
    mail: InboundMail, letter: Letter, email: str, ours: dict[str, Queue | None], at: datetime
) -> str:
    """Why a person should look at it first, wherever it belongs; empty when nobody need."""
    if not email:
        return MailReason.NOBODY
    if email in ours:
        return MailReason.OURS
    if programs.is_forged(letter.fields, settings.MAIL_AUTHSERV):
        return MailReason.FORGED
    if programs.is_called_spam(letter.fields):
        return MailReason.SPAM
    if mail.way != "import" and _is_storm(email, at):
        return MailReason.STORM
    return ""


def _is_storm(email: str, at: datetime) -> bool:
    """More from one sender than a person writes; the leads hear of it once an hour."""
    lately = InboundMail.objects.of_sender(email)
    for span, most in STORM:
        if lately.filter(received_at__gt=at - span)[: most + 1].count() > most:
            for lead in User.objects.holding(Role.SUPPORT_LEAD):
                Notification.objects.tell(
                    lead,
                    cause=f"mail-storm:{email}:{at:%Y%m%d%H}",
                    sentence=f"More than {most} mails came from {email}; they are held back.",
                    url=f"/mailroom/?q={email}",
                    at=at,
                )
            return True
    return False


def _others_wait(mail: InboundMail) -> bool:
    return InboundMail.objects.filter(state=MailState.RECEIVED, pk__lt=mail.pk).exists()


@dataclass(slots=True)
class _Content:
    """What of a letter goes on a ticket."""

    body: str
    attachments: list[files.Kept]
    told: dict[str, Any]


def _content(mail: InboundMail, letter: Letter) -> _Content:
    kept, remarks = [], list(letter.remarks)
    for file in letter.files:
        try:
            kept.append(files.keep(io.BytesIO(file.content), file.name))
        except Refused as refused:
            remarks.append(f"{refused.sentence} It is in the raw mail.")
    mail.remarks = "\n".join(remarks)
    return _Content(
        letter.text or NO_TEXT,
        kept,
        {
            "html": html_of_mail(letter.html).strip() if letter.html else "",
            "quoted": letter.quoted,
            "headers": letter.head,
            "message_id": letter.message_id,
            "remarks": mail.remarks,
        },
    )


def _go_on(
    mail: InboundMail,
    letter: Letter,
    sender: Address | None,
    place: threads.Place,
    automatic: bool,
    at: datetime,
) -> Outcome:
    """It belongs to a ticket that is there."""
    content = _content(mail, letter)
    # Not before what happened meanwhile: its writer cannot have answered that.
    came = min(max(mail.arrived_at, place.ticket.updated_at), max(at, place.ticket.updated_at))
    if place.side:
        message = place.ticket.hear_aside(
            place.side,
            content.body,
            at=came,
            sender=(sender.name or sender.email) if sender else "",
            automatic=automatic,
            attachments=content.attachments,
            stranger=place.stranger,
            **content.told,
        )
        _sign_of_life(sender, automatic, at)
        return Outcome(MailState.FILED, ticket=message.ticket, message=message)
    message = place.ticket.hear(
        content.body,
        at=came,
        contact=contact_of(sender, at) if sender else None,
        automatic=automatic,
        attachments=content.attachments,
        stranger=place.stranger,
        **content.told,
    )
    _sign_of_life(sender, automatic, at)
    return Outcome(MailState.FILED, ticket=message.ticket, message=message)


def _begin(
    mail: InboundMail,
    letter: Letter,
    sender: Address | None,
    ours: dict[str, Queue | None],
    at: datetime,
) -> Outcome:
    """It begins a ticket."""
    content = _content(mail, letter)
    asks = asker_of(letter, sender, ours)
    contact = contact_of(asks, at) if asks else None
    queue = queue_of(letter, mail, ours)
    ticket = Ticket.objects.report(
        subject=letter.subject or snippet_of(letter.text) or NO_SUBJECT,
        body=content.body,
        contact=contact,
        channel=Channel.MAIL,
        queue=queue,
        reported_at=min(mail.arrived_at, at),
        attachments=content.attachments,
        at=at,
        **content.told,
    )
    _sign_of_life(sender, False, at)
    _acknowledge(ticket, queue, mail, letter, sender, at)
    return Outcome(MailState.FILED, ticket=ticket, message=ticket.messages.order_by("id").first())


def _acknowledge(
    ticket: Ticket,
    queue: Queue | None,
    mail: InboundMail,
    letter: Letter,
    sender: Address | None,
    at: datetime,
) -> None:
    """Say that it came, where the queue wants that and no program would answer."""
    if not queue or not queue.acknowledgement.strip() or not sender or mail.way == "import":
        return
    if programs.wants_no_answer(letter.fields, letter.subject, sender.email):
        return
    if at - mail.arrived_at > OLD:
        return
    try:
        ticket.auto_reply(queue.acknowledgement, at=at)
    except Refused as refused:  # this contact, or this thread, had its share
        log.info("not acknowledged", extra={"ticket": ticket.pk, "why": refused.sentence})


def _sign_of_life(sender: Address | None, automatic: bool, at: datetime) -> None:
    if sender and not automatic:
        StoppedAddress.objects.heard_from(sender.email, at=at)


def contact_of(sender: Address, at: datetime) -> Contact:
    """The person behind an address; entered when new, at the organisation of its domain."""
    if known := Contact.objects.known_as(sender.email).select_related("customer").first():
        return known
    customer = None
    if sender.domain not in threads.FREE:
        same = Customer.objects.of_domain(sender.domain)[:2]
        customer = same[0] if len(same) == 1 else None
    try:
        return Contact.objects.enter(
            by=None, at=at, email=sender.email, name=sender.name, customer=customer
        )
    except Refused:  # another mail of theirs was a moment faster
        return Contact.objects.known_as(sender.email).get()


def queue_of(letter: Letter, mail: InboundMail, ours: dict[str, Queue | None]) -> Queue | None:
    """The queue of the address it was sent to, else that of the mailbox it came through."""
    for email in letter.recipients:
        local, _, domain = email.rpartition("@")
        for known in (email, f"{local.partition('+')[0]}@{domain}"):
            if queue := ours.get(known):
                return queue
    kind, _, number = mail.way.partition(":")
    if kind == "mailbox" and number.isdecimal():
        box = Mailbox.objects.select_related("queue").filter(pk=number).first()
        return box.queue if box else None
    return None
