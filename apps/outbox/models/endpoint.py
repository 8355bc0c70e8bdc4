"""Endpoint: a program's address that hears of events."""

import secrets

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models

from apps.timeline.models import Tracked

from .. import reach
from ..querysets import EndpointQuerySet
from ..secret import seal, unseal


class Endpoint(Tracked):
    """Where webhooks go, and the secret they are signed with."""

    kind = "endpoint"

    name = models.CharField(max_length=80)
    url = models.CharField(max_length=2048, unique=True)
    events = ArrayField(
        models.CharField(max_length=60),
        default=list,
        blank=True,
        help_text="Names such as ticket.reported; none means all.",
    )
    active = models.BooleanField(default=True)
    sealed = models.TextField(editable=False, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = EndpointQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        try:
            reach.check(self.url)
        except reach.Forbidden as refused:
            raise ValidationError({"url": str(refused)}) from refused
        except reach.Unreachable:
            return  # a name that cannot be found today may be found tomorrow

    def renew_secret(self) -> str:
        """A new secret, given back once; the caller saves the record."""
        secret = f"whs_{secrets.token_urlsafe(32)}"
        self.sealed = seal(secret)
        return secret

    @property
    def secret(self) -> str:
        return unseal(self.sealed)
