"""Mail that arrived, over the API: what is held back, and the verbs that decide about it."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.fields import Line
from apps.api.resource import Listed, Resource, creates, resource, verb
from apps.outbox.models import StoppedAddress
from apps.tickets.choices import SenderEffect
from apps.tickets.models import InboundMail, SenderRule


class InboundMailOut(serializers.ModelSerializer):
    """A mail and what became of it; its bytes stay where they are."""

    sentence = serializers.SerializerMethodField(help_text="Why it is where it is, in words.")

    class Meta:
        model = InboundMail
        fields = [
            "id",
            "state",
            "reason",
            "sentence",
            "sender",
            "sender_name",
            "recipient",
            "subject",
            "header_id",
            "remarks",
            "size",
            "way",
            "arrived_at",
            "received_at",
            "attempts",
            "ticket",
            "message",
        ]
        read_only_fields = fields

    @extend_schema_field(serializers.CharField())
    def get_sentence(self, mail: InboundMail) -> str:
        return mail.sentence


@resource("inbound-mails")
class InboundMails(Listed, Resource):
    """Every mail that arrived, newest first."""

    queryset = InboundMail.objects.all()
    serializer_class = InboundMailOut
    filterset_fields = ["state", "sender"]
    needs = {
        "read": "mail.read",
        "release": "mail.file",
        "discard": "mail.file",
        "retry": "mail.file",
    }

    @verb()
    def release(self, mail, words, *, by, at):
        mail.release(by=by, at=at)

    @verb()
    def discard(self, mail, words, *, by, at):
        mail.discard(by=by, at=at)

    @verb()
    def retry(self, mail, words, *, by, at):
        mail.retry(by=by, at=at)


class StoppedAddressOut(serializers.ModelSerializer):
    """An address that our mail came back from; none leaves for it."""

    class Meta:
        model = StoppedAddress
        fields = ["id", "address", "reason", "since"]
        read_only_fields = fields


@resource("stopped-addresses")
class StoppedAddresses(Listed, Resource):
    """Where no mail of ours goes, latest first; `let-go` lifts it, as a mail from there does."""

    queryset = StoppedAddress.objects.all()
    serializer_class = StoppedAddressOut
    filterset_fields = ["address"]
    needs = {"read": "mail.read", "let_go": "mail.file"}

    @extend_schema(request=None, responses={204: None})
    @action(detail=True, methods=["post"], url_path="let-go")
    def let_go(self, request: Request, pk: str) -> Response:
        self.get_object().let_go(by=request.user, at=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)


class SenderRuleOut(serializers.ModelSerializer):
    """A decision about an address, or about every address of a domain."""

    class Meta:
        model = SenderRule
        fields = ["id", "pattern", "effect", "decided_by", "decided_at"]
        read_only_fields = fields


class SenderRuleIn(serializers.Serializer):
    """`name@example.com`, or `@example.com` for everybody there."""

    pattern = Line(limit=255)
    effect = serializers.ChoiceField(choices=SenderEffect.choices)


@resource("sender-rules")
class SenderRules(Listed, Resource):
    """Whose mail is always taken, and whose is ignored; deciding anew replaces what was decided."""

    queryset = SenderRule.objects.all()
    serializer_class = SenderRuleOut
    ordering = ("pattern", "pk")
    filterset_fields = ["effect"]
    needs = {"read": "mail.read", "create": "mail.file", "drop": "mail.file"}

    @creates(SenderRuleIn)
    def create(self, words, *, by, at):
        return SenderRule.objects.put(words["pattern"], words["effect"], by=by, at=at)

    @extend_schema(request=None, responses={204: None})
    @action(detail=True, methods=["post"])
    def drop(self, request: Request, pk: str) -> Response:
        self.get_object().drop(by=request.user, at=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)
