"""Customers and the people there."""

from rest_framework import serializers

from apps.accounts.models import known_timezone
from apps.api.fields import Line
from apps.api.resource import Listed, Resource, creates, resource, verb
from apps.customers.choices import Standing, Tier
from apps.customers.models import Contact, Customer


class CustomerOut(serializers.ModelSerializer):
    """An organisation as it stands."""

    class Meta:
        model = Customer
        fields = [
            *("id", "external_id", "name", "domain", "plan", "tier", "status", "arr"),
            *("currency", "renews_at", "is_placeholder", "created_at"),
        ]
        read_only_fields = fields


class CustomerIn(serializers.Serializer):
    """What a customer is; only the name must be said."""

    name = Line()
    external_id = Line(required=False, allow_null=True)
    domain = Line(limit=253, required=False, allow_blank=True)
    plan = Line(limit=60, required=False, allow_blank=True)
    tier = serializers.ChoiceField(Tier.choices, required=False)
    status = serializers.ChoiceField(Standing.choices, required=False)
    arr = serializers.DecimalField(14, 2, required=False, allow_null=True)
    currency = serializers.RegexField(r"^[A-Z]{3}$", required=False)
    renews_at = serializers.DateField(required=False, allow_null=True)


class CustomerChange(CustomerIn):
    """What changes."""

    name = Line(required=False)


@resource("customers")
class Customers(Listed, Resource):
    """Organisations."""

    queryset = Customer.objects.all()
    serializer_class = CustomerOut
    filterset_fields = ["external_id", "tier", "status"]
    ordering = ("pk",)
    needs = {
        "read": "customers.read",
        "create": "customers.change",
        "change": "customers.change",
    }

    @creates(CustomerIn)
    def create(self, words, *, by, at):
        return Customer.objects.enter(**words, by=by, at=at)

    @verb(CustomerChange)
    def change(self, customer, words, *, by, at):
        customer.change(**words, by=by, at=at)


class ContactOut(serializers.ModelSerializer):
    """A person as they are known."""

    class Meta:
        model = Contact
        fields = [
            *("id", "external_id", "name", "email", "phone", "timezone", "customer"),
            "created_at",
        ]
        read_only_fields = fields


class ContactIn(serializers.Serializer):
    """Who a person is; only the address must be said."""

    email = serializers.EmailField(max_length=254)
    name = Line(required=False, allow_blank=True)
    phone = Line(limit=40, required=False, allow_blank=True)
    timezone = Line(limit=64, required=False, validators=[known_timezone])
    external_id = Line(required=False, allow_null=True)
    customer = serializers.PrimaryKeyRelatedField(
        queryset=Customer.objects.all(), required=False, allow_null=True
    )


class ContactChange(ContactIn):
    """What changes."""

    email = serializers.EmailField(max_length=254, required=False)


@resource("contacts")
class Contacts(Listed, Resource):
    """People at customers."""

    queryset = Contact.objects.all()
    serializer_class = ContactOut
    filterset_fields = ["external_id", "email", "customer"]
    ordering = ("pk",)
    needs = {
        "read": "customers.read",
        "create": "customers.change",
        "change": "customers.change",
    }

    @creates(ContactIn)
    def create(self, words, *, by, at):
        return Contact.objects.enter(**words, by=by, at=at)

    @verb(ContactChange)
    def change(self, contact, words, *, by, at):
        contact.change(**words, by=by, at=at)
