"""Rows of tickets as HTML, written by functions: a page of fifty costs a third of a millisecond.

What people wrote is escaped here and nowhere else; tests send markup through every column.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, tzinfo
from functools import lru_cache
from html import escape
from typing import NamedTuple

from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString

from apps.accounts.models import User
from apps.tickets import presence
from apps.tickets.choices import Channel, Column
from apps.tickets.listing import ListRow
from apps.tickets.rules.moves import UNRESOLVED

from .templatetags.ui import badge, clock_pill, icon, initials, stamp
from .words import brief

PICK = "pick"
USUAL = ("due", "number", "priority", "customer", "tier", "status", "assignee", "tags", "waiting")
FULL = (PICK, *USUAL)
NAMES = tuple(Column.values)


class Moment(NamedTuple):
    """When and where a list is looked at."""

    now: datetime
    zone: tzinfo


Cell = Callable[[ListRow, Moment], str]


class Marks(NamedTuple):
    """What stands beside subjects for one person: markup by number, and what they have to read."""

    dots: Mapping[int, str]
    unread: frozenset[int]


def marks_of(rows: Sequence[ListRow], person: User, at: datetime) -> Marks:
    """Who else is at the tickets of a list (a ring who looks, a full dot who writes), where one's
    own draft waits, which are of an incident that goes on, and which are unread.
    """
    going_on = [row.id for row in rows if row.status in UNRESOLVED]
    found = presence.around([row.id for row in rows], person, going_on=going_on, at=at)
    dots = dict.fromkeys(found.begun, begun())
    for number in found.marks["incident"]:
        dots[number] = dots.get(number, "") + of_incident()
    for number, people in found.here.items():
        said = escape("; ".join(one.said for one in people))
        dots[number] = dots.get(number, "") + (
            f'<span class="at" role="img"{" data-writing" if people[0].writing else ""} '
            f'aria-label="{said}" title="{said}"></span>'
        )
    return Marks(dots, found.unread)


def columns(chosen: Sequence[str], *without: str) -> tuple[str, ...]:
    """The columns of a list in their order: the chosen ones, else the usual."""
    shown = set(chosen or USUAL) - set(without)
    return tuple(one for one in NAMES if one in shown)


def draw(
    rows: Iterable[ListRow],
    *,
    now: datetime,
    back: str = "",
    show: Sequence[str] = FULL,
    marks: Marks | None = None,
) -> SafeString:
    """Table rows; `back` is the list's query, so that a ticket knows where it came from.

    Bold is what whoever looks has not read yet; without `marks`, what nobody has touched.
    """
    moment, back = Moment(now, timezone.get_current_timezone()), escape(back)
    before, after = split(show)
    pick, tags, dots = PICK in show, "tags" in show, marks.dots if marks else {}
    parts = []
    for row in rows:
        pk = row.id
        url = f"{base_url()}{pk}/"
        fresh = row.id in marks.unread if marks else row.status == "new"
        parts.append(
            f'<tr data-row id="row-{pk}" data-url="{url}" data-preview="{url}preview/{back}"'
            f"{' class=fresh' if fresh else ''}>{_box(pk) if pick else ''}"
            f"{''.join([cell(row, moment) for cell in before])}"
            f'<td class="wide"><div class="fit"><span>{UNREAD if fresh else ""}{_dot(row)}'
            f"{dots.get(pk, '')}{to_tell() if row.loop_since else ''}"
            f'<a href="{url}{back}"><bdi>{escape(row.subject)}</bdi></a></span>'
            f"{_tags(row.tags) if tags else ''}"
            f"<small><bdi>{escape(row.snippet)}</bdi></small></div></td>"
            f"{''.join([cell(row, moment) for cell in after])}</tr>"
        )
    return SafeString("".join(parts))


@lru_cache(maxsize=256)
def split(show: Sequence[str]) -> tuple[list[Cell], list[Cell]]:
    """The cells before the subject and those after it; a tier stands beside its customer."""
    cells = {**CELLS, "customer": _customer_and_tier} if "tier" in show else CELLS
    before, after = named(show)
    return [cells[one] for one in before], [cells[one] for one in after]


def named(show: Sequence[str]) -> tuple[list[str], list[str]]:
    """The columns before the subject, and those after it."""
    return (
        [one for one in BEFORE if one in show],
        [one for one in CELLS if one in show and one not in BEFORE],
    )


def head(show: Sequence[str], sorts: Mapping[str, tuple[str, str]] | None = None) -> SafeString:
    """The head of the table; `sorts` gives address and direction of what it can be ordered by."""
    before, after = named(show)
    pick, known = PICK_ALL if PICK in show else "", sorts or {}
    titles = (_title(one, *known.get(one, ("", ""))) for one in (*before, "subject", *after))
    return SafeString(f"<tr>{pick}{''.join(titles)}</tr>")


def _title(name: str, url: str, way: str) -> str:
    said, kind = TITLES[name]
    ordered = f' aria-sort="{way}"' if way else ""
    said = f'<a href="{escape(url)}">{said}</a>' if url else said
    return f"<th{kind}{ordered}>{said}</th>"


def width(show: Sequence[str]) -> int:
    """How many columns a band spans."""
    return sum(map(len, named(show))) + 1 + (PICK in show)


PICK_ALL = (
    '<th class="pick">'
    '<input type="checkbox" data-pick-all aria-label="Select all on this page"></th>'
)


# --- cells --------------------------------------------------------------------------------------


def _due(row: ListRow, moment: Moment) -> str:
    pill = clock_pill(row.due_at, row.due_kind, row.sla_state, row.sla_left, moment.now)
    return f'<td class="due-cell">{pill}</td>'


def _number(row: ListRow, moment: Moment) -> str:
    return f'<td class="dim spare">{row.id}</td>'


def _priority(row: ListRow, moment: Moment) -> str:
    return f'<td class="spare">{level(row.priority)}</td>'


def _customer(row: ListRow, moment: Moment) -> str:
    return f'<td class="spare who">{escape(row.customer or row.contact or row.email or "")}</td>'


def _customer_and_tier(row: ListRow, moment: Moment) -> str:
    if not row.customer:
        return _customer(row, moment)
    tier = f" <small>{row.tier}</small>" if row.tier else ""
    name = f"<span>{escape(row.customer)}</span>"
    return f'<td class="spare who"><div class="fit">{name}{tier}</div></td>'


def _contact(row: ListRow, moment: Moment) -> str:
    return f'<td class="spare who">{escape(row.contact or row.email or "")}</td>'


def _status(row: ListRow, moment: Moment) -> str:
    return f'<td class="spare">{word(row.status, row.label)}</td>'


def _queue(row: ListRow, moment: Moment) -> str:
    return f'<td class="spare dim">{escape(row.queue or "")}</td>'


def _channel(row: ListRow, moment: Moment) -> str:
    return f'<td class="spare dim">{CHANNELS.get(row.channel, row.channel)}</td>'


def _assignee(row: ListRow, moment: Moment) -> str:
    return f'<td class="face">{face(row.assignee)}</td>'


def _reported(row: ListRow, moment: Moment) -> str:
    return _since(row.reported_at, moment, "spare")


def _updated(row: ListRow, moment: Moment) -> str:
    return _since(row.updated_at, moment, "spare")


def _waiting(row: ListRow, moment: Moment) -> str:
    return _since(row.waiting_since or row.updated_at, moment, "since")


def _since(at: datetime, moment: Moment, kind: str) -> str:
    return (
        f'<td class="number dim {kind}"><time {stamp(at, moment.zone)}>'
        f"{brief((moment.now - at).total_seconds())}</time></td>"
    )


BEFORE = ("due", "number")
CELLS: dict[str, Cell] = {
    "due": _due,
    "number": _number,
    "priority": _priority,
    "customer": _customer,
    "contact": _contact,
    "status": _status,
    "queue": _queue,
    "channel": _channel,
    "assignee": _assignee,
    "reported": _reported,
    "updated": _updated,
    "waiting": _waiting,
}
TITLES = {  # the words over a column, and the classes of its head
    "due": ("Due", ""),
    "number": ("#", ' class="spare"'),
    "subject": ("Subject", ""),
    "priority": ("Priority", ' class="spare"'),
    "customer": ("Customer", ' class="spare"'),
    "contact": ("Contact", ' class="spare"'),
    "status": ("Status", ' class="spare"'),
    "queue": ("Queue", ' class="spare"'),
    "channel": ("Channel", ' class="spare"'),
    "assignee": ('<span class="hush">Assignee</span>', ""),
    "reported": ("Reported", ' class="number spare"'),
    "updated": ("Changed", ' class="number spare"'),
    "waiting": ("Since", ' class="number"'),
}
CHANNELS = dict(Channel.choices)


def _dot(row: ListRow) -> str:
    """The customer wrote again after we had answered."""
    return ANSWERED if row.waiting_since and row.first_replied_at else ""


UNREAD = '<span class="hush">Unread: </span>'
ANSWERED = '<span class="news" role="img" aria-label="New reply" title="New reply"></span>'


@lru_cache(maxsize=1)
def to_tell() -> str:
    return f'<span class="begun">{icon("loop", "To be told what became of it")}</span>'


@lru_cache(maxsize=1)
def begun() -> str:
    return f'<span class="begun">{icon("note", "You have a draft")}</span>'


@lru_cache(maxsize=1)
def of_incident() -> str:
    return (
        f'<span class="begun" data-tone="bad">{icon("alert", "Of an incident that goes on")}</span>'
    )


def _box(pk: int) -> str:
    return (
        f'<td class="pick"><input type="checkbox" name="pick" value="{pk}" '
        f'aria-label="Select {pk}"></td>'
    )


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
