"""Explains a ticket's clocks: every second from start to stop, and why it counts or does not."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone

from apps.calendars.models import CalendarVersion
from apps.calendars.rules import CLOSED, HOLIDAY
from apps.sla.rules import Segment, assess, explain
from apps.sla.rules.words import (
    BREACHED_CLOSED,
    COUNTED,
    KINDS,
    MET,
    PAUSED,
    RESOLUTION,
    RESOLVED,
)
from apps.statements.records import Records
from apps.statements.statement import Given
from apps.tickets.choices import Status
from apps.tickets.models import Ticket
from apps.timeline.models import Activity

from .choices import Kind
from .clocks import clocks_of
from .keeping import Held, find
from .models import Waiver
from .story import Story, story_of
from .versions import promise_of

_PARTS = {COUNTED: "calm", CLOSED: "empty", HOLIDAY: "empty", PAUSED: "warn", RESOLVED: "muted"}


@dataclass(frozen=True, slots=True)
class Part:
    """One stretch of a clock: from, to, why, and the reason in words."""

    begin: datetime
    end: datetime
    why: str
    words: str
    x: int
    width: int

    @property
    def seconds(self) -> int:
        return int((self.end - self.begin).total_seconds())

    @property
    def tone(self) -> str:
        return _PARTS[self.why]


@dataclass(frozen=True)
class ClockPanel:
    """One clock and every stretch of it."""

    kind: str
    cycle: int
    state: str
    reason: str
    started_at: datetime | None
    due_at: datetime | None
    breach_at: datetime | None
    stopped_at: datetime | None
    breached_at: datetime | None
    breach_cause: str
    target: int
    elapsed: int
    paused: int
    by_hand: bool
    policy: str
    calendar: str
    waiver: Waiver | None
    parts: tuple[Part, ...]
    zone: str
    until: datetime
    """The stop, or the instant that was asked about."""
    hand: str
    """Who set the due instant by hand, and why."""
    update: tuple[int, int] | None
    """The incident, and which of its updates, that answered; none where somebody else did."""

    @property
    def overrun(self) -> int:
        """Working seconds past the target."""
        return max(self.elapsed - self.target, 0)

    @property
    def late(self) -> int:
        """The same by the wall clock."""
        if not self.overrun or self.due_at is None:
            return 0
        return int((self.until - self.due_at).total_seconds())

    @property
    def spent(self) -> int:
        """How much of a bar a thousand wide is used by the target's own time."""
        return min(self.elapsed, self.target) * 1000 // max(self.elapsed, self.target, 1)

    @property
    def over(self) -> int:
        """How much of it is overrun; the target ends where this begins."""
        return 1000 - self.spent if self.overrun else 0

    @property
    def title(self) -> str:
        """`Resolution`, or `Resolution, 2nd time`."""
        again = f", number {self.cycle}" if self.cycle > 1 else ""
        return f"{Kind(self.kind).label}{again}"

    @property
    def remaining(self) -> int:
        return self.target - self.elapsed

    @property
    def wall(self) -> int:
        """Seconds from start to stop, or to now."""
        return sum(part.seconds for part in self.parts)

    @property
    def is_open(self) -> bool:
        return self.started_at is not None and self.stopped_at is None

    @property
    def due_there(self) -> str:
        """When it is due on the customer's wall clock."""
        if self.due_at is None:
            return ""
        local = self.due_at.astimezone(ZoneInfo(self.zone))
        return f"{local:%a} {local.day} {local:%b %H:%M} {self.zone}"

    @cached_property
    def sums(self) -> list[tuple[str, int]]:
        """Seconds by reason, largest first; they add up to the wall time."""
        found: dict[str, int] = {}
        for part in self.parts:
            found[part.why] = found.get(part.why, 0) + part.seconds
        return sorted(found.items(), key=lambda one: -one[1])

    def as_dict(self) -> dict[str, Any]:
        """As the API shows it."""
        shown = {
            name: _shown(getattr(self, name))
            for name in (
                *("kind", "cycle", "state", "reason", "started_at", "due_at", "breach_at"),
                *("stopped_at", "breached_at", "breach_cause", "target", "elapsed", "paused"),
                *("remaining", "overrun", "late", "by_hand", "hand", "policy", "calendar"),
            )
        }
        shown["reason"] = self.reason or None
        shown["incident_update"] = (
            {"incident": self.update[0], "update": self.update[1]} if self.update else None
        )
        shown["waived"] = self.waiver.reason if self.waiver else None
        shown["segments"] = [
            {
                "from": _shown(part.begin),
                "to": _shown(part.end),
                "why": part.why,
                "words": part.words,
                "seconds": part.seconds,
            }
            for part in self.parts
        ]
        return shown


@dataclass(frozen=True)
class Panel:
    """All clocks of a ticket as of one instant; empty where it has none."""

    ticket: int
    at: datetime
    clocks: tuple[ClockPanel, ...]
    waits: tuple[str, ...]
    """Kinds that are promised and not yet started."""

    def __bool__(self) -> bool:
        return bool(self.clocks)

    def __iter__(self) -> Iterator[ClockPanel]:
        return iter(self.clocks)

    @property
    def not_started(self) -> list[str]:
        return [Kind(kind).label for kind in self.waits]


def panel(ticket: Ticket, *, at: datetime | None = None, told: Sequence[Activity] = ()) -> Panel:
    """Every clock of the ticket with its segments, computed from its events as of `at`.

    `told` is what was read of its Activity already: who did what need not be asked again.
    """
    at = at or timezone.now()
    [found] = find([ticket.pk])
    story = story_of(found.sheet, found.packed, found.offers)
    now = max(int(at.timestamp() // 1), story.last_at)
    if not story.known:
        return Panel(ticket.pk, at, (), ())
    line = story.timeline(now)
    ruled = assess(line)
    kept = clocks_of(story, now)
    segments = [explain(line, clock) for clock in ruled]
    people = _people(segments, told)
    calendars = _calendars(kept)
    waivers = _waivers(ticket) if any(clock.breached_at is not None for clock in kept) else {}
    hands = _hands(ticket) if any(clock.by_hand for clock in kept) else {}
    zone = ticket.contact.timezone if ticket.contact_id else "UTC"
    clocks = tuple(
        ClockPanel(
            kind=clock.kind,
            cycle=clock.cycle,
            state=clock.state,
            reason=clock.reason,
            started_at=_instant(clock.started_at),
            due_at=_instant(clock.due_at),
            breach_at=_instant(clock.breach_at),
            stopped_at=_instant(clock.stopped_at),
            breached_at=_instant(clock.breached_at),
            breach_cause=clock.breach_cause,
            target=clock.target,
            elapsed=clock.elapsed,
            paused=clock.paused,
            by_hand=clock.by_hand,
            policy=promise_of(clock.policy).name,
            calendar=calendars.get(clock.calendar, "around the clock"),
            waiver=waivers.get(clock.identity),
            parts=tuple(_parts(found, people)),
            zone=zone,
            until=_instant(clock.stopped_at if clock.stopped_at is not None else now),
            hand=hands.get(clock.kind, "") if clock.by_hand else "",
            update=_update(clock, story),
        )
        for clock, found in zip(kept, segments, strict=True)
    )
    return Panel(ticket.pk, at, clocks, _waits(story, kept))


def _update(clock: Held, story: Story) -> tuple[int, int] | None:
    """The update of an incident that stopped a response clock; none of one we know nothing of."""
    if clock.kind == RESOLUTION or clock.state not in (MET, BREACHED_CLOSED):
        return None
    found = story.updates.get(clock.stopped_at) if clock.stopped_at is not None else None
    return found if found and found[0] else None


def _waits(story: Story, kept: Sequence[Held]) -> tuple[str, ...]:
    terms = promise_of(story.terms[-1].policy).draft.rules.terms(story.priority_at(story.last_at))
    there = {clock.kind for clock in kept}
    return tuple(
        kind
        for kind, term in zip(KINDS, terms, strict=True)
        if term.target is not None and kind not in there
    )


def _parts(segments: Sequence[Segment], people: dict[str, str]) -> Iterator[Part]:
    """The segments in words, and where each lies on a bar a thousand wide."""
    if not segments:
        return
    first = segments[0].begin
    whole = segments[-1].end - first
    for segment in segments:
        left = (segment.begin - first) * 1000 // whole
        right = (segment.end - first) * 1000 // whole
        yield Part(
            _instant(segment.begin),
            _instant(segment.end),
            segment.why,
            _words(segment, people),
            left,
            max(right - left, 1),
        )


def _words(segment: Segment, people: dict[str, str]) -> str:
    if segment.why == HOLIDAY:
        return f"Holiday: {segment.holiday}" if segment.holiday else "Holiday"
    if segment.why in (PAUSED, RESOLVED) and segment.spell is not None:
        status = Status(segment.spell.status).label.lower()
        who = people.get(segment.spell.by or "")
        said = "Paused" if segment.why == PAUSED else "Not counted"
        return f"{said}: {status}{f', by {who}' if who else ''}"
    if segment.why == COUNTED:
        return "Counted around the clock" if segment.around_the_clock else "Counted"
    return segment.why.capitalize()


def _people(segments: Sequence[Sequence[Segment]], told: Sequence[Activity]) -> dict[str, str]:
    """Who brought about the statuses that pause, by the number of the Activity."""
    numbers = {
        segment.spell.by for found in segments for segment in found if segment.spell is not None
    } - {None}
    known = {str(one.pk): one for one in told}
    if unknown := numbers - known.keys():
        known |= {str(one.pk): one for one in Activity.objects.filter(pk__in=unknown).with_people()}
    return {number: known[number].who for number in numbers & known.keys()}


def _hands(ticket: Ticket) -> dict[str, str]:
    """Kind → who set its due instant last, and why."""
    told = ticket.timeline().filter(verb="due_set").order_by("at", "pk")
    return {one.data["kind"]: f"{one.who}: {one.data['reason']}" for one in told}


def _waivers(ticket: Ticket) -> dict[tuple[str, int], Waiver]:
    """Only what was breached can be waived."""
    return {(one.kind, one.cycle): one for one in _WAIVED.all(ticket=ticket.pk)}


_WAIVED = Records(lambda: Waiver.objects.filter(ticket=Given("ticket")).select_related("by"))


def _calendars(kept: Sequence[Held]) -> dict[int | None, str]:
    numbers = {clock.calendar for clock in kept} - {None}
    if not numbers:
        return {}
    versions = CalendarVersion.objects.filter(pk__in=numbers).select_related("calendar")
    return {version.pk: str(version) for version in versions}


def _instant(at: int | None) -> Any:
    return None if at is None else datetime.fromtimestamp(at, UTC)


def _shown(value: Any) -> Any:
    return value.strftime("%Y-%m-%dT%H:%M:%SZ") if isinstance(value, datetime) else value
