"""The lead's page: who carries how much, who is away, what the rules do, moving tickets."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.models import Team, User
from apps.portal.access import may
from apps.portal.answers import go, refusals
from apps.portal.rows import PICK, draw, head
from apps.portal.words import plural
from apps.tickets import balancing, listing
from apps.tickets.models import AssignmentRule, Duty, Ticket
from apps.tickets.rules.until import read
from apps.timeline.refusal import Refused

from .ticket import fetch

THEIRS = (PICK, "due", "number", "priority", "customer", "tier", "status", "tags", "waiting")
TRIED = (20, 50, 200)
Verb = Callable[[HttpRequest, Duty], str]


@require_safe
@may("tickets.balance")
def load(request: HttpRequest) -> HttpResponse:
    """Who carries how much now."""
    at, team = timezone.now(), _team(request.GET.get("team", ""))
    loads = balancing.loads(team, at=at)
    context = {
        "loads": loads,
        "teams": Team.objects.all(),
        "team": team,
        "open": sum(one.open for one in loads),
        "late": sum(one.late for one in loads),
        "away": sum(bool(one.absent) for one in loads),
        "unplaced": balancing.unplaced()[:20],
    }
    return render(request, "load/load.html", context)


@require_safe
@may("tickets.balance")
def person(request: HttpRequest, pk: int) -> HttpResponse:
    """What one person carries; with tickets picked, what moving them would do."""
    at = timezone.now()
    found = get_object_or_404(User.objects.active(), pk=pk)
    team = Team.objects.filter(members=found).first()
    loads = balancing.loads(at=at)
    mine = next((one for one in loads if one.person == found), None)
    picked, to = _numbers(request.GET.getlist("pick")), request.GET.get("to", "")
    listed = listing.page(Ticket.objects.todo().of(found), size=balancing.MOST).rows
    context = {
        "person": found,
        "load": mine,
        "duty": mine.duty if mine else Duty(person=found),
        "head": head(THEIRS),
        "rows": draw(listed, now=at, show=THEIRS),
        "listed": len(listed),
        "others": [one for one in loads if one.person != found],
        "teams": Team.objects.all(),
        "team": team,
        "to": to,
        "picked": picked,
    }
    if picked and to:
        context["what_if"] = balancing.what_if(picked, at=at, **_target(to))
    return render(request, "load/person.html", context)


@require_POST
@may("tickets.balance")
@refusals
def reassign(request: HttpRequest, pk: int) -> HttpResponse:
    """Move what was picked from one person to another, or over a team."""
    found = get_object_or_404(User, pk=pk)
    picked = _numbers(request.POST.getlist("pick") or request.GET.getlist("pick"))
    to = request.POST.get("to") or request.GET.get("to", "")
    if not picked:
        raise Refused("Pick some tickets first.")
    moved, refused = balancing.reassign(picked, by=request.user, at=timezone.now(), **_target(to))
    said = f"{plural(len(moved), 'ticket')} moved."
    if refused:
        said += f" {plural(len(refused), 'stays', 'stay')}: {refused[0]}"
    back = urlencode({"to": f"person-{found.pk}", "pick": moved}, doseq=True)
    undo = f"{reverse('portal:load-reassign', args=[found.pk])}?{back}" if moved else ""
    return go(request, reverse("portal:load-person", args=[pk]), said=said, undo=undo)


def _target(to: str) -> dict[str, Any]:
    """Whom tickets are moved to: `person-3`, or spread over `team-2`."""
    kind, _, number = to.partition("-")
    if not (number.isdigit() and len(number) < 19):
        raise Refused("Choose whom to give them to.", field="to")
    if kind == "team":
        return {"team": get_object_or_404(Team, pk=number)}
    return {"to": get_object_or_404(User.objects.active(), pk=number)}


def _team(number: str) -> Team | None:
    known = number.isdigit() and len(number) < 19
    return Team.objects.filter(pk=number).first() if known else None


def _numbers(picked: list[str]) -> list[int]:
    return [int(one) for one in picked if one.isdigit() and len(one) < 19][: balancing.MOST]


# --- duties ----------------------------------------------------------------------------------


def verb(act: Verb) -> Callable[..., HttpResponse]:
    """A button of somebody's duty: POST, the lead, the verb, back to their page."""

    @require_POST
    @may("tickets.balance")
    @refusals
    @wraps(act)
    def button(request: HttpRequest, pk: int) -> HttpResponse:
        duty = balancing.duty_of(get_object_or_404(User.objects.active(), pk=pk))
        said = act(request, duty)
        undo = reverse("portal:load-undo", args=[pk, duty.last_change()])
        return go(request, reverse("portal:load-person", args=[pk]), said=said, undo=undo)

    button.permission = "tickets.balance"  # type: ignore[attr-defined]
    return button


@verb
def limit(request: HttpRequest, duty: Duty) -> str:
    """How much they carry at most."""
    typed = request.POST.get("cap", "").strip()
    if typed and not (typed.isascii() and typed.isdigit() and len(typed) < 6):
        raise Refused("A limit is a number.", field="cap")
    duty.limit(int(typed) if typed else None, by=request.user, at=timezone.now())
    return f"{duty} carries {duty.cap} at most." if duty.cap else f"{duty} has no limit."


@verb
def learn(request: HttpRequest, duty: Duty) -> str:
    """What they know."""
    skills = [one for one in request.POST.get("skills", "").split(",") if one.strip()]
    duty.learn(skills, by=request.user, at=timezone.now())
    return f"{duty}: {', '.join(duty.skills) or 'no skill'}."


@verb
def leave(request: HttpRequest, duty: Duty) -> str:
    """Away, from now until a time in words."""
    return _leave(request, duty)


@verb
def come_back(request: HttpRequest, duty: Duty) -> str:
    """There again."""
    duty.come_back(by=request.user, at=timezone.now())
    return f"{duty} is there again."


def _leave(request: HttpRequest, duty: Duty) -> str:
    at, typed = timezone.now(), request.POST.get("until", "").strip()
    until = read(typed, timezone.localtime(at)) if typed else None
    if typed and until is None:
        raise Refused("That is no time to come. Try “mon 9” or “in 2 weeks”.", field="until")
    duty.leave(until, by=request.user, at=at)
    if until is None:
        return f"{duty} is away."
    return f"{duty} is away until {timezone.localtime(until):%a %d %b, %H:%M}."


@require_POST
@may("tickets.reply")
@refusals
def undo(request: HttpRequest, pk: int, activity: int) -> HttpResponse:
    """Take back what was changed last of somebody's duty; leads anybody's, others their own."""
    duty = balancing.duty_of(get_object_or_404(User.objects.active(), pk=pk))
    duty.undo(activity, by=request.user, at=timezone.now())
    leads = request.user.may("tickets.balance")
    to = reverse("portal:load-person", args=[pk]) if leads else reverse("portal:settings")
    return go(request, to, said=f"{duty}: as before.")


@require_POST
@may("tickets.reply")
@refusals
def own_leave(request: HttpRequest) -> HttpResponse:
    """Oneself away, or back."""
    duty = balancing.duty_of(request.user)
    if "back" in request.POST:
        duty.come_back(by=request.user, at=timezone.now())
        said = "You are there again."
    else:
        said = _leave(request, duty)
    undo = reverse("portal:load-undo", args=[request.user.pk, duty.last_change()])
    return go(request, "portal:settings", said=said, undo=undo)


# --- rules -----------------------------------------------------------------------------------


@require_safe
@may("tickets.balance")
def rules(request: HttpRequest) -> HttpResponse:
    """The rules in their order, and what they would do with the last tickets."""
    typed = request.GET.get("tried", "")
    most = int(typed) if typed in map(str, TRIED) else TRIED[0]
    trials = balancing.dry_run(at=timezone.now(), most=most)
    context = {
        "rules": AssignmentRule.objects.select_related("queue", "team", "assignee"),
        "trials": trials,
        "fitting": sum(bool(trial.plan.rules) for trial in trials),
        "tried": most,
        "choices": TRIED,
    }
    return render(request, "load/rules.html", context)


@require_safe
@may("tickets.read")
def why(request: HttpRequest, pk: int) -> HttpResponse:
    """Why somebody has a ticket, or why nobody does."""
    ticket = fetch(pk)
    told = ticket.why_assigned()
    context = {
        "ticket": ticket,
        "told": told,
        "passed": told.data.get("passed", []) if told else [],
    }
    return render(request, "tickets/why.html", context)
