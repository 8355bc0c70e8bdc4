"""The SLA scenario: reads one from outside, refuses what is wrong by name, answers its clocks."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from apps.calendars.rules import Malformed, compile_calendar
from apps.sla.rules import (
    Clock,
    Event,
    Segment,
    Ticket,
    Timeline,
    assess,
    compile_policy,
    explain,
    read,
    warnings_of,
)
from apps.sla.rules.events import (
    BOUNCE,
    CALENDAR,
    MESSAGES,
    POLICY,
    PRIORITY,
    STATUS,
    TYPES,
    UNDO,
)
from apps.sla.rules.words import BY_CUSTOMER, NEW, ORIGINS, PRIORITIES, STATUSES

_INSTANT = re.compile(
    r"(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2}:\d{2})(?:\.\d+)?([Zz]|[+-]\d{2}:\d{2})?", re.ASCII
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_YEARS = range(1900, 2200)


def answer(text: str) -> Any:
    """The answer to a scenario, or to each of an array of them; raises `Malformed`."""
    given = parse(text)
    if isinstance(given, list):
        return [clocks_of(scenario, f"[{index}].") for index, scenario in enumerate(given)]
    return clocks_of(given)


def parse(text: str) -> Any:
    """Strict JSON: no duplicate names, no NaN or infinity, no depth that exhausts the reader."""
    try:
        return json.loads(
            text,
            object_pairs_hook=_object,
            parse_constant=_not_a_number,
            parse_float=Decimal,
        )
    except RecursionError:
        raise Malformed("scenario", "nested too deeply") from None
    except json.JSONDecodeError as wrong:
        place = f"line {wrong.lineno} column {wrong.colno}"
        raise Malformed("scenario", f"not JSON ({wrong.msg} at {place})") from None
    except Malformed:
        raise
    except ValueError:
        raise Malformed("scenario", "a number of too many digits") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise Malformed("scenario", f"{json.dumps(twice)} is given twice")
    return found


def _not_a_number(word: str) -> Any:
    raise Malformed("scenario", f"{word} is not a number")


def clocks_of(given: Any, path: str = "") -> dict[str, Any]:
    """One scenario's clocks with their segments, as the answer shows them."""
    line = timeline_of(given, path)
    return {"clocks": [_clock(line, clock) for clock in assess(line)]}


def timeline_of(given: Any, path: str = "") -> Timeline:
    """One scenario, checked and followed to its `now`."""
    return read(*reading_of(given, path))


def reading_of(given: Any, path: str = "") -> tuple[Ticket, list[Event], int]:
    """One scenario's ticket, events and `now`; raises `Malformed`."""
    scenario = _mapping(given, path.rstrip(".") or "scenario")
    calendar = compile_calendar(_required(scenario, "calendar", path), f"{path}calendar")
    warn = warnings_of(scenario["warn"], f"{path}warn") if "warn" in scenario else None
    policy = compile_policy(_required(scenario, "policy", path), f"{path}policy", warn)
    about = _mapping(_required(scenario, "ticket", path), f"{path}ticket")
    here = f"{path}ticket."
    answered = about.get("answered_in_contact", False)
    if not isinstance(answered, bool):
        raise Malformed(f"{here}answered_in_contact", "not true or false")
    ticket = Ticket(
        reported_at=_instant(_required(about, "reported_at", here), f"{here}reported_at"),
        policy=policy,
        calendar=calendar,
        priority=_word(about.get("priority", "normal"), PRIORITIES, f"{here}priority", "priority"),
        origin=_word(about.get("origin", BY_CUSTOMER), ORIGINS, f"{here}origin", "origin"),
        status=_word(about.get("status", NEW), STATUSES, f"{here}status", "status"),
        answered_in_contact=answered,
    )
    now = _instant(_required(scenario, "now", path), f"{path}now")
    if now < ticket.reported_at:
        raise Malformed(f"{path}now", "before reported_at")
    listed = _required(scenario, "events", path)
    if not isinstance(listed, list):
        raise Malformed(f"{path}events", "not a list")
    events = [
        _event(event, f"{path}events[{index}]", ticket.reported_at, now, warn)
        for index, event in enumerate(listed)
    ]
    _refuse_loose_ends(events, path)
    return ticket, events, now


def _event(given: Any, path: str, reported_at: int, now: int, warn: Any) -> Event:
    event = _mapping(given, path)
    path += "."
    at = _instant(_required(event, "at", path), f"{path}at")
    if at < reported_at:
        raise Malformed(f"{path}at", "before reported_at")
    if at > now:
        raise Malformed(f"{path}at", "after now")
    kind = _word(_required(event, "type", path), TYPES, f"{path}type", "type")
    to: Any = None
    of: int | None = None
    if kind == STATUS:
        to = _word(_required(event, "to", path), STATUSES, f"{path}to", "status")
    elif kind == PRIORITY:
        to = _word(_required(event, "to", path), PRIORITIES, f"{path}to", "priority")
    elif kind == POLICY:
        to = compile_policy(_required(event, "to", path), f"{path}to", warn)
    elif kind == CALENDAR:
        to = compile_calendar(_required(event, "to", path), f"{path}to")
    elif kind in (BOUNCE, UNDO):
        of = _instant(_required(event, "of", path), f"{path}of")
    return Event(at, kind, to, of)


def _refuse_loose_ends(events: list[Event], path: str) -> None:
    """An undo must name an event other than an undo, a bounce a message."""
    undoable = {event.at for event in events if event.type != UNDO}
    messages = {event.at for event in events if event.type in MESSAGES}
    for index, event in enumerate(events):
        if event.type == UNDO and event.of not in undoable:
            raise Malformed(f"{path}events[{index}].of", "names no event")
        if event.type == BOUNCE and event.of not in messages:
            raise Malformed(f"{path}events[{index}].of", "names no message")


def _instant(given: Any, path: str) -> int:
    """Epoch seconds of an RFC 3339 instant; parts of a second are dropped."""
    found = _INSTANT.fullmatch(given) if isinstance(given, str) else None
    if found is None:
        raise Malformed(path, "not an instant")
    day, time, zone = found.groups()
    if zone is None:
        raise Malformed(path, "an instant without a zone")
    try:
        local = datetime.fromisoformat(f"{day}T{time}{'+00:00' if zone in 'Zz' else zone}")
    except ValueError:
        raise Malformed(path, "not an instant") from None
    if local.year not in _YEARS:
        raise Malformed(path, f"not between {_YEARS.start} and {_YEARS.stop - 1}")
    return (local - _EPOCH) // timedelta(seconds=1)


def _shown(at: int | None) -> str | None:
    if at is None:
        return None
    return (_EPOCH + timedelta(seconds=at)).strftime("%Y-%m-%dT%H:%M:%SZ")


def _clock(line: Timeline, clock: Clock) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "kind": clock.kind,
        "cycle": clock.cycle,
        "state": clock.state,
        "reason": clock.reason,
        "started_at": _shown(clock.started_at),
        "due_at": _shown(clock.due_at),
        "breach_at": _shown(clock.breach_at),
        "stopped_at": _shown(clock.stopped_at),
        "breached_at": _shown(clock.breached_at),
        "target": clock.target,
        "elapsed": clock.elapsed,
        "remaining": clock.remaining,
        "paused": clock.paused,
        "segments": _segments(explain(line, clock)),
    }
    if clock.warn_at:
        shown["warn_at"] = [_shown(at) for at in clock.warn_at]
    return shown


def _segments(segments: list[Segment]) -> list[dict[str, Any]]:
    """Neighbours of the same reason are one here: a scenario names neither holidays nor people."""
    shown: list[dict[str, Any]] = []
    for segment in segments:
        if shown and shown[-1]["why"] == segment.why:
            shown[-1]["to"] = _shown(segment.end)
        else:
            shown.append(
                {"from": _shown(segment.begin), "to": _shown(segment.end), "why": segment.why}
            )
    return shown


def _mapping(given: Any, path: str) -> Mapping[str, Any]:
    if isinstance(given, Mapping):
        return given
    raise Malformed(path, "not an object")


def _required(given: Mapping[str, Any], name: str, path: str) -> Any:
    if name not in given:
        raise Malformed(f"{path}{name}", "missing")
    return given[name]


def _word(given: Any, known: tuple[str, ...], path: str, what: str) -> str:
    if isinstance(given, str) and given in known:
        return given
    raise Malformed(path, f"unknown {what}")
