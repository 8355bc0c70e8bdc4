"""The support report: a period, what stands now, what was kept of it, and its files."""

import csv
from collections.abc import Iterator, Sequence
from datetime import datetime, tzinfo
from typing import Any, NamedTuple

from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from apps.figures.definition import UnknownFigure
from apps.figures.figure import Window
from apps.figures.models import Snapshot
from apps.portal import reported
from apps.portal.access import may
from apps.portal.answers import go, refuse
from apps.reports import periods, ready, support, tables
from apps.reports.asked import Asked
from apps.reports.models import Subscription
from apps.reports.now import carrying


class _Reading(NamedTuple):
    """What an address asks for."""

    period: str
    window: Window
    asked: Asked
    zone: tzinfo
    place: str


def _reading(request: HttpRequest, at: datetime) -> _Reading:
    """Raises ValueError and UnknownFigure."""
    zone, place = reported.local(request.user)
    period, window = periods.chosen(request.GET, at=at, zone=zone)
    return _Reading(period, window, reported.asked_of(request.GET), zone, place)


def _measured(said: _Reading, at: datetime) -> support.Report:
    """The report that the page shows or, where it shows none yet, measured here and now."""
    more = {"at": at, "zone": said.zone, "place": said.place}
    found = ready.report(said.asked, said.window, **more)
    return found or support.report(said.asked, said.window, **more)


@require_safe
@may("figures.read")
def report(request: HttpRequest) -> HttpResponse:
    """A period of support beside the one before it; or that it is being measured."""
    at = timezone.now()
    try:
        said = _reading(request, at)
    except (ValueError, UnknownFigure) as wrong:
        return refuse(request, str(wrong), status=400)
    if "wait" in request.GET:
        found = _measured(said, at)
    else:
        found = ready.report(said.asked, said.window, at=at, zone=said.zone, place=said.place)
    if found is None:
        context = {
            "days": support.words_of(said.window, said.zone, at=at),
            "zone": said.zone,
            "period": said.period,
            **_choices(said.asked),
        }
        return render(request, "reports/measuring.html", context)
    mailed = Subscription.objects.of(request.user)
    context = _context(found, period=said.period, mailed=mailed)
    return render(request, "reports/support.html", context)


def _context(found: support.Report, **more: Any) -> dict[str, Any]:
    return {"shown": reported.Shown(found), "report": found, **_choices(found.asked), **more}


def _choices(asked: Asked) -> dict[str, Any]:
    return {"periods": periods.PERIODS, "choices": reported.choices(asked), "asked": asked}


@require_safe
@may("figures.read")
def now(request: HttpRequest) -> HttpResponse:
    """What everybody carries, and what today will probably break."""
    at = timezone.now()
    zone, place = reported.local(request.user)
    try:
        asked = reported.asked_of(request.GET)
    except UnknownFigure as wrong:
        return refuse(request, str(wrong), status=400)
    wait = "wait" in request.GET
    context = {
        "carrying": carrying(asked, at=at),
        "choices": [one for one in reported.choices(asked) if one.name != "agent"],
        "at": at,
        **reported.outlook(asked, at=at, zone=zone, place=place, wait=wait),
    }
    return render(request, "reports/now.html", context)


@require_safe
@may("figures.read")
def table(request: HttpRequest, key: str) -> HttpResponse:
    """One table of the report as a file."""
    if key not in tables.TABLES:
        raise Http404
    at = timezone.now()
    try:
        found = _measured(_reading(request, at), at)
    except (ValueError, UnknownFigure) as wrong:
        return refuse(request, str(wrong), status=400)
    return _file(found, key)


def _file(found: support.Report, key: str) -> HttpResponse:
    days = f"{found.days[0]:%Y%m%d}-{found.days[-1]:%Y%m%d}"
    lines = tables.TABLES[key](found, tables.names()).lines()
    answer = StreamingHttpResponse(_csv(lines), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="support-{key}-{days}.csv"'
    return answer


class _Line:
    """What a csv writer writes to: it hands the line back."""

    def write(self, line: str) -> str:
        return line


def _csv(lines: Iterator[Sequence[str]]) -> Iterator[str]:
    yield "\ufeff"  # spreadsheets take it for UTF-8 by this
    writer = csv.writer(_Line())
    for line in lines:
        yield writer.writerow(line)


@require_POST
@may("figures.read")
def subscribe(request: HttpRequest) -> HttpResponse:
    """The week before by mail, every Monday."""
    Subscription.objects.subscribe(request.user, at=timezone.now())
    said = "The report comes by mail every Monday morning."
    return go(request, reverse("portal:support-report"), said=said)


@require_POST
@may("figures.read")
def unsubscribe(request: HttpRequest) -> HttpResponse:
    """No more of these mails."""
    for one in Subscription.objects.filter(person=request.user):
        one.end(by=request.user, at=timezone.now())
    return go(request, reverse("portal:support-report"), said="No more weekly mails.")


@require_POST
@may("figures.snapshot")
def keep(request: HttpRequest) -> HttpResponse:
    """Freeze the report as it is shown, under one address."""
    at = timezone.now()
    try:
        found = _measured(_reading(request, at), at)
    except (ValueError, UnknownFigure) as wrong:
        return refuse(request, str(wrong), status=400)
    title = f"Support report, {found.words}"
    snapshot = found.keep(by=request.user, at=at, title=title)
    return go(request, f"/insight/support/{snapshot.pk}/", said="The report is kept as it stands.")


def _kept(pk: Any) -> tuple[Snapshot, support.Report]:
    rows = Snapshot.objects.select_related("taken_by").prefetch_related("rows")
    snapshot = get_object_or_404(rows, pk=pk)
    found = support.Report.of(snapshot)
    if found is None:
        raise Http404
    return snapshot, found


@require_safe
@may("figures.read")
def kept(request: HttpRequest, pk: Any) -> HttpResponse:
    """A report as it was frozen."""
    snapshot, found = _kept(pk)
    return render(request, "reports/support.html", _context(found, snapshot=snapshot))


@require_safe
@may("figures.read")
def kept_table(request: HttpRequest, pk: Any, key: str) -> HttpResponse:
    """One table of a frozen report as a file."""
    if key not in tables.TABLES:
        raise Http404
    return _file(_kept(pk)[1], key)
