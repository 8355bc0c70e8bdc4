"""Where everybody begins."""

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from apps.portal import desk, today
from apps.portal.answers import page
from apps.portal.counts import out_of_band


@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """What wants this person now."""
    user, at = request.user, timezone.now()
    answers, leads = user.may("tickets.reply"), user.holds("support_lead")
    decides = user.holds("leadership") or user.holds("administrator")
    sources = today.sources() if user.may("metrics.read") else []
    user.desk = desk.Desk.of(user, whole=True)
    counts = user.desk.counts
    seen = counts["incidents"] or user.may("incidents.private")  # private ones are not counted
    context = {
        "desk": counts,
        "incidents": today.incidents(user) if seen else (),
        "commands": user.may("incidents.command"),
        "to_tell": today.to_tell(user) if answers and counts["loop"] else (),
        "loops": today.loops(user) if counts["loop"] else (),
        "steps": () if counts["todo"] else today.first_steps(user),
        "greeting": greeting(timezone.localtime(at).hour),
        "at": at,
        "queue": today.queue(user) if answers else None,
        "unassigned": today.unassigned(user) if answers else None,
        "late": today.late(user) if leads or not answers else None,
        "loads": today.loads() if leads or decides else None,
        "drafts": today.drafts(user) if user.may("tickets.note") else (),
        "actions": today.actions(user),
        "overdue": today.overdue_actions(timezone.localdate(at)) if leads or decides else None,
        "decisions": today.decisions() if decides else None,
        "notices": today.notices(user),
        "sources": sources,
        "troubles": today.troubles(sources, at) if user.may("metrics.read") else None,
        "numbers_first": decides,
    }
    return page(request, "today/today.html", "today/_today.html", context)


@require_safe
def numbers(request: HttpRequest) -> HttpResponse:
    """This person's figures; fetched after the page, for they take longer than the rest."""
    context = {"figures": today.numbers(request.user, timezone.now())}
    return page(request, "today/numbers.html", "today/_numbers.html", context)


@require_safe
def counts(request: HttpRequest) -> HttpResponse:
    """The rail's numbers as they are now."""
    return HttpResponse(out_of_band(request.user))


def greeting(hour: int) -> str:
    """A word for the time of day."""
    return "Good morning" if hour < 12 else "Good afternoon" if hour < 18 else "Good evening"
