"""Actions: who will do what by when."""

from rest_framework import serializers

from apps.accounts.models import User
from apps.actions.models import Action
from apps.api.fields import Line
from apps.api.resource import Listed, Resource, creates, resource, verb


class PersonOut(serializers.ModelSerializer):
    """Somebody who signs in."""

    class Meta:
        model = User
        fields = ["id", "name"]
        read_only_fields = fields


class ActionOut(serializers.ModelSerializer):
    """An action as it stands."""

    owner = PersonOut(read_only=True)

    class Meta:
        model = Action
        fields = [
            "id",
            "title",
            "owner",
            "due",
            "state",
            "carried",
            "why_dropped",
            "origin_kind",
            "origin_id",
            "created_at",
            "ended_at",
        ]
        read_only_fields = fields


class Colleague(serializers.SlugRelatedField):
    """Somebody active, named by e-mail address."""

    def __init__(self, **more) -> None:
        super().__init__(slug_field="email", queryset=User.objects.active(), **more)


class NewAction(serializers.Serializer):
    """What will be done, by whom, by which day."""

    title = Line()
    owner = Colleague()
    due = serializers.DateField()


class Carry(serializers.Serializer):
    """To which later day."""

    due = serializers.DateField()


class Drop(serializers.Serializer):
    """Why nobody will do it."""

    why = Line(limit=500)


class HandTo(serializers.Serializer):
    """Who does it now."""

    owner = Colleague()


@resource("actions")
class Actions(Listed, Resource):
    """Who will do what by when."""

    queryset = Action.objects.with_people()
    serializer_class = ActionOut
    filterset_fields = ["state", "owner", "origin_kind", "origin_id"]
    ordering = ("due", "pk")
    needs = {
        "read": "actions.read",
        "create": "actions.change",
        "finish": "actions.change",
        "reopen": "actions.change",
        "carry": "actions.change",
        "drop": "actions.change",
        "hand_to": "actions.change",
    }

    @creates(NewAction)
    def create(self, words, *, by, at):
        return Action.objects.agree(**words, by=by, at=at)

    @verb()
    def finish(self, action, words, *, by, at):
        action.finish(by=by, at=at)

    @verb()
    def reopen(self, action, words, *, by, at):
        action.reopen(by=by, at=at)

    @verb(Carry)
    def carry(self, action, words, *, by, at):
        action.carry(**words, by=by, at=at)

    @verb(Drop)
    def drop(self, action, words, *, by, at):
        action.drop(**words, by=by, at=at)

    @verb(HandTo)
    def hand_to(self, action, words, *, by, at):
        action.hand_to(**words, by=by, at=at)
