"""The rail: which pages there are, in the groups of the map; only those that exist."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

if TYPE_CHECKING:
    from .desk import Pin


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the rail: a page, who may open it, and the key after `g` that goes there."""

    label: str
    name: str
    permission: str = ""
    key: str = ""


GROUPS: tuple[tuple[str, tuple[Entry, ...]], ...] = (
    ("", (Entry("Today", "portal:today", key="t"),)),
    (
        "Support",
        (
            Entry("Inbox", "portal:inbox", "tickets.read", "q"),
            Entry("Tickets", "portal:tickets", "tickets.read", "a"),
            Entry("Load", "portal:load", "tickets.balance", "l"),
            Entry("Mailroom", "portal:mailroom", "mail.read", "e"),
            Entry("Customers", "portal:customers", "customers.read", "c"),
            Entry("Prepared replies", "portal:canned-replies", "tickets.reply", "p"),
            Entry("SLA", "portal:sla", "sla.read", "r"),
        ),
    ),
    ("Product", (Entry("Requests", "portal:requests", "features.read", "b"),)),
    (
        "Operations",
        (
            Entry("Incidents", "portal:incidents", "incidents.read", "i"),
            Entry("Metrics", "portal:metrics", "metrics.read", "m"),
            Entry("Data health", "portal:data-health", "metrics.read", "h"),
        ),
    ),
    ("Plan", (Entry("Actions", "portal:actions", "actions.read", "x"),)),
    (
        "Communicate",
        (
            Entry("Deliveries", "portal:deliveries", "outbox.read", "d"),
            Entry("Outgoing mail", "portal:mails", "tickets.read"),
        ),
    ),
    (
        "Insight",
        (
            Entry("Support report", "portal:support-report", "figures.read", "s"),
            Entry("Figures", "portal:figures", "figures.read", "f"),
        ),
    ),
)


Groups = tuple[tuple[str, tuple[tuple[Entry, str], ...]], ...]


@cache
def existing() -> Groups:
    """The groups with their addresses, without pages that nobody has built."""
    groups = []
    for title, entries in GROUPS:
        found = tuple((entry, url) for entry in entries if (url := address(entry.name)))
        if found:
            groups.append((title, found))
    return tuple(groups)


def address(name: str) -> str:
    """The page's URL, or nothing where there is no such page."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


@cache
def groups_for(permissions: frozenset[str]) -> Groups:
    """The groups as somebody with these permissions sees them."""
    known = {"", *permissions}
    groups = (
        (title, tuple(one for one in found if one[0].permission in known))
        for title, found in existing()
    )
    return tuple((title, found) for title, found in groups if found)


def pages_for(permissions: frozenset[str]) -> list[tuple[Entry, str]]:
    """Every page of the rail that these permissions open."""
    return [one for _, found in groups_for(permissions) for one in found]


# Lists of the inbox that `g` goes to from everywhere; they have no line of their own in the rail.
LISTS = (("u", "Unassigned", "unassigned"), ("w", "Waiting", "waiting"))


def goings(permissions: frozenset[str]) -> list[tuple[str, str]]:
    """What `g` and a letter go to: the keys in words, and the page."""
    found = [(f"g {entry.key}", entry.label) for entry, _ in pages_for(permissions) if entry.key]
    if "tickets.read" in permissions:
        found += [(f"g {key}", label) for key, label, _ in LISTS]
    return found


@cache
def _hidden(permissions: frozenset[str]) -> str:
    """Addresses for `g` that the rail has no room for."""
    inbox = address("portal:inbox") if "tickets.read" in permissions else ""
    return "".join(
        f'<a hidden data-go="{key}" href="{inbox}?view={view}">{label}</a>'
        for key, label, view in LISTS
        if inbox
    )


@cache
def _foot() -> str:
    return f'<ul class="foot"><li><a href="{address("admin:index")}">Settings</a></li></ul>'


def draw(
    request: HttpRequest, counts: Mapping[str, SafeString], pins: Sequence["Pin"] = ()
) -> SafeString:
    """The rail as HTML; written here because every page pays for it."""
    below = {"portal:tickets": _pinned(pins, request, counts)} if pins else {}
    user, path, parts = request.user, request.path, []
    current = max(
        (url for _, found in existing() for _, url in found if path.startswith(url)),
        key=len,
        default="",
    )
    for title, found in groups_for(user.permissions):
        lines = [
            f'<li><a href="{url}"{_current(url, current, path)}{_key(entry)}>'
            f"{escape(entry.label)}</a>{counts.get(entry.name, '')}{below.get(entry.name, '')}</li>"
            for entry, url in found
        ]
        head = f"<h2>{escape(title)}</h2>" if title else ""
        parts.append(f"{head}<ul>{''.join(lines)}</ul>")
    parts += [_hidden(user.permissions), _foot() if user.is_staff else ""]
    return mark_safe("".join(parts))  # noqa: S308  (every part is escaped above)


def _pinned(pins: Sequence["Pin"], request: HttpRequest, counts: Mapping[str, SafeString]) -> str:
    """The saved views a person keeps in the rail, below the list they are of."""
    page, shown = address("portal:tickets"), request.GET.get("view", "")
    lines = [
        f'<li><a href="{page}?view={pin.view}"'
        f"{' aria-current=page' if request.path == page and shown == str(pin.view) else ''}>"
        f"<span>{escape(pin.name)}</span>{counts.get(f'portal:{pin.counter}', '')}</a></li>"
        for pin in pins
    ]
    return f'<ul class="pins">{"".join(lines)}</ul>'


def _current(url: str, current: str, path: str) -> str:
    if url != current or (url == "/" and path != "/"):
        return ""
    return ' aria-current="page"' if url == path else ' aria-current="true"'


def _key(entry: Entry) -> str:
    return f' data-go="{entry.key}"' if entry.key else ""
