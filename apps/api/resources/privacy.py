"""What is known of people: files of it, erasures, holds."""

from rest_framework import serializers

from apps.api.fields import Line
from apps.api.resource import Listed, Resource, creates, resource, verb
from apps.privacy.choices import Whose
from apps.privacy.models import Erasure, Hold, Takeout
from apps.privacy.subject import Subject


class About(serializers.Serializer):
    """Whose data it is about."""

    whose = serializers.ChoiceField(Whose.choices)
    subject_id = serializers.IntegerField(min_value=1, max_value=2**63 - 1)

    def validate(self, words):
        """Only what is there."""
        words["subject"] = Subject(words.pop("whose"), words.pop("subject_id"))
        _ = words["subject"].record
        return words


class AboutWhy(About):
    """And why."""

    reason = Line()


class Why(serializers.Serializer):
    """The reason of a refusal."""

    why = Line()


class TakeoutOut(serializers.ModelSerializer):
    """A file of everything known of somebody."""

    class Meta:
        model = Takeout
        fields = [
            *("id", "whose", "subject_id", "asked_at", "job", "digest", "size"),
            *("done_at", "expires_at"),
        ]
        read_only_fields = fields


@resource("takeouts")
class Takeouts(Listed, Resource):
    """Files of everything known of somebody; they are fetched in the portal."""

    queryset = Takeout.objects.all()
    serializer_class = TakeoutOut
    filterset_fields = ["whose", "subject_id"]
    ordering = ("-asked_at", "-pk")
    lookup_value_regex = r"[0-9a-f-]{36}"
    needs = {"read": "customers.take_out", "create": "customers.take_out"}

    @creates(About)
    def create(self, words, *, by, at):
        return Takeout.order(words["subject"], by=by, at=at)


class ErasureOut(serializers.ModelSerializer):
    """Somebody who is to be forgotten."""

    class Meta:
        model = Erasure
        fields = [
            *("id", "whose", "subject_id", "reason", "stand", "why_refused", "asked_by"),
            *("asked_at", "approved_by", "job", "counts", "done_at"),
        ]
        read_only_fields = fields


@resource("erasures")
class Erasures(Listed, Resource):
    """One asks, another approves."""

    queryset = Erasure.objects.all()
    serializer_class = ErasureOut
    filterset_fields = ["whose", "subject_id", "stand"]
    needs = {
        "read": "customers.erase",
        "create": "customers.erase",
        "approve": "customers.erase",
        "refuse": "customers.erase",
    }

    @creates(AboutWhy)
    def create(self, words, *, by, at):
        return Erasure.ask(words["subject"], reason=words["reason"], by=by, at=at)

    @verb()
    def approve(self, erasure, words, *, by, at):
        erasure.approve(by=by, at=at)

    @verb(Why)
    def refuse(self, erasure, words, *, by, at):
        erasure.refuse(why=words["why"], by=by, at=at)


class HoldOut(serializers.ModelSerializer):
    """A reason to keep everything."""

    class Meta:
        model = Hold
        fields = ["id", "whose", "subject_id", "reason", "asked_by", "asked_at", "lifted_at"]
        read_only_fields = fields


@resource("holds")
class Holds(Listed, Resource):
    """While one stands nothing is erased."""

    queryset = Hold.objects.all()
    serializer_class = HoldOut
    filterset_fields = ["whose", "subject_id"]
    needs = {
        "read": "customers.erase",
        "create": "customers.erase",
        "lift": "customers.erase",
    }

    @creates(AboutWhy)
    def create(self, words, *, by, at):
        return Hold.place(words["subject"], reason=words["reason"], by=by, at=at)

    @verb()
    def lift(self, hold, words, *, by, at):
        hold.lift(by=by, at=at)
