"""What is known of a mail once it is read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Address:
    """A name and an address in lower case; the name may be empty."""

    email: str
    name: str = ""

    @property
    def domain(self) -> str:
        return self.email.rpartition("@")[2]


@dataclass(frozen=True, slots=True)
class File:
    """Something that came with it; `content_id` is how its HTML calls it."""

    name: str
    content: bytes
    content_id: str = ""


@dataclass(frozen=True, slots=True)
class Bounce:
    """A report that a mail of ours did not arrive, or not yet."""

    recipient: str = ""  # in lower case
    status: str = ""  # RFC 3463, such as 5.1.1
    action: str = ""  # failed, delayed, delivered, relayed, expanded; or complained (RFC 5965)
    reason: str = ""  # the other side's own words, one line
    message_ids: tuple[str, ...] = ()  # of the mail it is about, most certain first

    @property
    def is_hard(self) -> bool:
        """It will never arrive."""
        return self.action == "failed" and not self.status.startswith(("4.", "2."))

    @property
    def is_complaint(self) -> bool:
        """It arrived, and its reader pressed "spam"."""
        return self.action == "complained"


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail, read as far as it can be; `remarks` says what could not, or was over a limit."""

    sender: Address | None = None
    reply_to: tuple[Address, ...] = ()
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    delivered_to: tuple[str, ...] = ()  # where it was brought, as servers on its way wrote it
    subject: str = ""
    date: datetime | None = None
    message_id: str = ""  # with its brackets
    answers: tuple[str, ...] = ()  # Message-IDs, nearest first
    head: str = ""
    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # by lower-case name
    text: str = ""  # what was written now
    quoted: str = ""  # what it repeats of others
    html: str = ""  # what was written now, as it came: not yet safe
    files: tuple[File, ...] = ()
    bounce: Bounce | None = None
    remarks: tuple[str, ...] = ()

    def first(self, name: str) -> str:
        """The first header of this name; empty when there is none."""
        return next(iter(self.fields.get(name, ())), "")

    @property
    def recipients(self) -> tuple[str, ...]:
        """Every address it was sent to, the envelope's first."""
        seen = [*self.delivered_to, *(one.email for one in (*self.to, *self.cc))]
        return tuple(dict.fromkeys(seen))
