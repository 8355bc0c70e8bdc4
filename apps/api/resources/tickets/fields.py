"""How people, queues and tags are named."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.accounts.models import User
from apps.api.fields import Line
from apps.customers.models import Contact
from apps.tickets.models import Queue


class Person(serializers.SlugRelatedField):
    """Somebody active, named by e-mail address."""

    def __init__(self, **more) -> None:
        super().__init__(slug_field="email", queryset=User.objects.active(), **more)


class Addressed(serializers.Serializer):
    """Somebody by their address, as a file of tickets names them."""

    email = serializers.EmailField(max_length=254)
    name = Line(limit=200, required=False, allow_blank=True, default="")


@extend_schema_field(
    {
        "oneOf": [
            {"type": "integer"},
            {
                "type": "object",
                "required": ["email"],
                "additionalProperties": False,
                "properties": {
                    "email": {"type": "string", "format": "email", "maxLength": 254},
                    "name": {"type": "string", "maxLength": 200},
                },
            },
        ]
    }
)
class Requester(serializers.PrimaryKeyRelatedField):
    """A contact by their number, or by an address; whoever nobody knows yet has no number then."""

    def __init__(self, **more) -> None:
        known = Contact.objects.apart().with_customer()
        super().__init__(queryset=known, allow_null=True, **more)

    def to_internal_value(self, data: Any) -> Contact:
        if not isinstance(data, dict):
            return super().to_internal_value(data)
        if unknown := set(data) - {"email", "name"}:
            raise serializers.ValidationError(dict.fromkeys(sorted(unknown), "No such field."))
        words = Addressed(data=data)
        words.is_valid(raise_exception=True)
        email, name = words.validated_data["email"].lower(), words.validated_data["name"]
        return Contact.objects.behind(email) or Contact(email=email, name=name)


def met(contact: Contact | None, customer: Any = None) -> Contact | None:
    """The contact a program named, entered now if nobody knew them, within its transaction."""
    if contact is None or contact.pk:
        return contact
    return Contact.objects.meet(contact.email, name=contact.name, customer=customer)


class InQueue(serializers.SlugRelatedField):
    """A queue, named by its slug."""

    def __init__(self, **more) -> None:
        super().__init__(slug_field="slug", queryset=Queue.objects.all(), **more)


class Tags(serializers.ListField):
    """Some tags."""

    def __init__(self, **more) -> None:
        super().__init__(child=Line(limit=60), max_length=30, required=False, **more)
