"""Mail as it leaves and as it is known again: composed, signed, read back."""

from .answer import (
    attribution,
    copies,
    is_from_program,
    mailbox,
    quoted,
    side_subject_of,
    subject_of,
)
from .aside import (
    Aside,
    read_side_address,
    read_side_message_id,
    read_side_subject,
    side_address,
    side_message_id,
    side_token,
)
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
    "Aside",
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
    "read_side_address",
    "read_side_message_id",
    "read_side_subject",
    "read_subject",
    "references",
    "reply_address",
    "side_address",
    "side_message_id",
    "side_subject_of",
    "side_token",
    "subject_of",
    "subject_token",
]
