"""Metrics, their series and samples, and the sources that fill them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response

from apps.api.fields import Instant
from apps.api.resource import Listed, Resource, resource, verb
from apps.metrics import backfill, pushing
from apps.metrics.models import ImportRun, Metric, Sample, Series, Source
from apps.metrics.reporting import report
from apps.metrics.rules.values import State
from apps.metrics.undoing import undo

PAGE = 1_000


class MetricOut(serializers.ModelSerializer):
    """What a metric means."""

    kind = serializers.CharField(source="shape", read_only=True)

    class Meta:
        model = Metric
        fields = [
            "id", "key", "title", "description", "unit", "kind", "better", "target", "role", "own",
            "estimate", "step", "freshness", "retention",
        ]  # fmt: skip
        read_only_fields = fields


class SeriesOut(serializers.ModelSerializer):
    """One line of a metric."""

    class Meta:
        model = Series
        fields = ["id", "metric", "labels", "first_ts", "last_ts"]
        read_only_fields = fields


class SourceOut(serializers.ModelSerializer):
    """Where samples come from; its secret is in no answer."""

    kind = serializers.CharField(source="sort", read_only=True)
    freshness = serializers.SerializerMethodField()

    class Meta:
        model = Source
        fields = [
            "id", "name", "kind", "metric", "url", "query", "mapping", "step", "every", "settle",
            "overlap", "look_back", "timeout", "enabled", "watermark", "next_at",
            "last_success_at", "failures", "last_error", "freshness",
        ]  # fmt: skip
        read_only_fields = fields

    def get_freshness(self, source: Source) -> str:
        return source.freshness(timezone.now()).value


class RunOut(serializers.ModelSerializer):
    """One delivery and its books."""

    class Meta:
        model = ImportRun
        fields = [
            "id", "source", "metric", "origin", "label", "mode", "status", "started_at",
            "finished_at", "since", "until", "received", "inserted", "changed", "unchanged",
            "withdrawn", "repeated", "rejected", "warnings", "error", "undone_at",
        ]  # fmt: skip
        read_only_fields = fields


class Push(serializers.Serializer):
    """Samples of one metric: `{"ts", "value", "labels"?, "n"?}` each, judged one by one."""

    metric = serializers.SlugRelatedField("key", queryset=Metric.objects.all())
    points = serializers.ListField(child=serializers.JSONField(), allow_empty=False)


class SampleOut(serializers.Serializer):
    """A sample as it stands: a number, or the word for why it is none."""

    ts = serializers.DateTimeField()
    value = serializers.FloatField(allow_null=True)
    state = serializers.CharField()


class Range(serializers.Serializer):
    """From when to when."""

    since = Instant()
    until = Instant()


class RejectedOut(serializers.Serializer):
    """A row that was not taken."""

    row = serializers.IntegerField(help_text="Its place, from 1.")
    column = serializers.CharField()
    reason = serializers.CharField()


class ReportOut(serializers.Serializer):
    """What became of what was sent, as every import says it."""

    rows = serializers.IntegerField()
    created = serializers.IntegerField()
    changed = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    rejected = RejectedOut(many=True)
    run = serializers.CharField(allow_null=True)


@resource("metrics")
class Metrics(Listed, Resource):
    """What is measured."""

    queryset = Metric.objects.all()
    serializer_class = MetricOut
    filterset_fields = ["key", "role", "own"]
    needs = {"read": "metrics.read"}


@resource("series")
class AllSeries(Listed, Resource):
    """The lines of metrics."""

    queryset = Series.objects.all()
    serializer_class = SeriesOut
    filterset_fields = ["metric"]
    needs = {"read": "metrics.read"}


@resource("samples")
class Samples(Resource):
    """Samples of one series over a range; and the door for programs that push."""

    queryset = Sample.objects.none()
    serializer_class = SampleOut
    filter_backends = ()
    parameters = frozenset({"series", "from", "to"})
    largest_body = 8 * 1024 * 1024
    needs = {"read": "metrics.read", "create": "metrics.import"}

    @extend_schema(
        parameters=[
            OpenApiParameter("series", int, required=True),
            OpenApiParameter("from", datetime),
            OpenApiParameter("to", datetime),
        ]
    )
    def list(self, request) -> Response:
        series = self._series(request.query_params.get("series", ""))
        since = self._instant("from", datetime(2000, 1, 1, tzinfo=UTC))
        until = self._instant("to", datetime(2100, 1, 1, tzinfo=UTC))
        found = Sample.objects.filter(
            series=series, retention=series.retention, ts__gte=since, ts__lt=until
        ).order_by("ts")
        rows = list(found.values_list("ts", "value", "state")[: PAGE + 1])
        shown = [
            {"ts": at, "value": value, "state": State(state).name.lower()}
            for at, value, state in rows[:PAGE]
        ]
        return Response({"results": shown, "next": self._next(rows)})

    def _series(self, said: str) -> Series:
        found = Series.objects.filter(pk=said).first() if _is_number(said) else None
        if found is None:
            raise ValidationError({"series": "Say which series, by its number."})
        return found

    def _instant(self, name: str, usual: datetime) -> datetime:
        said = self.request.query_params.get(name)
        if said is None:
            return usual
        try:
            return Instant().run_validation(said)
        except ValidationError as error:
            raise ValidationError({name: error.detail}) from None

    def _next(self, rows: Sequence[Any]) -> str | None:
        if len(rows) <= PAGE:
            return None
        query = self.request.query_params.copy()
        query["from"] = rows[PAGE][0].isoformat()
        return self.request.build_absolute_uri(f"{reverse('api:samples-list')}?{query.urlencode()}")

    @extend_schema(request=Push, responses={201: ReportOut})
    def create(self, request) -> Response:
        """Good points are in, bad ones are listed by their place."""
        words = Push(data=request.data)
        words.is_valid(raise_exception=True)
        run = pushing.take(**words.validated_data, by=request.user, at=timezone.now())
        return Response(report([run]), status=status.HTTP_201_CREATED)


@resource("sources")
class Sources(Listed, Resource):
    """Where samples come from."""

    queryset = Source.objects.with_metric()
    serializer_class = SourceOut
    filterset_fields = ["metric", "enabled"]
    needs = {"read": "metrics.read", "fetch": "metrics.import", "backfill": "metrics.import"}

    @verb()
    def fetch(self, source, words, *, by, at):
        source.fetch_soon(by=by, at=at)

    @verb(Range)
    def backfill(self, source, words, *, by, at):
        backfill.start(source, **words, by=by, at=at)


@resource("import-runs")
class ImportRuns(Listed, Resource):
    """Deliveries of samples."""

    queryset = ImportRun.objects.all()
    serializer_class = RunOut
    filterset_fields = ["source", "metric", "status"]
    needs = {"read": "metrics.read", "undo": "metrics.import"}

    @verb()
    def undo(self, run, words, *, by, at):
        undo(run, by=by, at=at)


def _is_number(said: str) -> bool:
    return said.isascii() and said.isdecimal() and len(said) < 19
