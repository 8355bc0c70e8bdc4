"""Every number of the house: what it means, how it stands, and what lies behind it."""

from dataclasses import dataclass
from datetime import UTC, datetime

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from apps.figures.definition import Definition, UnknownFigure
from apps.figures.figure import Figure, Window
from apps.figures.models import FigureDay, Snapshot
from apps.figures.registry import definition, definitions
from apps.figures.rows import Row
from apps.figures.words import amount
from apps.portal.access import may
from apps.portal.answers import go, page, refuse
from apps.portal.forms import Line
from apps.portal.trend import line
from apps.reports import ready

WEEKS = 13
CUT = 120  # characters of a frozen title


@dataclass(frozen=True, slots=True)
class Known:
    """A definition in the list, as it stood when its last day ended."""

    definition: Definition
    last: Figure | None
    trend: str


@dataclass(frozen=True, slots=True)
class Behind:
    """One page of the records behind a figure."""

    head: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()
    before: str = ""
    after: str = ""


class SnapshotForm(forms.Form):
    """Which figures to freeze, and under what name."""

    title = Line(limit=CUT, required=False)


@require_safe
@may("figures.read")
def figures(request: HttpRequest) -> HttpResponse:
    """All definitions with the last day's value and thirteen weeks behind it."""
    today = timezone.now().astimezone(UTC).date()
    days = _days(FigureDay.objects.weeks(WEEKS, until=today))
    context = {"known": [_known(each, days.get(each.key, [])) for each in definitions()]}
    return render(request, "figures/list.html", context)


def _days(found) -> dict[str, list[Figure]]:
    grouped: dict[str, list[Figure]] = {}
    for day in found:
        grouped.setdefault(day.key, []).append(day.figure)
    return grouped


def _known(each: Definition, days: list[Figure]) -> Known:
    return Known(each, days[-1] if days else None, _trend(days))


def _trend(days: list[Figure]) -> str:
    values = [figure.value if figure.state.counts else None for figure in days]
    return line(values, target=days[-1].target if days else None)


@require_safe
@may("figures.read")
def figure(request: HttpRequest, key: str) -> HttpResponse:
    """One figure explained: formula, inputs, exclusions, history, and its rows; or that it is being
    measured."""
    try:
        known = definition(key)
    except UnknownFigure:
        raise Http404 from None
    at = timezone.now()
    scope = {name: request.GET[name][:200] for name in known.scope if request.GET.get(name)}
    try:
        window = _window(request)
        if "wait" in request.GET:
            found = known.compute(at=at, window=window, **scope)
        else:
            found = ready.figure(known, window, at=at, scope=scope)
        if found is None:
            return render(request, "figures/measuring.html", {"definition": known})
        behind = _behind(request, known, found, at)
    except UnknownFigure:
        raise Http404 from None
    except ValueError as error:
        return refuse(request, str(error), status=400)
    days = FigureDay.objects.of([key]).weeks(WEEKS, until=at.date()) if not scope else []
    history = [(day.day, day.figure) for day in days]
    context = {
        "definition": known,
        "figure": found,
        "behind": behind,
        "may_see_rows": request.user.may(known.reads),
        "history": history[::-1],
        "trend": _trend([kept for _, kept in history]),
        "scope": sorted(scope.items()),
        "seen": amount(found.coverage, "ratio"),
    }
    return page(request, "figures/figure.html", "figures/_rows.html", context)


def _window(request: HttpRequest) -> Window | None:
    """The window the address asks for, by two days or two instants."""
    asked = [request.GET.get(name, "") for name in ("from", "to")]
    if not any(asked):
        return None
    try:
        start, end = (_instant(text) for text in asked)
        return Window(start, end)
    except (ValueError, OverflowError):
        raise ValueError("A window is from=2026-11-01&to=2026-12-01.") from None


def _instant(text: str) -> datetime:
    instant = datetime.fromisoformat(text)
    if not 1970 <= instant.year < 2200:
        raise ValueError("too far")
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


def _behind(request: HttpRequest, known: Definition, found: Figure, at: datetime) -> Behind:
    if not request.user.may(known.reads):
        return Behind()
    rows = known.rows_of(at=at, window=found.window, **dict(found.scope))
    if rows is None:
        return Behind()
    after = request.GET.get("after", "")
    shown, more = rows.page(after)
    return Behind(rows.head, tuple(shown), before="first" if after else "", after=more)


@require_safe
@may("figures.read")
def snapshots(request: HttpRequest) -> HttpResponse:
    """Every frozen set, the newest first."""
    context = {
        "snapshots": Snapshot.objects.select_related("taken_by")[:200],
        "form": SnapshotForm(),
    }
    return render(request, "figures/snapshots.html", context)


@require_POST
@may("figures.snapshot")
def take(request: HttpRequest) -> HttpResponse:
    """Freeze all figures that need no scope, or the ones named."""
    form = SnapshotForm(request.POST)
    if not form.is_valid():
        return refuse(request, f"A title has {CUT} characters at most.", status=422, field="title")
    keys = request.POST.getlist("key") or [each.key for each in definitions() if not each.scope]
    try:
        snapshot = Snapshot.take(
            keys, by=request.user, at=timezone.now(), title=form.cleaned_data["title"]
        )
    except UnknownFigure as unknown:
        return refuse(request, str(unknown), status=400)
    return go(request, snapshot, said="The figures are kept as they stand now.")


@require_safe
@may("figures.read")
def snapshot(request: HttpRequest, pk) -> HttpResponse:
    """A set as it was frozen."""
    found = get_object_or_404(
        Snapshot.objects.select_related("taken_by").prefetch_related("rows"), pk=pk
    )
    return render(request, "figures/snapshot.html", {"snapshot": found})
