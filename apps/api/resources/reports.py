"""The support report: its figures, its tables, what stands now, and the weekly mail."""

from datetime import tzinfo
from typing import Any

from django.http import Http404
from django.utils import timezone
from drf_spectacular.helpers import forced_singular_serializer
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.measuring import WAIT, MeasuringOut, measuring, would_wait
from apps.api.resource import Resource, resource
from apps.customers.choices import Tier
from apps.figures.definition import UnknownFigure
from apps.reports import periods, ready, support, tables
from apps.reports.asked import NAMES, Asked
from apps.reports.figures.showing import zone_of
from apps.reports.models import Subscription
from apps.reports.now import ahead, carrying
from apps.tickets.choices import Channel, Priority

from .figures import FigureOut, WindowOut
from .tickets.shown import Agent

FILTERS = [
    OpenApiParameter("queue", str, description="A queue's slug."),
    OpenApiParameter("team", int, description="A team's number."),
    OpenApiParameter("priority", str, enum=Priority.values),
    OpenApiParameter("tier", str, enum=Tier.values, description="Of the customer."),
    OpenApiParameter("channel", str, enum=Channel.values),
    OpenApiParameter("agent", str, description="The assignee's number, or `nobody`."),
]
ZONE = OpenApiParameter(
    "zone", str, description="An IANA zone; days begin at its midnights. Yours if left out."
)
PERIOD = [
    OpenApiParameter("period", str, enum=list(periods.PERIODS), default=periods.USUAL),
    OpenApiParameter("from", {"type": "string", "format": "date"}, description="With `to`."),
    OpenApiParameter("to", {"type": "string", "format": "date"}, description="Inclusive."),
    ZONE,
]
TABLE = OpenApiParameter("key", str, OpenApiParameter.PATH, enum=list(tables.TABLES))


class SupportReportOut(serializers.Serializer):
    """Every figure of a period, and of the one before it where they are compared."""

    window = WindowOut()
    zone = serializers.CharField()
    at = serializers.DateTimeField()
    figures = FigureOut(many=True)


class TableOut(serializers.Serializer):
    """One table of the report: words, and numbers unrounded (seconds, shares from 0 to 1)."""

    key = serializers.CharField()
    title = serializers.CharField()
    head = serializers.ListField(child=serializers.CharField())
    rows = serializers.ListField(
        child=serializers.ListField(child=serializers.CharField()),
        help_text="An unknown number is empty.",
    )


class CarryingOut(serializers.Serializer):
    """What one of us carries; `usual` is how many answers four working hours bring."""

    agent = Agent()
    open = FigureOut()
    due = FigureOut()
    waiting = FigureOut()
    capacity = FigureOut()
    usual = serializers.FloatField()


class TestedOut(serializers.Serializer):
    """What would have been forecast on a day, and what came."""

    day = serializers.DateField()
    due = serializers.IntegerField(source="forecast.due")
    expected = serializers.FloatField(source="forecast.expected")
    low = serializers.FloatField(source="forecast.low")
    high = serializers.FloatField(source="forecast.high")
    broke = serializers.IntegerField()
    held = serializers.BooleanField()


class NowOut(serializers.Serializer):
    """The load, and the breaches to expect today with the days such forecasts were tried on."""

    at = serializers.DateTimeField()
    forecast = FigureOut()
    calibration = FigureOut()
    tested = TestedOut(many=True)
    carrying = CarryingOut(many=True)


class MailOut(serializers.Serializer):
    """Whether the report comes to you by mail every Monday."""

    weekly_mail = serializers.BooleanField()


class KeptOut(serializers.Serializer):
    """A report that was frozen."""

    id = serializers.UUIDField()
    url = serializers.CharField()


@resource("support-report")
class SupportReport(Resource):
    """How support was: the same numbers as on the page, by the same definitions."""

    serializer_class = SupportReportOut
    pagination_class = None
    filter_backends = ()
    lookup_field = "key"
    lookup_value_regex = r"[a-z_.]{1,40}"
    needs = {
        "read": "figures.read",
        "now": "figures.read",
        "mail": "figures.read",
        "subscribe": "figures.read",
        "unsubscribe": "figures.read",
        "keep": "figures.snapshot",
    }

    @extend_schema(
        responses={200: forced_singular_serializer(SupportReportOut), 202: MeasuringOut},
        parameters=[*PERIOD, *FILTERS, WAIT],
    )
    def list(self, request: Request) -> Response:
        found = self._report()
        if found is None:
            return measuring()
        return Response(
            {
                "window": _ends(found),
                "zone": str(found.zone),
                "at": found.at,
                "figures": [figure.as_dict() for figure in found.figures.values()],
            }
        )

    @extend_schema(
        responses={200: TableOut, 202: MeasuringOut}, parameters=[TABLE, *PERIOD, *FILTERS, WAIT]
    )
    def retrieve(self, request: Request, key: str) -> Response:
        if key not in tables.TABLES:
            raise Http404
        found = self._report()
        if found is None:
            return measuring()
        table = tables.TABLES[key](found, tables.names())
        head, *rows = table.lines()
        return Response({"key": key, "title": table.title, "head": head, "rows": rows})

    @extend_schema(responses={200: NowOut, 202: MeasuringOut}, parameters=[ZONE, *FILTERS, WAIT])
    @action(detail=False, methods=["get"])
    def now(self, request: Request) -> Response:
        """What everybody carries, and what today will probably break."""
        at, asked, (zone, place) = timezone.now(), self._asked(), self._zone()
        told = ready.foreseen(asked, at=at, zone=zone, place=place)
        if told is None and not would_wait(self.request):
            return measuring()
        found = ahead(asked, at=at, zone=zone, place=place, told=told)
        return Response(
            {
                "at": at,
                "forecast": found.forecast.as_dict(),
                "calibration": found.calibration.as_dict(),
                "tested": TestedOut(found.outlook.tested, many=True).data,
                "carrying": [
                    {
                        "agent": Agent(one.agent).data,
                        "usual": one.usual,
                        **{name: getattr(one, name).as_dict() for name in CARRIED},
                    }
                    for one in carrying(asked, at=at)
                ],
            }
        )

    @extend_schema(responses={201: KeptOut}, parameters=[*PERIOD, *FILTERS], request=None)
    @action(detail=False, methods=["post"])
    def keep(self, request: Request) -> Response:
        """Freeze the report as it stands, measured for it where it was not yet."""
        found = self._report(waits=True)
        snapshot = found.keep(by=request.user, at=found.at, title=f"Support report, {found.words}")
        kept = {"id": str(snapshot.pk), "url": f"/insight/support/{snapshot.pk}/"}
        return Response(kept, status=status.HTTP_201_CREATED)

    @extend_schema(responses=MailOut)
    @action(detail=False, methods=["get"])
    def mail(self, request: Request) -> Response:
        """Whether it comes to you every Monday."""
        return Response({"weekly_mail": Subscription.objects.of(request.user)})

    @extend_schema(responses=MailOut, request=None)
    @action(detail=False, methods=["post"])
    def subscribe(self, request: Request) -> Response:
        """The week before by mail, every Monday."""
        Subscription.objects.subscribe(request.user, at=timezone.now())
        return self.mail(request)

    @extend_schema(responses=MailOut, request=None)
    @action(detail=False, methods=["post"])
    def unsubscribe(self, request: Request) -> Response:
        """No more of these mails."""
        for one in Subscription.objects.filter(person=request.user):
            one.end(by=request.user, at=timezone.now())
        return self.mail(request)

    def _report(self, *, waits: bool = False) -> support.Report | None:
        """What is at hand; or nothing, while it is being measured for who does not wait."""
        at, asked, (zone, place) = timezone.now(), self._asked(), self._zone()
        said = self.request.query_params
        if (period := said.get("period", periods.USUAL)) not in periods.PERIODS:
            raise ValidationError({"period": f"There is no period “{period[:40]}”."})
        try:
            _, window = periods.chosen(said, at=at, zone=zone)
        except ValueError as error:
            raise ValidationError({"from": str(error)}) from error
        more = {"at": at, "zone": zone, "place": place}
        found = ready.report(asked, window, **more)
        if found is None and (waits or would_wait(self.request)):
            return support.report(asked, window, **more)
        return found

    def _asked(self) -> Asked:
        try:
            return Asked.of({name: self.request.query_params.get(name, "") for name in NAMES})
        except UnknownFigure as error:
            raise ValidationError({"filter": str(error)}) from error

    def _zone(self) -> tuple[tzinfo, str]:
        place = self.request.query_params.get("zone") or self.request.user.timezone
        try:
            return zone_of(place), place
        except UnknownFigure as error:
            raise ValidationError({"zone": str(error)}) from error

    def _filters(self) -> frozenset[str]:
        known = {
            "list": {*_PERIOD, "wait"},
            "retrieve": {*_PERIOD, "wait"},
            "keep": _PERIOD,
            "now": {"zone", "wait"},
        }
        if self.action not in known:
            return frozenset()
        return frozenset({*known[self.action], *NAMES})


CARRIED = ("open", "due", "waiting", "capacity")
_PERIOD = {"period", "from", "to", "zone"}


def _ends(found: support.Report) -> dict[str, Any]:
    return {"from": found.window.start, "to": found.window.end}
