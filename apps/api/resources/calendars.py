"""Calendars: working hours as drafted, as they are in force, and every version before."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.fields import Line
from apps.api.resource import Listed, Resource, creates, resource, verb
from apps.calendars.models import Calendar, CalendarVersion
from apps.sla import hours, publishing
from apps.sla.dry_run import Change

from .dry_runs import Publish, Tried


class VersionOut(serializers.ModelSerializer):
    """Working times as they were published, in the shape of an SLA scenario's calendar."""

    spec = serializers.DictField(read_only=True)

    class Meta:
        model = CalendarVersion
        fields = ["id", "number", "spec", "published_at", "reason"]
        read_only_fields = fields


class CalendarOut(serializers.ModelSerializer):
    """A team's working hours: `draft` is edited, `current` is what clocks read."""

    current = VersionOut(read_only=True, allow_null=True)
    draft = serializers.DictField(read_only=True)

    class Meta:
        model = Calendar
        fields = [
            *("id", "name", "timezone", "country", "subdivision", "ical_url", "draft", "current"),
        ]
        read_only_fields = fields


class VersionList(serializers.Serializer):
    """All versions of one calendar, the newest first."""

    results = VersionOut(many=True)
    next = serializers.CharField(allow_null=True)


class Spans(serializers.ListField):
    """Open spans of one day: [["09:00", "12:00"], ["13:00", "24:00"]]."""

    def __init__(self, **more: Any) -> None:
        times = serializers.ListField(
            child=serializers.CharField(max_length=8), min_length=2, max_length=2
        )
        super().__init__(child=times, max_length=24, **more)


class Week(serializers.Serializer):
    """Open spans of each weekday; one that is missing is closed."""

    mon = Spans(required=False)
    tue = Spans(required=False)
    wed = Spans(required=False)
    thu = Spans(required=False)
    fri = Spans(required=False)
    sat = Spans(required=False)
    sun = Spans(required=False)


class CalendarEdit(serializers.Serializer):
    """What of the draft changes; the rest stays."""

    name = Line(limit=80, required=False)
    timezone = Line(limit=64, required=False)
    weekly = Week(required=False)
    country = Line(limit=2, required=False, allow_blank=True)
    subdivision = Line(limit=10, required=False, allow_blank=True)
    ical_url = serializers.URLField(max_length=200, required=False, allow_blank=True)


class CalendarIn(CalendarEdit):
    """A new calendar; only the name must be said."""

    name = Line(limit=80)


class DayIn(serializers.Serializer):
    """A date, its name, and what it has instead of its weekday's hours; no spans close it."""

    date = serializers.DateField()
    name = Line(limit=120, required=False, allow_blank=True, default="")
    spans = Spans(required=False, default=list, allow_empty=True)


class DayOut(serializers.Serializer):
    """Which date is to be as its weekday."""

    date = serializers.DateField()


class Year(serializers.Serializer):
    """Of which year."""

    year = serializers.IntegerField(min_value=1900, max_value=2199)


@resource("calendars")
class Calendars(Tried, Listed, Resource):
    """Working hours: drafted, tried and published as versions."""

    queryset = Calendar.objects.select_related("current").prefetch_related("days")
    serializer_class = CalendarOut
    filterset_fields = ["name"]
    ordering = ("name", "pk")
    needs = {
        "read": "calendars.read",
        "versions": "calendars.read",
        "dry_run": "calendars.read",
        **dict.fromkeys(
            ("create", "edit", "set_day", "drop_day", "adopt", "read_feed", "discard"),
            "sla.propose",
        ),
        "order_dry_run": "sla.propose",
        "publish": "sla.publish",
    }

    @extend_schema(responses=VersionList)
    @action(detail=True, methods=["get"])
    def versions(self, request: Request, pk: str) -> Response:
        """Every version, the newest first."""
        found: Any = self.get_object().versions.order_by("-number")[:200]
        return Response({"results": VersionOut(found, many=True).data, "next": None})

    @creates(CalendarIn)
    def create(self, words, *, by, at):
        calendar = Calendar()
        hours.edit(calendar, by=by, at=at, **words)
        return calendar

    @verb(CalendarEdit)
    def edit(self, calendar, words, *, by, at):
        hours.edit(calendar, by=by, at=at, **words)

    @verb(DayIn)
    def set_day(self, calendar, words, *, by, at):
        hours.set_day(calendar, words["date"], words["spans"], name=words["name"], by=by, at=at)

    @verb(DayOut)
    def drop_day(self, calendar, words, *, by, at):
        hours.drop_day(calendar, words["date"], by=by, at=at)

    @verb(Year)
    def adopt(self, calendar, words, *, by, at):
        hours.adopt(calendar, words["year"], by=by, at=at)

    @verb()
    def read_feed(self, calendar, words, *, by, at):
        hours.read_feed(calendar, by=by, at=at)

    @verb()
    def discard(self, calendar, words, *, by, at):
        hours.discard(calendar, by=by, at=at)

    @verb(Publish)
    def publish(self, calendar, words, *, by, at):
        publishing.publish_calendar(calendar, **words, by=by, at=at)

    def tried(self) -> Change:
        return Change(calendar=self.get_object())
