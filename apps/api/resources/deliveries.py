"""What leaves, what arrived, and what one was told: looked after by a program."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.fields import Line
from apps.api.resource import Listed, Resource, resource, verb
from apps.outbox.models import Delivery, DeliveryAttempt, Host, InboundEvent, Notification

READ, ACT = "outbox.read", "outbox.retry"


class DeliveryOut(serializers.ModelSerializer):
    """A mail or webhook for one recipient: where it stands, and why; its words are the ticket's."""

    what = serializers.CharField(read_only=True, help_text="A mail's subject, a webhook's event.")

    class Meta:
        model = Delivery
        fields = [
            *("id", "channel", "what", "cause", "recipient", "host", "subject_kind", "subject_id"),
            *("state", "held_for", "trouble", "last_error", "attempts", "next_at"),
            *("created_at", "sent_at"),
        ]
        read_only_fields = fields


class AttemptOut(serializers.ModelSerializer):
    """One try, and what the other side said."""

    class Meta:
        model = DeliveryAttempt
        fields = ["n", "started_at", "finished_at", "outcome", "code", "response"]
        read_only_fields = fields


class Reason(serializers.Serializer):
    """Why it shall not be sent."""

    reason = Line(limit=500)


@resource("deliveries")
class Deliveries(Listed, Resource):
    """Everything that leaves, newest first."""

    queryset = Delivery.objects.titled()
    serializer_class = DeliveryOut
    filterset_fields = ["state", "channel", "subject_kind", "subject_id"]
    needs = {
        "read": READ,
        "attempts": READ,
        "retry": ACT,
        "retry_alike": ACT,
        "release": ACT,
        "cancel": ACT,
    }

    @extend_schema(responses=AttemptOut(many=True))
    @action(detail=True, pagination_class=None)
    def attempts(self, request: Request, pk: str) -> Response:
        """Every try, the first first."""
        return Response(AttemptOut(self.get_object().tries.all(), many=True).data)

    @verb()
    def retry(self, delivery, words, *, by, at):
        delivery.retry(by=by, at=at)

    @verb()
    def retry_alike(self, delivery, words, *, by, at):
        """Every dead one with the same trouble at the same host, up to a thousand."""
        Delivery.retry_like(delivery, by=by, at=at)

    @verb()
    def release(self, delivery, words, *, by, at):
        delivery.release(by=by, at=at)

    @verb(Reason)
    def cancel(self, delivery, words, *, by, at):
        delivery.cancel(by=by, at=at, **words)


class HostOut(serializers.ModelSerializer):
    """A mail server or an endpoint's host that made trouble."""

    class Meta:
        model = Host
        fields = ["id", "name", "failures", "opened_at", "probe_at", "reason"]
        read_only_fields = fields


@resource("hosts")
class Hosts(Listed, Resource):
    """Where deliveries go, once it made trouble; with `opened_at` all for it are held."""

    queryset = Host.objects.all()
    serializer_class = HostOut
    filterset_fields = ["name"]
    ordering = ("name", "pk")
    needs = {"read": READ, "release": ACT}

    @verb()
    def release(self, host, words, *, by, at):
        host.close(by=by, at=at)


class InboundEventOut(serializers.ModelSerializer):
    """What another program sent, and whether it could be read; its bytes stay where they are."""

    class Meta:
        model = InboundEvent
        fields = [
            *("id", "source", "key", "state", "attempts", "last_error", "received_at", "done_at"),
        ]
        read_only_fields = fields


@resource("inbound-events")
class InboundEvents(Listed, Resource):
    """What came by a hook, newest first."""

    queryset = InboundEvent.objects.defer("body", "headers")
    serializer_class = InboundEventOut
    filterset_fields = ["state", "source"]
    needs = {"read": READ, "replay": ACT}

    @verb()
    def replay(self, event, words, *, by, at):
        event.replay(by=by, at=at)


class NotificationOut(serializers.ModelSerializer):
    """One sentence, and where it leads."""

    class Meta:
        model = Notification
        fields = ["id", "cause", "sentence", "url", "at", "read_at"]
        read_only_fields = fields


class ReadOut(serializers.Serializer):
    """How many were new."""

    read = serializers.IntegerField()


@resource("notifications")
class Notifications(Listed, Resource):
    """What the token's owner was told in the portal, newest first."""

    queryset = Notification.objects.all()
    serializer_class = NotificationOut
    needs = {"read": READ, "read_all": READ}

    def get_queryset(self):
        return super().get_queryset().of(self.request.user)

    @extend_schema(request=None, responses=ReadOut, summary="Read all")
    @action(detail=False, methods=["post"], url_path="read-all")
    def read_all(self, request: Request) -> Response:
        count = Notification.objects.of(request.user).read(at=timezone.now())
        return Response({"read": count})
