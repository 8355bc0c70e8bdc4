"""What a hold keeps, whoever would take it away."""

from collections.abc import Sequence

from django.db.models import Q

from apps.customers.models import Contact
from apps.tickets.models import Ticket

from .choices import Whose
from .models import Hold

HELD = "A hold stands on their data."


def of_tickets(tickets: Sequence[int]) -> dict[int, str]:
    """Tickets of somebody, or of an organisation, whose data has to be kept."""
    people, firms = _held(Whose.CONTACT), _held(Whose.CUSTOMER)
    if not people and not firms:
        return {}
    theirs = Q(contact__in=people) | Q(customer__in=firms) | Q(contact__customer__in=firms)
    found = Ticket.objects.filter(theirs, pk__in=tickets)
    return dict.fromkeys(found.values_list("pk", flat=True), HELD)


def of_contacts(contacts: Sequence[int]) -> dict[int, str]:
    """People whose data, or whose organisation's, has to be kept."""
    theirs = Q(pk__in=_held(Whose.CONTACT)) | Q(customer__in=_held(Whose.CUSTOMER))
    found = Contact.objects.filter(theirs, pk__in=contacts)
    return dict.fromkeys(found.values_list("pk", flat=True), HELD)


def of_customers(customers: Sequence[int]) -> dict[int, str]:
    """Organisations whose data has to be kept."""
    held = set(_held(Whose.CUSTOMER))
    return {pk: HELD for pk in customers if pk in held}


def _held(whose: str) -> list[int]:
    return list(
        Hold.objects.filter(whose=whose, lifted_at=None).values_list("subject_id", flat=True)
    )
