"""A ticket begun by a program."""

from django.db import transaction
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response

from apps.api.fields import Instant, Line, Words
from apps.api.resource import creates
from apps.api.uploads import Uploads, attached
from apps.catalog.models import Component
from apps.customers.models import Contact, Customer
from apps.tickets.alike import alike
from apps.tickets.choices import Channel, Origin, Priority
from apps.tickets.models import Ticket

from .fields import InQueue, Person, Requester, Tags, met

NEEDS = dict.fromkeys(("create", "alike"), "tickets.create")


class NewTicket(serializers.Serializer):
    """What somebody waits for; only the subject must be said."""

    subject = Line(limit=998)
    body = Words(required=False, allow_blank=True)
    uploads = Uploads()
    contact = Requester(
        required=False, help_text="By number, or by address and name; somebody new is entered."
    )
    customer = serializers.PrimaryKeyRelatedField(
        queryset=Customer.objects.all(), required=False, allow_null=True
    )
    channel = serializers.ChoiceField(Channel.choices, default=Channel.API)
    origin = serializers.ChoiceField(Origin.choices, default=Origin.CUSTOMER)
    answered_in_contact = serializers.BooleanField(default=False)
    priority = serializers.ChoiceField(Priority.choices, default=Priority.NORMAL)
    reported_at = Instant(required=False)
    queue = InQueue(required=False, allow_null=True)
    assignee = Person(required=False, allow_null=True)
    tags = Tags()
    duration = serializers.DurationField(required=False)
    custom_fields = serializers.DictField(
        child=serializers.JSONField(allow_null=True), required=False, source="fields"
    )
    component = serializers.PrimaryKeyRelatedField(
        queryset=Component.objects.all(), required=False, allow_null=True
    )


class AlikeOut(serializers.Serializer):
    """An open ticket that may be the same matter, and why."""

    ticket = serializers.IntegerField(source="ticket.pk")
    subject = serializers.CharField(source="ticket.subject")
    status = serializers.CharField(source="ticket.status")
    why = serializers.CharField()


class Creating:
    """How a ticket begins, and what is asked before."""

    @extend_schema(
        parameters=[OpenApiParameter("subject", str), OpenApiParameter("contact", int)],
        responses=AlikeOut(many=True),
    )
    @action(detail=False, methods=["get"], filterset_fields=[], pagination_class=None)
    def alike(self, request) -> Response:
        """Open tickets that may be the same matter, the likeliest first; asked before `create`."""
        number = request.query_params.get("contact", "")
        if number and not (number.isascii() and number.isdigit() and len(number) < 19):
            raise ValidationError({"contact": "A number."})
        contact = Contact.objects.with_customer().filter(pk=number or 0).first()
        found = alike(request.query_params.get("subject", "").replace("\x00", " "), contact=contact)
        return Response(AlikeOut(found, many=True).data)

    @creates(NewTicket)
    @transaction.atomic
    def create(self, words, *, by, at):
        words = attached(words)
        contact = met(words.pop("contact", None), words.get("customer"))
        return Ticket.objects.report(**words, contact=contact, by=by, at=at)
