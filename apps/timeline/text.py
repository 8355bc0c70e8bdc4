"""One rule for every string that enters, whatever the door."""

import re
import unicodedata

from .refusal import Refused

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_BIDI = re.compile(r"[\u202a-\u202e\u2066-\u2069]")
_BREAK = re.compile(r"[\r\n\t\u2028\u2029]+")

LONGEST, LONGEST_LINE = 65_536, 200


def clean_text(value: str, *, limit: int = LONGEST, field: str = "") -> str:
    """A body: NFC, `\\n` line ends; refuses NUL, control characters and lone surrogates."""
    if _SURROGATE.search(value):
        raise Refused("This text is not valid Unicode.", code="unclean_text", field=field)
    value = unicodedata.normalize("NFC", value.replace("\r\n", "\n").replace("\r", "\n"))
    if found := _CONTROL.search(value):
        raise Refused(
            f"This text holds the control character U+{ord(found[0]):04X}.",
            code="unclean_text",
            field=field,
        )
    if len(value) > limit:
        raise Refused(
            f"This text is {len(value):,} characters long; {limit:,} fit.",
            code="too_long",
            field=field,
        )
    return value


def clean_line(value: str, *, limit: int = LONGEST_LINE, field: str = "") -> str:
    """A title or name: one line, trimmed, no bidirectional overrides."""
    value = _BIDI.sub("", _BREAK.sub(" ", value))
    return clean_text(value.strip(), limit=limit, field=field)


def scrub(value: str) -> str:
    """For bytes nobody can be asked about (mail): unclean characters become U+FFFD."""
    value = _SURROGATE.sub("\ufffd", value)
    value = value.replace("\r\n", "\n").replace("\r", "\n")
    return unicodedata.normalize("NFC", _CONTROL.sub("\ufffd", value))
