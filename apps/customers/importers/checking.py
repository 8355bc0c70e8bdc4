"""What a value of a row may be: text, instants, amounts, addresses. Raises `Malformed`."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from apps.timeline.refusal import Refused
from apps.timeline.text import clean_line, clean_text

from .reading import Malformed

_EMAIL = re.compile(r"[^@\s,;<>()\[\]\\\"]{1,64}@[^@\s,;<>()\[\]\\\"]{1,189}", re.ASCII)
_INSTANT = re.compile(
    r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d)", re.ASCII
)
_DECIMALS = re.compile(r"\.\d+")  # below a whole second, and not needed


def only(values: Mapping[str, Any], known: frozenset[str], path: str = "") -> None:
    """Refuse names nobody reads, so that nothing is dropped silently."""
    if values.keys() <= known:
        return
    name = next(name for name in values if name not in known)
    raise Malformed((f"{path}.{name}" if path else name)[:120], "This name is not known.")


def text(value: Any, column: str, *, limit: int = 65_536) -> str:
    """A body, or nothing."""
    return _cleaned(clean_text, value, column, limit)


def line(value: Any, column: str, *, limit: int = 200, required: bool = False) -> str:
    """One line; `None` is an empty one."""
    if value is None and not required:
        return ""
    said = _cleaned(clean_line, value, column, limit)
    if required and not said:
        raise Malformed(column, "It is missing.")
    return said


def _cleaned(clean: Any, value: Any, column: str, limit: int) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Malformed(column, "Text is wanted here.")
    if len(value) <= limit and value.isascii() and value.isprintable():
        return value.strip() if clean is clean_line else value  # nothing in it to be cleaned
    try:
        return clean(value, limit=limit)
    except Refused as refused:
        raise Malformed(column, refused.sentence) from None


def one_of(value: Any, column: str, known: frozenset[str], default: str = "") -> str:
    """One of a few words, or the default when nothing is said."""
    if value is None:
        return default
    if isinstance(value, str) and value in known:
        return value
    said = line(value, column).lower()
    if not said:
        return default
    if said not in known:
        raise Malformed(column, f"“{said[:40]}” is not one of {', '.join(sorted(known))}.")
    return said


def email(value: Any, column: str, *, required: bool = False) -> str:
    """An address in lower case, or nothing."""
    if value is None and not required:
        return ""
    said = line(value, column, limit=254, required=required).lower()
    if said and not _EMAIL.fullmatch(said):
        raise Malformed(column, f"“{said[:80]}” is not an e-mail address.")
    return said


def instant(value: Any, column: str) -> datetime:
    """An RFC 3339 instant with its zone, in whole seconds of UTC."""
    if not isinstance(value, str) or not value:
        raise Malformed(column, "An instant like 2026-01-31T09:30:00Z is wanted here.")
    if not _INSTANT.fullmatch(value):
        zoneless = re.match(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?$", value)
        why = "It says no zone." if zoneless else "It is not like 2026-01-31T09:30:00Z."
        raise Malformed(column, f"“{value[:40]}” is not an instant. {why}")
    try:
        if "." in value:
            value = _DECIMALS.sub("", value)
        at = datetime.fromisoformat(value.upper())
        at = at if at.tzinfo is UTC else at.astimezone(UTC)
    except (ValueError, OverflowError):
        raise Malformed(column, f"“{value[:40]}” is no instant of the calendar.") from None
    if not 1970 <= at.year < 2200:
        raise Malformed(column, "That is not a time of living memory.")
    return at


def day(value: Any, column: str) -> date | None:
    """A date, or nothing."""
    said = line(value, column)
    if not said:
        return None
    try:
        at = date.fromisoformat(said)
    except ValueError:
        raise Malformed(column, f"“{said[:40]}” is not a day like 2026-01-31.") from None
    if not 1970 <= at.year < 2200:
        raise Malformed(column, "That is not a day of living memory.")
    return at


def amount(value: Any, column: str) -> Decimal | None:
    """An amount of money with at most two decimals, or nothing."""
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise Malformed(column, "An amount is wanted here.")
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        raise Malformed(column, f"“{str(value)[:40]}” is not an amount.") from None
    if not number.is_finite() or abs(number) >= Decimal(10) ** 12:
        raise Malformed(column, f"“{str(value)[:40]}” is not an amount that fits.")
    if number != round(number, 2):
        raise Malformed(column, "An amount has two decimals at most.")
    return number


def mapping(value: Any, column: str) -> dict[str, Any]:
    """An object inside a row, or an empty one."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Malformed(column, "An object is wanted here.")
    return value


def listing(value: Any, column: str, *, most: int) -> list[Any]:
    """A list inside a row, or an empty one."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise Malformed(column, "A list is wanted here.")
    if len(value) > most:
        raise Malformed(column, f"{most:,} fit here.")
    return value


def no_nul(values: Mapping[str, Any]) -> None:
    """A NUL anywhere rejects the row, naming the column."""
    for name, value in values.items():
        if isinstance(value, str):
            if "\x00" in value or "\x00" in name:
                raise Malformed(name.replace("\x00", "")[:120], "It holds a NUL byte.")
        elif isinstance(value, dict):
            no_nul({f"{name}.{inner}": one for inner, one in value.items()})
        elif isinstance(value, list):
            no_nul({f"{name}[{place}]": one for place, one in enumerate(value)})
