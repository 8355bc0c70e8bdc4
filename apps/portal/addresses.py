"""Addresses of the portal's pages, without a search among all patterns for every button."""

from functools import lru_cache
from typing import Any

from django.urls import reverse

from .stencils import Hole

_STANDS_IN = 9_000_000_000  # no record that a page names has such a number


def address_of(name: str, *parts: Any) -> str:
    """As `reverse` gives it; where only numbers differ, its pattern is found once a process.

    In a stencil a number may be a hole.
    """
    if all(type(part) in (int, Hole) for part in parts):
        return _pattern(name, len(parts)).format(*parts)
    if any(type(part) is Hole for part in parts):
        return _between(name, parts)
    return reverse(f"portal:{name}", args=parts)


@lru_cache(maxsize=512)
def _pattern(name: str, count: int) -> str:
    return _between(name, tuple(Hole("{}") for _ in range(count)))


def _between(name: str, parts: tuple[Any, ...]) -> str:
    """The address with its holes in it."""
    numbers = [_STANDS_IN + n if type(part) is Hole else part for n, part in enumerate(parts)]
    address = reverse(f"portal:{name}", args=numbers)
    for number, part in zip(numbers, parts, strict=True):
        if type(part) is Hole:
            address = address.replace(str(number), part)
    return address
