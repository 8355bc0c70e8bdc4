"""Asking somebody else about a ticket, over the API: part of `tickets`."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response

from apps.api.fields import Line, Words
from apps.api.resource import verb
from apps.api.uploads import Uploads, kept
from apps.tickets.files import MOST, kept_of
from apps.tickets.models import SideConversation
from apps.tickets.models.queue import MOST_HOURS

NEEDS = {
    "sides": "tickets.read",
    "write_aside": "tickets.reply",
    "expect_answer": "tickets.reply",
    "expect_as_before": "tickets.reply",
}


class WriteAside(serializers.Serializer):
    """`side` goes on with a conversation, else one with `to` begins.

    `quoting` names messages they may read, `files` attachments of the talk that go along besides
    the `uploads`, and `hours` when an answer is expected: working hours of the queue; 0 never, left
    out as usual.
    """

    body = Words()
    to = serializers.EmailField(required=False, allow_blank=True)
    subject = Line(limit=998, required=False, allow_blank=True)
    side = serializers.IntegerField(min_value=1, required=False)
    quoting = serializers.ListField(
        child=serializers.IntegerField(min_value=1), max_length=50, required=False
    )
    files = serializers.ListField(
        child=serializers.IntegerField(min_value=1), max_length=MOST, required=False
    )
    uploads = Uploads()
    wait = serializers.BooleanField(default=False)
    hours = serializers.IntegerField(min_value=0, max_value=MOST_HOURS, required=False)


class Expect(serializers.Serializer):
    """An answer of that side conversation within so many working hours from now; 0: untimed."""

    side = serializers.IntegerField(min_value=1)
    hours = serializers.IntegerField(min_value=0, max_value=MOST_HOURS)


class ExpectAsBefore(serializers.Serializer):
    """The Activity `expected_answer` that is taken back."""

    activity = serializers.IntegerField(min_value=1, max_value=10**18)


class SideOut(serializers.ModelSerializer):
    """With whom, about what, and since when we wait for them."""

    class Meta:
        model = SideConversation
        fields = [
            *("id", "ticket", "address", "subject", "started_at"),
            *("waiting_since", "due_at", "late_at", "taken_back"),
        ]
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
            words["side"] = side_of(ticket, number)
        files = []
        if numbers := words.pop("files", None):
            files = [kept_of(file) for file in ticket.sendable().filter(pk__in=numbers)]
            if len(files) != len(set(numbers)):
                raise ValidationError({"files": "One of these files is not in the talk."})
        files += kept(words.pop("uploads", ()))
        if len(files) > MOST:
            raise ValidationError({"uploads": f"{MOST} files fit on one message."})
        ticket.write_aside(**words, attachments=files, by=by, at=at)

    @verb(Expect)
    def expect_answer(self, ticket, words, *, by, at):
        ticket.expect_answer(side_of(ticket, words["side"]), words["hours"], by=by, at=at)

    @verb(ExpectAsBefore)
    def expect_as_before(self, ticket, words, *, by, at):
        ticket.expect_as_before(words["activity"], by=by, at=at)

    @extend_schema(responses=SideList)
    @action(detail=True, methods=["get"])
    def sides(self, request, pk: str) -> Response:
        """Whom else was asked."""
        found = SideConversation.objects.filter(ticket__in=self.get_object().family())
        return Response({"results": SideOut(found.order_by("pk"), many=True).data, "next": None})


def side_of(ticket, number: int) -> SideConversation:
    """One of its side conversations, by its number."""
    found = SideConversation.objects.filter(ticket__in=ticket.family(), pk=number).first()
    if found is None:
        raise ValidationError({"side": "This ticket has no such side conversation."})
    return found
