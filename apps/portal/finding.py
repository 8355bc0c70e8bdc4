"""Who answers a search: each finder looks at one kind of thing this person may see."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.html import escape
from django.utils.safestring import SafeString

from apps.accounts.models import User
from apps.features.models import FeatureRequest
from apps.incidents.models import Incident
from apps.tickets import searching
from apps.tickets.choices import Status
from apps.tickets.models import View
from apps.tickets.rules.words import ask

from .browsing import VIEWS
from .deeds import PRESSES, Deed, Subject, allowed, matches
from .navigation import pages_for
from .words import plural

MOST_CHOICES = 12


@dataclass(frozen=True, slots=True)
class Found:
    """One match: its words, where it is, and what stands beside it."""

    title: str
    url: str = ""
    icon: str = "next"
    aside: str = ""
    excerpt: str = ""
    status: str = ""  # a ticket's, and the word for it
    status_word: str = ""
    key: str = ""  # of the table of keys
    sends: str = ""  # values a verb is sent with, as JSON
    deed: str = ""  # a verb that asks further
    asks: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """The matches of one kind."""

    title: str
    found: tuple[Found, ...]


Finder = Callable[[str, User, int], Iterable[Found]]


def find(said: str, user: User, *, limit: int = 25, palette: bool = False) -> list[Group]:
    """What matches, kind by kind; kinds without a match are left out."""
    groups = (
        Group(title, tuple(finder(said, user, limit)))
        for title, finder in (IN_PALETTE if palette else FINDERS)
        if said or title in ALWAYS
    )
    return [group for group in groups if group.found]


def pages(said: str, user: User, limit: int) -> Iterable[Found]:
    """Pages of the rail by their name."""
    matches = [
        Found(entry.label, url, "next", key=f"g {entry.key}" if entry.key else "")
        for entry, url in pages_for(user.permissions)
        if said.lower() in entry.label.lower()
    ]
    return matches[:limit]


def actions(said: str, user: User, limit: int) -> Iterable[Found]:
    """Things to do; settings by what is set there."""
    known = [
        Found("New ticket", reverse("portal:ticket-new"), "plus", key="c"),
        Found("Declare incident", reverse("portal:incident-declare"), "alert"),
        Found("Your settings", reverse("portal:settings"), aside="theme, time zone, away"),
        Found("Your keys", reverse("portal:settings-keys"), aside="keyboard shortcuts"),
    ]
    if said:
        known += [
            Found("Sessions", reverse("portal:sessions"), aside="where you are signed in"),
            Found("API tokens", reverse("portal:tokens"), aside="for programs"),
            Found("Password", reverse("account_change_password"), aside="change it"),
            Found("Second factor", reverse("mfa_index"), aside="authenticator, recovery codes"),
        ]
    return [one for one in known if matches(said, f"{one.title} {one.aside}")][:limit]


def views(said: str, user: User, limit: int) -> Iterable[Found]:
    """The inbox's views, and those that are kept."""
    if not said or not user.may("tickets.read"):
        return []
    inbox = reverse("portal:inbox")
    found = [
        Found(one.name, f"{inbox}?{urlencode({'view': one.key})}", aside="Inbox")
        for one in VIEWS.values()
        if matches(said, one.name)
    ]
    kept = View.objects.visible_to(user).filter(name__icontains=said).order_by("name", "pk")
    return [*found, *(Found(one.name, one.get_absolute_url()) for one in kept[:limit])][:limit]


def tickets(said: str, user: User, limit: int) -> Iterable[Found]:
    """Tickets by their number, their words and their people."""
    if not said or not user.may("tickets.read"):
        return []
    return [
        Found(
            f"#{hit.row.id} {hit.row.subject}",
            reverse("portal:ticket", args=[hit.row.id]),
            "mail",
            hit.row.customer or hit.row.contact or "",
            marked(hit.excerpt, hit.marks),
            hit.row.status,
            hit.row.label or str(Status(hit.row.status).label),
        )
        for hit in searching.search(said, most=limit, typing=True, viewer=user).tickets
    ]


def customers(said: str, user: User, limit: int) -> Iterable[Found]:
    """Organisations, and the people there."""
    if not user.may("customers.read"):
        return []
    organisations, people = searching.people(ask(said).text, most=limit)
    found = [
        Found(one.name, reverse("portal:customer", args=[one.id]), "link", one.aside)
        for one in organisations
    ]
    page = reverse("portal:tickets")
    found += [
        Found(one.name, f"{page}?{urlencode({'q': f'contact:{one.id}'})}", "reply", one.aside)
        for one in people
    ]
    return found


def incidents(said: str, user: User, limit: int) -> Iterable[Found]:
    """Incidents by number or title, the newest first."""
    if not said or not user.may("incidents.read"):
        return []
    found = Incident.objects.visible_to(user).named_like(said).order_by("-pk")[:limit]
    return [
        Found(f"{one.severity} {one.title}", one.get_absolute_url(), "alert", one.state)
        for one in found
    ]


def to_do(said: str, deed: Deed, subject: Subject) -> Group:
    """What there is to choose for one verb."""
    found = tuple(
        Found(
            choice.title,
            choice.url,
            choice.icon,
            choice.aside,
            sends=json.dumps(choice.values),
        )
        for choice in islice(deed.choices(said, subject), MOST_CHOICES)
    )
    return Group(f"{deed.title.rstrip('…')} {_named(subject)}", found)


def deeds_on(said: str, subject: Subject) -> Group:
    """The verbs for the tickets one looks at; those that ask nothing, once they are named."""
    found = [
        Found(deed.title, "", deed.icon, key=deed.key, deed=deed.name, asks=deed.asks)
        for deed in allowed(subject.user)
        if matches(said, deed.title)
    ]
    if said and subject.one is not None:
        found += [
            Found(one.title, url, one.icon, key=one.key, sends="" if one.page else "{}")
            for one in PRESSES
            if subject.user.may(one.permission) and matches(said, one.title)
            for url in [reverse(f"portal:ticket-{one.name}", args=[subject.one])]
        ]
    return Group(_named(subject).capitalize(), tuple(found))


def _named(subject: Subject) -> str:
    return f"#{subject.one}" if subject.one is not None else f"{len(subject.numbers)} tickets"


def recent(user: User, most: int = 5) -> Group:
    """The tickets this person worked on last."""
    rows = searching.touched_by(user, most) if user.may("tickets.read") else []
    return Group(
        "Recent",
        tuple(
            Found(
                f"#{row.id} {row.subject}",
                reverse("portal:ticket", args=[row.id]),
                "mail",
                row.customer or row.contact or "",
            )
            for row in rows
        ),
    )


def marked(excerpt: str, marks: Sequence[tuple[int, int]]) -> SafeString:
    """An excerpt with the words that were found in it."""
    parts, at = [], 0
    for begin, end in marks:
        parts += [escape(excerpt[at:begin]), "<mark>", escape(excerpt[begin:end]), "</mark>"]
        at = end
    return SafeString("".join([*parts, escape(excerpt[at:])]))


def requests(said: str, user: User, limit: int) -> Iterable[Found]:
    """Feature requests by their words and other names."""
    if not said or not user.may("features.read"):
        return []
    found = FeatureRequest.objects.going_on().holding(said).in_order("demand")[:limit]
    return [
        Found(
            one.title,
            reverse("portal:request", args=[one.pk]),
            "loop",
            f"{one.get_status_display()}, {plural(one.contacts, 'asks', 'ask')}",
        )
        for one in found
    ]


FINDERS: list[tuple[str, Finder]] = [
    ("Pages", pages),
    ("Actions", actions),
    ("Tickets", tickets),
    ("Customers and people", customers),
    ("Incidents", incidents),
    ("Feature requests", requests),
]
IN_PALETTE = [*FINDERS[:2], ("Views", views), *FINDERS[2:]]
ALWAYS = frozenset({"Pages", "Actions"})
