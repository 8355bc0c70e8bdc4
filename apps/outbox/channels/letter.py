"""A mail as it is handed to a server: one copy, for one recipient, of what stands in the payload.

Every body is quoted-printable and every file base64, so that nothing on the way may change a
byte; header values are one line whatever they were made of. What a file holds is read when the
mail leaves, and it must be what was stored.
"""

import hashlib
import re
from collections.abc import Mapping
from email import encoders, policy
from email.mime.base import MIMEBase
from email.parser import BytesParser
from email.utils import formatdate, getaddresses, parseaddr
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.core.mail.message import sanitize_address, utf8_charset_qp

from .. import rules
from ..models import Delivery
from . import Failure

_CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]+")


class Letter(EmailMultiAlternatives):
    """A mail whose envelope says less than its head: this copy goes to one of the recipients."""

    recipient = ""
    return_path = ""

    def recipients(self) -> list[str]:
        return [self.recipient]

    @property
    def is_international(self) -> bool:
        """Whether an address on it needs a server that speaks SMTPUTF8 (RFC 6531)."""
        said = [*self.to, *self.cc, *self.reply_to, self.from_email, self.recipient]
        locals_ = (address.rpartition("@")[0] for _, address in getaddresses(said))
        return not all(local.isascii() for local in locals_)

    def as_bytes(self) -> bytes:
        """The mail on the wire."""
        if not self.is_international:
            return self.message().as_bytes(linesep="\r\n")
        addressed = {"From": [self.from_email], "To": self.to, "Cc": self.cc}
        addressed["Reply-To"] = self.reply_to
        plain = Letter(self.subject, self.body, "", headers=self.extra_headers)
        plain.encoding, plain.attachments = self.encoding, self.attachments
        plain.alternatives = self.alternatives
        raw = plain.message().as_bytes(linesep="\r\n")
        message = BytesParser(policy=policy.SMTPUTF8).parsebytes(raw)
        for name, values in addressed.items():
            del message[name]
            if values:
                message[name] = ", ".join(values)
        return message.as_bytes()


def compose(delivery: Delivery) -> Letter:
    """The mail of a delivery; every copy of it carries the same Message-ID. Raises `Failure`."""
    said: Mapping[str, Any] = delivery.payload
    sender = one_line(said.get("from") or settings.DEFAULT_FROM_EMAIL)
    letter = Letter(
        subject=one_line(said.get("subject", "")),
        body=said.get("text", ""),
        from_email=sender,
        to=[one_line(to) for to in said.get("to") or [delivery.recipient]],
        cc=[one_line(to) for to in said.get("cc", ())],
        reply_to=[one_line(said["reply_to"])] if said.get("reply_to") else None,
        headers={
            **{name: one_line(value) for name, value in said.get("headers", {}).items()},
            "Message-ID": one_line(delivery.message_id),
            "Date": formatdate(delivery.created_at.timestamp()),
        },
    )
    letter.encoding = utf8_charset_qp
    letter.recipient = _ascii_domain(delivery.recipient)
    letter.return_path = _ascii_domain(parseaddr(said.get("return_path", sender))[1])
    if said.get("html"):
        letter.attach_alternative(said["html"], "text/html")
    for file in said.get("files", ()):
        letter.attach(_part(file))
    return letter


def one_line(value: str) -> str:
    """A header's value: no line end, no control character, whatever it came from."""
    return " ".join(_CONTROL.sub(" ", value).split())


def _ascii_domain(address: str) -> str:
    """An address as an envelope has it: its domain in punycode."""
    local, at, domain = one_line(address).rpartition("@")
    if not local.isascii():
        return f"{local}{at}{domain}"
    return str(sanitize_address(f"{local}@{domain}", "utf-8")) if at else ""


def _part(file: Mapping[str, Any]) -> MIMEBase:
    """A stored file as an attachment; `path` is below MEDIA_ROOT, `digest` its SHA-256."""
    try:
        content = (Path(settings.MEDIA_ROOT) / file["path"]).read_bytes()
    except OSError as wrong:
        raise _spoiled(file, "is not on the disk") from wrong
    if hashlib.sha256(content).hexdigest() != file["digest"]:
        raise _spoiled(file, "is not what was stored")
    kind, _, subtype = file["content_type"].partition("/")
    part = MIMEBase(kind or "application", subtype or "octet-stream")
    part.set_payload(content)
    encoders.encode_base64(part)
    name = one_line(file["name"])
    shown = name if name.isascii() else ("utf-8", "", name)
    part.add_header("Content-Disposition", "attachment", filename=shown)
    return part


def _spoiled(file: Mapping[str, Any], why: str) -> Failure:
    return Failure(f"“{file['name']}” {why}.", verdict=rules.REFUSED, trouble="Attachment missing")
