"""What OpenAPI says of the whole door: its key, its refusals, its repeated requests."""

from typing import Any, Literal

from django.db import models
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import get_doc
from drf_spectacular.utils import OpenApiParameter
from rest_framework.serializers import ChoiceField

from .errors import MEDIA_TYPE
from .idempotency import HEADER, LONGEST

PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "code", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "code", "detail"],
                "properties": {
                    "field": {"type": "string"},
                    "code": {"type": "string"},
                    "detail": {"type": "string"},
                },
            },
        },
    },
}


class BearerScheme(OpenApiAuthenticationExtension):
    """`Authorization: Bearer TOKEN`."""

    target_class = "apps.api.authentication.TokenAuthentication"
    name = "bearer"

    def get_security_definition(self, auto_schema) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer"}


class Schema(AutoSchema):
    """Adds what every operation shares."""

    def get_override_parameters(self) -> list[Any]:
        if self.method != "POST":
            return super().get_override_parameters()
        key = OpenApiParameter(
            HEADER,
            {"type": "string", "maxLength": LONGEST, "pattern": "^[ -~]*$"},
            OpenApiParameter.HEADER,
            description="The same key sent twice is done once; the answer is kept for 72 hours.",
        )
        return [*super().get_override_parameters(), key]

    def get_description(self) -> str:
        """What a verb says of itself; the resource's own words are for its list and its pages."""
        method = getattr(self.view, getattr(self.view, "action", None) or "", None)
        return get_doc(method) if hasattr(method, "mapping") else super().get_description()

    def _map_serializer_field(self, field: Any, *more: Any, **options: Any) -> dict[str, Any]:
        """What a column may leave empty may be empty in an answer, though nobody can send it so."""
        if field.read_only and (column := _column(field)):
            field.allow_null = field.allow_null or column.null
            if isinstance(field, ChoiceField):
                field.allow_blank = column.blank and not column.null
        return super()._map_serializer_field(field, *more, **options)

    def _get_response_bodies(self, direction: Literal["request", "response"] = "response") -> dict:
        bodies = super()._get_response_bodies(direction)
        bodies["default"] = {
            "description": "A refusal, with its reason.",
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        return bodies


def _column(field: Any) -> models.Field | None:
    """The column of its record that a serializer's field shows, if it is one."""
    model = getattr(getattr(field.parent, "Meta", None), "model", None)
    names = {one.name: one for one in model._meta.fields} if model else {}
    return names.get(field.source)


def name_the_problem(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Enter the shape of a refusal among the components."""
    result["components"].setdefault("schemas", {})["Problem"] = PROBLEM
    return result
