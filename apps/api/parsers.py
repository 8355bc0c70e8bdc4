"""JSON as the RFC means it, and nothing looser."""

import json
import math
import re
from typing import Any, NoReturn

from rest_framework.exceptions import ParseError, UnsupportedMediaType
from rest_framework.parsers import BaseParser

DEEPEST = 32
LONGEST_NUMBER = 40

# Possessive: nothing is remembered to come back to, however long a text is.
_STRUCTURE = re.compile(rb'"(?:[^"\\]++|\\.)*+"|[\[\]{}]')
_UNCLEAN = re.compile(r"[\x00\ud800-\udfff]")


class StrictJSONParser(BaseParser):
    """UTF-8, at most 32 deep, no duplicate keys, no NaN or infinity, an object at the top."""

    media_type = "application/json"

    def parse(self, stream, media_type=None, parser_context=None) -> dict[str, Any]:
        charset = re.search(r"charset\s*=\s*\"?([^\s;\"]*)", media_type or "", re.IGNORECASE)
        if charset and charset[1].lower() not in ("utf-8", "utf8"):
            raise UnsupportedMediaType(media_type, "JSON is read as UTF-8 only.")
        value = read(stream.read())
        if not isinstance(value, dict):
            raise ParseError("The body must be a JSON object.")
        return value


def read(raw: bytes) -> Any:
    """The value of one strict JSON text."""
    if depth(raw) > DEEPEST:
        raise ParseError(f"The JSON is nested deeper than {DEEPEST} levels.")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ParseError(f"The body is not UTF-8 (byte {error.start}).") from error
    try:
        value = json.loads(
            text,
            object_pairs_hook=_object,
            parse_constant=_constant,
            parse_int=_integer,
            parse_float=_number,
        )
    except json.JSONDecodeError as error:
        raise ParseError(
            f"This is not JSON: {error.msg} (line {error.lineno}, column {error.colno})."
        ) from error
    if "\\u" in text:
        _refuse_unclean(value)
    return value


def depth(raw: bytes) -> int:
    """How deep brackets nest outside of strings; without building anything."""
    deepest = level = 0
    for found in _STRUCTURE.finditer(raw):
        match found[0]:
            case b"[" | b"{":
                level += 1
                deepest = max(deepest, level)
            case b"]" | b"}":
                level -= 1
    return deepest


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ParseError(f"The key {key[:80]!r} is given twice.")
        found[key] = value
    return found


def _constant(word: str) -> NoReturn:
    raise ParseError(f"{word} is not a JSON number.")


def _integer(digits: str) -> int:
    if len(digits) > LONGEST_NUMBER:
        raise ParseError("A number has too many digits.")
    return int(digits)


def _number(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise ParseError(f"The number {digits[:40]} is too large.")
    return value


def _refuse_unclean(value: Any) -> None:
    """Escapes can spell what no text may hold: NUL and lone surrogates."""
    match value:
        case str():
            if _UNCLEAN.search(value):
                raise ParseError("A text holds NUL or half a surrogate pair.")
        case dict():
            for key, inner in value.items():
                _refuse_unclean(key)
                _refuse_unclean(inner)
        case list():
            for inner in value:
                _refuse_unclean(inner)
