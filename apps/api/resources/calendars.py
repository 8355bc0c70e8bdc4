"""Calendars: working hours as they are in force, and every version before."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.resource import Listed, Resource, resource
from apps.calendars.models import Calendar, CalendarVersion


class VersionOut(serializers.ModelSerializer):
    """Working times as they were published, in the shape of an SLA scenario's calendar."""

    spec = serializers.DictField(read_only=True)

    class Meta:
        model = CalendarVersion
        fields = ["id", "number", "spec", "published_at", "reason"]
        read_only_fields = fields


class CalendarOut(serializers.ModelSerializer):
    """A team's working hours; `current` is what clocks read."""

    current = VersionOut(read_only=True, allow_null=True)

    class Meta:
        model = Calendar
        fields = ["id", "name", "timezone", "country", "subdivision", "current"]
        read_only_fields = fields


class VersionList(serializers.Serializer):
    """All versions of one calendar, the newest first."""

    results = VersionOut(many=True)
    next = serializers.CharField(allow_null=True)


@resource("calendars")
class Calendars(Listed, Resource):
    """Working hours; they are edited in the admin and published as versions."""

    queryset = Calendar.objects.select_related("current")
    serializer_class = CalendarOut
    filterset_fields = ["name"]
    ordering = ("name", "pk")
    needs = {"read": "calendars.read", "versions": "calendars.read"}

    @extend_schema(responses=VersionList)
    @action(detail=True, methods=["get"])
    def versions(self, request: Request, pk: str) -> Response:
        found: Any = self.get_object().versions.order_by("-number")[:200]
        return Response({"results": VersionOut(found, many=True).data, "next": None})
