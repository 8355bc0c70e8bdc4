"""The head of a mail: its fields, the addresses, names and dates in them."""

import base64
import binascii
import quopri
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from email.utils import getaddresses, parsedate_to_datetime

from apps.timeline.text import scrub

from .charsets import text_of
from .letter import Address

LONGEST = 20_000  # characters of a field that are looked at
MOST_FIELDS = 2_000
MOST_ADDRESSES = 200
_FIELD = re.compile(rb"([!-9;-~]{1,200})[ \t]*:")
_END = re.compile(rb"\r?\n\r?\n|\r\r")
_BREAK = re.compile(rb"\r\n|\n|\r")
_WORD = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?([^?]*)\?=")
_BETWEEN = re.compile(r"(\?=)\s+(=\?)")
_LOOSE = re.compile(r"[^\s<>,;:\"()\[\]@]{1,250}@[^\s<>,;:\"()\[\]@]{1,250}")
_ID = re.compile(r"<([^<>\s]{1,990})>")
_EDGES = " \t\r\n\"'"


def split(raw: bytes) -> tuple[bytes, bytes]:
    """Head and body, at the first empty line; a mail that begins with one has no head."""
    if raw.startswith((b"\n", b"\r\n")):
        return b"", raw
    found = _END.search(raw)
    return (raw[: found.start()], raw[found.end() :]) if found else (raw, b"")


def fields_of(head: bytes) -> dict[str, tuple[str, ...]]:
    """Lower-case names and what they say, unfolded and decoded, in order."""
    rows: list[tuple[str, bytearray]] = []
    for line in _BREAK.split(head):
        if line[:1] in (b" ", b"\t"):
            if rows and (len(rows[-1][1]) < LONGEST or rows[-1][0] == "references"):
                rows[-1][1].extend(b" " + line.strip())
            continue
        if len(rows) >= MOST_FIELDS:
            break
        if found := _FIELD.match(line):
            name = found[1].decode("ascii").lower()
            rows.append((name, bytearray(line[found.end() :].strip())))
    fields: dict[str, list[str]] = {}
    for name, said in rows:
        fields.setdefault(name, []).append(words_of(text_of(_looked_at(name, bytes(said)))))
    return {name: tuple(said) for name, said in fields.items()}


def _looked_at(name: str, said: bytes) -> bytes:
    """The beginning; of a long chain also its end, where what is answered stands."""
    if name == "references" and len(said) > LONGEST:
        return said[: LONGEST // 2] + b" " + said[-LONGEST // 2 :]
    return said[:LONGEST]


def about_content(head: bytes) -> bytes:
    """Only the fields that say how the body is made, for a parser that gives up at an odd line."""
    kept, inside = [], False
    for line in _BREAK.split(head):
        if line[:1] in (b" ", b"\t"):
            kept += [line] if inside else []
            continue
        found = _FIELD.match(line)
        inside = bool(found and found[1].lower().startswith(b"content-"))
        kept += [line] if inside else []
    return b"\n".join(kept)


def words_of(said: str) -> str:
    """RFC 2047: encoded words as the text they stand for; damaged ones stay as they are."""
    if "=?" not in said:
        return scrub(said)
    said = _BETWEEN.sub(r"\1\2", said)
    parts: list[tuple[str, bytes | str]] = []  # charset and bytes, or plain text
    last = 0
    for found in _WORD.finditer(said):
        if between := said[last : found.start()]:
            parts.append(("", between))
        raw = _unpacked(found[2], found[3])
        charset = found[1].partition("*")[0].lower()  # RFC 2231 names a language behind a star
        if raw is None:
            parts.append(("", found[0]))
        elif parts and parts[-1][0] == charset and isinstance(parts[-1][1], bytes):
            parts[-1] = (charset, parts[-1][1] + raw)  # a character may be split between two
        else:
            parts.append((charset, raw))
        last = found.end()
    parts.append(("", said[last:]))
    return scrub("".join(p if isinstance(p, str) else text_of(p, c) for c, p in parts))


def _unpacked(encoding: str, said: str) -> bytes | None:
    plain = said.encode("ascii", "replace")
    if encoding in "qQ":
        return quopri.decodestring(plain, header=True)
    try:
        return base64.b64decode(plain + b"=" * (-len(plain) % 4), validate=False)
    except (binascii.Error, ValueError):
        return None


def line_of(said: str, limit: int) -> str:
    """One line without edges; a longer one ends in an ellipsis."""
    line = " ".join(scrub(said).split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def addresses_of(said: Iterable[str]) -> tuple[Address, ...]:
    """The addresses in these fields, each once; what is none is left out."""
    found: dict[str, Address] = {}
    for one in said:
        try:
            pairs = getaddresses([one[:LONGEST]])
        except Exception:
            pairs = []
        taken = [(name, email) for name, email in pairs if _is_address(email)]
        taken = taken or [("", email) for email in _LOOSE.findall(one[:LONGEST])]
        for name, email in taken[:MOST_ADDRESSES]:
            email = email.strip(_EDGES).rstrip(".").lower()
            if _is_address(email):
                found.setdefault(email, Address(email, line_of(name.strip(_EDGES), 200)))
    return tuple(found.values())[:MOST_ADDRESSES]


def _is_address(email: str) -> bool:
    local, _, domain = email.strip(_EDGES).rpartition("@")
    return bool(
        local
        and len(email) <= 254
        and re.fullmatch(r"[^\s<>@,;:\"()\[\]\ufffd]+", domain)
        and not re.search(r"[\s<>,;:\"()\[\]\ufffd]", local)
    )


def ids_of(said: Iterable[str]) -> tuple[str, ...]:
    """The Message-IDs in these fields, in order, each once."""
    return tuple(dict.fromkeys(f"<{one}>" for line in said for one in _ID.findall(line)))


def message_id_of(said: str) -> str:
    """Its own Message-ID; one without brackets gets them."""
    if found := ids_of([said]):
        return found[0]
    bare = said.strip(" <>")
    return f"<{bare}>" if bare and len(bare) <= 990 and not re.search(r"[\s<>]", bare) else ""


def date_of(said: str) -> datetime | None:
    """When it says it was written; nothing when that is no time of living memory."""
    try:
        at = parsedate_to_datetime(said[:200])
        at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except Exception:
        return None
    return at if 1980 <= at.year < 2100 else None
