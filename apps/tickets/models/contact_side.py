"""The contact's side of a ticket: the link that lets them in, and what they do there."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.urls import reverse

from apps.timeline.refusal import Refused

from ..choices import Status
from ..keys import keys
from ..querysets.tickets import OPEN_FOR
from ..rules import moves, passes

SHUT = frozenset({Status.SPAM})


class ContactSide:
    """Verbs of a ticket for the person who waits for it, who signs in nowhere."""

    @property
    def link(self) -> str:
        """Where its contact reads and answers; whoever has it is taken for the contact."""
        return f"{settings.PUBLIC_URL}{reverse('public:contact-ticket', args=[self.token])}"

    @property
    def token(self) -> str:
        """The secret part of the link."""
        numbers = (self.pk, self.contact_id or 0, self.pass_generation)
        return passes.issue("ticket", numbers, keys())

    def admits(self, contact: int, generation: int, *, at: datetime) -> bool:
        """Whether a link made for that contact still opens it."""
        return (
            self.pass_generation == generation
            and self.status not in SHUT
            and (self.closed_at is None or at < self.closed_at + OPEN_FOR)
            and self.contact_id is not None
            and self.contact.goes_by(contact)
        )

    def renew_link(self, *, by: Any, at: datetime) -> None:
        """Every link given out so far is dead; a new one is good."""
        with self.held():
            if not self.contact_id:
                raise Refused("This ticket has no contact, so it has no link.")
            self.change(at, pass_generation=self.pass_generation % 32_000 + 1)
            self.record("renewed_link", by=by, at=at)

    def settle(self, *, at: datetime) -> None:
        """Its contact says that it is solved; a queue's questions are for us, not for them."""
        with self.held("contact"):
            if self.status == Status.RESOLVED:
                raise Refused("This request is marked as solved already.")
            if refusal := moves.refusal(self.status, Status.RESOLVED):
                raise Refused(refusal)
            data = self.change(at, **self._to(Status.RESOLVED, at))
            self.record("resolved", at=at, label=str(self.contact), **data)
