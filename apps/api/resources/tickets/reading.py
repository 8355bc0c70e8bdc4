"""A ticket read by a program: its talk, its clocks, who looks at it, its contact's page."""

from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from apps.api.paging import Pages
from apps.sla import explain as explaining
from apps.tickets import presence
from apps.tickets.files import path_of
from apps.tickets.models import Attachment

from .clocks import Explained
from .shown import Agent, MessageOut

NEEDS = {
    **dict.fromkeys(("read", "messages", "file", "explain", "present"), "tickets.read"),
    "link": "tickets.reply",
}


class PresentOut(serializers.Serializer):
    """Somebody on a ticket now."""

    person = Agent(read_only=True)
    writing = serializers.BooleanField(read_only=True)


class LinkOut(serializers.Serializer):
    """The customer's page."""

    link = serializers.URLField(read_only=True)


class Reading:
    """What is asked about one ticket."""

    @extend_schema(responses=MessageOut(many=True))
    @action(detail=True, methods=["get"], filterset_fields=[])
    def messages(self, request, pk: str) -> Response:
        """What was said on it, oldest first."""
        said = self.get_object().talk().select_related("author", "contact")
        pages = Pages()
        self.ordering = ("at", "pk")
        found = pages.paginate_queryset(said.prefetch_related("attachments"), request, view=self)
        return pages.get_paginated_response(MessageOut(found, many=True).data)

    @extend_schema(responses=Explained)
    @action(detail=True, methods=["get"], filterset_fields=[])
    def explain(self, request, pk: str) -> Response:
        """Every second of every clock: counted, closed, a holiday, paused by whom."""
        panel = explaining.panel(self.get_object())
        clocks = [clock.as_dict() for clock in panel]
        return Response(
            {
                "ticket": panel.ticket,
                "at": panel.at,
                "clocks": clocks,
                "not_started": list(panel.waits),
            }
        )

    @extend_schema(responses=PresentOut(many=True), filters=False)
    @action(detail=True, methods=["get"], filterset_fields=[], pagination_class=None)
    def present(self, request, pk: str) -> Response:
        """Who has it open now, and who is writing."""
        ticket = self.get_object()
        here = presence.of([ticket.pk], at=timezone.now()).get(ticket.pk, [])
        return Response(PresentOut(here, many=True).data)

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    @action(detail=True, methods=["get"], url_path=r"files/(?P<file>[0-9]{1,18})")
    def file(self, request, pk: str, file: str) -> FileResponse:
        """A file on one of its messages."""
        talk = self.get_object().talk()
        found = get_object_or_404(Attachment, pk=file, message__in=talk)
        path = path_of(found.digest)
        if not path.exists():
            raise Http404
        return FileResponse(path.open("rb"), as_attachment=True, filename=found.name)

    @extend_schema(responses=LinkOut)
    @action(detail=True, methods=["get"], filterset_fields=[])
    def link(self, request, pk: str) -> Response:
        """Where its contact reads and answers; whoever has it is taken for them."""
        return Response(LinkOut(self.get_object()).data)
