"""Mail as it leaves and as it is known again: composed, signed, read back."""

from .answer import attribution, copies, is_from_program, mailbox, quoted, subject_of
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
    "attribution",
    "copies",
    "is_from_program",
    "mailbox",
    "message_id",
    "message_ids",
    "quoted",
    "read_message_id",
    "read_reply_address",
    "read_subject",
    "references",
    "reply_address",
    "subject_of",
    "subject_token",
]
