"""What people can take on, and the rules by which tickets find them."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from apps.api.fields import Instant, Line
from apps.api.resource import Listed, Resource, resource, verb
from apps.tickets import balancing
from apps.tickets.models import AssignmentRule, Duty


class DutyOut(serializers.ModelSerializer):
    """Somebody's limit, skills, hours, and whether they are away."""

    id = serializers.IntegerField(source="pk", read_only=True)
    name = serializers.CharField(source="person.name", read_only=True)

    class Meta:
        model = Duty
        fields = ["id", "name", "cap", "skills", "calendar", "away_since", "away_until"]
        read_only_fields = fields


class Limit(serializers.Serializer):
    """How much they carry at most; null is no limit."""

    cap = serializers.IntegerField(min_value=1, max_value=1000, allow_null=True)


class Learn(serializers.Serializer):
    """These skills and no others."""

    skills = serializers.ListField(child=Line(limit=60), max_length=30)


class Leave(serializers.Serializer):
    """Until when they are away; null is until further notice."""

    until = Instant(allow_null=True)


@resource("duties")
class Duties(Listed, Resource):
    """Everybody something was said about, by the number of the person."""

    queryset = Duty.objects.select_related("person")
    serializer_class = DutyOut
    ordering = ("pk",)
    needs = {
        "read": "tickets.read",
        **dict.fromkeys(("limit", "learn", "leave", "come_back", "undo"), "tickets.balance"),
    }

    @verb(Limit)
    def limit(self, duty, words, *, by, at):
        duty.limit(**words, by=by, at=at)

    @verb(Learn)
    def learn(self, duty, words, *, by, at):
        duty.learn(**words, by=by, at=at)

    @verb(Leave)
    def leave(self, duty, words, *, by, at):
        duty.leave(**words, by=by, at=at)

    @verb()
    def come_back(self, duty, words, *, by, at):
        duty.come_back(by=by, at=at)

    @verb()
    def undo(self, duty, words, *, by, at):
        """Take back what was changed last of it."""
        duty.undo(duty.last_change() or 0, by=by, at=at)


class RuleOut(serializers.ModelSerializer):
    """A rule, and in words what it does."""

    does = serializers.CharField(read_only=True)

    class Meta:
        model = AssignmentRule
        fields = [
            *("id", "name", "position", "is_active", "words", "goes_on", "queue", "priority"),
            *("tags", "team", "assignee", "way", "needs", "speaks", "sticky", "does"),
        ]
        read_only_fields = fields


class TrialOut(serializers.Serializer):
    """What the rules would do with one ticket."""

    ticket = serializers.IntegerField(source="ticket.id")
    rules = serializers.ListField(child=serializers.CharField(), source="plan.names")
    to = serializers.CharField()
    why = serializers.CharField()


@resource("assignment-rules")
class AssignmentRules(Listed, Resource):
    """The rules in the order they are asked; an administrator sets them up."""

    queryset = AssignmentRule.objects.select_related("queue", "team", "assignee")
    serializer_class = RuleOut
    filterset_fields = ["is_active"]
    ordering = ("position", "pk")
    needs = {"read": "tickets.read", "dry_run": "tickets.balance"}

    @extend_schema(responses=TrialOut(many=True))
    @action(
        detail=False,
        methods=["get"],
        url_path="dry-run",
        filterset_fields=[],
        pagination_class=None,
    )
    def dry_run(self, request) -> Response:
        """What they would do with the last 200 tickets; nothing is changed."""
        return Response(TrialOut(balancing.dry_run(at=timezone.now()), many=True).data)
