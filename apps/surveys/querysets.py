"""How surveys and their answers are asked for."""

from datetime import datetime
from typing import Any

from django.db import models

from apps.customers.models import Contact
from apps.tickets.keys import keys
from apps.tickets.rules import passes


class SurveyQuerySet(models.QuerySet):
    """Surveys."""

    def whole(self) -> "SurveyQuerySet":
        return self.select_related("ticket", "contact", "response", "agent")

    def behind(self, token: str) -> Any:
        """The survey a link in a mail leads to; nothing when it leads to none."""
        numbers = passes.read("survey", token, keys())
        if not numbers or len(numbers) != 1:
            return None
        found = self.select_related("ticket__queue", "ticket__contact", "response")
        return found.filter(pk=numbers[0]).first()

    def of_person(self, contact: Any) -> "SurveyQuerySet":
        """What was asked of a contact, by any address they go by."""
        return self.filter(contact__in=Contact.objects.addresses_of(contact))

    def delivered_in(self, start: datetime, end: datetime) -> "SurveyQuerySet":
        """Those whose mail a server took in this stretch."""
        return self.filter(delivered_at__gte=start, delivered_at__lt=end)


class ResponseQuerySet(models.QuerySet):
    """Answers."""

    def whole(self) -> "ResponseQuerySet":
        return self.select_related("survey__ticket", "survey__contact", "survey__agent")

    def given_in(self, start: datetime, end: datetime) -> "ResponseQuerySet":
        return self.filter(at__gte=start, at__lt=end)

    def of_customer(self, customer: int) -> "ResponseQuerySet":
        return self.filter(survey__ticket__customer=customer)
