"""Decisions: what was asked, what was chosen, and why."""

from django.db.models import QuerySet
from django_filters import BooleanFilter, FilterSet
from rest_framework import serializers

from apps.actions.models import Decision
from apps.api.fields import Line, Words
from apps.api.resource import Listed, Resource, creates, resource, verb

from .actions import PersonOut


class DecisionOut(serializers.ModelSerializer):
    """A decision as it stands."""

    asked_by = PersonOut(read_only=True)
    decided_by = PersonOut(read_only=True)

    class Meta:
        model = Decision
        fields = [
            "id",
            "question",
            "options",
            "asked_by",
            "asked_at",
            "choice",
            "why",
            "decided_by",
            "decided_at",
            "review_on",
        ]
        read_only_fields = fields


class Question(serializers.Serializer):
    """What is to be decided."""

    question = Line(limit=300)
    options = serializers.ListField(child=Line(), min_length=2, max_length=20)


class Choice(serializers.Serializer):
    """One of the options, and why."""

    choice = Line()
    why = Words(limit=5000)
    review_on = serializers.DateField(required=False, allow_null=True)


class DecisionFilter(FilterSet):
    """Those still wanted."""

    wanted = BooleanFilter(method="only_wanted", label="Not decided yet")

    def only_wanted(self, found: QuerySet, name: str, wanted: bool) -> QuerySet:
        return found.filter(decided_at__isnull=wanted)


@resource("decisions")
class Decisions(Listed, Resource):
    """What was decided, by whom and why."""

    queryset = Decision.objects.with_people()
    serializer_class = DecisionOut
    filterset_class = DecisionFilter
    needs = {
        "read": "actions.read",
        "create": "actions.change",
        "decide": "actions.change",
        "reopen": "actions.change",
    }

    @creates(Question)
    def create(self, words, *, by, at):
        return Decision.objects.ask(**words, by=by, at=at)

    @verb(Choice)
    def decide(self, decision, words, *, by, at):
        decision.decide(**words, by=by, at=at)

    @verb()
    def reopen(self, decision, words, *, by, at):
        decision.reopen(by=by, at=at)
