"""Feature requests, and the evidence for them: who asks for what, and what becomes of it."""

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response

from apps.accounts.models import User
from apps.api.fields import Line, Words
from apps.api.remembering import Remembered
from apps.api.resource import Listed, Resource, creates, resource, verb
from apps.catalog.models import Capability
from apps.features.choices import Importance, Visibility
from apps.features.models import FeatureRequest, Insight
from apps.features.models.gathering import LONGEST_SNIPPET
from apps.features.rules import OUTCOMES
from apps.tickets.models import Message, Ticket


class FeatureRequestOut(serializers.ModelSerializer):
    """A request as it stands, with how many ask for it."""

    class Meta:
        model = FeatureRequest
        fields = [
            *("id", "title", "problem", "capability", "status", "visibility", "owner", "terms"),
            *("reason", "words", "merged_into", "opened_by", "opened_at", "updated_at"),
            *("contacts", "customers", "important", "arr", "currency"),
        ]
        read_only_fields = fields


class InsightOut(serializers.ModelSerializer):
    """Who asked, in which words, and what their customer was then."""

    told = serializers.CharField(
        read_only=True,
        allow_null=True,
        help_text="owed, told or waived, once something became of the request.",
    )

    class Meta:
        model = Insight
        fields = [
            *("id", "request", "ticket", "message", "contact", "customer", "importance"),
            *("snippet", "said_at", "plan", "tier", "standing", "arr", "currency"),
            *("added_by", "added_at", "told"),
        ]
        read_only_fields = fields


class Said(serializers.Serializer):
    """What a request is about; only the title must be said."""

    title = Line(limit=200)
    problem = Words(required=False, allow_blank=True)
    capability = serializers.PrimaryKeyRelatedField(
        queryset=Capability.objects.all(), required=False, allow_null=True
    )
    owner = serializers.SlugRelatedField(
        slug_field="email", queryset=User.objects.active(), required=False, allow_null=True
    )
    visibility = serializers.ChoiceField(Visibility.choices, required=False)
    terms = serializers.ListField(child=Line(limit=80), max_length=20, required=False)


class Edited(Said):
    """What is said better; the rest stays."""

    title = Line(limit=200, required=False)


class Ship(serializers.Serializer):
    """What whoever asked is told, with places for names; left out, the usual words."""

    words = Words(required=False, allow_blank=True)


class Refuse(Ship):
    """Why; it stands in the drafted answer."""

    reason = Line(limit=1000)


class MergeRequest(serializers.Serializer):
    """The request that goes on."""

    into = serializers.PrimaryKeyRelatedField(queryset=FeatureRequest.objects.all())


class UndoOutcome(serializers.Serializer):
    """The activity that changed its status last."""

    activity = serializers.IntegerField(min_value=1, max_value=10**18)


class NewInsight(serializers.Serializer):
    """Who asks for which request: the ticket says who."""

    request = serializers.PrimaryKeyRelatedField(queryset=FeatureRequest.objects.all())
    ticket = serializers.PrimaryKeyRelatedField(queryset=Ticket.objects.all())
    message = serializers.PrimaryKeyRelatedField(
        queryset=Message.objects.all(), required=False, allow_null=True
    )
    importance = serializers.ChoiceField(Importance.choices, default=Importance.NICE)
    snippet = Words(limit=LONGEST_SNIPPET, required=False, allow_blank=True)


class ChangeInsight(serializers.Serializer):
    """How much it matters to them, or in which words they asked."""

    importance = serializers.ChoiceField(Importance.choices, required=False)
    snippet = Words(limit=LONGEST_SNIPPET, required=False, allow_blank=True)


class AskerOut(serializers.Serializer):
    """A ticket somebody asked on, where they are told, and why not if they are not."""

    asked_on = serializers.IntegerField(source="asked_on.pk")
    told_on = serializers.IntegerField(source="told_on.pk")
    contact = serializers.IntegerField(source="asked_on.contact_id", allow_null=True)
    why_not = serializers.CharField(help_text="Empty where they would be told.")


@resource("feature-requests")
class FeatureRequests(Remembered, Listed, Resource):
    """What customers ask us to build, newest first."""

    queryset = FeatureRequest.objects.all()
    serializer_class = FeatureRequestOut
    filterset_fields = ["status", "capability", "owner", "visibility", "merged_into"]
    needs = {
        "read": "features.read",
        "askers": "features.read",
        "create": "features.link",
        **dict.fromkeys(("edit", "merge", "unmerge"), "features.change"),
        **dict.fromkeys(
            ("plan", "begin", "ship", "decline", "park", "reopen", "undo", "tell_the_rest"),
            "features.decide",
        ),
    }

    def initial(self, request, *args, **kwargs) -> None:
        self.parameters = frozenset({"outcome"} if self.action == "askers" else ())
        super().initial(request, *args, **kwargs)

    @extend_schema(
        responses=AskerOut(many=True),
        parameters=[OpenApiParameter("outcome", enum=sorted(OUTCOMES), required=True)],
        filters=False,
    )
    @action(detail=True, methods=["get"], filterset_fields=[], pagination_class=None)
    def askers(self, request, pk: str) -> Response:
        """A look before deciding: who would be told of that outcome, and who would not."""
        outcome = request.query_params.get("outcome", "")
        if outcome not in OUTCOMES:
            raise ValidationError({"outcome": f"One of {', '.join(sorted(OUTCOMES))}."})
        return Response(AskerOut(self.get_object().weigh(outcome), many=True).data)

    @creates(Said)
    def create(self, words, *, by, at):
        return FeatureRequest.objects.open(**words, by=by, at=at)

    @verb(Edited)
    def edit(self, found, words, *, by, at):
        found.edit(**words, by=by, at=at)

    @verb()
    def plan(self, found, words, *, by, at):
        found.plan(by=by, at=at)

    @verb()
    def begin(self, found, words, *, by, at):
        found.begin(by=by, at=at)

    @verb(Ship)
    def ship(self, found, words, *, by, at):
        found.ship(**words, by=by, at=at)

    @verb(Refuse)
    def decline(self, found, words, *, by, at):
        found.decline(**words, by=by, at=at)

    @verb(Refuse)
    def park(self, found, words, *, by, at):
        found.park(**words, by=by, at=at)

    @verb()
    def reopen(self, found, words, *, by, at):
        found.reopen(by=by, at=at)

    @verb(UndoOutcome)
    def undo(self, found, words, *, by, at):
        found.undo(**words, by=by, at=at)

    @verb()
    def tell_the_rest(self, found, words, *, by, at):
        found.tell_the_rest(by=by, at=at)

    @verb(MergeRequest)
    def merge(self, found, words, *, by, at):
        found.merge(**words, by=by, at=at)

    @verb(word="undo_merge")
    def unmerge(self, found, words, *, by, at):
        found.unmerge(by=by, at=at)


@resource("insights")
class Insights(Listed, Resource):
    """One person's evidence on one request, newest first; one that was removed is not listed."""

    queryset = Insight.objects.standing().with_answer()
    serializer_class = InsightOut
    filterset_fields = ["request", "ticket", "contact", "customer", "importance"]
    needs = {
        "read": "features.read",
        **dict.fromkeys(("create", "change", "remove", "restore"), "features.link"),
    }

    def get_queryset(self):
        """What was removed can still be restored."""
        if self.action in ("remove", "restore"):
            return Insight.objects.with_answer()
        return super().get_queryset()

    @creates(NewInsight)
    def create(self, words, *, by, at):
        return words.pop("request").add_insight(**words, by=by, at=at)

    @verb(ChangeInsight)
    def change(self, insight, words, *, by, at):
        insight.request.change_insight(insight, **words, by=by, at=at)

    @verb()
    def remove(self, insight, words, *, by, at):
        insight.request.remove_insight(insight, by=by, at=at)

    @verb()
    def restore(self, insight, words, *, by, at):
        insight.request.restore_insight(insight, by=by, at=at)
