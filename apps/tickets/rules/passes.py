"""Links that let somebody in without a sign-in: a few numbers and 144 bits of HMAC-SHA-256.

`keys` are secrets, newest first: the first signs, any of them reads. `purpose` keeps a pass for one
door from opening another.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Sequence

_BYTES = 18
_STANDING = re.compile(  # in an address, or in one that a mail filter has wrapped in its own
    r"(?<=[/Ff])(?:t|csat|unsubscribe)(/|%2F)[0-9][0-9-]{0,79}\.[\w-]{24}(?:/|%2F)?",
    re.ASCII | re.IGNORECASE,
)
_NUMBERS = re.compile(r"(0|[1-9][0-9]{0,17})(?:-(?:0|[1-9][0-9]{0,17}))*", re.ASCII)


def issue(purpose: str, numbers: Sequence[int], keys: Sequence[str]) -> str:
    """The pass as it stands in an address."""
    said = "-".join(map(str, numbers))
    return f"{said}.{_sign(purpose, said, keys[0])}"


def read(purpose: str, token: str, keys: Sequence[str]) -> tuple[int, ...] | None:
    """The numbers of a pass for this purpose; nothing if it was not issued by us."""
    said, _, signature = token.partition(".")
    if not _NUMBERS.fullmatch(said) or not signature.isascii():
        return None
    tried = [hmac.compare_digest(_sign(purpose, said, key), signature) for key in keys]
    return tuple(map(int, said.split("-"))) if any(tried) else None


def hidden(words: str) -> str:
    """Words, text or HTML, that somebody else is shown: whose pass stood in them is let in no more.

    What is left of the address is the page that sends a new link, to whom it belongs.
    """
    return _STANDING.sub(r"t\1", words)


def _sign(purpose: str, said: str, key: str) -> str:
    secret = hashlib.sha256(f"pass:{purpose}:{key}".encode()).digest()
    digest = hmac.new(secret, said.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest[:_BYTES]).decode()
