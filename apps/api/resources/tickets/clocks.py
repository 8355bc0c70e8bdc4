"""A ticket's clocks explained to the second, and what a lead decides about one."""

from rest_framework import serializers

from apps.api.fields import Instant, Line
from apps.api.resource import verb
from apps.sla import waiving
from apps.sla.choices import Kind

NEEDS = {"set_due": "sla.set_due", "waive": "sla.waive"}


class SegmentOut(serializers.Serializer):
    """A stretch of a clock and why it counts or does not, in words too."""

    to = serializers.DateTimeField()
    why = serializers.ChoiceField(["counted", "closed", "holiday", "paused", "resolved"])
    words = serializers.CharField()
    seconds = serializers.IntegerField()

    def get_fields(self):
        return {"from": serializers.DateTimeField(), **super().get_fields()}


class ByUpdate(serializers.Serializer):
    """The update of an incident that stopped a clock."""

    incident = serializers.IntegerField()
    update = serializers.IntegerField()


class ClockOut(serializers.Serializer):
    """One clock; its segments add up to the time from its start to its stop, or to now."""

    kind = serializers.ChoiceField(Kind.choices)
    cycle = serializers.IntegerField()
    state = serializers.CharField()
    reason = serializers.CharField(allow_null=True)
    started_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField(allow_null=True)
    breach_at = serializers.DateTimeField(allow_null=True)
    stopped_at = serializers.DateTimeField(allow_null=True)
    breached_at = serializers.DateTimeField(allow_null=True)
    breach_cause = serializers.CharField(allow_blank=True)
    target = serializers.IntegerField()
    elapsed = serializers.IntegerField()
    paused = serializers.IntegerField()
    remaining = serializers.IntegerField()
    overrun = serializers.IntegerField(help_text="Working seconds past the target.")
    late = serializers.IntegerField(help_text="The same by the wall clock.")
    by_hand = serializers.BooleanField()
    hand = serializers.CharField(allow_blank=True, help_text="Who set the due instant, and why.")
    policy = serializers.CharField()
    calendar = serializers.CharField()
    incident_update = ByUpdate(allow_null=True)
    waived = serializers.CharField(allow_null=True)
    segments = SegmentOut(many=True)


class Explained(serializers.Serializer):
    """Every clock of a ticket as of one instant."""

    ticket = serializers.IntegerField()
    at = serializers.DateTimeField()
    clocks = ClockOut(many=True)
    not_started = serializers.ListField(child=serializers.CharField())


class SetDue(serializers.Serializer):
    """Another due instant than the policy's, or null to go back to it; and why."""

    kind = serializers.ChoiceField(Kind.choices)
    due = Instant(allow_null=True)
    reason = Line()


class Waive(serializers.Serializer):
    """Which breach shall not count, and why."""

    kind = serializers.ChoiceField(Kind.choices)
    cycle = serializers.IntegerField(min_value=1, max_value=10_000, default=1)
    reason = Line()


class Clocks:
    """Verbs of a ticket about its clocks."""

    @verb(SetDue)
    def set_due(self, ticket, words, *, by, at):
        waiving.set_due(ticket, **words, by=by, at=at)

    @verb(Waive)
    def waive(self, ticket, words, *, by, at):
        waiving.waive(ticket, **words, by=by, at=at)
