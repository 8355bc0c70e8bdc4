"""Bulk changes: the same done to many tickets, and taken back."""

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.api.fields import Line
from apps.api.resource import Listed, Resource, creates, resource, verb
from apps.tickets.listing import whole
from apps.tickets.models import BulkChange, Macro, Ticket
from apps.tickets.models.bulk import AT_ONCE
from apps.tickets.rules.words import ask


class BulkChangeOut(serializers.ModelSerializer):
    """What was ordered, by whom, and how many tickets came to what."""

    says = serializers.CharField(read_only=True)
    outcomes = serializers.SerializerMethodField()
    refusals = serializers.SerializerMethodField()

    class Meta:
        model = BulkChange
        fields = [
            *("id", "says", "steps", "macro", "question", "by", "at", "done_at", "undone_at"),
            *("undone_by", "restored_at", "job", "outcomes", "refusals"),
        ]
        read_only_fields = fields

    @extend_schema_field(serializers.DictField(child=serializers.IntegerField()))
    def get_outcomes(self, change) -> dict[str, int]:
        return change.counts()

    @extend_schema_field(serializers.DictField(child=serializers.CharField()))
    def get_refusals(self, change) -> dict[str, str]:
        """Ticket → why it was left, or left in part; the first two hundred."""
        rows = change.items.exclude(reason="").order_by("ticket")
        return {str(ticket): why for ticket, why in rows.values_list("ticket", "reason")[:AT_ONCE]}


class NewBulkChange(serializers.Serializer):
    """Which tickets (numbers, or all that `q` finds), and what is done to each of them."""

    tickets = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=10**18),
        required=False,
        max_length=AT_ONCE,
    )
    q = Line(limit=400, required=False)
    steps = serializers.ListField(
        child=serializers.DictField(), required=False, help_text="As the steps of a macro."
    )
    macro = serializers.PrimaryKeyRelatedField(queryset=Macro.objects.kept(), required=False)
    merge_into = serializers.PrimaryKeyRelatedField(
        queryset=Ticket.objects.all(),
        required=False,
        help_text="Merge them into this one; nothing else is done beside that.",
    )
    across = serializers.BooleanField(
        default=False, help_text="They are one matter, though of different customers."
    )

    def validate(self, words):
        if "merge_into" in words and ("steps" in words or "macro" in words):
            raise serializers.ValidationError({"merge_into": "Merging is done alone."})
        if ("tickets" in words) == ("q" in words):
            raise serializers.ValidationError({"tickets": "Name tickets or a question, not both."})
        if problems := ask(words.get("q", "")).problems:
            raise serializers.ValidationError({"q": list(problems)})
        return words


@resource("bulk-changes")
class BulkChanges(Listed, Resource):
    """Bulk changes, newest first; more than two hundred tickets are long work."""

    queryset = BulkChange.objects.select_related("macro")
    serializer_class = BulkChangeOut
    filterset_fields = ["by"]
    ordering = ("-pk",)
    needs = {"read": "tickets.bulk", "create": "tickets.bulk", "undo": "tickets.bulk"}

    @creates(NewBulkChange)
    def create(self, words, *, by, at):
        question = words.pop("q", "")
        numbers = words.pop("tickets", None)
        if numbers is None:
            tickets = whole(ask(question), by)
        else:
            tickets = Ticket.objects.filter(pk__in=numbers)
        across, into = words.pop("across"), words.pop("merge_into", None)
        if into:
            return BulkChange.merge(tickets, into, by=by, at=at, across=across)
        return BulkChange.order(tickets, **words, by=by, at=at, question=question)

    @verb()
    def undo(self, change, words, *, by, at):
        change.undo(by=by, at=at)
