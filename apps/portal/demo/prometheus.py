"""Tidewater's Prometheus: answers range queries in the server's own words, from `waves`.

Only the demo opens this door; the importer reads it over HTTP as it would a real server.
"""

import re

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, JsonResponse
from django.urls import path
from django.views.decorators.http import require_safe

from .waves import series

_SELECTOR = re.compile(r"([a-z_:]+)(?:\{(.*)\})?")
_MATCHER = re.compile(r'([a-z_]+)="([^"]*)"')
_MOST_POINTS = 11_000


@login_not_required
@require_safe
def query_range(request: HttpRequest) -> JsonResponse:
    """`/api/v1/query_range` for a metric name with equality matchers."""
    try:
        found = _SELECTOR.fullmatch(request.GET["query"].strip())
        start, end = (int(float(request.GET[name])) for name in ("start", "end"))
        step = int(float(request.GET["step"].removesuffix("s")))
    except (KeyError, ValueError, OverflowError):
        return _error("bad_data", "query, start, end and step are needed")
    if found is None or step < 1 or end < start:
        return _error("bad_data", "this server answers plain selectors over a forward range")
    if (end - start) // step >= _MOST_POINTS:
        return _error("bad_data", "exceeded maximum resolution of 11,000 points per timeseries")
    return JsonResponse(answer(found[1], set(_MATCHER.findall(found[2] or "")), start, end, step))


def answer(
    name: str, wanted: set[tuple[str, str]], start: int, end: int, step: int
) -> dict[str, object]:
    """The matrix of every series of that name with those labels, both ends included."""
    result = []
    for labels, reading in series().get(name, ()):
        if not wanted <= set(labels):
            continue
        readings = ((at, reading(at)) for at in range(start, end + 1, step))
        values = [[at, repr(value)] for at, value in readings if value is not None]
        if values:
            result.append({"metric": {"__name__": name, **dict(labels)}, "values": values})
    return {"status": "success", "data": {"resultType": "matrix", "result": result}}


def _error(kind: str, sentence: str) -> JsonResponse:
    return JsonResponse({"status": "error", "errorType": kind, "error": sentence}, status=400)


urlpatterns = [path("demo/prometheus/api/v1/query_range", query_range)]
