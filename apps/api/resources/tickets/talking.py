"""What is said on a ticket, over the API."""

from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from apps.api.fields import Instant, Words
from apps.api.resource import verb
from apps.api.uploads import Uploads, attached
from apps.tickets.choices import Channel, Next
from apps.tickets.models.calling import SPOKEN

WITH_FILES = frozenset({"create", "reply", "hear", "note", "log_call", "write_aside"})
NEEDS = {
    **dict.fromkeys(
        ("reply", "take_back", "log_call", "try_again", "need_no_reply"), "tickets.reply"
    ),
    "hear": "tickets.create",
    "note": "tickets.note",
    "renew_link": "tickets.change",
}


class Reply(serializers.Serializer):
    """An answer, and what it leaves behind."""

    body = Words()
    uploads = Uploads()
    after = serializers.ChoiceField(Next.choices, default=Next.WAIT)
    cc = serializers.ListField(
        child=serializers.EmailField(),
        max_length=20,
        required=False,
        help_text="Who gets a copy; left out, whoever was on the mail that is answered.",
    )
    seen = serializers.IntegerField(
        required=False,
        min_value=0,
        max_value=10**18,
        help_text="The newest message that was read; 409 `unseen` when another one came since.",
    )
    tells = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=10**18),
        max_length=100,
        required=False,
        help_text="The owed answers it tells of; left out, all that are owed on the ticket.",
    )


class Heard(serializers.Serializer):
    """A message of the customer that came by another way."""

    body = Words()
    uploads = Uploads()
    automatic = serializers.BooleanField(default=False)


class Note(serializers.Serializer):
    """A word among staff."""

    body = Words()
    uploads = Uploads()


class LogCall(serializers.Serializer):
    """What was said, how and when; `duration` in seconds."""

    body = Words()
    uploads = Uploads()
    happened_at = Instant(required=False)
    channel = serializers.ChoiceField(
        [(one.value, one.label) for one in SPOKEN], default=Channel.PHONE
    )
    from_us = serializers.BooleanField(default=False)
    answered = serializers.BooleanField(default=False)
    duration = serializers.DurationField(required=False)


class TakeBack(serializers.Serializer):
    """Which reply, within fifteen seconds; or which call that was written down, at any time."""

    message = serializers.IntegerField(min_value=1, max_value=10**18)


class TryAgain(serializers.Serializer):
    """An address of the talk that mail came back from; left out: its contact's."""

    address = serializers.EmailField(required=False)


class Talking:
    """Verbs of a ticket by which somebody says something, or unsays it."""

    @verb(Reply)
    def reply(self, ticket, words, *, by, at):
        ticket.reply(**attached(words), by=by, at=at)

    @verb(TakeBack)
    def take_back(self, ticket, words, *, by, at):
        message = ticket.messages.filter(pk=words["message"]).first()
        if message is None:
            raise ValidationError({"message": "This ticket has no such message."})
        ticket.take_back(message, by=by, at=at)

    @verb(Heard)
    def hear(self, ticket, words, *, by, at):
        ticket.hear(**attached(words), at=at)

    @verb(LogCall)
    def log_call(self, ticket, words, *, by, at):
        ticket.log_call(**attached(words), by=by, at=at)

    @verb(Note)
    def note(self, ticket, words, *, by, at):
        ticket.note(**attached(words), by=by, at=at)

    @verb(TryAgain)
    def try_again(self, ticket, words, *, by, at):
        ticket.try_again(by=by, at=at, **words)

    @verb()
    def need_no_reply(self, ticket, words, *, by, at):
        ticket.need_no_reply(by=by, at=at)

    @verb()
    def renew_link(self, ticket, words, *, by, at):
        ticket.renew_link(by=by, at=at)
