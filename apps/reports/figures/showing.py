"""What the figures of the report share: who they are for, what can be asked, how rows look."""

from datetime import timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db.models import QuerySet

from apps.figures.definition import UnknownFigure
from apps.figures.rows import Row, Rows
from apps.sla.models import Clock
from apps.tickets.models import Ticket
from apps.timeline.models import Activity

from ..keeping import FRESH, SEEN

MONTH = timedelta(days=30)
ENOUGH = 20
AS_OF_TODAY = "queue, team, tier, channel and agent are read as they are today"
NOT_COUNTED = "spam, duplicates and merged tickets"

COMMON: dict[str, Any] = {"owner": "Support lead", "reads": "tickets.read", "heavy": True}
LIGHT: dict[str, Any] = {**COMMON, "heavy": False}  # an index alone answers it
KEPT: dict[str, Any] = {**COMMON, "freshness": FRESH, "minimum_coverage": SEEN}  # of kept facts


def zone_of(name: str) -> tzinfo:
    """The zone an address names. Raises `UnknownFigure`."""
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UnknownFigure(f"There is no time zone “{name[:40]}”.") from None


def one_of(said: str, known: Any, what: str) -> str:
    if said not in known:
        raise UnknownFigure(f"There is no {what} “{said[:40]}”.")
    return said


def tickets(found: QuerySet[Ticket]) -> Rows:
    return Rows(
        found.select_related("customer", "assignee", "label"),
        ("Ticket", "Customer", "Status", "Priority", "Assignee"),
        lambda one: Row(
            str(one),
            one.get_absolute_url(),
            (
                one.customer or "—",
                one.status_word,
                one.get_priority_display(),
                one.assignee or "—",
            ),
        ),
    )


def clocks(found: QuerySet[Clock]) -> Rows:
    return Rows(
        found.select_related("ticket"),
        ("Ticket", "Clock", "Priority", "Outcome", "Working seconds", "Target"),
        lambda one: Row(
            str(one.ticket),
            one.ticket.get_absolute_url(),
            (
                one.get_kind_display(),
                one.get_priority_display(),
                one.get_state_display(),
                one.elapsed,
                one.target,
            ),
        ),
    )


def changes(found: QuerySet[Activity]) -> Rows:
    return Rows(
        found.select_related("actor"),
        ("Ticket", "When", "By", "What"),
        lambda one: Row(
            f"#{one.subject_id}",
            f"/tickets/{one.subject_id}/",
            (f"{one.at:%Y-%m-%d %H:%M} UTC", one.who, one.verb.replace("_", " ")),
        ),
    )
