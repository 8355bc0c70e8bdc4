"""Mail as it leaves and as it is known again: composed, signed, read back."""

from .answer import answer
from .signed import (
    Named,
    message_id,
    message_ids,
    read_message_id,
    read_reply_address,
    read_subject,
    references,
    reply_address,
    subject_token,
)

__all__ = [
    "Named",
    "answer",
    "message_id",
    "message_ids",
    "read_message_id",
    "read_reply_address",
    "read_subject",
    "references",
    "reply_address",
    "subject_token",
]
