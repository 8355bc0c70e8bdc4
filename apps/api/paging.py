"""Lists page by keyset: `{"results": […], "next": URL or null}`."""

import base64
import binascii
import json
from typing import Any

from django.core.exceptions import ValidationError as DjangoValidationError
from django.db.models import Field, Model, Q, QuerySet
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

DEFAULT = 50
MOST = 200
CURSOR = "cursor"
LIMIT = "limit"


class Pages(BasePagination):
    """Pages after a key, never by offset: the thousandth costs what the first does.

    The view's `ordering` names one or two columns that never are null, all in one direction, the
    last of them unique.
    """

    def paginate_queryset(self, queryset, request, view=None) -> list[Any]:
        self.request = request
        self.ordering = tuple(view.ordering)
        size = self._limit(request.query_params.get(LIMIT))
        queryset = queryset.order_by(*self.ordering)
        if cursor := request.query_params.get(CURSOR):
            queryset = after(queryset, self.ordering, self._key(cursor, queryset.model))
        found = list(queryset[: size + 1])
        self.more = len(found) > size
        self.page = found[:size]
        return self.page

    def get_paginated_response(self, data) -> Response:
        return Response({"results": data, "next": self.next_url()})

    def next_url(self) -> str | None:
        if not self.more:
            return None
        here = self.request.build_absolute_uri()
        return replace_query_param(here, CURSOR, encode(self.page[-1], self.ordering))

    @staticmethod
    def _limit(asked: str | None) -> int:
        if asked is None:
            return DEFAULT
        if asked.isascii() and asked.isdigit() and len(asked) < 4 and 1 <= int(asked) <= MOST:
            return int(asked)
        raise ValidationError({LIMIT: f"A limit runs from 1 to {MOST}."})

    def _key(self, cursor: str, model: type[Model]) -> list[Any]:
        try:
            raw = json.loads(base64.urlsafe_b64decode(cursor.encode("ascii")))
            if len(raw) != len(self.ordering) or not all(type(part) is str for part in raw):
                raise ValueError("another shape")
            fields = columns(model, self.ordering)
            return [field.clean(part, None) for field, part in zip(fields, raw, strict=True)]
        except (ValueError, TypeError, binascii.Error, RecursionError, DjangoValidationError):
            raise ValidationError({CURSOR: "This cursor is not one of ours."}) from None

    # --- what OpenAPI says of it --------------------------------------------------------------

    def get_paginated_response_schema(self, schema) -> dict[str, Any]:
        return {
            "type": "object",
            "required": ["results", "next"],
            "properties": {
                "results": schema,
                "next": {"type": ["string", "null"], "format": "uri"},
            },
        }

    def get_schema_operation_parameters(self, view) -> list[dict[str, Any]]:
        return [
            _parameter(CURSOR, "Where to go on, from `next`.", {"type": "string"}),
            _parameter(
                LIMIT,
                "How many at most.",
                {"type": "integer", "minimum": 1, "maximum": MOST, "default": DEFAULT},
            ),
        ]


def columns(model: type[Model], ordering: tuple[str, ...]) -> list[Field]:
    """The fields that the ordering names."""
    names = [name.lstrip("-") for name in ordering]
    found = (model._meta.pk if name == "pk" else model._meta.get_field(name) for name in names)
    return [field for field in found if isinstance(field, Field)]


def encode(record: Model, ordering: tuple[str, ...]) -> str:
    """The key of a record, as an opaque word."""
    key = [field.value_to_string(record) for field in columns(type(record), ordering)]
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode()


def after(queryset: QuerySet, ordering: tuple[str, ...], key: list[Any]) -> QuerySet:
    """Only what follows the key."""
    names = [name.lstrip("-") for name in ordering]
    beyond = "lt" if ordering[0].startswith("-") else "gt"
    follows = Q()
    equal = Q()
    for name, value in zip(names, key, strict=True):
        follows |= equal & Q(**{f"{name}__{beyond}": value})
        equal &= Q(**{name: value})
    if len(names) > 1:  # lets the index skip to the key
        follows &= Q(**{f"{names[0]}__{beyond}e": key[0]})
    return queryset.filter(follows)


def _parameter(name: str, words: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": name,
        "in": "query",
        "required": False,
        "description": words,
        "schema": schema,
    }
