"""How well promises are kept: every number with its definition, and with its tickets."""

import csv
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from apps.figures.figure import Figure
from apps.portal import reported
from apps.portal.access import may
from apps.portal.answers import page
from apps.portal.turning_pages import NewestFirst
from apps.reports import ready
from apps.reports.compliance import Kept, window_of
from apps.sla import compliance
from apps.sla.choices import Kind
from apps.sla.compliance import COHORT, DECIDED, MODES, OUTCOMES
from apps.tickets.choices import Priority

from . import tabs

SPANS = {"4 weeks": 28, "13 weeks": 91, "26 weeks": 182}
USUAL = "4 weeks"
WORDS = {"met": "Met", "breached": "Breached", "waived": "Waived", "cancelled": "Cancelled"}


class Asked:
    """What the address asks: how long back, and counted by when clocks were decided or began."""

    def __init__(self, request: HttpRequest) -> None:
        given = request.GET
        self.span = given["span"] if given.get("span") in SPANS else USUAL
        self.mode = given["mode"] if given.get("mode") in MODES else DECIDED
        self.kind = given["kind"] if given.get("kind") in Kind.values else ""
        self.priority = given["priority"] if given.get("priority") in Priority.values else ""
        self.outcome = given["outcome"] if given.get("outcome") in OUTCOMES else "breached"
        self.at = timezone.now()
        zone, self.place = reported.local(request.user)
        self.window = window_of(SPANS[self.span], at=self.at, zone=zone)

    def kept(self) -> Kept | None:
        """What is counted; None while it is being measured."""
        return ready.kept(self.window, at=self.at, place=self.place, modes=[self.mode])

    def waited(self) -> Kept:
        """The same or, where nothing is at hand yet, measured here and now."""
        return self.kept() or Kept.measure(
            self.window, at=self.at, place=self.place, modes=[self.mode]
        )

    def clocks(self) -> Any:
        return compliance.clocks_behind(
            self.window, self.outcome, kind=self.kind, priority=self.priority, mode=self.mode
        )

    def address(self, name: str, **more: str) -> str:
        query = {"span": self.span, "mode": self.mode, **more}
        return f"{reverse(name)}?{urlencode({key: one for key, one in query.items() if one})}"


@require_safe
@may("sla.read")
def report(request: HttpRequest) -> HttpResponse:
    """Compliance by kind, priority and week, and how long answers took."""
    asked = Asked(request)
    kept = asked.waited() if "wait" in request.GET else asked.kept()
    context = {
        "asked": asked,
        "spans": SPANS,
        "modes": ((DECIDED, "by decision"), (COHORT, "by start (cohort)")),
        "cohort": asked.mode == COHORT,
        "kept": kept,
        **(_shown(asked, kept) if kept else {}),
        **tabs.of("portal:sla"),
    }
    return render(request, "sla/report.html", context)


def _shown(asked: Asked, kept: Kept) -> dict[str, Any]:
    tallies = kept.tallies[asked.mode]
    return {
        "figures": [
            kept.figure("sla.compliance"),
            *(kept.figure("sla.compliance", kind=kind) for kind in Kind.values),
        ],
        "by_priority": list(_rows(asked, tallies)),
        "weeks": list(_weeks(tallies)),
        "took": list(_took(kept)),
        "few": compliance.FEW,
        "words": list(WORDS.values()),
        "csv": asked.address("portal:sla-report-csv"),
    }


def _rows(asked: Asked, tallies: Iterable[compliance.Tally]) -> Iterator[dict[str, Any]]:
    """A line for each kind, and one for each of its priorities."""
    tallies = list(tallies)
    for kind in Kind:
        ours = [one for one in tallies if one.kind == kind]
        total = compliance.summed(ours).get(())
        if total is None:
            continue
        yield _row(asked, total, kind.label, kind.value, "")
        sums = compliance.summed(ours, "priority")
        for priority in Priority:
            if one := sums.get((priority.value,)):
                yield _row(asked, one, priority.label, kind.value, priority.value)


def _row(
    asked: Asked, one: compliance.Tally, label: str, kind: str, priority: str
) -> dict[str, Any]:
    return {
        "label": label,
        "is_total": not priority,
        "cells": [
            (
                getattr(one, outcome),
                asked.address("portal:sla-clocks", outcome=outcome, kind=kind, priority=priority),
            )
            for outcome in OUTCOMES
        ],
        "decided": one.decided,
        "share": 100 * one.met / one.decided if one.decided else None,
    }


def _weeks(tallies: Iterable[compliance.Tally]) -> Iterator[dict[str, Any]]:
    for (week,), one in sorted(compliance.summed(tallies, "week").items(), reverse=True):
        yield {
            "week": week,
            "tally": one,
            "share": 100 * one.met / one.decided if one.decided else None,
        }


def _took(kept: Kept) -> Iterator[tuple[str, str, list[Figure], int]]:
    """Kind × business or calendar time → p50, p75, p90, p95."""
    for kind in Kind:
        for time, words in (("working", "business"), ("calendar", "calendar")):
            found = [
                kept.figure(f"support.{kind.value}.p{round(q * 100)}", time=time)
                for q in compliance.QUANTILES
            ]
            yield kind.label, words, found, found[0].n or 0


@require_safe
@may("sla.read")
def clocks(request: HttpRequest) -> HttpResponse:
    """The clocks one number counts, each with its ticket."""
    asked = Asked(request)
    title = " · ".join(
        [
            WORDS[asked.outcome],
            Kind(asked.kind).label if asked.kind else "Every promise",
            *([Priority(asked.priority).label] if asked.priority else []),
        ]
    )
    context = {
        "asked": asked,
        "title": title,
        "keyset": NewestFirst.of(asked.clocks(), request),
        "report": asked.address("portal:sla"),
        "csv": asked.address(
            "portal:sla-clocks-csv",
            outcome=asked.outcome,
            kind=asked.kind,
            priority=asked.priority,
        ),
        **tabs.of("portal:sla"),
    }
    return page(request, "sla/clocks.html", "sla/_clocks.html", context)


@require_safe
@may("tickets.export")
def report_csv(request: HttpRequest) -> StreamingHttpResponse:
    """The report as a file."""
    asked = Asked(request)
    rows = asked.waited().tallies[asked.mode]
    return _file("sla-report.csv", compliance.HEAD, compliance.csv_rows(rows))


@require_safe
@may("tickets.export")
def clocks_csv(request: HttpRequest) -> StreamingHttpResponse:
    """The clocks behind a number as a file."""
    found = Asked(request).clocks().order_by("pk").iterator(chunk_size=500)
    return _file("sla-clocks.csv", compliance.CLOCK_HEAD, compliance.clock_rows(found))


class _Line:
    """What a CSV writer writes to: it hands the line back."""

    def write(self, line: str) -> str:
        return line


def _file(
    name: str, head: tuple[str, ...], rows: Iterator[tuple[Any, ...]]
) -> StreamingHttpResponse:
    writer = csv.writer(_Line())
    lines = (writer.writerow(row) for row in chain([head], rows))
    return StreamingHttpResponse(
        lines,
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
