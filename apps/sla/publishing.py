"""Brings an edit about: a new version, and on request the open tickets go by it from now on.

Settled clocks never change: a ticket's new terms begin at the instant they are applied.
"""

from datetime import datetime
from typing import Any

from django.db import connection, transaction

from apps.accounts.models import User
from apps.calendars.models import Calendar, CalendarVersion
from apps.calendars.rules import OPEN, compile_calendar
from apps.outbox.jobs import do_now
from apps.outbox.models import Job
from apps.timeline.models import Activity
from apps.timeline.projections import project
from apps.timeline.refusal import Refused
from apps.timeline.text import clean_line

from . import hours
from .dry_run import AT_ONCE, BATCH, Change, story_at, tried
from .keeping import changed_terms, find
from .models import Clock, Policy, PolicyVersion
from .querysets import ClockQuerySet
from .story import InForce
from .versions import promise_of

WORK = "sla.reapply"
LONG = 10 * 365 * 86_400  # no clock looks back further
UNTRIED = "Try it first: a dry run shows which clocks move before they do."


def publish_policy(
    policy: Policy, *, reapply: bool = False, by: Any, at: datetime, reason: str = ""
) -> tuple[PolicyVersion, Job | None]:
    """Publish the draft; with `reapply`, open tickets under the policy go by it from now on."""
    if reapply and tried(Change(policy=policy)) is None:
        raise Refused(UNTRIED, code="untried")
    with transaction.atomic():
        version = policy.publish(by=by, at=at, reason=reason)
        if not reapply:
            return version, None
        return version, _order({"policy": policy.pk}, str(policy), by=by, at=at, reason=reason)


def reapply_policy(policy: Policy, *, by: Any, at: datetime, reason: str = "") -> Job:
    """Let open tickets go by the version in force; nothing is published."""
    if policy.is_edited:
        raise Refused("The draft says something else than the version in force: publish it.")
    if tried(Change(policy=policy)) is None:
        raise Refused(UNTRIED, code="untried")
    reason = clean_line(reason, field="reason")
    with transaction.atomic():
        policy.hold()
        policy.record("reapplied", by=by, at=at, version=policy.current.number, reason=reason)
        return _order({"policy": policy.pk}, str(policy), by=by, at=at, reason=reason)


def publish_calendar(
    calendar: Calendar, *, reapply: bool = False, by: Any, at: datetime, reason: str = ""
) -> tuple[CalendarVersion, Job | None]:
    """Publish the hours. An edit of days to come goes to running clocks by itself, one of days
    that are over only when asked to, after a dry run."""
    reason = clean_line(reason, field="reason")
    with transaction.atomic():
        held = Calendar.objects.select_for_update().get(pk=calendar.pk)
        before = held.current
        if before is not None and before.spec == held.draft():
            raise Refused("Nothing was changed since the last version.", code="unchanged")
        ahead = before is None or only_ahead(before.spec, held.draft(), at=at)
        if reapply and not ahead and tried(Change(calendar=held)) is None:
            raise Refused(UNTRIED, code="untried")
        version = held.publish(by=by, at=at, reason=reason)
        calendar.current = version
        hours.tell(
            held,
            "published",
            by=by,
            at=at,
            version=[before.number if before else None, version.number],
            reason=reason,
        )
        if before is None or not (ahead or reapply):
            return version, None
        return version, _order({"calendar": held.pk}, str(held), by=by, at=at, reason=reason)


def only_ahead(before: dict[str, Any], after: dict[str, Any], *, at: datetime) -> bool:
    """Whether the working time up to `at` is the same under both."""
    now = int(at.timestamp() // 1)
    was, will = (
        [part[:2] for part in compile_calendar(spec).parts(now - LONG, now) if part.why == OPEN]
        for spec in (before, after)
    )
    return was == will


# --- open tickets follow ------------------------------------------------------------------------


def behind(policy: Policy) -> ClockQuerySet:
    """Open clocks that go by an older version of the policy."""
    open_clocks = Clock.objects.open().filter(policy_version__policy=policy)
    return open_clocks.exclude(policy_version=policy.current_id)


def _order(key: dict[str, int], name: str, *, by: Any, at: datetime, reason: str) -> Job:
    """A few tickets at once, many as a job."""
    job = Job.start(
        WORK,
        title=f"Re-apply {name} to open tickets",
        params={**key, "at": at.isoformat(), "by": by.pk if by else None, "reason": reason},
        about=next(iter(key.items())),
        by=by,
        at=at,
    )
    if len(_next(key, 0, AT_ONCE + 1)) <= AT_ONCE:
        do_now(job)
    return job


def _next(key: dict[str, int], after: int, size: int = BATCH) -> list[int]:
    found = Clock.objects.open().filter(ticket__gt=after).order_by("ticket")
    if "policy" in key:
        found = found.filter(policy_version__policy=key["policy"])
    else:
        found = found.under(key["calendar"])
    return list(found.values_list("ticket_id", flat=True).distinct()[:size])


def step(job: Job) -> bool:
    """Some tickets more; those that go by the version already are left alone."""
    key = {name: job.params[name] for name in ("policy", "calendar") if name in job.params}
    tickets = _next(key, job.cursor.get("after", 0))
    at = datetime.fromisoformat(job.params["at"])
    by = User.objects.filter(pk=job.params["by"]).first()
    moved = _apply(key, tickets, by=by, at=at, reason=job.params["reason"])
    job.done += len(tickets)
    job.counts = {"tickets": job.counts.get("tickets", 0) + moved}
    job.cursor = {"after": tickets[-1] if tickets else 0}
    return len(tickets) < BATCH


def _apply(key: dict[str, int], tickets: list[int], *, by: Any, at: datetime, reason: str) -> int:
    """Tell these tickets that other versions hold from now on."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT FROM tickets_ticket WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE",
            [tickets],
        )
    follow = _following(key)
    rows = []
    for found in find(tickets):
        now, story = story_at(found, at)
        held = story.terms[-1]
        fresh = follow(held, now)
        if fresh[1:] != held[1:]:
            rows.append(changed_terms(found.sheet.ticket, now, held, fresh, by=by, reason=reason))
    Activity.objects.bulk_create(rows)
    project("ticket", [row.subject_id for row in rows])
    return len(rows)


def _following(key: dict[str, int]) -> Any:
    """Which terms a ticket goes by now, given those it went by."""
    if "policy" in key:
        policy = Policy.objects.select_related("current", "calendar").get(pk=key["policy"])
        version, calendar = policy.current_id, policy.current.calendar
        current = calendar.current_id if calendar else None

        def follow(held: InForce, now: int) -> InForce:
            ours = promise_of(held.policy).policy == policy.pk
            return InForce(now, version, current) if ours else held

        return follow
    hours_now = Calendar.objects.get(pk=key["calendar"])
    versions = frozenset(hours_now.versions.values_list("pk", flat=True))
    return lambda held, now: (
        InForce(now, held.policy, hours_now.current_id) if held.calendar in versions else held
    )
