"""What becomes of a mail."""

from dataclasses import dataclass
from typing import Any

from .choices import MailState


@dataclass(frozen=True, slots=True)
class Outcome:
    """The state a mail ends in, why, and the ticket and message it is now."""

    state: MailState
    reason: str = ""
    detail: str = ""
    ticket: Any = None
    message: Any = None
