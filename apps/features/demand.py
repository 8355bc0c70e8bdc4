"""Keeps who asks for what true to the contacts: two who are one person ask once."""

from collections.abc import Sequence

from django.db.models import F, Q
from django.db.models.functions import Coalesce

from apps.customers.models import Contact

from .models import FeatureRequest, Insight


def follow(contact_ids: Sequence[int]) -> None:
    """Contacts were merged or taken apart: count anew what they ask for."""
    people = Contact.objects.filter(Q(pk__in=contact_ids) | Q(merged_into__in=contact_ids))
    goes_on = Coalesce("request__root", F("request"))
    found = Insight.objects.standing().filter(contact__in=people.values("pk"))
    if requests := list(found.values_list(goes_on, flat=True).distinct()):
        FeatureRequest.objects.recount(requests)
