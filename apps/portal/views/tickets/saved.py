"""Saved views: kept from what a list shows, changed, shared, pinned, deleted and brought back."""

from collections.abc import Callable
from functools import wraps

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.choices import Density
from apps.accounts.models import Team
from apps.portal.access import may
from apps.portal.answers import blame, go, refusals
from apps.portal.forms import Line
from apps.tickets import viewing
from apps.tickets.choices import Column, Sort
from apps.tickets.models import Habit, View
from apps.timeline.refusal import Refused

Verb = Callable[[HttpRequest, View], HttpResponse]


class ViewForm(forms.Form):
    """What a view is called and what it asks."""

    name = Line(limit=80, label="Name")
    words = Line(
        limit=400,
        label="Words and conditions",
        required=False,
        help_text="As typed into the filter: status:open priority:urgent from:acme",
    )
    sort = forms.ChoiceField(choices=Sort.choices, label="Order")
    columns = forms.MultipleChoiceField(
        choices=Column.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Without a tick, the usual ones. Everybody may choose others for themselves.",
    )
    position = forms.IntegerField(
        min_value=0,
        max_value=999,
        label="Place among the views",
        required=False,
        help_text="A number; the lowest stands first.",
    )


@require_safe
@may("tickets.read")
def views(request: HttpRequest) -> HttpResponse:
    """One's own views, and those that are shared."""
    found = list(View.objects.visible_to(request.user).with_people())
    pinned = set(
        Habit.objects.filter(person=request.user, pinned=True).values_list("view_id", flat=True)
    )
    context = {
        "groups": [
            ("Yours", [view for view in found if not view.is_shared]),
            ("Shared", [view for view in found if view.is_shared]),
        ],
        "pinned": pinned,
        "teams": Team.objects.all() if request.user.may("views.share") else [],
    }
    return render(request, "tickets/views.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@may("tickets.read")
def new(request: HttpRequest) -> HttpResponse:
    """Keep what a list shows now; one step from the list, or with the form."""
    given = request.POST if request.method == "POST" else request.GET
    at = timezone.now()
    if request.method == "POST":
        form = ViewForm(request.POST)
        if form.is_valid():
            said = form.cleaned_data
            try:
                view = View.objects.keep(
                    said["name"],
                    said["words"],
                    sort=said["sort"],
                    columns=said["columns"],
                    by=request.user,
                    at=at,
                )
            except Refused as refused:
                blame(form, refused)
            else:
                if request.POST.get("pin"):
                    viewing.pin(view, by=request.user, at=at)
                undo = reverse("portal:view-delete", args=[view.pk])
                return go(request, view, said=f"“{view}” is kept.", undo=undo)
    else:
        form = ViewForm(initial={"words": given.get("q", ""), "sort": given.get("sort", "")})
    context = {"form": form, "view": None}
    return render(request, "tickets/view.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@may("tickets.read")
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a view."""
    view = fetch(request, pk)
    before = {name: getattr(view, name) for name in ViewForm.base_fields}
    form = ViewForm(request.POST or None, initial=before)
    may_change = view.may_be_changed_by(request.user)
    for field in form.fields.values():
        field.disabled = not may_change
    if request.method == "POST" and form.is_valid():
        said = {**form.cleaned_data, "position": form.cleaned_data["position"] or 0}
        try:
            view.edit(**said, by=request.user, at=timezone.now())
        except Refused as refused:
            blame(form, refused)
        else:
            return go(request, view, said="Changed.")
    context = {"form": form, "view": view, "may_change": may_change}
    return render(request, "tickets/view.html", context, status=422 if form.errors else 200)


def fetch(request: HttpRequest, pk: int) -> View:
    return get_object_or_404(View.objects.visible_to(request.user).with_people(), pk=pk)


def verb(act: Verb) -> Callable[..., HttpResponse]:
    """A button of a view: POST, a view one can see, the verb, on to where it leads."""

    @require_POST
    @may("tickets.read")
    @refusals
    @wraps(act)
    def button(request: HttpRequest, pk: int) -> HttpResponse:
        return act(request, fetch(request, pk))

    button.permission = "tickets.read"  # type: ignore[attr-defined]
    return button


def back(request: HttpRequest, said: str, undo: str = "") -> HttpResponse:
    return go(request, "portal:views", said=said, undo=undo)


@verb
def keep(request: HttpRequest, view: View) -> HttpResponse:
    """What the list shows now becomes the view."""
    given = {name: request.POST[name] for name in ("words", "sort") if name in request.POST}
    view.edit(**given, by=request.user, at=timezone.now())
    return go(request, view, said=f"“{view}” is kept as it stands.")


@verb
def duplicate(request: HttpRequest, view: View) -> HttpResponse:
    """One's own copy."""
    copy = view.duplicate(by=request.user, at=timezone.now())
    undo = reverse("portal:view-delete", args=[copy.pk])
    return go(request, copy, said=f"“{copy}” is yours.", undo=undo)


@verb
def share(request: HttpRequest, view: View) -> HttpResponse:
    """For a team, or for everybody."""
    chosen = request.POST.get("team", request.GET.get("team", ""))
    team = get_object_or_404(Team, pk=chosen) if chosen.isdigit() else None
    view.share(team, by=request.user, at=timezone.now())
    undo = reverse("portal:view-keep-private", args=[view.pk])
    return back(request, f"“{view}” is there for {team or 'everybody'}.", undo)


@verb
def keep_private(request: HttpRequest, view: View) -> HttpResponse:
    """One's own again."""
    team = view.team_id or ""
    view.keep_private(by=request.user, at=timezone.now())
    undo = f"{reverse('portal:view-share', args=[view.pk])}?team={team}"
    return back(request, f"“{view}” is only yours.", undo)


@verb
def delete(request: HttpRequest, view: View) -> HttpResponse:
    """Out of every list."""
    view.delete_by(request.user, at=timezone.now())
    undo = reverse("portal:view-restore", args=[view.pk])
    return back(request, f"“{view}” is deleted.", undo)


@require_POST
@may("tickets.read")
@refusals
def restore(request: HttpRequest, pk: int) -> HttpResponse:
    """A deleted view as it was."""
    view = get_object_or_404(View.objects.exclude(deleted_at=None), pk=pk)
    if view.owner_id not in (None, request.user.pk):
        raise Refused("Only its owner brings it back.")
    view.restore(by=request.user, at=timezone.now())
    return back(request, f"“{view}” is back.")


@verb
def pin(request: HttpRequest, view: View) -> HttpResponse:
    """Into the rail."""
    viewing.pin(view, by=request.user, at=timezone.now())
    undo = reverse("portal:view-unpin", args=[view.pk])
    return back(request, f"“{view}” is in your rail.", undo)


@verb
def unpin(request: HttpRequest, view: View) -> HttpResponse:
    """Out of the rail."""
    view.unpin(by=request.user)
    undo = reverse("portal:view-pin", args=[view.pk])
    return back(request, f"“{view}” is out of your rail.", undo)


@require_POST
@may("tickets.read")
@refusals
def columns(request: HttpRequest) -> HttpResponse:
    """Which columns one person sees in a list, and how close its rows stand."""
    chosen = request.POST.getlist("columns")
    if unknown := set(chosen) - set(Column.values):
        raise Refused(f"There is no column “{min(unknown)}”.", field="columns")
    number = request.POST.get("view", "")
    view = fetch(request, int(number)) if number.isdigit() and len(number) < 19 else None
    Habit.objects.choose_columns(request.user, view, chosen)
    density = request.POST.get("density", "")
    if density in Density.values and density != request.user.density:
        request.user.density = density
        request.user.save(update_fields=["density"])
    return go(request, request.META.get("HTTP_REFERER") or "portal:tickets")
