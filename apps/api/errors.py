"""Every refusal as `application/problem+json` (RFC 9457)."""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.serializers import as_serializer_error

from apps.figures.definition import UnknownFigure
from apps.timeline.refusal import Refused

MEDIA_TYPE = "application/problem+json"
NOWHERE = "There is nothing here, or nothing that you may see."


class TooLarge(exceptions.APIException):
    """The body is over the limit."""

    status_code = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    default_code = "too_large"


class Running(exceptions.APIException):
    """The same request is being worked on."""

    status_code = HTTPStatus.CONFLICT
    default_code = "running"
    default_detail = "The first request with this Idempotency-Key is still running."
    wait = 1


class OtherBody(exceptions.APIException):
    """An idempotency key comes back with another request."""

    status_code = HTTPStatus.UNPROCESSABLE_ENTITY
    default_code = "key_reused"
    default_detail = "This Idempotency-Key was used with another request."


def problem(error: Exception, context: dict[str, Any]) -> Response | None:
    """The response for an error, or none: then it is a fault of ours."""
    match error:
        case Refused():
            return _refusal(error)
        case Http404() | UnknownFigure():
            return answer(HTTPStatus.NOT_FOUND, NOWHERE, code="not_found")
        case PermissionDenied():
            return answer(HTTPStatus.FORBIDDEN, "You may not do that.", code="permission_denied")
        case ValidationError():
            return _invalid(as_serializer_error(error))
        case exceptions.ValidationError():
            return _invalid(error.detail)
        case exceptions.APIException():
            return _other(error)
    return None


def answer(status: int, detail: str, *, code: str, **more: Any) -> Response:
    """One problem as a response."""
    return Response(body(status, detail, code=code, **more), status=status, content_type=MEDIA_TYPE)


def body(status: int, detail: str, *, code: str, **more: Any) -> dict[str, Any]:
    """One problem."""
    return {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": int(status),
        "code": code,
        "detail": detail,
        **more,
    }


def _refusal(refused: Refused) -> Response:
    """A field at fault is a bad request; a record in the wrong state is a conflict."""
    if refused.field:
        errors = [{"field": refused.field, "code": refused.code, "detail": refused.sentence}]
        return answer(HTTPStatus.BAD_REQUEST, refused.sentence, code=refused.code, errors=errors)
    return answer(HTTPStatus.CONFLICT, refused.sentence, code=refused.code)


def _invalid(detail: Any) -> Response:
    errors = list(_fields(detail))
    return answer(
        HTTPStatus.BAD_REQUEST, "Some fields are not right.", code="invalid", errors=errors
    )


def _fields(detail: Any, path: str = "") -> Iterator[dict[str, str]]:
    """Every message with the path of its field: `events.0.at`."""
    if isinstance(detail, dict):
        for name, inner in detail.items():
            name = "" if name == "non_field_errors" else str(name)
            yield from _fields(inner, ".".join(part for part in (path, name) if part))
    elif isinstance(detail, list):
        for position, inner in enumerate(detail):
            nested = isinstance(inner, dict | list)
            yield from _fields(inner, f"{path}.{position}" if nested else path)
    else:
        code = getattr(detail, "code", "invalid")
        yield {"field": path, "code": code, "detail": str(detail)}


def _other(error: exceptions.APIException) -> Response:
    code = error.get_codes()
    response = answer(
        error.status_code, str(error.detail), code=code if isinstance(code, str) else "invalid"
    )
    wait = getattr(error, "wait", None)
    if wait:
        response["Retry-After"] = str(max(1, int(wait)))
    if header := getattr(error, "auth_header", None):
        response["WWW-Authenticate"] = header
    return response
