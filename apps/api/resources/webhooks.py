"""Webhooks: which programs hear of what happens, and how it reaches them."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.fields import Line
from apps.api.resource import Listed, Resource, creates, resource, verb
from apps.outbox.models import Endpoint


class EndpointOut(serializers.ModelSerializer):
    """An address that hears of events; without events it hears of all."""

    class Meta:
        model = Endpoint
        fields = ["id", "name", "url", "events", "active", "listening_since", "created_at"]
        read_only_fields = fields


class EndpointOpened(EndpointOut):
    """A new endpoint, and the secret its deliveries are signed with: it is shown this once."""

    secret = serializers.CharField(read_only=True)

    class Meta(EndpointOut.Meta):
        fields = [*EndpointOut.Meta.fields, "secret"]
        read_only_fields = fields


class Events(serializers.Serializer):
    """Names such as `ticket.replied`; none means all."""

    events = serializers.ListField(child=Line(limit=60), max_length=200, allow_empty=True)


class EndpointIn(Events):
    """Where to post, and what about."""

    name = Line(limit=80)
    url = serializers.URLField(max_length=2048)
    events = serializers.ListField(
        child=Line(limit=60), max_length=200, required=False, allow_empty=True
    )


class Secret(serializers.Serializer):
    """A secret, shown this once."""

    secret = serializers.CharField()


@resource("webhooks")
class Webhooks(Listed, Resource):
    """Programs that hear of what happens: signed, retried, never twice for one event."""

    queryset = Endpoint.objects.all()
    serializer_class = EndpointOut
    filterset_fields = ["active"]
    ordering = ("name", "pk")
    needs = {
        "read": "outbox.read",
        "create": "outbox.endpoints",
        "listen_to": "outbox.endpoints",
        "pause": "outbox.endpoints",
        "resume": "outbox.endpoints",
        "ping": "outbox.endpoints",
        "replace_secret": "outbox.endpoints",
    }

    @extend_schema(responses={201: EndpointOpened})
    @creates(EndpointIn)
    def create(self, words, *, by, at):
        endpoint = Endpoint(**words)
        self._secret = endpoint.open(by=by, at=at)
        return endpoint

    def shown(self, record):
        """With its secret, the one time there is one."""
        shown = super().shown(record)
        return shown | {"secret": self._secret} if self.action == "create" else shown

    @verb(Events)
    def listen_to(self, endpoint, words, *, by, at):
        endpoint.listen_to(words["events"], by=by, at=at)

    @verb()
    def pause(self, endpoint, words, *, by, at):
        endpoint.pause(by=by, at=at)

    @verb()
    def resume(self, endpoint, words, *, by, at):
        endpoint.resume(by=by, at=at)

    @verb()
    def ping(self, endpoint, words, *, by, at):
        endpoint.ping(by=by, at=at)

    @extend_schema(request=None, responses=Secret)
    @action(detail=True, methods=["post"], url_path="replace-secret")
    def replace_secret(self, request: Request, pk: str) -> Response:
        secret = self.get_object().replace_secret(by=request.user, at=timezone.now())
        return Response({"secret": secret})
