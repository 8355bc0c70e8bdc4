"""What has to be done on a ticket, over the API."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response

from apps.api.fields import Line
from apps.api.resource import verb
from apps.tickets.models import Checklist, Item

NEEDS = {
    "items": "tickets.read",
    **dict.fromkeys(("add_item", "tick", "untick"), "tickets.note"),
    **dict.fromkeys(("use_checklist", "remove_item", "restore_item"), "tickets.change"),
}


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


class Checklists:
    """Verbs of a ticket that work off its checklist."""

    @extend_schema(responses=ItemOut(many=True))
    @action(detail=True, methods=["get"], filterset_fields=[], pagination_class=None)
    def items(self, request, pk: str) -> Response:
        """What has to be done on it."""
        return Response(ItemOut(self.get_object().items.with_people(), many=True).data)

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
