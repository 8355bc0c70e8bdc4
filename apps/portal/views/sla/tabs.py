"""The three pages of promises."""

from typing import Any

from django.urls import reverse

PAGES = (
    ("Compliance", "portal:sla"),
    ("Policies", "portal:sla-policies"),
    ("Calendars", "portal:sla-calendars"),
)


def of(name: str) -> dict[str, Any]:
    """Links to each of them, and which one this is."""
    return {"tabs": [(words, reverse(page)) for words, page in PAGES], "current": reverse(name)}
