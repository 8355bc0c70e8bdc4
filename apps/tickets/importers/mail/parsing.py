"""From bytes to the parts of a mail, where that takes no reader hostage."""

from email import message_from_bytes, policy
from email.message import Message

from . import heads

LARGEST = 25 * 1024 * 1024  # bytes of a mail whose body is read whole
MOST_LINES = 600_000
MOST_BOUNDARIES = 400
SLICE = 256 * 1024  # bytes of a mail beyond these that are read


def is_sane(raw: bytes) -> bool:
    return (
        len(raw) <= LARGEST
        and raw.count(b"\n") <= MOST_LINES
        and raw.lower().count(b"boundary") <= MOST_BOUNDARIES
    )


def parsed(raw: bytes) -> Message:
    head, body = heads.split(raw)
    if not heads.fields_of(head[:SLICE]):  # no mail at all: whatever it is, it is its text
        head, body = b"", raw
    return message_from_bytes(heads.about_content(head) + b"\n\n" + body, policy=policy.compat32)
