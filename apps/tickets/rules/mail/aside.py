"""How a mail says which side conversation it belongs to: signed as answers to customers are.

Its reply address is `support+s12.SIGNATURE@…`, its Message-ID `<s12.m991.SIGNATURE@…>`. Neither is
ever taken for one of a ticket: what the customer reads and what they never see have other marks.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

from .signed import Marks

_SUBJECT = re.compile(r"\[#[1-9][0-9]{0,17}-([1-9][0-9]{0,17})\]", re.ASCII)


class Aside(NamedTuple):
    """What a Message-ID of a side conversation names."""

    side: int
    message: int


_SIDE = Marks("s", "aside", "aside-message")
side_address = _SIDE.address
read_side_address = _SIDE.read_address
side_message_id = _SIDE.message_id


def read_side_message_id(said: str, keys: Sequence[str]) -> Aside | None:
    """What one Message-ID names; nothing if it is none of a side conversation."""
    found = _SIDE.read_message_id(said, keys)
    return Aside(*found) if found else None


def side_token(ticket: int, side: int) -> str:
    """What a subject carries; `read_subject` takes it for no ticket."""
    return f"[#{ticket}-{side}]"


def read_side_subject(subject: str) -> int | None:
    """The side conversation a subject names; it counts only from whom we wrote to."""
    found = _SUBJECT.findall(subject)
    return int(found[-1]) if found else None
