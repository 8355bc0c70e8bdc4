"""Where a ticket stands, and until when it sleeps, over the API."""

from rest_framework import serializers

from apps.api.fields import Instant
from apps.api.resource import verb
from apps.tickets.choices import Status
from apps.tickets.models import StatusLabel, Ticket

NEEDS = {
    **dict.fromkeys(("move", "resolve", "reopen", "close"), "tickets.change"),
    **dict.fromkeys(("mark_spam", "mark_duplicate", "snooze", "wake"), "tickets.change"),
}


class Move(serializers.Serializer):
    """The next status, and a team's own word for it."""

    status = serializers.ChoiceField(Status.choices)
    label = serializers.SlugRelatedField(
        "name", queryset=StatusLabel.objects.all(), required=False, allow_null=True
    )
    seen = serializers.IntegerField(required=False)


class Snooze(serializers.Serializer):
    """Until when it is hidden."""

    until = Instant()


class Duplicate(serializers.Serializer):
    """Which ticket is the same matter."""

    of = serializers.PrimaryKeyRelatedField(queryset=Ticket.objects.all())


class Moving:
    """Verbs of a ticket that change its status."""

    @verb(Move)
    def move(self, ticket, words, *, by, at):
        ticket.move(**words, by=by, at=at)

    @verb()
    def resolve(self, ticket, words, *, by, at):
        ticket.resolve(by=by, at=at)

    @verb()
    def reopen(self, ticket, words, *, by, at):
        ticket.reopen(by=by, at=at)

    @verb()
    def close(self, ticket, words, *, by, at):
        ticket.close(by=by, at=at)

    @verb()
    def mark_spam(self, ticket, words, *, by, at):
        ticket.mark_spam(by=by, at=at)

    @verb(Duplicate)
    def mark_duplicate(self, ticket, words, *, by, at):
        ticket.mark_duplicate(**words, by=by, at=at)

    @verb(Snooze)
    def snooze(self, ticket, words, *, by, at):
        ticket.snooze(**words, by=by, at=at)

    @verb()
    def wake(self, ticket, words, *, by, at):
        ticket.wake(by=by, at=at)
