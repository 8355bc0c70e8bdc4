"""What an edit would do before it is done: to the clocks that run, and to the last ninety days.

`Change` stands for the draft of one policy or one calendar. `publishing` brings it about by the
same events the preview adds, so that preview and effect cannot differ.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.urls import reverse

from apps.calendars.models import Calendar
from apps.calendars.rules import Calendar as WorkingCalendar
from apps.calendars.rules import Malformed, compile_calendar
from apps.outbox.jobs import do_now
from apps.outbox.models import Job
from apps.timeline.refusal import Refused

from .clocks import clocks_of
from .drafts import compile_draft
from .hours import KIND as CALENDAR
from .keeping import Found, Held, find
from .models import Clock, Policy, Waiver
from .querysets import ClockQuerySet
from .story import AS_PUBLISHED, InForce, Lens, Story, story_of
from .versions import calendar_of

WORK = "sla.dry_run"
BATCH = 500
AT_ONCE = 300  # so many tickets are looked at while the person waits
PERIOD = timedelta(days=90)
SOON = timedelta(hours=24)
LISTED = 100  # clocks named of each fate; all are counted
DRAFT = -1  # stands for the version that is not published yet

MOVED, BREACHED, SAVED = "moved", "breached", "saved"
FATES = (BREACHED, SAVED, MOVED)


def _past() -> dict[str, dict[str, int]]:
    return {name: {"met": 0, "breached": 0} for name in ("was", "would")}


@dataclass
class Preview:
    """What would happen: clocks by fate, and compliance as it was and as it would have been."""

    tickets: int = 0
    moved: int = 0
    breached: int = 0
    saved: int = 0
    listed: dict[str, list[dict[str, Any]]] = field(
        default_factory=lambda: {fate: [] for fate in FATES}
    )
    past: dict[str, dict[str, int]] = field(default_factory=_past)

    def note(self, ticket: int, fate: str, before: Held | None, after: Held | None) -> None:
        """Count one clock, and name it while there is room."""
        setattr(self, fate, getattr(self, fate) + 1)
        if len(self.listed[fate]) < LISTED:
            kind = (after or before).kind  # type: ignore[union-attr]  (one of them is there)
            self.listed[fate].append(
                {
                    "ticket": ticket,
                    "kind": kind,
                    "was": before.due_at if before else None,
                    "will": after.due_at if after else None,
                }
            )


class Change:
    """An edit of a policy or of a calendar that is not in force yet."""

    def __init__(self, *, policy: Policy | None = None, calendar: Calendar | None = None) -> None:
        self.policy, self.calendar = policy, calendar
        self.subject: Policy | Calendar = policy or calendar  # type: ignore[assignment]
        self._hours: WorkingCalendar | None = None
        try:
            if policy is not None:
                self._rules = compile_draft(policy.draft()).rules
                hours = policy.calendar
                self._calendar = hours.current_id if hours else None
                self._unpublished = hours is not None and hours.current_id is None
                if self._unpublished:
                    self._hours = compile_calendar(hours.draft())
                self._versions = frozenset(policy.versions.values_list("pk", flat=True))
            else:
                assert calendar is not None
                self._hours = compile_calendar(calendar.draft())
                self._versions = frozenset(calendar.versions.values_list("pk", flat=True))
        except Malformed as wrong:
            raise Refused(f"This cannot be promised: {wrong}.", code="malformed") from wrong

    @property
    def key(self) -> dict[str, int]:
        """How a job finds it again."""
        return {"policy" if self.policy else "calendar": self.subject.pk}

    @classmethod
    def of(cls, params: dict[str, Any]) -> "Change":
        if "policy" in params:
            return cls(policy=Policy.objects.get(pk=params["policy"]))
        return cls(calendar=Calendar.objects.get(pk=params["calendar"]))

    @property
    def fingerprint(self) -> str:
        """Two drafts that say the same have the same."""
        said: dict[str, Any] = {**self.key, "draft": self.subject.draft()}
        if self.policy is not None:
            said |= {"conditions": self.policy.conditions(), "calendar": self._calendar}
        return sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()

    def concerns(self, term: InForce) -> bool:
        """Whether a ticket under these terms is changed."""
        return (term.policy if self.policy else term.calendar) in self._versions

    def after(self, term: InForce, at: int) -> InForce:
        """The terms a ticket gets at `at`, with the draft in place of a version."""
        if self.policy is None:
            return InForce(at, term.policy, DRAFT)
        return InForce(at, DRAFT, DRAFT if self._unpublished else self._calendar)

    def lens(self) -> Lens:
        """Published versions as they are, and the draft."""
        return Lens(
            lambda version: self._rules if version == DRAFT else AS_PUBLISHED.policy(version),
            lambda version: self._hours if version == DRAFT else calendar_of(version),  # type: ignore[arg-type,return-value]
        )

    def clocks(self) -> ClockQuerySet:
        """Clocks under any version of it."""
        return (
            Clock.objects.filter(policy_version__policy=self.policy)
            if self.policy
            else Clock.objects.under(self.calendar)
        )


# --- the preview --------------------------------------------------------------------------------


def preview(change: Change, *, at: datetime) -> Preview:
    """All of it at once; for many tickets order it as a job."""
    result, cursor = Preview(), 0
    while tickets := _ahead(change, cursor):
        look_ahead(change, tickets, result, at=at)
        cursor = tickets[-1]
    cursor = 0
    while tickets := _back(change, cursor, at):
        look_back(change, tickets, result, at=at)
        cursor = tickets[-1]
    return result


def look_ahead(change: Change, tickets: Sequence[int], result: Preview, *, at: datetime) -> None:
    """What would become of the clocks of these tickets."""
    for found in find(tickets):
        result.tickets += 1
        now, story = story_at(found, at)
        for before, after in _before_and_after(change, story, now):
            if fate := _fate(before, after, now):
                result.note(found.sheet.ticket, fate, before, after)


def expected(change: Change, found: Found, *, at: datetime) -> list[Held]:
    """The clocks this ticket will have once the change is applied at `at`."""
    now, story = story_at(found, at)
    return _with(change, story, now)


def _before_and_after(
    change: Change, story: Story, now: int
) -> Iterator[tuple[Held | None, Held | None]]:
    before = {clock.identity: clock for clock in clocks_of(story, now)}
    after = {clock.identity: clock for clock in _with(change, story, now)}
    for identity in before | after:
        yield before.get(identity), after.get(identity)


def _with(change: Change, story: Story, now: int) -> list[Held]:
    """The clocks with the change made now; the story is left as it was."""
    terms = story.terms
    try:
        if change.concerns(terms[-1]):
            story.terms = [*terms, change.after(terms[-1], now)]
        return clocks_of(story, now, lens=change.lens())
    finally:
        story.terms = terms


def _fate(before: Held | None, after: Held | None, now: int) -> str:
    """`moved`, `breached`, `saved` or nothing; the strongest word."""
    if before is None or after is None:
        return MOVED
    if before.stopped_at is not None:
        return ""
    if after.breached_at is not None and before.breached_at is None:
        return BREACHED
    if _promised(after) == _promised(before):
        return ""
    soon = now + int(SOON.total_seconds())
    in_danger = before.breach_at is not None and before.breach_at <= soon
    still = after.breach_at is not None and after.breach_at <= soon
    return SAVED if in_danger and not still and before.breached_at is None else MOVED


def _promised(clock: Held) -> tuple[Any, ...]:
    # Of a paused clock, which has no due date, other hours are all there is to see.
    around_the_clock = clock.due_at is None and clock.calendar is None
    return (
        *(clock.due_at, clock.breach_at, clock.target, clock.stopped_at, clock.state),
        around_the_clock,
    )


def look_back(change: Change, tickets: Sequence[int], result: Preview, *, at: datetime) -> None:
    """How the clocks decided in the last ninety days would have come out."""
    start, end = int((at - PERIOD).timestamp()), int(at.timestamp() // 1)
    waived = set(
        Waiver.objects.filter(ticket__in=tickets).values_list("ticket_id", "kind", "cycle")
    )
    for found in find(tickets):
        now, story = story_at(found, at)
        if not any(change.concerns(term) for term in story.terms):
            continue
        for name, clocks in (
            ("was", clocks_of(story, now)),
            ("would", _all_along(change, story, now)),
        ):
            for clock in clocks:
                if clock.decided_at is None or not start <= clock.decided_at < end or clock.repeats:
                    continue
                if clock.breached_at is None:
                    result.past[name]["met"] += 1
                elif (clock.ticket, *clock.identity) not in waived:
                    result.past[name]["breached"] += 1


def _all_along(change: Change, story: Story, now: int) -> list[Held]:
    """The clocks as if the draft had been in force from the beginning."""
    terms = story.terms
    try:
        story.terms = [
            change.after(term, term.at) if change.concerns(term) else term for term in terms
        ]
        return clocks_of(story, now, lens=change.lens())
    finally:
        story.terms = terms


def story_at(found: Found, at: datetime) -> tuple[int, Story]:
    """A ticket's story and the second it is read at: never before the newest thing in it."""
    story = story_of(found.sheet, found.packed, found.offers)
    return max(int(at.timestamp() // 1), story.last_at), story


def _ahead(change: Change, cursor: int) -> list[int]:
    return _tickets(change.clocks().open(), cursor)


def _back(change: Change, cursor: int, at: datetime) -> list[int]:
    return _tickets(_recent(change, at), cursor)


def _tickets(clocks: ClockQuerySet, cursor: int, size: int = BATCH) -> list[int]:
    found = clocks.filter(ticket__gt=cursor).order_by("ticket")
    return list(found.values_list("ticket_id", flat=True).distinct()[:size])


# --- as a job -----------------------------------------------------------------------------------


def order(change: Change, *, by: Any, at: datetime) -> Job:
    """Look in the background; the job's page shows how far it is, its result is the preview.

    A small one is done before this returns.
    """
    few = len(_tickets(_recent(change, at), 0, AT_ONCE + 1)) <= AT_ONCE
    with transaction.atomic():
        job = Job.start(
            WORK,
            title=f"Dry run of {change.subject}",
            params={**change.key, "at": at.isoformat(), "draft": change.fingerprint},
            about=(change.policy.kind if change.policy else CALENDAR, change.subject.pk),
            by=by,
            at=at,
            total=None if few else _total(change, at),
        )
        if few:
            do_now(job)
    return job


def _recent(change: Change, at: datetime) -> ClockQuerySet:
    """Whatever may be decided in the period, under the draft or without it."""
    return change.clocks().filter(Q(stopped_at=None) | Q(stopped_at__gte=at - PERIOD))


def _total(change: Change, at: datetime) -> int:
    return sum(
        clocks.order_by().values("ticket").distinct().count()
        for clocks in (change.clocks().open(), _recent(change, at))
    )


def step(job: Job) -> bool:
    """Some tickets more: first those with open clocks, then those of the last ninety days."""
    change = Change.of(job.params)
    if change.fingerprint != job.params["draft"]:
        raise Refused("The draft was changed since: try it again.")
    at = datetime.fromisoformat(job.params["at"])
    known = job.cursor or {"back": False, "after": 0, "preview": asdict(Preview())}
    result = Preview(**known["preview"])
    back, after = known["back"], known["after"]
    tickets = _back(change, after, at) if back else _ahead(change, after)
    (look_back if back else look_ahead)(change, tickets, result, at=at)
    job.done += len(tickets)
    job.counts = {fate: getattr(result, fate) for fate in FATES}
    job.cursor = {
        "back": back or not tickets,
        "after": tickets[-1] if tickets else 0,
        "preview": asdict(result),
    }
    over = back and not tickets
    if over:
        url = reverse("portal:sla-dry-run", args=[job.pk])
        job.result = {"url": url, "label": "See what would change"}
    return over


def of_job(job: Job) -> Preview:
    """What a finished dry run found."""
    return Preview(**job.cursor["preview"])


def tried(change: Change) -> Job | None:
    """The newest finished dry run of the draft as it stands."""
    return (
        Job.objects.filter(work=WORK, state="done", params__draft=change.fingerprint)
        .order_by("-pk")
        .first()
    )
