"""Who answers a search: each finder looks at one kind of thing this person may see."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.urls import reverse

from apps.accounts.models import User

from .navigation import pages_for


@dataclass(frozen=True, slots=True)
class Found:
    """One match: its words, where it is, and what stands beside it."""

    title: str
    url: str
    icon: str
    aside: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """The matches of one kind."""

    title: str
    found: tuple[Found, ...]


Finder = Callable[[str, User, int], Iterable[Found]]


def find(said: str, user: User, *, limit: int = 25) -> list[Group]:
    """What matches, kind by kind; kinds without a match are left out."""
    groups = (
        Group(title, tuple(finder(said, user, limit)))
        for title, finder in FINDERS
        if said or title in ALWAYS
    )
    return [group for group in groups if group.found]


def pages(said: str, user: User, limit: int) -> Iterable[Found]:
    """Pages of the rail by their name."""
    matches = [
        Found(entry.label, url, "next", f"g {entry.key}" if entry.key else "")
        for entry, url in pages_for(user)
        if said.lower() in entry.label.lower()
    ]
    return matches[:limit]


def actions(said: str, user: User, limit: int) -> Iterable[Found]:
    """Things to do."""
    known = [
        Found("Your settings", reverse("portal:settings"), "next"),
    ]
    return [one for one in known if said.lower() in one.title.lower()][:limit]


FINDERS: list[tuple[str, Finder]] = [("Pages", pages), ("Actions", actions)]
ALWAYS = frozenset({"Pages", "Actions"})
