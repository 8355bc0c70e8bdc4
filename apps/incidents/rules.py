"""The ways of an incident, the order of its instants, when more is due, and whom an update reaches.

Pure; instants are `datetime`s with a zone, spans whole minutes.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

OPEN = frozenset({"triage", "active", "mitigated"})

MOVES: Mapping[str, tuple[frozenset[str], str]] = {  # verb → the states it goes from, and where to
    "acknowledge": (frozenset({"triage"}), "active"),
    "mitigate": (frozenset({"active"}), "mitigated"),
    "resolve": (OPEN, "resolved"),
    "reopen": (frozenset({"mitigated", "resolved", "reviewed"}), "active"),
    "review": (frozenset({"resolved"}), "reviewed"),
}
STAMPS: Mapping[str, str] = {  # verb → the instant that it sets
    "acknowledge": "acknowledged_at",
    "mitigate": "mitigated_at",
    "resolve": "resolved_at",
    "review": "reviewed_at",
}
INSTANTS: Mapping[str, str] = {  # in the order they must have
    "started_at": "started",
    "detected_at": "detected",
    "acknowledged_at": "acknowledged",
    "mitigated_at": "mitigated",
    "resolved_at": "resolved",
    "reviewed_at": "reviewed",
}
LIFTED_BY_REOPENING = ("mitigated_at", "resolved_at", "reviewed_at")

LONGEST_PROMISE = timedelta(days=30)


def refusal(verb: str, state: str) -> str:
    """Why an incident in this state cannot be moved so; empty when it can."""
    before, after = MOVES[verb]
    if state in before:
        return ""
    if state == after:
        return f"This incident is {state} already."
    said = "in triage" if state == "triage" else state
    return f"An incident that is {said} cannot become {after}."


def disorder(instants: Mapping[str, datetime | None], at: datetime) -> tuple[str, str]:
    """The first instant that stands wrong, and why; two empty words where all stand right."""
    before, name_before = None, ""
    for field, name in INSTANTS.items():
        moment = instants.get(field)
        if moment is None:
            continue
        if moment > at:
            return field, f"It cannot have been {name} in the future."
        if before is not None and moment < before:
            return field, f"It cannot have been {name} before it was {name_before}."
        before, name_before = moment, name
    return "", ""


def promise(at: datetime, minutes: int | None) -> datetime | None:
    """When the next word is due: whole minutes after this one, or never."""
    return None if minutes is None else (at + timedelta(minutes=minutes)).replace(microsecond=0)


@dataclass(frozen=True, slots=True)
class Asked:
    """What of a linked ticket decides whether its contact is told."""

    status: str
    contact: int | None
    into: int | None = None
    stopped: bool = False


SILENT: Mapping[str, str] = {
    "resolved": "It is resolved: nobody waits there.",
    "closed": "It is closed.",
    "duplicate": "It is a duplicate.",
    "spam": "It is spam.",
}


def left_out(asked: Asked) -> str:
    """Why an update does not go to this ticket; empty when it does."""
    if asked.status == "merged":
        return f"It was merged into #{asked.into}."
    if asked.status in SILENT:
        return SILENT[asked.status]
    if asked.contact is None:
        return "Nobody is known to write to."
    if asked.stopped:
        return "Mail to its contact comes back."
    return ""


def sort_out(
    tickets: Mapping[int, Asked], told: Collection[tuple[int, int]] = ()
) -> dict[int, tuple[str, str, int | None]]:
    """Ticket → what becomes of it, why, and the ticket its contact is told on instead.

    A person gets one mail however many of the tickets are theirs, on the first of them; `told` has
    (contact, ticket) of those who were told before.
    """
    first = dict(told)
    found: dict[int, tuple[str, str, int | None]] = {}
    for ticket, asked in sorted(tickets.items()):
        if why := left_out(asked):
            found[ticket] = ("left_out", why, None)
        elif (on := first.get(asked.contact or 0)) is not None:
            found[ticket] = ("beside", f"Their mail went out on #{on}.", on)
        else:
            first[asked.contact or 0] = ticket
            found[ticket] = ("told", "", None)
    return found
