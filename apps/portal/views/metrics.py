"""Metrics: what we measure, how it went, and what a threshold would have said."""

from dataclasses import dataclass

from django import forms
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from apps.figures.registry import definition
from apps.metrics import whatif
from apps.metrics.choices import MarkerKind
from apps.metrics.glance import Glance, glances
from apps.metrics.models import Marker, Metric, Threshold
from apps.metrics.rules.thresholds import Limit
from apps.portal import charts, measured
from apps.portal.access import may
from apps.portal.answers import go, page, refusals, refuse
from apps.portal.forms import Instant, Line
from apps.timeline.refusal import Refused

SIZE = 50


@dataclass(frozen=True, slots=True)
class MetricPage:
    """Fifty metrics by key and the ways on."""

    rows: list[Metric]
    before: str = ""
    after: str = ""
    said: str = ""


@require_safe
@may("metrics.read")
def metrics(request: HttpRequest) -> HttpResponse:
    """Every metric with its value, its last day and its age."""
    now = timezone.now()
    words = request.GET.get("q", "").strip()[:100]
    found = Metric.objects.with_people()
    listed = one_page(found.search(words) if words else found, request)
    seen = glances(listed.rows, at=now)
    context = {"keyset": listed, "rows": [_row(seen[one.pk], now) for one in listed.rows]}
    return page(request, "metrics/list.html", "metrics/_rows.html", {**context, "words": words})


def one_page(found, request: HttpRequest) -> MetricPage:
    """By key, after or before one of them."""
    after, before = request.GET.get("after", ""), request.GET.get("before", "")
    if before and not after:
        rows = list(found.filter(key__lt=before[:120]).order_by("-key")[: SIZE + 1])
        more, rows = len(rows) > SIZE, rows[:SIZE][::-1]
        return MetricPage(rows, rows[0].key if more else "", rows[-1].key if rows else "")
    rows = list(found.filter(key__gt=after[:120]).order_by("key")[: SIZE + 1])
    more, rows = len(rows) > SIZE, rows[:SIZE]
    return MetricPage(rows, rows[0].key if after and rows else "", rows[-1].key if more else "")


def _row(seen: Glance, now) -> dict:
    figure = definition("metric").read(seen.reading, at=now, metric=seen.metric.key)
    return {
        "metric": seen.metric,
        "figure": figure,
        "freshness": seen.freshness.value,
        "last": seen.last,
        "series": seen.series,
        "sparkline": charts.sparkline(seen.hours, f"{seen.metric.title}, last 24 hours"),
    }


class WhatIf(forms.Form):
    """A threshold that is only tried."""

    level = forms.FloatField()
    above = forms.TypedChoiceField(
        label="Fires",
        choices=[("1", "above the level"), ("0", "below the level")],
        coerce=lambda said: said == "1",
        initial="1",
    )
    hold = forms.IntegerField(label="For seconds", min_value=0, max_value=86_400, initial=300)
    clear = forms.FloatField(label="Ends at", required=False)

    def clean(self):
        cleaned = super().clean()
        if not self.errors and (complaint := self.limit.complaint()):
            raise forms.ValidationError(complaint)
        return cleaned

    @property
    def limit(self) -> Limit:
        return Limit(**{name: self.cleaned_data.get(name) for name in WhatIf.base_fields})


class KeepThreshold(WhatIf):
    """A threshold that is kept."""

    name = Line(limit=120)


class Note(forms.ModelForm):
    """What happened beside the numbers."""

    title = Line(limit=200)
    starts_at = Instant(label="At")

    class Meta:
        model = Marker
        fields = ["sort", "title", "starts_at"]


@require_safe
@may("metrics.read")
def metric(request: HttpRequest, key: str) -> HttpResponse:
    """One metric: trend, table, thresholds, sources, runs, explanation."""
    found = get_object_or_404(Metric.objects.with_people(), key=key)
    now = timezone.now()
    seen = glances([found], at=now)[found.pk]
    trial = WhatIf(request.GET) if "level" in request.GET else WhatIf(initial=_usual(found))
    context = {
        **_row(seen, now),
        "measured": measured.measure(
            found,
            request.GET.get("range", measured.USUAL),
            at=now,
            zone=timezone.get_current_timezone(),
        ),
        "ranges": list(measured.RANGES),
        "made": measured.how_it_is_made(found),
        "sources": found.sources.all(),
        "runs": found.runs.select_related("source")[:10],
        "thresholds": found.thresholds.all(),
        "trial": trial,
        "answer": whatif.ask(found, trial.limit, at=now)
        if trial.is_bound and trial.is_valid()
        else None,
        "note": Note(initial={"sort": MarkerKind.NOTE, "starts_at": timezone.localtime(now)}),
    }
    return render(request, "metrics/metric.html", context)


def _usual(metric: Metric) -> dict[str, float]:
    return {} if metric.target is None else {"level": metric.target}


@require_POST
@may("metrics.import")
@refusals
def keep_threshold(request: HttpRequest, key: str) -> HttpResponse:
    """Keep a threshold that was tried."""
    found = get_object_or_404(Metric, key=key)
    form = KeepThreshold(request.POST)
    if not form.is_valid():
        raise Refused(_first_error(form))
    with transaction.atomic():
        kept = Threshold.objects.create(metric=found, **form.cleaned_data)
        kept.record("set", by=request.user, at=timezone.now(), name=kept.name, level=kept.level)
    return go(request, found, said=f"Threshold “{kept.name}” is kept.")


@require_POST
@may("metrics.import")
@refusals
def note(request: HttpRequest, key: str) -> HttpResponse:
    """Write down what happened, for every chart that it touches."""
    found = get_object_or_404(Metric, key=key)
    form = Note(request.POST)
    if not form.is_valid():
        return refuse(request, _first_error(form), status=422)
    with transaction.atomic():
        marker = form.save(commit=False)
        marker.component = found.component
        marker.save()
        marker.record("noted", by=request.user, at=timezone.now(), title=marker.title)
    return go(request, found, said="Noted on the chart.")


def _first_error(form: forms.BaseForm) -> str:
    name, said = next(iter(form.errors.items()))
    return str(said[0]) if name == "__all__" else f"{form.fields[name].label or name}: {said[0]}"
