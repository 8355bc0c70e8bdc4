"""Asking somebody else about a ticket, over the API: part of `tickets`."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response

from apps.api.fields import Line, Words
from apps.api.resource import verb
from apps.tickets.models import SideConversation

NEEDS = {"sides": "tickets.read", "write_aside": "tickets.reply"}


class WriteAside(serializers.Serializer):
    """`side` goes on with a conversation, else one with `to` begins; `quoting` names messages."""

    body = Words()
    to = serializers.EmailField(required=False, allow_blank=True)
    subject = Line(limit=998, required=False, allow_blank=True)
    side = serializers.IntegerField(min_value=1, required=False)
    quoting = serializers.ListField(
        child=serializers.IntegerField(min_value=1), max_length=50, required=False
    )
    wait = serializers.BooleanField(default=False)


class SideOut(serializers.ModelSerializer):
    """With whom, about what, and since when we wait for them."""

    class Meta:
        model = SideConversation
        fields = ["id", "ticket", "address", "subject", "started_at", "waiting_since", "taken_back"]
        read_only_fields = fields


class SideList(serializers.Serializer):
    """Every side conversation of one ticket."""

    results = SideOut(many=True)
    next = serializers.CharField(allow_null=True)


class Asking:
    """What is said beside a ticket; its messages are among the ticket's, and `take_back` undoes."""

    @verb(WriteAside)
    def write_aside(self, ticket, words, *, by, at):
        if number := words.pop("side", None):
            words["side"] = SideConversation.objects.filter(
                ticket__in=ticket.family(), pk=number
            ).first()
            if words["side"] is None:
                raise ValidationError({"side": "This ticket has no such side conversation."})
        ticket.write_aside(**words, by=by, at=at)

    @extend_schema(responses=SideList)
    @action(detail=True, methods=["get"])
    def sides(self, request, pk: str) -> Response:
        """Whom else was asked."""
        found = SideConversation.objects.filter(ticket__in=self.get_object().family())
        return Response({"results": SideOut(found.order_by("pk"), many=True).data, "next": None})
