"""What stands in a mail of ours: its subject, what it quotes, to whom else it goes."""

import re
from collections.abc import Iterable
from datetime import datetime
from email.header import decode_header, make_header
from email.parser import HeaderParser
from email.utils import getaddresses

from ..expecting import zone_name
from . import programs
from .aside import side_token
from .signed import subject_token

_LONGEST_SUBJECT = 400
_LONGEST_QUOTE = 200  # lines
MOST_COPIES = 10
_RE = re.compile(r"^(?:re|aw|sv|antw)\s*:\s*", re.IGNORECASE)
_TOKEN = re.compile(r"\s*\[#[1-9][0-9]*(?:-[1-9][0-9]*)?\]", re.ASCII)


def subject_of(subject: str, ticket: int) -> str:
    """The subject of an answer, which ends in the token of its ticket, once."""
    return f"Re: {_RE.sub('', _bare(subject))} {subject_token(ticket)}"


def side_subject_of(subject: str, ticket: int, side: int, *, first: bool) -> str:
    """The subject of a mail to somebody else; the first of a side conversation answers nothing."""
    said = _RE.sub("", _bare(subject))
    return f"{'' if first else 'Re: '}{said} {side_token(ticket, side)}"


def _bare(subject: str) -> str:
    said = " ".join(_TOKEN.sub(" ", subject).split())
    return said if len(said) <= _LONGEST_SUBJECT else said[: _LONGEST_SUBJECT - 1].rstrip() + "…"


def attribution(who: str, at: datetime) -> str:
    """The line above a quote, in words that mail programs know; `at` is in the reader's zone."""
    return f"On {at:%a}, {at.day} {at:%b %Y} at {at:%H:%M} ({zone_name(at.tzinfo)}), {who} wrote:"


def quoted(body: str) -> str:
    """A message as it is quoted below an answer; a long one says how much is left out."""
    lines = body.strip().splitlines()
    left_out = len(lines) - _LONGEST_QUOTE
    if left_out > 0:
        lines = [*lines[:_LONGEST_QUOTE], f"[… {left_out} more lines]"]
    return "\n".join(f"> {line}".rstrip() for line in lines)


def mailbox(name: str, address: str) -> str:
    """A name and an address as one head has them."""
    name = " ".join(name.split()).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{name}" <{address}>' if name else address


def copies(headers: str, *, besides: Iterable[str]) -> list[str]:
    """Who else was on a customer's mail, as heads have them: each once, nobody of `besides`."""
    known = {address.lower() for address in besides}
    message = HeaderParser().parsestr(headers)
    lines = [str(line) for name in ("From", "To", "Cc") for line in message.get_all(name, [])]
    found: dict[str, str] = {}
    for name, address in getaddresses(lines):
        address = address.strip()
        local, _, domain = address.lower().rpartition("@")
        ours = {address.lower(), f"{local.partition('+')[0]}@{domain}"} & known
        if _plain(address) and not ours:
            found.setdefault(address.lower(), mailbox(_decoded(name), address))
    return list(found.values())[:MOST_COPIES]


def _plain(address: str) -> bool:
    local, _, domain = address.rpartition("@")
    return bool(local) and "." in domain and not re.search(r"[\s<>\"(),;:]", address)


def _decoded(name: str) -> str:
    try:
        return str(make_header(decode_header(name)))
    except (LookupError, UnicodeError, ValueError):
        return ""


def is_from_program(headers: str) -> bool:
    """Whether a mail must not be answered by a program (RFC 3834): its own head says so."""
    fields: dict[str, tuple[str, ...]] = {}
    for name, value in HeaderParser().parsestr(headers).items():
        fields[name.lower()] = (*fields.get(name.lower(), ()), str(value))
    return programs.wants_no_answer(fields, subject="", sender="")
