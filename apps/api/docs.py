"""The schema, and the page that lets a person try it."""

from http import HTTPStatus

from csp.constants import SELF, UNSAFE_INLINE
from csp.decorators import csp_update
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.decorators import method_decorator
from django.views.decorators.csrf import csrf_exempt
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from .errors import MEDIA_TYPE, NOWHERE, body


class SchemaView(SpectacularAPIView):
    """`/api/schema/`: OpenAPI 3.1."""

    throttle_classes = ()


# Swagger UI writes style attributes; only this page may.
@method_decorator(csp_update({"style-src": [SELF, UNSAFE_INLINE]}), name="dispatch")
class DocsView(SpectacularSwaggerSplitView):
    """`/api/docs/`: its script is a file of its own, so none is inline."""

    url_name = "api:schema"
    throttle_classes = ()


@login_not_required
@csrf_exempt
def nowhere(request: HttpRequest, path: str = "") -> HttpResponse:
    """Any other address of this door."""
    return JsonResponse(
        body(HTTPStatus.NOT_FOUND, NOWHERE, code="not_found"),
        status=HTTPStatus.NOT_FOUND,
        content_type=MEDIA_TYPE,
    )
