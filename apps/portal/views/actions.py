"""Actions and decisions: who will do what by when, and what was decided."""

from dataclasses import dataclass
from datetime import date

from django import forms
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.models import User
from apps.actions.models import Action, Decision
from apps.actions.querysets import ActionQuerySet
from apps.portal.access import may
from apps.portal.answers import blame, card, form_page, go, page, refusals, refuse
from apps.portal.forms import Line, Text
from apps.portal.turning_pages import NewestFirst
from apps.timeline.refusal import Refused

SIZE = 50
DAY = forms.DateInput(attrs={"type": "date"})


class NewAction(forms.Form):
    """Who will do what by when."""

    title = Line(label="What will be done")
    owner = forms.ModelChoiceField(
        User.objects.active().by_name(), label="By whom", empty_label="Choose"
    )
    due = forms.DateField(widget=DAY, label="By which day")


class Carry(forms.Form):
    """To which later day."""

    due = forms.DateField(widget=DAY, label="To")


class Drop(forms.Form):
    """Why nobody will do it."""

    why = Line(limit=500, label="Why")


class HandOver(forms.Form):
    """Who does it now."""

    owner = forms.ModelChoiceField(
        User.objects.active().by_name(), label="To whom", empty_label="Choose"
    )


class Question(forms.Form):
    """What is to be decided."""

    question = Line(limit=300)
    options = Text(
        limit=5000, label="Options, one a line", widget=forms.Textarea(attrs={"rows": 4})
    )

    def lines(self) -> list[str]:
        return [line for line in self.cleaned_data["options"].split("\n") if line.strip()]


class Choice(forms.Form):
    """One of the options, and why."""

    choice = forms.ChoiceField(widget=forms.RadioSelect)
    why = Text(limit=5000, widget=forms.Textarea(attrs={"rows": 3}))
    review_on = forms.DateField(widget=DAY, required=False, label="Look at it again on")

    def __init__(self, decision: Decision, *args, **more) -> None:
        super().__init__(*args, **more)
        self.fields["choice"] = forms.ChoiceField(
            choices=[(option, option) for option in decision.options], widget=forms.RadioSelect
        )


@dataclass(frozen=True, slots=True)
class ByDue:
    """One page of actions, the earliest due first, and the cursor of the next."""

    rows: list[Action]
    before: str = ""
    after: str = ""

    @classmethod
    def of(cls, found: ActionQuerySet, cursor: str) -> "ByDue":
        """The page after a cursor `DAY.ID`; one that is none starts over."""
        day, _, pk = cursor.partition(".")
        place = _place(day, pk)
        if place:
            found = found.filter(Q(due__gt=place[0]) | Q(due=place[0], pk__gt=place[1]))
        rows = list(found.by_due()[: SIZE + 1])
        more = len(rows) > SIZE
        last = rows[SIZE - 1] if more else None
        after = f"{last.due.isoformat()}.{last.pk}" if last else ""
        return cls(rows[:SIZE], before="first" if place else "", after=after)


def _place(day: str, pk: str) -> tuple[date, int] | None:
    try:
        found = date.fromisoformat(day)
    except ValueError:
        return None
    return (found, int(pk)) if pk.isascii() and pk.isdigit() and len(pk) < 19 else None


def _sent(request: HttpRequest):
    """What was sent, or nothing yet; an empty form is sent too."""
    return request.POST if request.method == "POST" else None


def _tabs() -> list[tuple[str, str]]:
    actions = reverse("portal:actions")
    return [
        ("Mine", actions),
        ("All", f"{actions}?show=all"),
        ("Overdue", f"{actions}?show=overdue"),
        ("Ended", f"{actions}?show=ended"),
        ("Decisions", reverse("portal:decisions")),
    ]


@require_safe
@may("actions.read")
def actions(request: HttpRequest) -> HttpResponse:
    """Mine, all open ones, the overdue, or those that ended."""
    today = timezone.localdate()
    shown = {
        "all": lambda: Action.objects.open(),
        "overdue": lambda: Action.objects.overdue(today=today),
        "ended": lambda: Action.objects.exclude(state="open"),
    }
    show = request.GET.get("show", "")
    found = shown[show]() if show in shown else Action.objects.open().owned_by(request.user)
    actions_url = reverse("portal:actions")
    context = {
        "keyset": ByDue.of(found.with_people(), request.GET.get("after", "")),
        "today": today,
        "tabs": _tabs(),
        "current": f"{actions_url}?show={show}" if show in shown else actions_url,
    }
    return page(request, "actions/list.html", "actions/_rows.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@may("actions.change")
def new(request: HttpRequest) -> HttpResponse:
    """Agree on an action."""
    form = NewAction(_sent(request), initial={"owner": request.user})
    if request.method == "POST" and form.is_valid():
        try:
            action = Action.objects.agree(**form.cleaned_data, by=request.user, at=timezone.now())
        except Refused as refused:
            blame(form, refused)
        else:
            return go(request, action, said="Agreed.")
    return form_page(request, "actions/new.html", "actions/_new.html", form)


@require_safe
@may("actions.read")
def action(request: HttpRequest, pk: int) -> HttpResponse:
    """One action with its timeline."""
    found = get_object_or_404(Action.objects.with_people(), pk=pk)
    context = _card(found) | {
        "activities": found.timeline()[:100],
        "carry": Carry(),
        "drop": Drop(),
        "hand": HandOver(),
    }
    return render(request, "actions/action.html", context)


def _card(found: Action) -> dict:
    return {"action": found, "today": timezone.localdate()}


def _act(request: HttpRequest, pk: int, verb: str, form: forms.Form | None, said: str):
    """One verb on one action; what is filled in on its page leads back there."""
    if form is not None and not form.is_valid():
        sentences = [str(error) for errors in form.errors.values() for error in errors]
        return refuse(request, " ".join(sentences), status=422, field=next(iter(form.errors)))
    found = get_object_or_404(Action.objects.with_people(), pk=pk)
    words = form.cleaned_data if form else {}
    getattr(found, verb)(**words, by=request.user, at=timezone.now())
    fresh = Action.objects.with_people().get(pk=pk)
    if form:
        return go(request, fresh, said=said)
    return card(request, "actions/_action.html", _card(fresh), to=fresh, said=said)


@require_POST
@may("actions.change")
@refusals
def finish(request: HttpRequest, pk: int) -> HttpResponse:
    """It is done."""
    return _act(request, pk, "finish", None, "Done.")


@require_POST
@may("actions.change")
@refusals
def reopen(request: HttpRequest, pk: int) -> HttpResponse:
    """It is to be done after all."""
    return _act(request, pk, "reopen", None, "Open again.")


@require_POST
@may("actions.change")
@refusals
def carry(request: HttpRequest, pk: int) -> HttpResponse:
    """Put it off."""
    return _act(request, pk, "carry", Carry(request.POST), "Carried.")


@require_POST
@may("actions.change")
@refusals
def drop(request: HttpRequest, pk: int) -> HttpResponse:
    """Nobody will do it."""
    return _act(request, pk, "drop", Drop(request.POST), "Dropped.")


@require_POST
@may("actions.change")
@refusals
def hand_to(request: HttpRequest, pk: int) -> HttpResponse:
    """Somebody else will do it."""
    return _act(request, pk, "hand_to", HandOver(request.POST), "Handed over.")


@require_safe
@may("actions.read")
def decisions(request: HttpRequest) -> HttpResponse:
    """What is wanted and what was decided, the newest question first."""
    context = {
        "keyset": NewestFirst.of(Decision.objects.with_people(), request),
        "tabs": _tabs(),
        "current": reverse("portal:decisions"),
    }
    return page(request, "actions/decisions.html", "actions/_decisions.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@may("actions.change")
def ask(request: HttpRequest) -> HttpResponse:
    """Ask for a decision."""
    form = Question(_sent(request))
    if request.method == "POST" and form.is_valid():
        try:
            decision = Decision.objects.ask(
                form.cleaned_data["question"],
                options=form.lines(),
                by=request.user,
                at=timezone.now(),
            )
        except Refused as refused:
            blame(form, refused)
        else:
            return go(request, decision, said="Asked.")
    return form_page(request, "actions/ask.html", "actions/_ask.html", form)


@require_http_methods(["GET", "HEAD", "POST"])
@may("actions.read")
def decision(request: HttpRequest, pk: int) -> HttpResponse:
    """One decision; POST decides it."""
    found = get_object_or_404(Decision.objects.with_people(), pk=pk)
    if request.method == "POST" and not request.user.may("actions.change"):
        return refuse(request, "Your roles do not let you decide.", status=403)
    form = Choice(found, _sent(request))
    if request.method == "POST" and form.is_valid():
        try:
            found.decide(**form.cleaned_data, by=request.user, at=timezone.now())
        except Refused as refused:
            blame(form, refused)
        else:
            return go(request, found, said="Decided.")
    context = {"decision": found, "activities": found.timeline()[:100]}
    return form_page(request, "actions/decision.html", "actions/_choice.html", form, context)


@require_POST
@may("actions.change")
@refusals
def reopen_decision(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask again."""
    found = get_object_or_404(Decision, pk=pk)
    found.reopen(by=request.user, at=timezone.now())
    return go(request, found, said="Asked again.")
