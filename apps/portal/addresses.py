"""Addresses of the portal's pages, without a search among all patterns for every button."""

from functools import lru_cache
from typing import Any

from django.urls import reverse

_STANDS_IN = 9_000_000_000  # no record that a page names has such a number


def address_of(name: str, *parts: Any) -> str:
    """As `reverse` gives it; where only numbers differ, its pattern is found once a process."""
    if all(type(part) is int for part in parts):
        return _pattern(name, len(parts)).format(*parts)
    return reverse(f"portal:{name}", args=parts)


@lru_cache(maxsize=512)
def _pattern(name: str, count: int) -> str:
    numbers = [_STANDS_IN + n for n in range(count)]
    address = reverse(f"portal:{name}", args=numbers)
    for number in numbers:
        address = address.replace(str(number), "{}")
    return address
