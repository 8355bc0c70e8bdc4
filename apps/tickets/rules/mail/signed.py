"""How a mail says which ticket it belongs to, in ways nobody else can write.

A reply address (`support+t4821.SIGNATURE@…`) and a Message-ID (`<t4821.m991.SIGNATURE@…>`) carry
80 bits of HMAC-SHA-256 in base32: upper or lower case is the same, as mail servers may change it.
`keys` are secrets, newest first: the first signs, any of them reads. The token of a subject is not
signed; it counts only together with a sender the ticket knows.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

LONGEST_LOCAL = 64  # octets before the @, RFC 5321
MOST_REFERENCES = 20
LONGEST_ID = 998  # what fits on a line
_BYTES = 10
_NUMBER, _SIGNATURE = "([1-9][0-9]{0,17})", "([a-z2-7]{16})"
_IDS = re.compile(r"<[^<>\s]+>")
_SUBJECT = re.compile(rf"\[#{_NUMBER}\]", re.ASCII)


class Named(NamedTuple):
    """What a Message-ID of ours names."""

    ticket: int
    message: int


class Marks:
    """The marks of one kind of conversation: its letter, and what its signatures are for."""

    def __init__(self, letter: str, reply: str, message: str) -> None:
        self._letter, self._purposes = letter, (reply, message)
        self._reply = re.compile(rf"\+{letter}{_NUMBER}\.{_SIGNATURE}", re.ASCII)
        self._id = re.compile(rf"{letter}{_NUMBER}\.m{_NUMBER}\.{_SIGNATURE}", re.ASCII)

    def address(self, base: str, number: int, keys: Sequence[str]) -> str:
        """Where answers come to; `base` itself where the signature does not fit."""
        local, _, domain = base.rpartition("@")
        signature = sign(self._purposes[0], str(number), keys[0])
        signed = f"{local}+{self._letter}{number}.{signature}"
        fits = local and not local.startswith('"') and len(signed.encode()) <= LONGEST_LOCAL
        return f"{signed}@{domain}" if fits else base

    def read_address(self, address: str, keys: Sequence[str]) -> int | None:
        """What a bare address (`local@domain`) was signed for; nothing if it was not by us."""
        found = self._reply.fullmatch(tail_of(address))
        if found and is_signed(self._purposes[0], found[1], found[2], keys):
            return int(found[1])
        return None

    def message_id(self, number: int, message: int, domain: str, keys: Sequence[str]) -> str:
        """The Message-ID of a message of ours, brackets included."""
        signature = sign(self._purposes[1], f"{number}.{message}", keys[0])
        return f"<{self._letter}{number}.m{message}.{signature}@{domain}>"

    def read_message_id(self, said: str, keys: Sequence[str]) -> tuple[int, int] | None:
        """The number and the message; nothing if it is none of these, whatever its domain."""
        found = self._id.fullmatch(said.strip().strip("<>").rpartition("@")[0].lower())
        if found and is_signed(self._purposes[1], f"{found[1]}.{found[2]}", found[3], keys):
            return int(found[1]), int(found[2])
        return None


_TICKET = Marks("t", "reply", "message")
reply_address = _TICKET.address
read_reply_address = _TICKET.read_address
message_id = _TICKET.message_id


def read_message_id(said: str, keys: Sequence[str]) -> Named | None:
    """What one Message-ID names; nothing if it is not one of ours, whatever its domain."""
    found = _TICKET.read_message_id(said, keys)
    return Named(*found) if found else None


def tail_of(address: str) -> str:
    """What comes after the last plus of the local part, the plus included."""
    local = address.strip().strip("<>").rpartition("@")[0].strip('"').lower()
    _, plus, tail = local.rpartition("+")
    return plus + tail


def message_ids(header: str) -> list[str]:
    """The Message-IDs in an In-Reply-To or References header, in order, each once."""
    return list(dict.fromkeys(one for one in _IDS.findall(header) if len(one) <= LONGEST_ID))


def references(chain: Iterable[str], parent: str) -> list[str]:
    """The References of an answer: those of its parent, then the parent.

    A long chain keeps its first, which names the thread, and its last.
    """
    known = [one for one in dict.fromkeys(chain) if one != parent] + ([parent] if parent else [])
    if len(known) <= MOST_REFERENCES:
        return known
    return [known[0], *known[1 - MOST_REFERENCES :]]


def subject_token(ticket: int) -> str:
    """What a subject carries so that people, and we, know the ticket by it."""
    return f"[#{ticket}]"


def read_subject(subject: str) -> int | None:
    """The ticket a subject names last: ours is added at the end."""
    found = _SUBJECT.findall(subject)
    return int(found[-1]) if found else None


def sign(purpose: str, said: str, key: str) -> str:
    secret = hashlib.sha256(f"mail:{purpose}:{key}".encode()).digest()
    digest = hmac.new(secret, said.encode(), hashlib.sha256).digest()
    return base64.b32encode(digest[:_BYTES]).decode().lower()


def is_signed(purpose: str, said: str, signature: str, keys: Sequence[str]) -> bool:
    tried = [hmac.compare_digest(sign(purpose, said, key), signature) for key in keys]
    return any(tried)
