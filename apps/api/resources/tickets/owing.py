"""What became of it, and who was told: owed answers, and a ticket's verbs about them."""

from rest_framework import serializers

from apps.api.fields import Line
from apps.api.resource import Listed, Resource, resource, verb
from apps.tickets.models import OwedAnswer

NEEDS = dict.fromkeys(("waive_answer", "owe_anew", "follow_up"), "tickets.reply")


class OwedAnswerOut(serializers.ModelSerializer):
    """Who asked, where they are told, and how it stands."""

    class Meta:
        model = OwedAnswer
        fields = [
            *("id", "asked_on", "ticket", "kind", "subject_id", "became", "title", "draft"),
            *("state", "owed_at", "message", "reason", "settled_at", "settled_by"),
        ]
        read_only_fields = fields


class WaiveAnswer(serializers.Serializer):
    """Which owed answer, and why no word is needed."""

    answer = serializers.IntegerField(min_value=1, max_value=10**18)
    reason = Line(limit=500)


class WhichAnswer(serializers.Serializer):
    """Which owed answer."""

    answer = serializers.IntegerField(min_value=1, max_value=10**18)


@resource("owed-answers")
class OwedAnswers(Listed, Resource):
    """What customers are to be told, or were; told by a `reply` on their ticket."""

    queryset = OwedAnswer.objects.standing()
    serializer_class = OwedAnswerOut
    filterset_fields = ["state", "ticket", "asked_on", "kind", "subject_id"]
    needs = {"read": "tickets.read"}


class Owing:
    """Verbs of a ticket whose customer is owed word."""

    @verb(WaiveAnswer)
    def waive_answer(self, ticket, words, *, by, at):
        ticket.waive_answer(words["answer"], reason=words["reason"], by=by, at=at)

    @verb(WhichAnswer)
    def owe_anew(self, ticket, words, *, by, at):
        ticket.owe_anew(words["answer"], by=by, at=at)

    @verb()
    def follow_up(self, ticket, words, *, by, at):
        return ticket.follow_up(by=by, at=at)
