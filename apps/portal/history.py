"""What happened to a record, in words: who did what, and each field before and after."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Model
from django.utils import timezone

from apps.accounts.models import Team, User
from apps.calendars.models import Calendar
from apps.catalog.models import Capability
from apps.customers.models import Customer
from apps.tickets.models import Queue
from apps.timeline.models import Activity

from .words import clock_time

NAMED: Mapping[str, type[Model]] = {
    "owner": User,
    "assignee": User,
    "commander": User,
    "team": Team,
    "customer": Customer,
    "calendar": Calendar,
    "queue": Queue,
    "capability": Capability,
}
VERBS = {  # those whose name alone says too little
    "begun": "began it",
    "insight_added": "linked who asks",
    "insight_changed": "changed who asks",
    "insight_removed": "took away who asks",
    "insight_restored": "put back who asks",
    "joined": "merged another into it",
    "parted": "took a merge back",
    "told_the_rest": "had the rest told",
    "undone": "took a change back",
}


@dataclass(frozen=True, slots=True)
class Change:
    """One field before and after, in words; "" where there was or is nothing."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Step:
    """One Activity: its verb, what it changed, and the reason somebody gave."""

    activity: Activity
    verb: str
    changes: tuple[Change, ...]
    reason: str


def history(activities: Iterable[Activity]) -> list[Step]:
    """Each Activity as people read it; one query for each kind of record that is named."""
    activities = list(activities)
    names = _names(activities)
    return [
        Step(
            activity,
            VERBS.get(activity.verb, activity.verb.replace("_", " ")),
            tuple(
                Change(
                    name.replace("_", " "),
                    said(pair[0], names.get(name)),
                    said(pair[1], names.get(name)),
                )
                for name, pair in changed(activity)
            ),
            _reason(activity.data),
        )
        for activity in activities
    ]


def said(value: Any, names: Mapping[Any, str] | None = None) -> str:
    """A stored value as a person reads it."""
    if value in (None, "", [], {}):
        return ""
    if names is not None and isinstance(value, int):
        return names.get(value, f"no. {value}, gone since")
    if isinstance(value, Mapping):
        return "; ".join(f"{name} {said(one)}".replace("_", " ") for name, one in value.items())
    if isinstance(value, list):
        return ", ".join(said(one) for one in value)
    return _instant(str(value)) or str(value).replace("_", " ")


def changed(activity: Activity) -> list[tuple[str, Sequence[Any]]]:
    """The fields an Activity tells of, each with what stood before and after."""
    return [
        (name, pair)
        for name, pair in activity.data.items()
        if isinstance(pair, list) and len(pair) == 2 and pair[0] != pair[1]
    ]


def _names(activities: Iterable[Activity]) -> dict[str, dict[Any, str]]:
    numbers: dict[str, set[int]] = {}
    for activity in activities:
        for name, pair in changed(activity):
            if name in NAMED:
                numbers.setdefault(name, set()).update(one for one in pair if one is not None)
    return {
        name: {one.pk: str(one) for one in NAMED[name]._default_manager.in_bulk(wanted).values()}
        for name, wanted in numbers.items()
    }


def _reason(data: Mapping[str, Any]) -> str:
    reason = data.get("reason")
    return reason if isinstance(reason, str) else ""


def _instant(text: str) -> str:
    """A day or an instant as it is written in data, in the reader's own words and zone."""
    if len(text) < len("2026-11-27") or not text[:4].isdigit():
        return ""
    try:
        if len(text) == len("2026-11-27"):
            day = date.fromisoformat(text)
            return f"{day.day} {day:%b %Y}"
        at = datetime.fromisoformat(text)
    except ValueError:
        return ""
    if at.tzinfo is None:
        return ""
    return clock_time(timezone.localtime(at), timezone.localtime())
