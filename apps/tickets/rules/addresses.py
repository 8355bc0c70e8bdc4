"""Addresses that get a copy, as people type them."""

import re
from collections.abc import Iterable

MOST = 20
_LONGEST = 254
_ADDRESS = re.compile(r"[^@\s,;<>()\[\]\"\\]+@[^@\s,;<>()\[\]\"\\.]+(?:\.[^@\s,;<>()\[\]\"\\.]+)+")


def split(typed: str) -> list[str]:
    """`a@x.test, Bo <b@y.test>` as its parts."""
    return [part.strip() for part in re.split(r"[,;\n]", typed) if part.strip()]


def addresses_in(parts: Iterable[str]) -> list[str]:
    """The address of each part, lower case, each once; what is none is left out."""
    found: dict[str, None] = {}
    for part in parts:
        bare = re.search(r"<([^<>]*)>\s*$", part)
        address = (bare[1] if bare else part).strip().lower()
        if _ADDRESS.fullmatch(address) and len(address) <= _LONGEST:
            found[address] = None
    return list(found)


def refusal(parts: Iterable[str]) -> str:
    """Why these cannot get a copy; empty when they can."""
    parts = list(parts)
    for part in parts:
        if not addresses_in([part]):
            return f"“{part[:80]}” is not an e-mail address."
    return f"{MOST} copies are the most." if len(addresses_in(parts)) > MOST else ""
