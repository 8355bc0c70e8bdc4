"""Calls, checklists and what may be asked twice, over the API: part of `tickets`."""

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response

from apps.api.fields import Instant, Line, Words
from apps.api.resource import verb
from apps.customers.models import Contact
from apps.tickets.alike import alike
from apps.tickets.choices import Channel
from apps.tickets.models import Checklist, Item
from apps.tickets.models.calling import SPOKEN

NEEDS = {
    "items": "tickets.read",
    "alike": "tickets.create",
    "log_call": "tickets.reply",
    **dict.fromkeys(("add_item", "tick", "untick"), "tickets.note"),
    **dict.fromkeys(("use_checklist", "remove_item", "restore_item"), "tickets.change"),
}


class LogCall(serializers.Serializer):
    """What was said, how and when; `duration` in seconds."""

    body = Words()
    happened_at = Instant(required=False)
    channel = serializers.ChoiceField(
        [(one.value, one.label) for one in SPOKEN], default=Channel.PHONE
    )
    from_us = serializers.BooleanField(default=False)
    answered = serializers.BooleanField(default=False)
    duration = serializers.DurationField(required=False)


class UseChecklist(serializers.Serializer):
    """Which checklist."""

    checklist = serializers.PrimaryKeyRelatedField(queryset=Checklist.objects.all())


class AddItem(serializers.Serializer):
    """What is to be done, and whether the ticket cannot be resolved without it."""

    text = Line(limit=200)
    required = serializers.BooleanField(default=False)


class WhichItem(serializers.Serializer):
    """Which item."""

    item = serializers.IntegerField(min_value=1, max_value=10**18)


class ItemOut(serializers.ModelSerializer):
    """One thing to do, and by whom and when it was done."""

    class Meta:
        model = Item
        fields = ["id", "text", "required", "done_at", "done_by", "removed_at"]
        read_only_fields = fields


class AlikeOut(serializers.Serializer):
    """An open ticket that may be the same matter, and why."""

    ticket = serializers.IntegerField(source="ticket.pk")
    subject = serializers.CharField(source="ticket.subject")
    status = serializers.CharField(source="ticket.status")
    why = serializers.CharField()


class Doing:
    """Verbs of a ticket that log calls and work off checklists."""

    @extend_schema(
        parameters=[OpenApiParameter("subject", str), OpenApiParameter("contact", int)],
        responses=AlikeOut(many=True),
    )
    @action(detail=False, methods=["get"], filterset_fields=[], pagination_class=None)
    def alike(self, request) -> Response:
        """Open tickets that may be the same matter, the likeliest first; asked before `create`."""
        number = request.query_params.get("contact", "")
        if number and not (number.isascii() and number.isdigit() and len(number) < 19):
            raise ValidationError({"contact": "A number."})
        contact = Contact.objects.with_customer().filter(pk=number or 0).first()
        found = alike(request.query_params.get("subject", "").replace("\x00", " "), contact=contact)
        return Response(AlikeOut(found, many=True).data)

    @extend_schema(responses=ItemOut(many=True))
    @action(detail=True, methods=["get"], filterset_fields=[], pagination_class=None)
    def items(self, request, pk: str) -> Response:
        """What has to be done on it."""
        return Response(ItemOut(self.get_object().items.with_people(), many=True).data)

    @verb(LogCall)
    def log_call(self, ticket, words, *, by, at):
        ticket.log_call(**words, by=by, at=at)

    @verb(UseChecklist)
    def use_checklist(self, ticket, words, *, by, at):
        ticket.use_checklist(**words, by=by, at=at)

    @verb(AddItem)
    def add_item(self, ticket, words, *, by, at):
        ticket.add_item(**words, by=by, at=at)

    @verb(WhichItem)
    def tick(self, ticket, words, *, by, at):
        ticket.tick(_item(ticket, words), by=by, at=at)

    @verb(WhichItem)
    def untick(self, ticket, words, *, by, at):
        ticket.untick(_item(ticket, words), by=by, at=at)

    @verb(WhichItem)
    def remove_item(self, ticket, words, *, by, at):
        ticket.remove_item(_item(ticket, words), by=by, at=at)

    @verb(WhichItem)
    def restore_item(self, ticket, words, *, by, at):
        ticket.restore_item(_item(ticket, words), by=by, at=at)


def _item(ticket, words) -> Item:
    item = ticket.items.filter(pk=words["item"]).first()
    if item is None:
        raise ValidationError({"item": "This ticket has no such item."})
    return item
