"""Data health: which sources bring what they should, and what to do where they do not."""

import re
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.figures.registry import compute
from apps.metrics import backfill, files, health
from apps.metrics.choices import Mode, Origin
from apps.metrics.importers.instants import FORMATS
from apps.metrics.importers.records import Unusable
from apps.metrics.models import ImportRun, Metric, Source
from apps.metrics.undoing import undo
from apps.portal.access import may
from apps.portal.answers import card, form_page, go, page, refusals
from apps.portal.forms import Instant
from apps.portal.turning_pages import NewestFirst
from apps.portal.working import works
from apps.portal.zones import zone_choices
from apps.timeline.refusal import Refused

SALT = "metrics.upload"
HOUR = 3_600


@require_safe
@may("metrics.read")
def data_health(request: HttpRequest) -> HttpResponse:
    """Every source, those in trouble first; the latest runs below."""
    now = timezone.now()
    runs = ImportRun.objects.select_related("source", "by", "metric")
    context = {
        "sources": health.of_sources(now),
        "figure": compute("sources_fresh", at=now),
        "audit": compute("sla.audit.differences", at=now),
        "waiting": health.waiting(),
        "keyset": NewestFirst.of(runs, request, size=25),
    }
    return page(request, "data_health/list.html", "data_health/_runs.html", context)


class Range(forms.Form):
    """The stretch to fetch again."""

    since = Instant(label="From")
    until = Instant(label="To")


@require_safe
@may("metrics.read")
def source(request: HttpRequest, name: str) -> HttpResponse:
    """One source: settings without its secret, its runs, and a back-fill with its cost."""
    found = get_object_or_404(Source.objects.with_metric(), name=name)
    now = timezone.now()
    asked = Range(request.GET) if "since" in request.GET else Range()
    context: dict[str, Any] = {
        **_about(found),
        "range": asked,
        "keyset": NewestFirst.of(found.runs.select_related("source", "by", "metric"), request, 25),
        "activities": found.timeline()[:20],
        "works": works(request, found.kind, found.pk),
    }
    if asked.is_bound and asked.is_valid():
        try:
            context["cost"] = backfill.cost(found, **asked.cleaned_data, at=now)
        except Refused as refused:
            context["refused"] = refused.sentence
    return render(request, "data_health/source.html", context)


def _about(found: Source) -> dict[str, Any]:
    now = timezone.now()
    return {"source": found, "freshness": found.freshness(now).value if found.enabled else "off"}


@require_POST
@may("metrics.import")
@refusals
def fetch(request: HttpRequest, name: str) -> HttpResponse:
    """Have a source asked at once."""
    found = get_object_or_404(Source.objects.with_metric(), name=name)
    found.fetch_soon(by=request.user, at=timezone.now())
    return card(
        request,
        "data_health/_source.html",
        _about(found),
        to=found,
        said=f"{found.name} will be asked at once.",
    )


@require_POST
@may("metrics.import")
@refusals
def start_backfill(request: HttpRequest, name: str) -> HttpResponse:
    """Fetch a past range, as a job with progress."""
    found = get_object_or_404(Source.objects.with_metric(), name=name)
    form = Range(request.POST)
    if not form.is_valid():
        raise Refused("Say from when to when.")
    job = backfill.start(found, **form.cleaned_data, by=request.user, at=timezone.now())
    return go(request, job, said="The back-fill has started.")


@require_safe
@may("metrics.read")
def run(request: HttpRequest, pk: int) -> HttpResponse:
    """One delivery: its books, its doubts, its rejected rows, and the way back."""
    found = get_object_or_404(ImportRun.objects.select_related("source", "metric", "by"), pk=pk)
    context = {
        "run": found,
        "rejected": found.rejected_rows.all()[:200],
        "activities": found.timeline()[:20],
    }
    return render(request, "data_health/run.html", context)


@require_POST
@may("metrics.import")
@refusals
def undo_run(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a delivery back."""
    found = get_object_or_404(ImportRun, pk=pk)
    count = undo(found, by=request.user, at=timezone.now())
    return go(request, found, said=f"Run {found.pk} is undone: {count} samples are as before.")


class Upload(forms.Form):
    """A CSV of samples and how to read it."""

    file = forms.FileField(
        help_text="CSV with a head: metric, ts, value; label.NAME, unit, n if there are any."
    )
    metric = forms.ModelChoiceField(
        Metric.objects.none(), required=False, empty_label="Each row names its own"
    )
    form = forms.ChoiceField(label="Times are", choices=list(FORMATS.items()))
    zone = forms.ChoiceField(label="Zone of times without offset", required=False)
    mode = forms.ChoiceField(choices=Mode.choices, initial=Mode.MERGE)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        plain = [
            kind for kind in Metric.objects.values_list("pk", "shape") if "hist" not in kind[1]
        ]
        self.fields["metric"].queryset = Metric.objects.filter(pk__in=[pk for pk, _ in plain])
        self.fields["zone"].choices = [("", "They have an offset"), *zone_choices()]


@require_http_methods(["GET", "HEAD", "POST"])
@may("metrics.import")
def upload(request: HttpRequest) -> HttpResponse:
    """Try a file: nothing is written before it is confirmed."""
    form = Upload(request.POST or None, request.FILES or None)
    if not form.is_bound or not form.is_valid():
        return form_page(request, "data_health/upload.html", "data_health/_upload.html", form)
    words = form.cleaned_data
    body = words["file"].read()
    try:
        found = files.read(
            body,
            metric=words["metric"],
            form=words["form"],
            zone=ZoneInfo(words["zone"]) if words["zone"] else None,
        )
    except Unusable as error:
        form.add_error("file", str(error))
        return form_page(request, "data_health/upload.html", "data_health/_upload.html", form)
    how = {
        "metric": words["metric"].key if words["metric"] else "",
        "form": words["form"],
        "zone": words["zone"],
        "mode": words["mode"],
    }
    identity = files.fingerprint(body, **{**how, "metric": words["metric"]})
    _keep(identity, body)
    seen = files.preview(found, mode=words["mode"], identity=identity)
    ticket = signing.dumps(
        {**how, "identity": identity, "label": words["file"].name[:200]}, salt=SALT
    )
    context = {
        "seen": seen,
        "ticket": ticket,
        "name": words["file"].name,
        "rejected": found.rejected[:200],
        "mode": Mode(words["mode"]),
    }
    return render(request, "data_health/preview.html", context)


@require_POST
@may("metrics.import")
@refusals
def take(request: HttpRequest) -> HttpResponse:
    """Write the file that was tried, in the way it was tried."""
    started_at = timezone.now()
    try:
        how = signing.loads(request.POST.get("ticket", ""), salt=SALT, max_age=HOUR)
        body = _kept(how["identity"]).read_bytes()
    except (signing.BadSignature, OSError):
        raise Refused("The tried file is gone after an hour: upload it again.") from None
    metric = Metric.objects.filter(key=how["metric"]).first() if how["metric"] else None
    zone = ZoneInfo(how["zone"]) if how["zone"] else None
    try:
        found = files.read(body, metric=metric, form=how["form"], zone=zone)
    except Unusable as error:
        raise Refused(str(error)) from None
    run, new = files.take(
        found,
        origin=Origin.UPLOAD,
        at=timezone.now(),
        started_at=started_at,
        identity=how["identity"],
        label=how["label"],
        by=request.user,
        mode=Mode(how["mode"]),
    )
    _kept(how["identity"]).unlink(missing_ok=True)
    said = "The file is in." if new else "This very file was taken before: nothing changed."
    return go(request, run, said=said, undo=_undo(run) if new and run.can_be_undone else "")


def _undo(run: ImportRun) -> str:
    return reverse("portal:run-undo", args=[run.pk])


def _keep(identity: str, body: bytes) -> None:
    """Until it is confirmed, the file lies outside the folders that sources read."""
    place = _kept(identity)
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(body)


def _kept(identity: str) -> Path:
    if not re.fullmatch(r"[0-9a-f]{64}", identity):
        raise Http404
    return Path(settings.MEDIA_ROOT) / "tried" / f"{identity}.csv"
