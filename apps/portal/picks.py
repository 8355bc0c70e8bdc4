"""Selects of the lists as HTML: every list has them, so they are written without a form."""

import json
from collections.abc import Iterable
from functools import lru_cache
from html import escape

from django.urls import reverse
from django.utils.safestring import SafeString

Choice = tuple[object, str]


def read(rows: str) -> list[Choice]:
    """The choices in the JSON text of a statement, each a value and its words."""
    return [tuple(row.values()) for row in json.loads(rows)]


def options(choices: Iterable[Choice], chosen: object = None) -> str:
    """`<option>`s; what people named is escaped here."""
    return "".join(
        f'<option value="{escape(str(value))}"{" selected" if value == chosen else ""}>'
        f"{escape(str(words))}</option>"
        for value, words in choices
    )


def pick(name: str, choices: Iterable[Choice]) -> SafeString:
    """A select of the filter bar, named in its first option."""
    label = name.capitalize()
    return SafeString(
        f'<select name="{name}" aria-label="{label}" data-autosubmit>'
        f'<option value="">{label}</option>{options(choices)}</select>'
    )


def change(name: str, label: str, choices: Iterable[Choice]) -> SafeString:
    """A select of the bulk bar; its first option names it and leaves things as they are."""
    return SafeString(
        f'<select name="{name}" class="input" aria-label="{label}">'
        f'<option value="">{label}</option>{options(choices)}</select>'
    )


# --- what the database names: drawn once as long as the text stays the same -----------------------


@lru_cache(maxsize=256)
def queue_options(queues: str, chosen: str) -> SafeString:
    """The queues one may look at alone; nothing where there is only one."""
    found = read(queues)
    return SafeString(options(found, chosen) if len(found) > 1 else "")


@lru_cache(maxsize=64)
def assignee_change(people: str) -> SafeString:
    return change("assignee", "Assign", [("nobody", "Nobody"), *read(people)])


@lru_cache(maxsize=64)
def queue_change(queues: str) -> SafeString:
    return change("queue", "Queue", read(queues))


@lru_cache(maxsize=512)
def macro_change(macros: str) -> SafeString:
    """Nothing where there is no macro."""
    found = read(macros)
    return change("macro", "Macro", found) if found else SafeString("")


@lru_cache(maxsize=512)
def view_chips(views: str, current: int | None) -> SafeString:
    """Saved views as chips; the one that is looked at is marked."""
    page = reverse("portal:tickets")
    return SafeString(
        "".join(
            f'<a class="chip" href="{page}?view={view}"'
            f"{' aria-current=page' if view == current else ''}>{escape(str(name))}</a>"
            for view, name in read(views)
        )
    )
