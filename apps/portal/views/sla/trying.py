"""What a dry run found, and the buttons that bring it about."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from apps.outbox.models import Job
from apps.portal.access import may
from apps.sla import dry_run, publishing
from apps.sla.choices import Kind
from apps.sla.dry_run import LISTED, WORK, Change
from apps.sla.models import Policy
from apps.tickets.models import Ticket
from apps.timeline.refusal import Refused

from . import tabs
from .forms import PublishForm

WORDS = {
    dry_run.BREACHED: (
        "Become breached",
        "Their target runs out by the draft, and has not by what is in force.",
    ),
    dry_run.SAVED: (
        "Are saved",
        "They would run out within 24 hours, and do not by the draft.",
    ),
    dry_run.MOVED: (
        "Move",
        "Another due date, target or hours, and nothing worse or better today.",
    ),
}


@require_safe
@may("sla.read")
def result(request: HttpRequest, pk: int) -> HttpResponse:
    """Which clocks move, which break, which are saved, and the last ninety days."""
    job = get_object_or_404(Job, pk=pk, work=WORK)
    if job.result is None:
        return redirect(job)
    try:
        change = Change.of(job.params)
    except (Policy.DoesNotExist, Refused):
        raise Http404 from None
    found = dry_run.of_job(job)
    context = {
        "job": job,
        "subject": change.subject,
        "policy": change.policy,
        "calendar": change.calendar,
        "found": found,
        "total": found.moved + found.breached + found.saved,
        "lists": _lists(found),
        "past": _past(found),
        "current_draft": change.fingerprint == job.params["draft"],
        "is_edited": _is_edited(change),
        "ahead": _ahead(change),
        "form": PublishForm(initial={"reapply": False}),
        **tabs.of("portal:sla-policies" if change.policy else "portal:sla-calendars"),
    }
    return render(request, "sla/dry_run.html", context)


def _is_edited(change: Change) -> bool:
    if change.policy:
        return change.policy.is_edited
    assert change.calendar is not None
    now = change.calendar.current
    return now is None or now.spec != change.calendar.draft()


def _ahead(change: Change) -> bool:
    found = change.calendar
    if found is None or found.current is None:
        return False
    return publishing.only_ahead(found.current.spec, found.draft(), at=timezone.now())


def _lists(found: dry_run.Preview) -> list[dict[str, Any]]:
    numbers = {one["ticket"] for named in found.listed.values() for one in named}
    tickets = Ticket.objects.in_bulk(numbers)
    return [
        {
            "title": WORDS[fate][0],
            "about": WORDS[fate][1],
            "tone": {"breached": "bad", "saved": "good"}.get(fate, "calm"),
            "count": getattr(found, fate),
            "more": getattr(found, fate) - len(found.listed[fate]),
            "rows": [
                {
                    "ticket": tickets[one["ticket"]],
                    "kind": Kind(one["kind"]).label,
                    "was": one["was"],
                    "will": one["will"],
                }
                for one in found.listed[fate]
                if one["ticket"] in tickets
            ],
            "listed": LISTED,
        }
        for fate in dry_run.FATES
    ]


def _past(found: dry_run.Preview) -> list[tuple[str, int, int, float | None]]:
    """As it was and as it would have been: met, decided, and the share of them."""
    return [
        (
            words,
            one["met"],
            decided := one["met"] + one["breached"],
            100 * one["met"] / decided if decided else None,
        )
        for words, one in (("As it was", found.past["was"]), ("By the draft", found.past["would"]))
    ]
