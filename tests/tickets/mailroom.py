"""The mails of `mails/`, and the desk they arrive at."""

import json
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from apps.tickets.keys import keys
from apps.tickets.models import InboundMail, Message, Queue, SenderRule, Ticket
from apps.tickets.rules import mail
from tests import make

FOLDER = Path(__file__).parent / "mails"
TABLE: dict[str, dict[str, Any]] = json.loads((FOLDER / "table.json").read_text())


@dataclass
class Desk:
    """A queue, and a ticket of Mira's that was answered once."""

    support: Queue
    billing: Queue
    ticket: Ticket
    answer: Message

    @property
    def signed_id(self) -> str:
        return mail.message_id(self.ticket.pk, self.answer.pk, "demo.test", keys())

    @property
    def reply_address(self) -> str:
        return mail.reply_address("support@demo.test", self.ticket.pk, keys())

    def addressed(self, raw: bytes) -> bytes:
        """The file with what only we can write filled in."""
        for said, meant in (
            ("@@SIGNED_ID@@", self.signed_id),
            ("@@REPLY_ADDRESS@@", self.reply_address),
            ("@@REPLY_ADDRESS_UPPER@@", self.reply_address.upper()),
            ("@@NUMBER@@", str(self.ticket.pk)),
        ):
            raw = raw.replace(said.encode(), meant.encode())
        return raw

    def receive(self, raw: bytes, way: str = "hook:1", **more: Any) -> InboundMail:
        return InboundMail.objects.receive(self.addressed(raw), way=way, **more)[0]


def desk(mira: Any, ada: Any) -> Desk:
    """Everything a mail may refer to."""
    queue = {"acknowledgement": "We have it and will answer soon."}
    support = make.queue("Support", address="support@demo.test", **queue)
    billing = make.queue("Billing", address="billing@demo.test")
    SenderRule.objects.put("@spam.test", "block", by=ada, at=make.NOW)
    SenderRule.objects.put("news@partner.test", "allow", by=ada, at=make.NOW)
    ticket = Ticket.objects.report(
        subject="Invoice",
        body="The sum is wrong.",
        contact=mira,
        queue=support,
        headers="From: mira@acme.test\nTo: support@demo.test\nCc: Ann <ann@other.test>",
        message_id="<first@acme.test>",
        at=make.NOW - timedelta(hours=2),
    )
    answer = ticket.reply("Please try again.", by=ada, at=make.NOW - timedelta(hours=1))
    return Desk(support, billing, ticket, answer)
