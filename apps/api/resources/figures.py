"""Figures: what they mean, how they stand, and why."""

from datetime import datetime

from django.utils import timezone
from drf_spectacular.helpers import forced_singular_serializer
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.access import may
from apps.api.fields import Instant
from apps.api.measuring import WAIT, MeasuringOut, measuring, would_wait
from apps.api.resource import Resource, resource
from apps.figures.definition import Definition
from apps.figures.figure import Figure, Window
from apps.figures.registry import definition, definitions
from apps.figures.rules import Better, State
from apps.reports import ready

WINDOW = [
    OpenApiParameter("from", {"type": "string", "format": "date-time"}, description="With `to`."),
    OpenApiParameter("to", {"type": "string", "format": "date-time"}, description="Exclusive."),
]


class WindowOut(serializers.Serializer):
    """Half-open."""

    to = serializers.DateTimeField()

    def get_fields(self):
        return {"from": serializers.DateTimeField(), **super().get_fields()}


class DefinitionOut(serializers.Serializer):
    """What a figure means."""

    key = serializers.CharField()
    title = serializers.CharField()
    formula = serializers.CharField()
    unit = serializers.CharField()
    better = serializers.ChoiceField([(each.value, each.name) for each in Better])
    target = serializers.FloatField(allow_null=True)
    window = serializers.DurationField(allow_null=True)
    minimum_n = serializers.IntegerField()
    minimum_coverage = serializers.FloatField()
    freshness = serializers.DurationField(allow_null=True)
    owner = serializers.CharField()
    version = serializers.IntegerField()
    inputs = serializers.ListField(child=serializers.CharField())
    exclusions = serializers.ListField(child=serializers.CharField())
    scope = serializers.ListField(child=serializers.CharField())


class FigureOut(serializers.Serializer):
    """One number with everything needed to doubt it."""

    key = serializers.CharField()
    title = serializers.CharField()
    value = serializers.FloatField(allow_null=True)
    numerator = serializers.FloatField(allow_null=True)
    denominator = serializers.FloatField(allow_null=True)
    unit = serializers.CharField()
    window = WindowOut(allow_null=True)
    n = serializers.IntegerField(allow_null=True)
    interval = serializers.ListField(
        child=serializers.FloatField(allow_null=True), min_length=2, max_length=2, allow_null=True
    )
    coverage = serializers.FloatField(allow_null=True)
    as_of = serializers.DateTimeField()
    version = serializers.IntegerField()
    state = serializers.ChoiceField([state.value for state in State])
    reason = serializers.CharField()
    target = serializers.FloatField(allow_null=True)
    better = serializers.ChoiceField([(each.value, each.name) for each in Better])
    scope = serializers.DictField(child=serializers.CharField())


class RowOut(serializers.Serializer):
    """One record behind a figure."""

    title = serializers.CharField(source="label")
    url = serializers.CharField()
    cells = serializers.ListField(child=serializers.CharField())


class ExplanationOut(serializers.Serializer):
    """The figure, its definition, and a page of the records behind it."""

    figure = FigureOut()
    definition = DefinitionOut()
    head = serializers.ListField(child=serializers.CharField())
    rows = RowOut(many=True)
    after = serializers.CharField(help_text="Pass it on as `after` for more; empty at the end.")


class DefinitionList(serializers.Serializer):
    """All of them on one page: there are as many as the code defines."""

    results = DefinitionOut(many=True)
    next = serializers.CharField(allow_null=True)


@resource("figures")
class Figures(Resource):
    """Every number of the house, with its interval, state and reason."""

    serializer_class = FigureOut
    pagination_class = None
    filter_backends = ()
    lookup_field = "key"
    lookup_value_regex = r"[a-z0-9_.-]{1,100}"
    needs = {"read": "figures.read", "explain": "figures.read"}

    @extend_schema(responses=forced_singular_serializer(DefinitionList))
    def list(self, request: Request) -> Response:
        known = DefinitionOut(definitions(), many=True)
        return Response({"results": known.data, "next": None})

    @extend_schema(responses={200: FigureOut, 202: MeasuringOut}, parameters=[*WINDOW, WAIT])
    def retrieve(self, request: Request, key: str) -> Response:
        figure = self._figure(definition(key), timezone.now())
        return Response(figure.as_dict()) if figure else measuring()

    @extend_schema(
        responses={200: ExplanationOut, 202: MeasuringOut},
        parameters=[*WINDOW, OpenApiParameter("after", str), WAIT],
    )
    @action(detail=True, methods=["get"])
    def explain(self, request: Request, key: str) -> Response:
        known, at = definition(key), timezone.now()
        figure = self._figure(known, at)
        if figure is None:
            return measuring()
        found = None
        if may(request, known.reads):
            found = known.rows_of(at=at, window=figure.window, **dict(figure.scope))
        try:
            rows, more = found.page(request.query_params.get("after", "")) if found else ([], "")
        except ValueError as error:
            raise ValidationError({"after": "This key is not one of ours."}) from error
        return Response(
            {
                "figure": figure.as_dict(),
                "definition": DefinitionOut(known).data,
                "head": found.head if found else (),
                "rows": RowOut(rows, many=True).data,
                "after": more,
            }
        )

    def _figure(self, known: Definition, at: datetime) -> Figure | None:
        """As it stands; nothing while it is being measured for who does not wait."""
        asked = self.request.query_params
        scope = {name: asked[name] for name in known.scope if name in asked}
        window = self._window()
        if would_wait(self.request):
            return known.compute(at=at, window=window, **scope)
        return ready.figure(known, window, at=at, scope=scope)

    def _window(self) -> Window | None:
        asked = {name: self.request.query_params.get(name) for name in ("from", "to")}
        if not any(asked.values()):
            return None
        ends = {}
        for name, given in asked.items():
            try:
                ends[name] = Instant().run_validation(given)
            except ValidationError as error:
                raise ValidationError({name: error.detail}) from error
        if ends["to"] <= ends["from"]:
            raise ValidationError({"to": "A window ends after it starts."})
        return Window(ends["from"], ends["to"])

    def _filters(self) -> frozenset[str]:
        if self.action not in {"retrieve", "explain"}:
            return frozenset()
        scope = definition(self.kwargs["key"]).scope
        after = {"after"} if self.action == "explain" else set()
        return frozenset({"from", "to", "wait", *scope, *after})
