"""What stands behind an owed answer: the page of the record it is about."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from apps.tickets.models import OwedAnswer

from .addresses import address_of

# kind → the name of its page
PAGES: dict[str, str] = {"feature_request": "request", "incident": "incident"}


@dataclass(frozen=True, slots=True)
class Loop:
    """What became of one record, and how many wait to hear of it since when."""

    title: str
    became: str
    url: str
    waiting: int
    since: datetime


def open_loops(kinds: Collection[str], *, most: int) -> list[Loop]:
    """Those with somebody to be told, whoever waits longest first."""
    rows = OwedAnswer.objects.filter(kind__in=kinds).outcomes()[:most]
    return [
        Loop(
            row["title"],
            row["became"],
            address_of(PAGES[row["kind"]], row["subject_id"]),
            row["waiting"],
            row["first"],
        )
        for row in rows
    ]


def page_of(answer: OwedAnswer) -> str:
    """Where one reads what became of it; nothing where there is no page."""
    name = PAGES.get(answer.kind, "")
    return address_of(name, answer.subject_id) if name else ""
