"""The values of custom fields, each by its type."""

from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

_YES = frozenset({"yes", "true", "1", "on"})
_NO = frozenset({"no", "false", "0", "off"})
_LONGEST = 2000


class Unfit(ValueError):
    """A value that does not fit its field, in words for the person who wrote it."""


def fit(kind: str, value: Any, options: tuple[str, ...] = ()) -> Any:
    """The value as it is kept (JSON); nothing typed is `None`. Raises `Unfit`."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if isinstance(value, dict | list):
        raise Unfit("One value fits here, not several.")
    if kind == "yes_no":
        return _yes_no(value)
    said = str(value).strip()
    if len(said) > _LONGEST:
        raise Unfit(f"{_LONGEST:,} characters fit here.")
    if kind == "number":
        return _number(said)
    if kind == "date":
        return _date(said)
    if kind == "choice" and said not in options:
        raise Unfit(f"“{said[:80]}” is not one of {', '.join(options)}.")
    if kind == "url" and not said.startswith(("https://", "http://")):
        raise Unfit("A web address begins with https:// or http://.")
    return said


def _yes_no(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    said = str(value).strip().lower()
    if said not in _YES | _NO:
        raise Unfit("Say yes or no.")
    return said in _YES


def _number(said: str) -> int | str:
    """Whole numbers stay numbers; decimals are kept as written, so nothing is rounded."""
    try:
        number = Decimal(said)
    except InvalidOperation:
        raise Unfit(f"“{said[:80]}” is not a number.") from None
    if not number.is_finite() or abs(number) >= Decimal(10) ** 18:
        raise Unfit(f"“{said[:80]}” is not a number that fits here.")
    return int(number) if number == number.to_integral_value() else format(number, "f")


def _date(said: str) -> str:
    try:
        return date.fromisoformat(said).isoformat()
    except ValueError:
        raise Unfit(f"“{said[:80]}” is not a day like 2026-01-31.") from None
