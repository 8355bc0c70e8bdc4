"""Calendars: when we work, drafted, tried and published."""

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.calendars.models import Calendar
from apps.portal.access import may
from apps.portal.answers import blame, form_page, go, refusals
from apps.portal.working import works
from apps.sla import dry_run, hours, publishing
from apps.sla.dry_run import Change
from apps.sla.models import Clock
from apps.timeline.refusal import Refused

from . import tabs
from .forms import CalendarForm, DayForm, FeedForm, PublishForm
from .policies import published
from .reading import between, coming, days_of, hours_lines, week_of


@require_safe
@may("sla.read")
def calendars(request: HttpRequest) -> HttpResponse:
    """All of them, with who goes by them."""
    found = (
        Calendar.objects.select_related("current")
        .prefetch_related("days")
        .annotate(used_by=Count("policies", filter=Q(policies__retired_at=None)))
    )
    now = timezone.now()
    shown = []
    for calendar in found:
        spec = calendar.current.spec if calendar.current else calendar.draft()
        today = now.astimezone(ZoneInfo(spec["timezone"])).date()
        ahead = [day for day in days_of(spec) if day.date >= today]
        shown.append(
            {
                "calendar": calendar,
                "week": [words for _, words in week_of(spec)],
                "next": ahead[0] if ahead else None,
                "is_edited": calendar.current is None or calendar.current.spec != calendar.draft(),
            }
        )
    return render(
        request, "sla/calendars.html", {"calendars": shown, **tabs.of("portal:sla-calendars")}
    )


@require_safe
@may("sla.read")
def calendar(request: HttpRequest, pk: int) -> HttpResponse:
    """One calendar: its week, the days that differ, what comes, what is drafted."""
    found = _calendar(pk)
    context = _about(found, DayForm(), FeedForm()) | {"works": works(request, "calendar", pk)}
    return render(request, "sla/calendar.html", context)


def _about(found: Calendar, day: DayForm, feed: FeedForm) -> dict[str, Any]:
    now, draft = timezone.now(), found.draft()
    spec = found.current.spec if found.current else draft
    today = now.astimezone(ZoneInfo(draft["timezone"])).date()
    is_edited = found.current is None or spec != draft
    days = days_of(draft)
    return {
        "calendar": found,
        "address": _address(found),
        "week": week_of(draft),
        "days": [one for one in days if one.date >= today],
        "past": [one for one in days if one.date < today][::-1],
        "coming": coming(draft, today),
        "today": today,
        "is_edited": is_edited,
        "changes": between(hours_lines(spec), hours_lines(draft)) if found.current else [],
        "ahead": bool(found.current) and is_edited and publishing.only_ahead(spec, draft, at=now),
        "versions": found.versions.select_related("published_by").order_by("-number")[:50],
        "policies": found.policies.filter(retired_at=None),
        "open": Clock.objects.open().under(found).aggregate(n=Count("ticket", distinct=True))["n"],
        "years": [today.year, today.year + 1],
        "day_form": day,
        "feed_form": feed,
        "activities": hours.timeline(found)[:20],
        **tabs.of("portal:sla-calendars"),
    }


def _calendar(pk: int) -> Calendar:
    return get_object_or_404(
        Calendar.objects.select_related("current").prefetch_related("days"), pk=pk
    )


def _address(found: Calendar) -> str:
    return reverse("portal:sla-calendar", args=[found.pk])


@require_http_methods(["GET", "HEAD", "POST"])
@may("sla.propose")
def new(request: HttpRequest) -> HttpResponse:
    """Draft another calendar."""
    return _form(request, Calendar())


@require_http_methods(["GET", "HEAD", "POST"])
@may("sla.propose")
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change the week; nothing goes by it yet."""
    return _form(request, _calendar(pk))


def _form(request: HttpRequest, found: Calendar) -> HttpResponse:
    form = CalendarForm(found, request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            hours.edit(found, by=request.user, at=timezone.now(), **form.said())
        except Refused as refused:
            blame(form, refused)
        else:
            if "try" in request.POST:
                return _try(request, _calendar(found.pk))
            said = "The draft is kept. No clock goes by it yet."
            return go(request, _address(found), said=said)
    context = {"calendar": found, **tabs.of("portal:sla-calendars")}
    if found.pk:
        context["address"] = _address(found)
    return form_page(request, "sla/calendar_edit.html", "sla/_calendar_form.html", form, context)


def _try(request: HttpRequest, found: Calendar) -> HttpResponse:
    job = dry_run.order(Change(calendar=found), by=request.user, at=timezone.now())
    return go(request, job.result["url"] if job.result else job)


@require_POST
@may("sla.propose")
@refusals
def try_it(request: HttpRequest, pk: int) -> HttpResponse:
    """See what the draft would do."""
    return _try(request, _calendar(pk))


@require_POST
@may("sla.propose")
def set_day(request: HttpRequest, pk: int) -> HttpResponse:
    """Close a date, or open it at other hours."""
    found, form = _calendar(pk), DayForm(request.POST)
    if form.is_valid():
        words = form.cleaned_data
        try:
            hours.set_day(
                found,
                words["date"],
                words["spans"] or [],
                name=words["name"],
                by=request.user,
                at=timezone.now(),
            )
        except Refused as refused:
            blame(form, refused)
        else:
            return go(request, _address(found), said="The day is in the draft.")
    return render(request, "sla/calendar.html", _about(found, form, FeedForm()), status=422)


@require_POST
@may("sla.propose")
@refusals
def drop_day(request: HttpRequest, pk: int) -> HttpResponse:
    """Let a date be as its weekday."""
    found = _calendar(pk)
    try:
        day = date.fromisoformat(request.POST.get("date", ""))
    except ValueError:
        raise Refused("Say which day.") from None
    hours.drop_day(found, day, by=request.user, at=timezone.now())
    return go(request, _address(found), said="The day is as its weekday again, in the draft.")


@require_POST
@may("sla.propose")
@refusals
def adopt(request: HttpRequest, pk: int) -> HttpResponse:
    """Close on public holidays."""
    found, year = _calendar(pk), request.POST.get("year", "")
    if not (year.isascii() and year.isdigit() and 1900 <= int(year) <= 2199):
        raise Refused("Say of which year.")
    count = hours.adopt(found, int(year), by=request.user, at=timezone.now())
    return go(request, _address(found), said=_days(count, f"of {year}"))


@require_POST
@may("sla.propose")
@refusals
def feed(request: HttpRequest, pk: int) -> HttpResponse:
    """Close on the days of an iCalendar file, or of the calendar's own address."""
    found, now = _calendar(pk), timezone.now()
    if "address" in request.POST:
        count = hours.read_feed(found, by=request.user, at=now)
        return go(request, _address(found), said=_days(count, "of the address"))
    form = FeedForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            body = form.cleaned_data["file"].read()
            count = hours.take_feed(found, body, by=request.user, at=now)
        except Refused as refused:
            blame(form, refused)
        else:
            return go(request, _address(found), said=_days(count, "of the file"))
    return render(request, "sla/calendar.html", _about(found, DayForm(), form), status=422)


def _days(count: int, whence: str) -> str:
    words = {0: "No new day", 1: "1 new day"}.get(count, f"{count} new days")
    return f"{words} {whence}, in the draft."


@require_POST
@may("sla.propose")
@refusals
def discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Back to the published hours."""
    found = _calendar(pk)
    hours.discard(found, by=request.user, at=timezone.now())
    return go(request, _address(found), said="The draft is gone; the published hours stay.")


@require_POST
@may("sla.publish")
@refusals
def publish(request: HttpRequest, pk: int) -> HttpResponse:
    """Put the draft in force; days to come go to running clocks by themselves."""
    found, form = _calendar(pk), PublishForm(request.POST)
    if not form.is_valid():
        raise Refused("Say why in at most 200 characters.", field="reason")
    version, job = publishing.publish_calendar(
        found, by=request.user, at=timezone.now(), **form.cleaned_data
    )
    return published(request, _address(found), f"{version} is in force.", job)
