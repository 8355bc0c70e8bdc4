"""The list of feature requests, one of them with its evidence, and its words."""

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from apps.catalog.models import Capability
from apps.features import rules
from apps.features.choices import Importance, Sort, Status
from apps.features.models import FeatureRequest
from apps.features.querysets import ORDERS, FeatureRequestQuerySet
from apps.figures.registry import compute
from apps.portal.access import may
from apps.portal.answers import blame, form_page, go, page
from apps.portal.turning_pages import NewestFirst
from apps.portal.working import works
from apps.timeline.refusal import Refused

from .forms import RequestForm

SIZE = 50
UNTOLD = 100  # shown of those who asked and are not to be told
DEMAND = ("features.contacts", "features.customers", "features.arr", "features.important")


@dataclass(frozen=True, slots=True)
class Ordered:
    """One page of requests in an order, and the cursor of the next."""

    rows: list[FeatureRequest]
    before: str = ""
    after: str = ""

    @classmethod
    def of(cls, found: FeatureRequestQuerySet, sort: str, cursor: str) -> "Ordered":
        """The page after a cursor `VALUE.ID`; one that is none starts over."""
        if place := _place(sort, cursor):
            found = found.beyond(sort, *place)
        rows = list(found.in_order(sort)[: SIZE + 1])
        last = rows[SIZE - 1] if len(rows) > SIZE else None
        after = f"{getattr(last, ORDERS[sort])}.{last.pk}" if last else ""
        return cls(rows[:SIZE], before="first" if place else "", after=after)


def _place(sort: str, cursor: str) -> tuple[Any, int] | None:
    value, _, pk = cursor.rpartition(".")
    if not (pk.isascii() and pk.isdecimal() and len(pk) < 19):
        return None
    try:
        read = FeatureRequest._meta.get_field(ORDERS[sort]).to_python(value)
    except ValidationError:
        return None
    known = sort != Sort.CHANGED or (read is not None and read.tzinfo is not None)
    within = sort == Sort.CHANGED or (read is not None and 0 <= read < 10**9)
    return (read, int(pk)) if known and within else None


@require_safe
@may("features.read")
def requests(request: HttpRequest) -> HttpResponse:
    """What is asked for, most askers first, narrowed by words, status and capability."""
    asked = request.GET
    words, status = asked.get("q", "").replace("\x00", " ").strip()[:100], asked.get("status", "")
    capability = asked.get("capability", "")
    sort = asked.get("sort", "") if asked.get("sort", "") in ORDERS else Sort.DEMAND.value
    found = FeatureRequest.objects.whole().holding(words)
    if status in Status.values:
        found = found.filter(status=status)
    else:
        status, found = "", found.going_on()
    if capability.isascii() and capability.isdecimal() and len(capability) < 10:
        found = found.filter(capability=capability)
    context = {
        "keyset": Ordered.of(found, sort, asked.get("after", "")),
        "words": words,
        "status": status,
        "capability": capability,
        "sort": sort,
        "statuses": Status,
        "sorts": Sort,
        "capabilities": Capability.objects.filter(retired_at=None),
    }
    return page(request, "requests/list.html", "requests/_rows.html", context)


@require_safe
@may("features.read")
def request(request: HttpRequest, pk: int) -> HttpResponse:
    """One request: the problem, who asks for it, and what became of it."""
    found = get_object_or_404(FeatureRequest.objects.whole(), pk=pk)
    evidence = found.evidence().whole().with_answer()
    if found.status == Status.DUPLICATE:
        evidence = found.insights.standing().whole().with_answer()
    now, key = timezone.now(), str(pk)
    under_way = works(request, found.kind, pk)
    untold = () if under_way or not found.is_settled else found.untold(UNTOLD + 1)
    context = {
        "found": found,
        "works": under_way,
        "keyset": NewestFirst.of(evidence, request),
        "demand": [compute(one, at=now, request=key) for one in DEMAND],
        "told": compute("features.told", at=now, request=key) if found.is_settled else None,
        "untold": untold[:UNTOLD],
        "more": untold[UNTOLD:],
        "moves": rules.MOVES[found.status],
        "merged": found.merged.order_by("pk") if found.status != Status.DUPLICATE else (),
        "importances": Importance,
        "activities": found.timeline()[:100],
    }
    return page(request, "requests/request.html", "requests/_evidence.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@may("features.link")
def new(request: HttpRequest) -> HttpResponse:
    """Open a request."""
    form = RequestForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            made = FeatureRequest.objects.open(**form.words(), by=request.user, at=timezone.now())
        except Refused as refused:
            blame(form, refused)
        else:
            return go(request, made, said="Opened.")
    return form_page(request, "requests/new.html", "requests/_form.html", form)


@require_http_methods(["GET", "HEAD", "POST"])
@may("features.change")
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Say better what it is about."""
    found = get_object_or_404(FeatureRequest.objects.whole(), pk=pk)
    form = RequestForm.of(found, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            found.edit(**form.words(), by=request.user, at=timezone.now())
        except Refused as refused:
            blame(form, refused)
        else:
            return go(request, found, said="Changed.")
    return form_page(request, "requests/edit.html", "requests/_form.html", form, {"found": found})
