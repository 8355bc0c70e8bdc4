"""How a mail says which side conversation it belongs to: signed as answers to customers are.

Its reply address is `support+s12.SIGNATURE@…`, its Message-ID `<s12.m991.SIGNATURE@…>`. Neither is
ever taken for one of a ticket: what the customer reads and what they never see have other marks.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

from .signed import LONGEST_LOCAL, is_signed, sign, tail_of

_REPLY = re.compile(r"\+s([1-9][0-9]{0,17})\.([a-z2-7]{16})", re.ASCII)
_ID = re.compile(r"s([1-9][0-9]{0,17})\.m([1-9][0-9]{0,17})\.([a-z2-7]{16})", re.ASCII)
_SUBJECT = re.compile(r"\[#[1-9][0-9]{0,17}-([1-9][0-9]{0,17})\]", re.ASCII)


class Aside(NamedTuple):
    """What a Message-ID of a side conversation names."""

    side: int
    message: int


def side_address(base: str, side: int, keys: Sequence[str]) -> str:
    """The address answers come to; `base` itself where the signature does not fit."""
    local, _, domain = base.rpartition("@")
    signed = f"{local}+s{side}.{sign('aside', str(side), keys[0])}"
    fits = local and not local.startswith('"') and len(signed.encode()) <= LONGEST_LOCAL
    return f"{signed}@{domain}" if fits else base


def read_side_address(address: str, keys: Sequence[str]) -> int | None:
    """The side conversation a bare address was signed for; nothing if it was not by us."""
    found = _REPLY.fullmatch(tail_of(address))
    if found and is_signed("aside", found[1], found[2], keys):
        return int(found[1])
    return None


def side_message_id(side: int, message: int, domain: str, keys: Sequence[str]) -> str:
    """The Message-ID of a message to somebody else, brackets included."""
    return f"<s{side}.m{message}.{sign('aside-message', f'{side}.{message}', keys[0])}@{domain}>"


def read_side_message_id(said: str, keys: Sequence[str]) -> Aside | None:
    """What one Message-ID names; nothing if it is none of a side conversation."""
    found = _ID.fullmatch(said.strip().strip("<>").rpartition("@")[0].lower())
    if found and is_signed("aside-message", f"{found[1]}.{found[2]}", found[3], keys):
        return Aside(int(found[1]), int(found[2]))
    return None


def side_token(ticket: int, side: int) -> str:
    """What a subject carries; `read_subject` takes it for no ticket."""
    return f"[#{ticket}-{side}]"


def read_side_subject(subject: str) -> int | None:
    """The side conversation a subject names; it counts only from whom we wrote to."""
    found = _SUBJECT.findall(subject)
    return int(found[-1]) if found else None
