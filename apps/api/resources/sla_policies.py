"""SLA policies: drafted, tried, published; every version stays."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.fields import Line
from apps.api.resource import Listed, Resource, creates, resource, verb
from apps.calendars.models import Calendar
from apps.customers.choices import Tier
from apps.sla import publishing
from apps.sla.choices import Do, Kind
from apps.sla.dry_run import Change
from apps.sla.models import Policy, PolicyVersion
from apps.tickets.choices import Priority, Status
from apps.tickets.models import Queue

from .dry_runs import Publish, Reapply, Tried


class PolicyVersionOut(serializers.ModelSerializer):
    """A promise as it was published."""

    spec = serializers.DictField(read_only=True)
    conditions = serializers.DictField(read_only=True)

    class Meta:
        model = PolicyVersion
        fields = ["id", "number", "spec", "conditions", "calendar", "published_at", "reason"]
        read_only_fields = fields


class PolicyOut(serializers.ModelSerializer):
    """The draft, and in `current` what clocks go by."""

    current = PolicyVersionOut(read_only=True, allow_null=True)
    is_edited = serializers.BooleanField(read_only=True)
    targets = serializers.DictField(read_only=True)
    by_priority = serializers.DictField(read_only=True)
    around_the_clock = serializers.DictField(read_only=True)
    pauses = serializers.DictField(read_only=True)
    ladder = serializers.ListField(child=serializers.DictField(), read_only=True)

    class Meta:
        model = Policy
        fields = [
            *("id", "name", "position", "is_default", "retired_at", "is_edited"),
            *("tiers", "priorities", "tags", "queues", "calendar"),
            *("targets", "by_priority", "around_the_clock", "pauses", "ladder"),
            *("incident_updates", "current"),
        ]
        read_only_fields = fields


class PolicyVersionList(serializers.Serializer):
    """All versions of one policy, the newest first."""

    results = PolicyVersionOut(many=True)
    next = serializers.CharField(allow_null=True)


class Targets(serializers.Serializer):
    """Working seconds by kind; a kind that is missing is not promised."""

    first_response = serializers.IntegerField(min_value=0, max_value=10**9, required=False)
    next_response = serializers.IntegerField(min_value=0, max_value=10**9, required=False)
    resolution = serializers.IntegerField(min_value=0, max_value=10**9, required=False)


class ByPriority(serializers.Serializer):
    """Targets of their own."""

    urgent = Targets(required=False)
    high = Targets(required=False)
    normal = Targets(required=False)
    low = Targets(required=False)


class Kinds(serializers.ListField):
    """Some kinds of clock."""

    def __init__(self, **more: Any) -> None:
        super().__init__(
            child=serializers.ChoiceField(Kind.choices), required=False, max_length=3, **more
        )


class KindsByPriority(serializers.Serializer):
    """Of the targets a priority has of its own."""

    urgent = Kinds()
    high = Kinds()
    normal = Kinds()
    low = Kinds()


class AroundTheClock(serializers.Serializer):
    """Targets that count every second, whatever the calendar; all others count its hours. A target
    that is given up takes its hours along."""

    targets = Kinds()
    by_priority = KindsByPriority(required=False)


class Statuses(serializers.ListField):
    """Some statuses."""

    def __init__(self, **more: Any) -> None:
        super().__init__(
            child=serializers.ChoiceField(Status.choices), required=False, max_length=20, **more
        )


class Pauses(serializers.Serializer):
    """Statuses in which a kind of clock stands."""

    first_response = Statuses()
    next_response = Statuses()
    resolution = Statuses()


class StepIn(serializers.Serializer):
    """A step: `at` is a share ("0.75") or {"before": seconds} or {"after": seconds}."""

    kind = serializers.ChoiceField(Kind.choices)
    at = serializers.JSONField()
    do = serializers.ChoiceField(Do.choices)
    to = serializers.CharField(
        max_length=30,
        required=False,
        help_text="assignee, team, lead, person:ID or team:ID; not for `raise`.",
    )


class PolicyEdit(serializers.Serializer):
    """What of the draft changes; the rest stays."""

    name = Line(limit=80, required=False)
    position = serializers.IntegerField(min_value=0, max_value=9999, required=False)
    tiers = serializers.ListField(
        child=serializers.ChoiceField(Tier.choices), required=False, max_length=10
    )
    priorities = serializers.ListField(
        child=serializers.ChoiceField(Priority.choices), required=False, max_length=4
    )
    tags = serializers.ListField(child=Line(limit=60), required=False, max_length=30)
    queues = serializers.PrimaryKeyRelatedField(
        queryset=Queue.objects.all(), many=True, required=False
    )
    calendar = serializers.PrimaryKeyRelatedField(
        queryset=Calendar.objects.all(), required=False, allow_null=True
    )
    targets = Targets(required=False)
    by_priority = ByPriority(required=False)
    around_the_clock = AroundTheClock(required=False)
    pauses = Pauses(required=False)
    ladder = StepIn(many=True, required=False, max_length=20)
    incident_updates = serializers.BooleanField(
        required=False, help_text="Whether an incident's update answers the tickets it reaches."
    )


class PolicyIn(PolicyEdit):
    """A new policy; only the name must be said."""

    name = Line(limit=80)


def _said(words: dict[str, Any]) -> dict[str, Any]:
    """As `Policy.edit` takes it: plain data, numbers for records."""
    said = dict(words)
    if "calendar" in said:
        said["calendar"] = said["calendar"].pk if said["calendar"] else None
    if "queues" in said:
        said["queues"] = sorted(queue.pk for queue in said["queues"])
    return said


@resource("sla-policies")
class SlaPolicies(Tried, Listed, Resource):
    """What is promised to whom, in the order policies are tried; the default comes last."""

    queryset = Policy.objects.select_related("current").prefetch_related("queues")
    serializer_class = PolicyOut
    filterset_fields = ["name", "is_default"]
    ordering = ("position", "pk")
    needs = {
        "read": "sla.read",
        "versions": "sla.read",
        "dry_run": "sla.read",
        "create": "sla.propose",
        "edit": "sla.propose",
        "discard": "sla.propose",
        "order_dry_run": "sla.propose",
        "publish": "sla.publish",
        "reapply": "sla.publish",
        "retire": "sla.publish",
    }

    @creates(PolicyIn)
    def create(self, words, *, by, at):
        policy = Policy()
        policy.edit(by=by, at=at, **_said(words))
        return policy

    @verb(PolicyEdit)
    def edit(self, policy, words, *, by, at):
        policy.edit(by=by, at=at, **_said(words))

    @verb()
    def discard(self, policy, words, *, by, at):
        policy.discard(by=by, at=at)

    @verb(Publish)
    def publish(self, policy, words, *, by, at):
        publishing.publish_policy(policy, **words, by=by, at=at)

    @verb(Reapply)
    def reapply(self, policy, words, *, by, at):
        publishing.reapply_policy(policy, **words, by=by, at=at)

    @verb()
    def retire(self, policy, words, *, by, at):
        policy.retire(by=by, at=at)

    @extend_schema(responses=PolicyVersionList)
    @action(detail=True, methods=["get"])
    def versions(self, request: Request, pk: str) -> Response:
        """Every version, the newest first."""
        found: Any = self.get_object().versions.order_by("-number")[:200]
        return Response({"results": PolicyVersionOut(found, many=True).data, "next": None})

    def tried(self) -> Change:
        return Change(policy=self.get_object())
