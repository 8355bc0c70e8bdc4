"""Looking into mailboxes: what is there is kept raw first, and only then moved or marked.

The cursor (UIDVALIDITY and the last UID) is written after the mails it passes are kept, and before
the mailbox is told. Killed anywhere between, the next look fetches again what was not passed, and
the digest says what was kept already: nothing is lost and nothing comes twice.
"""

import imaplib
import logging
import re
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db.models.functions import Now
from django.utils import timezone

from apps.outbox import reach
from apps.outbox.claims import AWAY
from apps.outbox.drains import drain
from apps.timeline.refusal import Refused
from apps.timeline.text import scrub

from .choices import MailSecurity
from .importers.mail import LARGEST
from .models import InboundMail, Mailbox

log = logging.getLogger(__name__)
SECONDS = 50.0  # one look into one mailbox; its lease is two minutes
WHOLE = 4 * LARGEST  # bytes of a mail that are fetched; what is longer keeps its end there
AT_ONCE = 50  # mails fetched in one look
PAUSES = (60, 120, 300, 900)  # seconds after that many failures in a row
PORTS = (143, 993)
_UID = re.compile(rb"UID (\d+)")
_SIZE = re.compile(rb"RFC822\.SIZE (\d+)")


class Trouble(Exception):
    """What the mailbox answered, in a sentence."""


def fetch_mail() -> int:
    """Look into the mailboxes that are due."""
    return drain("tickets.mailboxes", fetch_next)


def due() -> int:
    return Mailbox.objects.due()[:20].count()


def fetch_next() -> bool:
    """The next mailbox; whether there was one."""
    box = Mailbox.objects.claim()
    if box is None:
        return False
    mine = Mailbox.objects.filter(pk=box.pk)
    try:
        more = look_into(box)
    except AWAY:
        raise
    except (Trouble, Refused, reach.Unreachable, OSError, imaplib.IMAP4.error) as error:
        words = scrub(str(error) or type(error).__name__)[:500]
        log.warning("mailbox cannot be read", extra={"mailbox": box.pk, "why": words})
        pause = PAUSES[min(box.failures, len(PAUSES) - 1)]
        mine.update(
            failures=box.failures + 1,
            last_error=words,
            next_at=Now() + timedelta(seconds=pause),
        )
    else:
        every = 0 if more else box.every
        mine.update(
            failures=0,
            last_error="",
            looked_at=Now(),
            next_at=Now() + timedelta(seconds=every),
        )
    return True


def look_into(box: Mailbox, *, resolver: reach.Resolver = reach.resolve) -> bool:
    """Fetch what is new; whether there is more than one look takes."""
    with _signed_in(box, resolver) as imap:
        _select(imap, box)
        found = _new(imap, box)
        for uid in found[:AT_ONCE]:
            raw, at = _mail(imap, uid)
            if raw is not None:
                InboundMail.objects.receive(raw, way=box.way, arrived_at=at)
            box.last_uid = uid
            Mailbox.objects.filter(pk=box.pk).update(last_uid=uid)
            _put_aside(imap, box, uid)
    return len(found) > AT_ONCE


@contextmanager
def _signed_in(box: Mailbox, resolver: reach.Resolver) -> Iterator[imaplib.IMAP4]:
    deadline = time.monotonic() + SECONDS
    imap = _Line(box, deadline, resolver)
    try:
        if box.security == MailSecurity.STARTTLS:
            with _certified(box):
                imap.starttls(_trust())
        password = box.password()
        try:
            imap.login(box.user, password)
        except imaplib.IMAP4.error as error:
            raise Trouble(f"It does not let us in: {_said(error)}") from error
        yield imap
    finally:
        with suppress(OSError, imaplib.IMAP4.error):
            imap.logout()


def _trust() -> ssl.SSLContext:
    """Whose certificates are believed: the system's authorities, and one of our own."""
    context = ssl.create_default_context()
    if settings.MAILBOX_CA_FILE:
        context.load_verify_locations(settings.MAILBOX_CA_FILE)
    return context


@contextmanager
def _certified(box: Mailbox) -> Iterator[None]:
    """A certificate that proves nothing, in a sentence."""
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        why = error.verify_message.rstrip(".")
        raise Trouble(f"Its certificate does not prove that it is {box.host}: {why}.") from error


class _Line(imaplib.IMAP4):
    """IMAP over a connection to an address that was vetted, with one deadline for it all."""

    def __init__(self, box: Mailbox, deadline: float, resolver: reach.Resolver) -> None:
        self._box, self._deadline, self._resolver = box, deadline, resolver
        super().__init__(box.host, box.port)

    def _create_socket(self, timeout: float | None) -> socket.socket:
        box = self._box
        host = box.host.strip().lower().rstrip(".")
        addresses = vetted(host, box.port, deadline=self._deadline, resolver=self._resolver)
        left = max(1.0, self._deadline - time.monotonic())
        plain = socket.create_connection((addresses[0], box.port), min(20.0, left))
        if box.security == MailSecurity.TLS:
            try:
                with _certified(box):
                    return _trust().wrap_socket(plain, server_hostname=host)
            except (OSError, ValueError, Trouble):
                plain.close()
                raise
        return plain

    def readline(self) -> bytes:
        if time.monotonic() > self._deadline:
            raise TimeoutError(f"{self._box.host} took longer than {SECONDS:g} seconds.")
        return super().readline()


def vetted(
    host: str, port: int, *, deadline: float | None = None, resolver: reach.Resolver = reach.resolve
) -> tuple[str, ...]:
    """The addresses of a mail server; the ports of IMAP need no permission, inner hosts do."""
    allowed = reach.internal_hosts()
    inside = allowed.names_place(host, port) or allowed.opens_port(port)
    return reach.vet(
        host,
        port if inside or port not in PORTS else 443,
        deadline=deadline,
        resolver=resolver,
        allowed=allowed,
    )


def _said(error: Exception) -> str:
    said = error.args[0] if error.args else ""
    return scrub(said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said))[:200]


def _ask(imap: imaplib.IMAP4, command: str, *words: str) -> list:
    state, answer = imap.uid(command, *words)
    if state != "OK":
        raise Trouble(f"It refuses {command}.")
    return answer


def _select(imap: imaplib.IMAP4, box: Mailbox) -> None:
    """Open the folder; when it was made anew its numbers mean nothing any more."""
    state, said = imap.select(_quoted(box.folder))
    if state != "OK":
        raise Trouble(f"It has no folder “{box.folder}”: {_said(Exception(said[0]))}")
    _, told = imap.response("UIDVALIDITY")
    validity = int(told[0]) if told and told[0] else 0
    if validity != box.uid_validity:
        box.uid_validity, box.last_uid = validity, 0
        Mailbox.objects.filter(pk=box.pk).update(uid_validity=validity, last_uid=0)


def _quoted(folder: str) -> str:
    return '"' + folder.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _new(imap: imaplib.IMAP4, box: Mailbox) -> list[int]:
    """The numbers after the last one fetched, in order."""
    answer = _ask(imap, "SEARCH", f"UID {box.last_uid + 1}:*")
    numbers = {int(one) for line in answer if line for one in line.split() if one.isdigit()}
    return sorted(number for number in numbers if number > box.last_uid)


def _mail(imap: imaplib.IMAP4, uid: int) -> tuple[bytes | None, datetime]:
    """The bytes, and when they reached the server; of one that is too large, its head."""
    size = _SIZE.search(b" ".join(_flat(_ask(imap, "FETCH", str(uid), "(RFC822.SIZE)"))))
    whole = size is None or int(size[1]) <= WHOLE
    part = "BODY.PEEK[]" if whole else f"BODY.PEEK[]<0.{WHOLE}>"
    answer = _ask(imap, "FETCH", str(uid), f"(INTERNALDATE {part})")
    now = timezone.now()
    for one in answer:
        if isinstance(one, tuple):
            at = imaplib.Internaldate2tuple(one[0]) or imaplib.Internaldate2tuple(answer[-1] or b"")
            when = datetime.fromtimestamp(time.mktime(at), UTC) if at else now
            return one[1], min(when, now)
    return None, now  # deleted by somebody since


def _flat(answer: list) -> list[bytes]:
    parts = [part for one in answer for part in (one if isinstance(one, tuple) else (one,))]
    return [part for part in parts if isinstance(part, bytes)]


def _put_aside(imap: imaplib.IMAP4, box: Mailbox, uid: int) -> None:
    """Move it, or mark it as read; a mailbox that does not want to is none the worse."""
    if not box.done_folder:
        imap.uid("STORE", str(uid), "+FLAGS.SILENT", "(\\Seen)")
        return
    target = _quoted(box.done_folder)
    if "MOVE" in imap.capabilities:
        state, _ = imap.uid("MOVE", str(uid), target)
        if state == "OK":
            return
    state, _ = imap.uid("COPY", str(uid), target)
    if state != "OK":
        imap.create(target)
        state, _ = imap.uid("COPY", str(uid), target)
    if state != "OK":
        raise Trouble(f"It does not move mail to “{box.done_folder}”.")
    imap.uid("STORE", str(uid), "+FLAGS.SILENT", "(\\Seen \\Deleted)")
    imap.expunge()
