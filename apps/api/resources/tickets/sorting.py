"""Who has a ticket, where it belongs and what is known of it, over the API."""

from django.db import transaction
from rest_framework import serializers

from apps.accounts.models import Team
from apps.api.fields import Line
from apps.api.resource import verb
from apps.sla import waiving
from apps.tickets.choices import Priority

from .fields import InQueue, Person, Requester, Tags, met

NEEDS = {
    **dict.fromkeys(("assign", "take", "hand_to_team"), "tickets.assign"),
    **dict.fromkeys(("prioritise", "tag", "file_under"), "tickets.change"),
    **dict.fromkeys(("rename", "fill", "belong_to"), "tickets.change"),
    **dict.fromkeys(("follow", "unfollow"), "tickets.read"),
}


class Assign(serializers.Serializer):
    """Who has it now; null is nobody. `seen` is the version that was looked at."""

    to = Person(allow_null=True)
    seen = serializers.IntegerField(required=False)


class HandOver(serializers.Serializer):
    """Which team has it now."""

    team = serializers.PrimaryKeyRelatedField(queryset=Team.objects.all(), allow_null=True)


class Prioritise(serializers.Serializer):
    """How soon it matters; `dues` is asked for where a due instant was set by hand."""

    priority = serializers.ChoiceField(Priority.choices)
    dues = serializers.ChoiceField(["keep", "lift"], required=False)
    seen = serializers.IntegerField(required=False)


class Tag(serializers.Serializer):
    """Tags to put on and to take off."""

    add = Tags()
    remove = Tags()


class File(serializers.Serializer):
    """Which queue it belongs to."""

    queue = InQueue(allow_null=True)


class Rename(serializers.Serializer):
    """What it is about."""

    subject = Line(limit=998)


class Fill(serializers.Serializer):
    """Custom fields and their values; null empties one."""

    fields_ = serializers.DictField(child=serializers.JSONField(allow_null=True), source="values")

    def get_fields(self):
        fields = super().get_fields()
        return {"fields": fields["fields_"]}


class BelongTo(serializers.Serializer):
    """Who waits for the answer."""

    contact = Requester(help_text="By number, or by address and name; somebody new is entered.")


class Sorting:
    """Verbs of a ticket that sort it."""

    @verb(Assign)
    def assign(self, ticket, words, *, by, at):
        ticket.assign(**words, by=by, at=at)

    @verb()
    def take(self, ticket, words, *, by, at):
        ticket.take(by=by, at=at)

    @verb(HandOver)
    def hand_to_team(self, ticket, words, *, by, at):
        ticket.hand_to_team(**words, by=by, at=at)

    @verb(Prioritise)
    def prioritise(self, ticket, words, *, by, at):
        waiving.prioritise(ticket, **words, by=by, at=at)

    @verb(Tag)
    def tag(self, ticket, words, *, by, at):
        ticket.tag(**words, by=by, at=at)

    @verb(File)
    def file_under(self, ticket, words, *, by, at):
        ticket.file_under(**words, by=by, at=at)

    @verb(Rename)
    def rename(self, ticket, words, *, by, at):
        ticket.rename(**words, by=by, at=at)

    @verb(Fill)
    def fill(self, ticket, words, *, by, at):
        ticket.fill(**words, by=by, at=at)

    @verb(BelongTo)
    def belong_to(self, ticket, words, *, by, at):
        with transaction.atomic():
            ticket.belong_to(met(words["contact"]), by=by, at=at)

    @verb()
    def follow(self, ticket, words, *, by, at):
        ticket.follow(by=by, at=at)

    @verb()
    def unfollow(self, ticket, words, *, by, at):
        ticket.unfollow(by=by, at=at)
