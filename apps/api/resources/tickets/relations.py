"""What tickets have to do with each other, over the API: part of `tickets`."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response

from apps.api.fields import Line
from apps.api.resource import verb
from apps.tickets.models import Ticket, TicketLink
from apps.tickets.models.linking import BY_HAND

NEEDS = {
    "links": "tickets.read",
    **dict.fromkeys(("merge", "unmerge", "split", "unsplit"), "tickets.merge"),
    **dict.fromkeys(("link_to", "unlink", "undo"), "tickets.change"),
}


class Merge(serializers.Serializer):
    """Into which ticket; `across` where two customers are meant."""

    into = serializers.PrimaryKeyRelatedField(queryset=Ticket.objects.all())
    across = serializers.BooleanField(default=False)


class Split(serializers.Serializer):
    """Which message begins a ticket, and whether all that follows goes along."""

    message = serializers.IntegerField(min_value=1)
    subject = Line(limit=998, required=False, allow_blank=True)
    later = serializers.BooleanField(default=False)


class LinkTo(serializers.Serializer):
    """To which ticket, and how."""

    other = serializers.PrimaryKeyRelatedField(queryset=Ticket.objects.all())
    relation = serializers.ChoiceField([(one.value, one.label) for one in BY_HAND])


class Unlink(serializers.Serializer):
    """Which link."""

    link = serializers.IntegerField(min_value=1)


class Undo(serializers.Serializer):
    """Which change, by the number of its Activity; the last change of status if none is given."""

    activity = serializers.IntegerField(min_value=1, required=False)


class TicketLinkOut(serializers.ModelSerializer):
    """`ticket` is `relation` `other`."""

    class Meta:
        model = TicketLink
        fields = ["id", "ticket", "other", "relation", "made_at"]
        read_only_fields = fields


class LinkList(serializers.Serializer):
    """Every link of one ticket, from either end."""

    results = TicketLinkOut(many=True)
    next = serializers.CharField(allow_null=True)


class Relations:
    """The verbs of a ticket that concern another one."""

    @verb(Merge)
    def merge(self, ticket, words, *, by, at):
        ticket.merge(**words, by=by, at=at)

    @verb(word="undo_merge")
    def unmerge(self, ticket, words, *, by, at):
        ticket.unmerge(by=by, at=at)

    @verb(Split)
    def split(self, ticket, words, *, by, at):
        """Answers with the new ticket."""
        message = _one(ticket.messages, words.pop("message"), "message")
        return ticket.split(message, **words, by=by, at=at)

    @verb(word="undo_split")
    def unsplit(self, ticket, words, *, by, at):
        """Answers with the ticket it was split off from."""
        return ticket.unsplit(by=by, at=at)

    @verb(LinkTo)
    def link_to(self, ticket, words, *, by, at):
        ticket.link_to(**words, by=by, at=at)

    @verb(Unlink)
    def unlink(self, ticket, words, *, by, at):
        ticket.unlink(_one(TicketLink.objects.of([ticket.pk]), words["link"], "link"), by=by, at=at)

    @verb(Undo)
    def undo(self, ticket, words, *, by, at):
        """Take back what the activity tells of (its number is in the timeline), or else the last
        change of status, as if it had never been."""
        last = ticket.last_move()
        ticket.undo(words.get("activity", last.pk if last else 0), by=by, at=at)

    @extend_schema(responses=LinkList)
    @action(detail=True, methods=["get"])
    def links(self, request, pk: str) -> Response:
        """What it has to do with which ticket."""
        found = TicketLink.objects.of([self.get_object().pk]).order_by("pk")
        return Response({"results": TicketLinkOut(found, many=True).data, "next": None})


def _one(rows, pk: int, field: str):
    found = rows.filter(pk=pk).first()
    if found is None:
        raise ValidationError({field: f"This ticket has no such {field}."})
    return found
