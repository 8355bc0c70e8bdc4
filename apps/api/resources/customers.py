"""Customers and the people there."""

from rest_framework import serializers

from apps.accounts.models import known_timezone
from apps.api.fields import Line, Words
from apps.api.resource import Listed, Resource, creates, resource, verb
from apps.customers.choices import Standing, Tier
from apps.customers.models import LONGEST_NOTE, Contact, Customer, CustomerNote
from apps.tickets.uniting import merge_contacts, unmerge_contacts


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


class NewNote(serializers.Serializer):
    """A word among staff; `pinned` stands above the others."""

    body = Words(limit=LONGEST_NOTE)
    pinned = serializers.BooleanField(default=False)


class NoteOut(serializers.ModelSerializer):
    """What whoever answers a customer should know."""

    class Meta:
        model = CustomerNote
        fields = ["id", "customer", "body", "author", "at", "pinned_at", "deleted_at"]
        read_only_fields = fields


@resource("customer-notes")
class CustomerNotes(Listed, Resource):
    """Notes on customers, newest first; what was deleted says so."""

    queryset = CustomerNote.objects.select_related("customer")
    serializer_class = NoteOut
    filterset_fields = ["customer"]
    needs = {
        "read": "customers.read",
        **dict.fromkeys(("pin", "unpin", "delete_by", "restore"), "customers.change"),
    }

    @verb()
    def pin(self, note, words, *, by, at):
        note.pin(by=by, at=at)

    @verb()
    def unpin(self, note, words, *, by, at):
        note.unpin(by=by, at=at)

    @verb()
    def delete_by(self, note, words, *, by, at):
        note.delete_by(by=by, at=at)

    @verb()
    def restore(self, note, words, *, by, at):
        note.restore(by=by, at=at)


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
        "note": "customers.change",
    }

    @creates(CustomerIn)
    def create(self, words, *, by, at):
        return Customer.objects.enter(**words, by=by, at=at)

    @verb(CustomerChange)
    def change(self, customer, words, *, by, at):
        customer.change(**words, by=by, at=at)

    @verb(NewNote)
    def note(self, customer, words, *, by, at):
        """Write a note on it; read it at `customer-notes`."""
        customer.note(**words, by=by, at=at)


class ContactOut(serializers.ModelSerializer):
    """A person as they are known."""

    class Meta:
        model = Contact
        fields = [
            *("id", "external_id", "name", "email", "phone", "timezone", "customer"),
            *("language", "language_hint", "merged_into", "created_at"),
        ]
        read_only_fields = fields


class ContactIn(serializers.Serializer):
    """Who a person is; only the address must be said."""

    email = serializers.EmailField(max_length=254)
    name = Line(required=False, allow_blank=True)
    phone = Line(limit=40, required=False, allow_blank=True)
    timezone = Line(limit=64, required=False, validators=[known_timezone])
    language = Line(limit=35, required=False, allow_blank=True)
    external_id = Line(required=False, allow_null=True)
    customer = serializers.PrimaryKeyRelatedField(
        queryset=Customer.objects.all(), required=False, allow_null=True
    )


class ContactChange(ContactIn):
    """What changes."""

    email = serializers.EmailField(max_length=254, required=False)


class MergeContact(serializers.Serializer):
    """Who goes on as both; `across` says that two customers are meant."""

    into = serializers.PrimaryKeyRelatedField(queryset=Contact.objects.all())
    across = serializers.BooleanField(default=False)


@resource("contacts")
class Contacts(Listed, Resource):
    """People at customers; one with `merged_into` is another one's second address."""

    queryset = Contact.objects.all()
    serializer_class = ContactOut
    filterset_fields = ["external_id", "email", "customer", "merged_into"]
    ordering = ("pk",)
    needs = {
        "read": "customers.read",
        **dict.fromkeys(("create", "change", "merge", "undo_merge"), "customers.change"),
    }

    @creates(ContactIn)
    def create(self, words, *, by, at):
        return Contact.objects.enter(**words, by=by, at=at)

    @verb(ContactChange)
    def change(self, contact, words, *, by, at):
        contact.change(**words, by=by, at=at)

    @verb(MergeContact)
    def merge(self, contact, words, *, by, at):
        """It is another contact's second address: that one gets its tickets, and new mail."""
        merge_contacts(contact, **words, by=by, at=at)

    @verb()
    def undo_merge(self, contact, words, *, by, at):
        """Each has its own again, but for tickets that somebody gave to others since."""
        unmerge_contacts(contact, by=by, at=at)
