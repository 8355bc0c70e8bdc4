"""What was done to a record, by whom and when: `undo` and its like name a change by its number."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from apps.timeline.models import Activity

from .paging import Pages


class ActivityOut(serializers.ModelSerializer):
    """One change. In `data` a changed field is `[before, after]`."""

    who = serializers.CharField(read_only=True)
    data = serializers.DictField(read_only=True)

    class Meta:
        model = Activity
        fields = ["id", "verb", "at", "who", "actor", "data"]
        read_only_fields = fields


class Remembered:
    """A resource whose records tell their timeline; whoever may read them may read it."""

    @extend_schema(responses=ActivityOut(many=True))
    @action(detail=True, methods=["get"], filterset_fields=[])
    def timeline(self, request, pk: str) -> Response:
        """Every change of it, oldest first."""
        pages = Pages()
        self.ordering = ("at", "pk")
        found = pages.paginate_queryset(self.get_object().timeline(), request, view=self)
        return pages.get_paginated_response(ActivityOut(found, many=True).data)
