"""What an edit would do before it is done: to the clocks that run, and to the last ninety days.

`Change` reads the versions of one policy or one calendar as they would be; `apply` brings it
about by the same events the preview adds, so that preview and effect cannot differ.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection, transaction

from apps.calendars.models import Calendar, CalendarVersion
from apps.calendars.rules import ALWAYS, Malformed, compile_calendar
from apps.calendars.rules import Calendar as WorkingCalendar
from apps.outbox.models import Job
from apps.sla.rules import assess
from apps.timeline.models import Activity
from apps.timeline.projections import project
from apps.timeline.refusal import Refused

from .clocks import clocks_of
from .drafts import compile_draft
from .keeping import Found, Held, changed_terms, find
from .models import Clock, Policy, PolicyVersion
from .story import AS_PUBLISHED, InForce, Lens, Story, story_of
from .versions import calendar_of, offers, promise_of

WORK = "sla.dry_run"
BATCH = 500
PERIOD = timedelta(days=90)
SOON = timedelta(hours=24)
LISTED = 200  # tickets named in a preview
DRAFT = -1  # stands for the version that is not published yet


@dataclass
class Preview:
    """What would happen: clocks by fate, and compliance as it was and would have been."""

    looked_at: int = 0
    moved: int = 0
    breached: int = 0
    saved: int = 0
    tickets: list[dict[str, Any]] = field(default_factory=list)
    past: dict[str, dict[str, int]] = field(
        default_factory=lambda: {
            "was": {"met": 0, "breached": 0},
            "would": {"met": 0, "breached": 0},
        }
    )


class Change:
    """An edit of a policy or of a calendar that is not made yet."""

    def __init__(self, *, policy: Policy | None = None, calendar: Calendar | None = None) -> None:
        self.policy, self.calendar = policy, calendar
        try:
            if policy is not None:
                self._rules = compile_draft(policy.draft()).rules
                self._hours: WorkingCalendar = calendar_of(
                    policy.calendar.current_id if policy.calendar_id else None
                )
            if calendar is not None:
                self._hours = compile_calendar(calendar.draft())
        except Malformed as wrong:
            raise Refused(f"This cannot be promised: {wrong}.", code="malformed") from wrong
        self._calendar_versions = (
            frozenset(calendar.versions.values_list("pk", flat=True)) if calendar else frozenset()
        )

    @property
    def key(self) -> dict[str, int]:
        """How a job finds it again."""
        if self.policy is not None:
            return {"policy": self.policy.pk}
        assert self.calendar is not None
        return {"calendar": self.calendar.pk}

    @classmethod
    def of(cls, params: dict[str, Any]) -> "Change":
        if "policy" in params:
            return cls(policy=Policy.objects.get(pk=params["policy"]))
        return cls(calendar=Calendar.objects.get(pk=params["calendar"]))

    def versions(self) -> Sequence[int]:
        """Policy versions whose open clocks it may move."""
        if self.policy is not None:
            return list(self.policy.versions.values_list("pk", flat=True))
        return []

    def concerns(self, term: InForce) -> bool:
        """Whether a ticket under these terms is changed."""
        if self.policy is not None:
            return promise_of(term.policy).policy == self.policy.pk
        return term.calendar in self._calendar_versions

    def after(self, term: InForce, at: int) -> InForce:
        """The terms a ticket gets at `at`, with the draft in place of a version."""
        if self.policy is None:
            return InForce(at, term.policy, DRAFT)
        calendar = self.policy.calendar
        return InForce(at, DRAFT, calendar.current_id if calendar else None)

    def ahead(self) -> Lens:
        """Published versions as they are, and the draft."""
        return Lens(
            lambda version: self._rules if version == DRAFT else AS_PUBLISHED.policy(version),
            lambda version: self._hours if version == DRAFT else AS_PUBLISHED.calendar(version),
        )

    def all_along(self) -> Lens:
        """As if the draft had been in force from the beginning."""
        if self.policy is not None:
            ours = set(self.versions())
            return Lens(
                lambda version: self._rules if version in ours else AS_PUBLISHED.policy(version),
                AS_PUBLISHED.calendar,
            )
        return Lens(
            AS_PUBLISHED.policy,
            lambda version: (
                self._hours
                if version in self._calendar_versions
                else AS_PUBLISHED.calendar(version)
            ),
        )


# --- the preview --------------------------------------------------------------------------------


def preview(change: Change, *, at: datetime) -> Preview:
    """All of it at once; for many tickets order it as a job."""
    result, cursor = Preview(), 0
    while tickets := _open_after(change, cursor):
        look_ahead(change, tickets, result, at=at)
        cursor = tickets[-1]
    cursor = 0
    while tickets := _decided_after(change, cursor, at):
        look_back(change, tickets, result, at=at)
        cursor = tickets[-1]
    return result


def look_ahead(change: Change, tickets: Sequence[int], result: Preview, *, at: datetime) -> None:
    """What would become of the clocks of these tickets."""
    for found in find(tickets):
        result.looked_at += 1
        now, story = _story(found, at)
        fates = []
        for before, after in _before_and_after(change, story, now):
            fate = _fate(before, after, now)
            if fate:
                setattr(result, fate, getattr(result, fate) + 1)
                fates.append(
                    {
                        "kind": (after or before).kind,
                        "fate": fate,
                        "was": before.due_at if before else None,
                        "will": after.due_at if after else None,
                    }
                )
        if fates and len(result.tickets) < LISTED:
            result.tickets.append({"ticket": found.sheet.ticket, "clocks": fates})


def expected(change: Change, found: Found, *, at: datetime) -> list[Held]:
    """The clocks this ticket will have once the change is applied at `at`."""
    now, story = _story(found, at)
    return list(_with(change, story, now))


def _before_and_after(
    change: Change, story: Story, now: int
) -> Iterator[tuple[Held | None, Held | None]]:
    if not change.concerns(story.terms[-1]):
        return
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
        return clocks_of(story, now, lens=change.ahead())
    finally:
        story.terms = terms


def _fate(before: Held | None, after: Held | None, now: int) -> str:
    """`moved`, `breached`, `saved` or nothing; the strongest word."""
    if after is None or before is None:
        return "moved"
    if before.stopped_at is not None:
        return ""
    if after.breached_at is not None and before.breached_at is None:
        return "breached"
    if (after.due_at, after.target, after.stopped_at) == (
        before.due_at,
        before.target,
        before.stopped_at,
    ):
        return ""
    soon = now + int(SOON.total_seconds())
    was_in_danger = before.breach_at is not None and before.breach_at <= soon
    is_in_danger = after.breach_at is not None and after.breach_at <= soon
    return "saved" if was_in_danger and not is_in_danger and before.breached_at is None else "moved"


def look_back(change: Change, tickets: Sequence[int], result: Preview, *, at: datetime) -> None:
    """How the clocks decided in the last ninety days would have come out."""
    start, end = int((at - PERIOD).timestamp()), int(at.timestamp() // 1)
    lens = change.all_along()
    for found in find(tickets):
        _, story = _story(found, at)
        if not story.known or not any(change.concerns(term) for term in story.terms):
            continue
        for name, read_as in (("was", AS_PUBLISHED), ("would", lens)):
            for clock in assess(story.timeline(end, read_as)):
                if clock.decided_at is None or not start <= clock.decided_at < end:
                    continue
                result.past[name]["breached" if clock.breached_at is not None else "met"] += 1


def _story(found: Found, at: datetime) -> tuple[int, Story]:
    story = story_of(found.sheet, found.packed, offers)
    return max(int(at.timestamp() // 1), story.last_at), story


def _open_after(change: Change, cursor: int) -> list[int]:
    open_clocks = Clock.objects.open().filter(ticket__gt=cursor)
    if change.policy is not None:
        open_clocks = open_clocks.filter(policy_version__in=change.versions())
    else:
        open_clocks = open_clocks.filter(calendar_version__calendar=change.calendar)
    return _tickets(open_clocks)


def _decided_after(change: Change, cursor: int, at: datetime) -> list[int]:
    decided = Clock.objects.decided_in(at - PERIOD, at).filter(ticket__gt=cursor)
    if change.policy is not None:
        decided = decided.filter(policy_version__in=change.versions())
    else:
        decided = decided.filter(calendar_version__calendar=change.calendar)
    return _tickets(decided)


def _tickets(clocks) -> list[int]:
    return list(clocks.order_by("ticket").values_list("ticket_id", flat=True).distinct()[:BATCH])


# --- as a job -----------------------------------------------------------------------------------


def order(change: Change, *, by: Any, at: datetime) -> Job:
    """Look in the background; the job's page shows how far it is, its result is the preview."""
    subject = change.policy or change.calendar
    return Job.start(
        WORK,
        title=f"Dry run of {subject}",
        params={**change.key, "at": at.isoformat()},
        by=by,
        at=at,
    )


def step(job: Job) -> bool:
    """Some tickets more: first those with open clocks, then those of the last ninety days."""
    change = Change.of(job.params)
    at = datetime.fromisoformat(job.params["at"])
    known = job.cursor or {"back": False, "after": 0, "preview": asdict(Preview())}
    result = Preview(**known["preview"])
    back, after = known["back"], known["after"]
    tickets = _decided_after(change, after, at) if back else _open_after(change, after)
    (look_back if back else look_ahead)(change, tickets, result, at=at)
    job.done += len(tickets)
    over = not tickets and back
    job.cursor = {
        "back": back or not tickets,
        "after": tickets[-1] if tickets else 0,
        "preview": asdict(result),
    }
    if over:
        job.result = asdict(result)
    return over


# --- bringing it about --------------------------------------------------------------------------


def publish_policy(
    policy: Policy, *, reapply: bool, by: Any, at: datetime, reason: str = ""
) -> PolicyVersion:
    """Publish the draft; with `reapply`, open tickets under the policy go by it from now on."""
    with transaction.atomic():
        version = policy.publish(by=by, at=at, reason=reason)
        if reapply:
            calendar = policy.calendar
            _apply(
                Clock.objects.open().filter(policy_version__policy=policy),
                lambda term: InForce(0, version.pk, calendar.current_id if calendar else None),
                lambda term: promise_of(term.policy).policy == policy.pk,
                by=by,
                at=at,
                reason=reason,
            )
    return version


def publish_calendar(
    calendar: Calendar, *, reapply: bool = False, by: Any, at: datetime, reason: str = ""
) -> tuple[CalendarVersion, int]:
    """Publish the hours; edits of days to come go to running clocks, past ones when asked to.

    Returns the version and how many tickets go by it now.
    """
    with transaction.atomic():
        before = calendar.current
        versions = frozenset(calendar.versions.values_list("pk", flat=True))
        ahead = only_ahead(before.spec if before else None, calendar.draft(), at=at)
        version = calendar.publish(by=by, reason=reason)
        if before is None or version == before or not (ahead or reapply):
            return version, 0
        count = _apply(
            Clock.objects.open().filter(calendar_version__calendar=calendar),
            lambda term: InForce(0, term.policy, version.pk),
            lambda term: term.calendar in versions,
            by=by,
            at=at,
            reason=reason,
        )
    return version, count


def only_ahead(before: dict[str, Any] | None, after: dict[str, Any], *, at: datetime) -> bool:
    """Whether the working time up to `at` is the same under both."""
    if before is None:
        return False
    old = ALWAYS if before is None else compile_calendar(before)
    new = compile_calendar(after)
    now = int(at.timestamp() // 1)
    start = now - int(PERIOD.total_seconds()) * 8
    return [part[:3] for part in old.parts(start, now) if part.why == "open"] == [
        part[:3] for part in new.parts(start, now) if part.why == "open"
    ]


def _apply(clocks, after, concerns, *, by: Any, at: datetime, reason: str) -> int:
    """Tell every open ticket concerned that other versions hold from now on."""
    tickets = list(clocks.order_by("ticket").values_list("ticket_id", flat=True).distinct())
    told = 0
    for start in range(0, len(tickets), BATCH):
        batch = tickets[start : start + BATCH]
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT FROM tickets_ticket WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE",
                [batch],
            )
        rows = []
        for found in find(batch):
            now, story = _story(found, at)
            held = story.terms[-1]
            fresh = after(held)
            if not concerns(held) or (held.policy, held.calendar) == fresh[1:]:
                continue
            rows.append(changed_terms(found.sheet.ticket, now, held, fresh, by=by, reason=reason))
        Activity.objects.bulk_create(rows)
        project("ticket", [row.subject_id for row in rows])
        told += len(rows)
    return told


def instant(at: int | None) -> datetime | None:
    """For pages: a preview counts in epoch seconds."""
    return None if at is None else datetime.fromtimestamp(at, UTC)
