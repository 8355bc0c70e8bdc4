"""What a ticket and its messages look like to a program."""

from rest_framework import serializers

from apps.accounts.models import User
from apps.customers.models import Contact, Customer
from apps.tickets.models import Attachment, Message, Ticket


class CustomerInShort(serializers.ModelSerializer):
    """Whose ticket it is."""

    class Meta:
        model = Customer
        fields = ["id", "name", "tier"]
        read_only_fields = fields


class ContactInShort(serializers.ModelSerializer):
    """Who waits for the answer."""

    class Meta:
        model = Contact
        fields = ["id", "name", "email"]
        read_only_fields = fields


class Agent(serializers.ModelSerializer):
    """One of us."""

    class Meta:
        model = User
        fields = ["id", "name", "email"]
        read_only_fields = fields


class TicketOut(serializers.ModelSerializer):
    """A ticket as it stands, with the promise that is due next."""

    customer = CustomerInShort(read_only=True)
    contact = ContactInShort(read_only=True)
    assignee = Agent(read_only=True)
    queue = serializers.SlugRelatedField("slug", read_only=True)
    label = serializers.SlugRelatedField("name", read_only=True)

    class Meta:
        model = Ticket
        fields = [
            *("id", "external_id", "subject", "status", "label", "priority", "channel", "origin"),
            *("customer", "contact", "assignee", "team", "queue", "tags", "fields", "component"),
            *("reported_at", "updated_at", "waiting_since", "first_replied_at", "resolved_at"),
            *(
                "closed_at",
                "loop_since",
                "snoozed_until",
                "merged_into",
                "absorbed",
                "follows",
                "snippet",
            ),
            *("has_attachment", "version", "due_at", "due_kind", "sla_state", "breached"),
        ]
        read_only_fields = fields


class AttachmentOut(serializers.ModelSerializer):
    """A file on a message."""

    class Meta:
        model = Attachment
        fields = ["id", "name", "content_type", "size", "digest"]
        read_only_fields = fields


class MessageOut(serializers.ModelSerializer):
    """Something said."""

    who = serializers.CharField(read_only=True)
    html = serializers.CharField(source="shown", read_only=True)
    attachments = AttachmentOut(many=True, read_only=True)

    class Meta:
        model = Message
        fields = [
            *("id", "direction", "who", "author", "contact", "cc", "at", "body", "quoted", "html"),
            *("automatic", "side", "undone_at", "remarks", "attachments"),
        ]
        read_only_fields = fields
