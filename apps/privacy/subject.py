"""Whose data it is: the people, the organisation, their tickets, and the addresses they go by."""

from dataclasses import dataclass

from django.db.models import Q, QuerySet

from apps.customers.models import Contact, Customer
from apps.tickets.models import Ticket
from apps.timeline.refusal import Refused

from .choices import Whose


@dataclass(frozen=True)
class Subject:
    """A contact with those merged into them, or a customer with all its contacts."""

    whose: str
    pk: int

    @classmethod
    def of(cls, record: Contact | Customer) -> "Subject":
        whose = Whose.CUSTOMER if isinstance(record, Customer) else Whose.CONTACT
        return cls(whose.value, record.pk)

    @property
    def record(self) -> Contact | Customer:
        model = Customer if self.whose == Whose.CUSTOMER else Contact
        found = model.objects.filter(pk=self.pk).first()
        if found is None:
            raise Refused("There is no such record any more.")
        return found

    @property
    def contacts(self) -> QuerySet[Contact]:
        if self.whose == Whose.CUSTOMER:
            theirs = Q(customer=self.pk) | Q(merged_into__customer=self.pk)
            return Contact.objects.filter(theirs)
        return Contact.objects.filter(Q(pk=self.pk) | Q(merged_into=self.pk))

    @property
    def customers(self) -> QuerySet[Customer]:
        found = Customer.objects.filter(pk=self.pk)
        return found if self.whose == Whose.CUSTOMER else found.none()

    @property
    def tickets(self) -> QuerySet[Ticket]:
        """Those they asked; of a customer all that are filed under it, too."""
        asked = Q(contact__in=self.contacts)
        if self.whose == Whose.CUSTOMER:
            asked |= Q(customer=self.pk)
        return Ticket.objects.filter(asked)

    def addresses(self) -> list[str]:
        """By which they are found in what came and went."""
        return sorted(self.contacts.values_list("email", flat=True))
