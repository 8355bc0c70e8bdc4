"""Incidents: declared, moved, said, and which tickets are of them."""

from django.db.models import Count
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response

from apps.api.fields import Instant, Line, Words
from apps.api.remembering import Remembered
from apps.api.resource import Listed, Resource, creates, resource, verb
from apps.catalog.models import Component
from apps.incidents.choices import Audience, Severity, Type
from apps.incidents.models import Incident, IncidentUpdate
from apps.incidents.models.incident import LONGEST_TITLE
from apps.incidents.models.linking import MOST
from apps.incidents.models.updating import AS_USUAL, LONGEST
from apps.sla.models import Clock
from apps.tickets.models import Ticket

from .actions import Colleague

MOST_UPDATES = 200


class AlertOut(serializers.Serializer):
    """An alert that belongs to it."""

    fingerprint = serializers.CharField()
    labels = serializers.DictField(child=serializers.CharField())
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField(allow_null=True)


class IncidentOut(serializers.ModelSerializer):
    """An incident as it stands; `promised_at` is when the next update is due to anybody first."""

    tickets = serializers.IntegerField(source="linked", read_only=True)
    promised_at = serializers.DateTimeField(read_only=True, allow_null=True)
    alerts = serializers.SerializerMethodField()

    class Meta:
        model = Incident
        fields = [
            *(
                "id",
                "title",
                "state",
                "merged_into",
                "severity",
                "type",
                "private",
                "commander",
                "components",
            ),
            *("declared_at", "started_at", "detected_at", "acknowledged_at", "mitigated_at"),
            *("resolved_at", "reviewed_at", "promised_at", "tickets", "alerts"),
        ]
        read_only_fields = fields

    @extend_schema_field(AlertOut(many=True))
    def get_alerts(self, incident: Incident) -> list:
        """None: nothing that alerts is connected."""
        return []


class UpdateOut(serializers.ModelSerializer):
    """What was said, the tickets it reached, and how many response clocks it stopped."""

    reached = serializers.SerializerMethodField()
    stopped_clocks = serializers.SerializerMethodField()

    class Meta:
        model = IncidentUpdate
        fields = [
            *("id", "origin", "audience", "text", "state", "by", "at", "next_at", "answered_at"),
            *("undone_at", "job", "reached", "stopped_clocks"),
        ]
        read_only_fields = fields

    @extend_schema_field(serializers.DictField(child=serializers.IntegerField()))
    def get_reached(self, update: IncidentUpdate) -> dict[str, int]:
        return update.counts() if update.is_for_customers else {}

    def get_stopped_clocks(self, update: IncidentUpdate) -> int:
        return Clock.objects.answered_by([update.pk]).count() if update.is_for_customers else 0


class UpdateList(serializers.Serializer):
    """The updates of one incident, the newest first."""

    results = UpdateOut(many=True)
    next = serializers.CharField(allow_null=True)


class Tickets(serializers.ListField):
    """Numbers of tickets."""

    def __init__(self, **more) -> None:
        child = serializers.IntegerField(min_value=1, max_value=10**18)
        super().__init__(child=child, max_length=MOST, **more)


class WhichTickets(serializers.Serializer):
    """Which tickets."""

    tickets = Tickets(allow_empty=False)


class NewIncident(serializers.Serializer):
    """What is wrong, how bad it is, since when, and the tickets that tell of it."""

    title = Line(limit=LONGEST_TITLE)
    severity = serializers.ChoiceField(Severity.choices)
    type = serializers.ChoiceField(Type.choices, default=Type.OUTAGE)
    private = serializers.BooleanField(default=False)
    components = serializers.PrimaryKeyRelatedField(
        queryset=Component.objects.all(), many=True, required=False
    )
    started_at = Instant(required=False)
    tickets = Tickets(required=False)


class EditIncident(serializers.Serializer):
    """What changes; the rest stays. Whether it was acknowledged and so on, its verbs say."""

    title = Line(limit=LONGEST_TITLE, required=False)
    severity = serializers.ChoiceField(Severity.choices, required=False)
    type = serializers.ChoiceField(Type.choices, required=False)
    private = serializers.BooleanField(required=False)
    commander = Colleague(required=False, allow_null=True)
    components = serializers.PrimaryKeyRelatedField(
        queryset=Component.objects.all(), many=True, required=False
    )
    started_at = Instant(required=False)
    detected_at = Instant(required=False)
    acknowledged_at = Instant(required=False)
    mitigated_at = Instant(required=False)
    resolved_at = Instant(required=False)
    reviewed_at = Instant(required=False)


class NewUpdate(serializers.Serializer):
    """What is said to whom; `next_at` is when more is promised, null promises nothing, and left
    out it is as the severity asks."""

    audience = serializers.ChoiceField(Audience.choices)
    text = Words(limit=LONGEST)
    next_at = Instant(required=False, allow_null=True)


class MergeIncident(serializers.Serializer):
    """The incident that goes on: one the token's owner may see."""

    into = serializers.PrimaryKeyRelatedField(queryset=Incident.objects.none())

    def __init__(self, *args, **more) -> None:
        super().__init__(*args, **more)
        request = self.context.get("request")
        if request is not None:
            self.fields["into"].queryset = Incident.objects.visible_to(request.user)


class WhichUpdate(serializers.Serializer):
    """Which update."""

    update = serializers.IntegerField(min_value=1, max_value=10**18)


class WhichChange(serializers.Serializer):
    """Which change: the number of its Activity."""

    activity = serializers.IntegerField(min_value=1, max_value=10**18)


@resource("incidents")
class Incidents(Remembered, Listed, Resource):
    """Incidents the token's owner may see, the newest first."""

    queryset = Incident.objects.all()
    serializer_class = IncidentOut
    filterset_fields = ["state", "severity", "type", "commander"]
    ordering = ("-pk",)
    needs = {
        "read": "incidents.read",
        "updates": "incidents.read",
        "create": "incidents.declare",
        **dict.fromkeys(("link", "unlink", "undo_link"), "incidents.link"),
        **dict.fromkeys(("acknowledge", "mitigate", "resolve", "reopen"), "incidents.command"),
        **dict.fromkeys(("merge", "unmerge"), "incidents.command"),
        **dict.fromkeys(("review", "edit", "say", "take_back", "undo"), "incidents.command"),
    }

    def get_queryset(self):
        if getattr(self, "swagger_fake_view", False):
            return self.queryset.none()
        seen = self.queryset.visible_to(self.request.user).with_promise()
        return seen.annotate(linked=Count("links")).prefetch_related("components")

    @creates(NewIncident)
    def create(self, words, *, by, at):
        numbers = words.pop("tickets", ())
        tickets = _found(numbers) if numbers else None
        return Incident.objects.declare(**words, tickets=tickets, by=by, at=at)

    @verb()
    def acknowledge(self, incident, words, *, by, at):
        incident.acknowledge(by=by, at=at)

    @verb()
    def mitigate(self, incident, words, *, by, at):
        incident.mitigate(by=by, at=at)

    @verb()
    def resolve(self, incident, words, *, by, at):
        incident.resolve(by=by, at=at)

    @verb()
    def reopen(self, incident, words, *, by, at):
        incident.reopen(by=by, at=at)

    @verb()
    def review(self, incident, words, *, by, at):
        incident.review(by=by, at=at)

    @verb(EditIncident)
    def edit(self, incident, words, *, by, at):
        incident.edit(**words, by=by, at=at)

    @verb(WhichChange)
    def undo(self, incident, words, *, by, at):
        incident.undo(words["activity"], by=by, at=at)

    @verb(MergeIncident)
    def merge(self, incident, words, *, by, at):
        incident.merge(words["into"], by=by, at=at)

    @verb(word="undo_merge")
    def unmerge(self, incident, words, *, by, at):
        incident.unmerge(by=by, at=at)

    @verb(WhichTickets)
    def link(self, incident, words, *, by, at):
        incident.link(_found(words["tickets"]), by=by, at=at)

    @verb(WhichTickets)
    def unlink(self, incident, words, *, by, at):
        incident.unlink(_found(words["tickets"]), by=by, at=at)

    @verb(WhichChange)
    def undo_link(self, incident, words, *, by, at):
        changes = incident.timeline().filter(verb__in=["linked", "unlinked"])
        if not changes.filter(pk=words["activity"]).exists():
            raise ValidationError({"activity": "No tickets were linked or unlinked so."})
        incident.undo(words["activity"], by=by, at=at)

    @verb(NewUpdate, word="update")
    def say(self, incident, words, *, by, at):
        incident.update(
            words["audience"],
            words["text"],
            by=by,
            at=at,
            next_at=words.get("next_at", AS_USUAL),
        )

    @verb(WhichUpdate)
    def take_back(self, incident, words, *, by, at):
        update = incident.updates.filter(pk=words["update"]).first()
        if update is None:
            raise ValidationError({"update": "This incident has no such update."})
        incident.take_back(update, by=by, at=at)

    @extend_schema(responses=UpdateList)
    @action(detail=True, methods=["get"])
    def updates(self, request, pk: str) -> Response:
        """What was said of it, the newest first."""
        found = self.get_object().updates.newest_first()[:MOST_UPDATES]
        return Response({"results": UpdateOut(found, many=True).data, "next": None})


def _found(numbers: list[int]):
    """These tickets; refused where one of them is none."""
    tickets = Ticket.objects.filter(pk__in=numbers)
    if missing := sorted(set(numbers) - set(tickets.values_list("pk", flat=True))):
        raise ValidationError({"tickets": f"There is no ticket {missing[0]}."})
    return tickets
