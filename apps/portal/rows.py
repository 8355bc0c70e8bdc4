"""Rows of tickets as HTML, written by a function: a page of fifty costs a third of a millisecond.

What people wrote is escaped here and nowhere else; tests send markup through every column.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, tzinfo
from functools import lru_cache
from html import escape

from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString

from apps.tickets.listing import ListRow

from .templatetags.ui import badge, clock_pill, icon, initials
from .words import brief, exact

FULL = frozenset({"pick", "priority", "customer", "tier", "status", "face"})  # what a row may show


def draw(
    rows: Iterable[ListRow], *, now: datetime, back: str = "", show: frozenset[str] = FULL
) -> SafeString:
    """Table rows; `back` is the list's query, so that a ticket knows where it came from."""
    zone, back = timezone.get_current_timezone(), escape(back)
    return SafeString("".join(_row(row, now, zone, back, show) for row in rows))


def _row(row: ListRow, now: datetime, zone: tzinfo, back: str, show: frozenset[str]) -> str:
    pk, since = row.id, row.waiting_since or row.updated_at
    url = f"{base_url()}{pk}/"
    return (
        f'<tr data-row id="row-{pk}" data-url="{url}" data-preview="{url}preview/{back}">'
        f"{_box(pk) if 'pick' in show else ''}"
        '<td class="due-cell">'
        f"{clock_pill(row.due_at, row.due_kind, row.sla_state, row.sla_left, now)}</td>"
        f'<td class="dim spare">{pk}</td>'
        f'<td class="wide"><a href="{url}{back}"><bdi>{escape(row.subject)}</bdi></a>'
        f"{_tags(row.tags)} <small><bdi>{escape(row.snippet)}</bdi></small></td>"
        f'<td class="spare">{(level if "priority" in show else mark)(row.priority)}</td>'
        f'<td class="spare who">{_who(row, show)}</td>'
        f"{_cell(word(row.status, row.label)) if 'status' in show else ''}"
        f'<td class="face">{face(row.assignee) if "face" in show else ""}</td>'
        f'<td class="number dim since"><time datetime="{since.isoformat(timespec="seconds")}" '
        f'title="{exact(since.astimezone(zone))}">{brief((now - since).total_seconds())}</time>'
        "</td></tr>"
    )


def _who(row: ListRow, show: frozenset[str]) -> str:
    if row.customer and "customer" in show:
        tier = f" <small>{row.tier}</small>" if "tier" in show else ""
        return f"{escape(row.customer)}{tier}"
    return escape(row.contact or row.email or "")


def _box(pk: int) -> str:
    return (
        f'<td class="pick"><input type="checkbox" name="pick" value="{pk}" '
        f'aria-label="Select {pk}"></td>'
    )


def _cell(said: str) -> str:
    return f'<td class="spare">{said}</td>'


@lru_cache(maxsize=1)
def base_url() -> str:
    return reverse("portal:tickets")


WORDS = {"waiting_customer": "waiting", "waiting_third_party": "waiting on others"}
LOUD = {"urgent": "ink-bad", "high": "ink-warn"}


@lru_cache(maxsize=256)
def word(status: str, label: str | None) -> SafeString:
    """A status in a badge, in the team's own word or in few."""
    return badge(label or WORDS.get(status, status), status)


@lru_cache(maxsize=64)
def level(priority: str) -> SafeString:
    """A priority in a word; quiet where it is the usual."""
    said = priority.capitalize()
    if priority not in LOUD:
        return SafeString(f'<span class="dim">{said}</span>')
    return SafeString(f'<span class="with-icon {LOUD[priority]}">{icon(priority)} {said}</span>')


@lru_cache(maxsize=64)
def mark(priority: str) -> SafeString:
    """A priority as its drawing alone, where there is no room for the word."""
    tone = LOUD.get(priority, "dim")
    return SafeString(f'<span class="{tone}">{icon(priority, priority.capitalize())}</span>')


@lru_cache(maxsize=2048)
def face(name: str | None) -> SafeString:
    if not name:
        return SafeString('<span class="avatar" data-nobody title="Nobody">—</span>')
    said = escape(name)
    return SafeString(
        f'<span class="avatar" role="img" aria-label="{said}" title="{said}">'
        f"{escape(initials(name))}</span>"
    )


def _tags(tags: Sequence[str]) -> str:
    return "".join(f' <span class="tag">{escape(tag)}</span>' for tag in tags[:3])
