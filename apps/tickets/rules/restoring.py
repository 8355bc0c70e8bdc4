"""What a change leaves to take back once other changes may have followed. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

FIELDS = frozenset(
    ("status", "status_label", "assignee", "team", "priority", "tags", "queue", "fields")
) | {"snoozed_until", "subject", "contact", "customer"}
SENT = frozenset({"replied"})  # what cannot be unsaid, and the status it left with it
STATUS = frozenset({"status", "status_label"})
OPENS = frozenset(
    ("assigned", "handed_over", "prioritised", "filed", "snoozed", "noted", "replied")
)
"""Verbs of ours that open what is new."""


class Told(NamedTuple):
    """An Activity: its number, its verb, and what it says of fields."""

    activity: int
    verb: str
    data: Mapping[str, Any]

    def changed(self) -> dict[str, tuple[Any, Any]]:
        """Field → before and after."""
        return {
            name: (pair[0], pair[1])
            for name, pair in self.data.items()
            if name in FIELDS and isinstance(pair, list) and len(pair) == 2
        }


class Restoring(NamedTuple):
    """For each Activity, last first, the fields to put back; and those that stay as they are."""

    back: list[tuple[int, dict[str, list[Any]]]]
    kept: tuple[str, ...]

    def values(self) -> dict[str, Any]:
        """The fields as they were before all of it."""
        found: dict[str, Any] = {}
        for _, pairs in self.back:
            found.update({name: pair[1] for name, pair in pairs.items()})
        return found


def restoring(told: Iterable[Told], later: Iterable[Told]) -> Restoring:
    """Take back what was `told`, except the fields that something `later` has changed.

    A status that something later would have led to all the same stays, and is not named.
    """
    told, later = list(told), list(later)
    touched = {name for one in later for name in one.changed()}
    if any(one.verb in SENT and "logged" not in one.data for one in told):
        touched |= STATUS
    back, kept = [], []
    for one in reversed(told):
        changed = one.changed()
        kept += [name for name in changed if name in touched]
        stays = touched | STATUS if _again(one, later) else touched
        pairs = {
            name: [after, before] for name, (before, after) in changed.items() if name not in stays
        }
        if pairs:
            back.append((one.activity, pairs))
    return Restoring(back, tuple(dict.fromkeys(reversed(kept))))


def _again(one: Told, later: list[Told]) -> bool:
    """Whether something `later` that stands would have led to its status without it."""
    if one.verb == "heard":
        verbs = frozenset({"heard"})
    elif one.changed().get("status", ("",))[0] == "new":
        verbs = OPENS
    else:
        return False
    back = {two.data.get("activity") for two in later if two.verb == "restored"}
    unsaid = {two.data.get("message") for two in later if two.verb == "undone"} - {None}
    return any(
        two.verb in verbs and two.activity not in back and two.data.get("message") not in unsaid
        for two in later
    )
