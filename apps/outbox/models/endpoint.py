"""Endpoint: a program's address that hears of events."""

import re
import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models.functions import Now

from apps.timeline.models import Tracked
from apps.timeline.refusal import Refused
from apps.timeline.text import clean_line

from .. import reach
from ..querysets import EndpointQuerySet
from ..secret import seal, unseal
from .delivery import Delivery
from .telling import Telling

_EVENT = re.compile(r"[a-z_]{1,30}\.[a-z_]{1,40}")


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
    listening_since = models.DateTimeField(
        db_default=Now(), help_text="It hears of what was recorded from then on."
    )

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

    def hears(self, event: str, recorded_at: datetime) -> bool:
        """Whether it asked for this event and listened when it was recorded."""
        return self.listening_since <= recorded_at and (not self.events or event in self.events)

    def open(self, *, by: Any, at: datetime) -> str:
        """Let a new one listen; its secret, which is shown this once."""
        self.name = clean_line(self.name, limit=80, field="name")
        if not self.name:
            raise Refused("Give the endpoint a name.", field="name")
        self.events = self.known(self.events)
        try:
            self.clean()
        except ValidationError as error:
            raise Refused(error.messages[0], field="url") from error
        with transaction.atomic():
            if Endpoint.objects.filter(url=self.url).exists():
                raise Refused("There is an endpoint with this address.", field="url")
            secret = self.renew_secret()
            self._begin()
            self.record("opened", by=by, at=at, url=self.url, events=self.events)
        return secret

    def listen_to(self, events: Sequence[str], *, by: Any, at: datetime) -> None:
        """Hear of other events; none means all."""
        events = self.known(events)
        with transaction.atomic():
            self._hold()
            if events == self.events:
                raise Refused("It hears of these already.", field="events")
            before, self.events = self.events, events
            self.save(update_fields=["events"])
            self.record("changed", by=by, at=at, events=[before, events])

    def pause(self, *, by: Any, at: datetime) -> None:
        """Hear of nothing until resumed."""
        with transaction.atomic():
            self._hold()
            if not self.active:
                raise Refused("It is paused already.")
            self.active = False
            self.save(update_fields=["active"])
            self.record("paused", by=by, at=at, active=[True, False])

    def resume(self, *, by: Any, at: datetime) -> None:
        """Hear again, of what happens from now on."""
        with transaction.atomic():
            self._hold()
            if self.active:
                raise Refused("It listens already.")
            self._begin()
            self.record("resumed", by=by, at=at, active=[False, True])

    def replace_secret(self, *, by: Any, at: datetime) -> str:
        """A new secret, shown this once; the old one signs nothing any more."""
        with transaction.atomic():
            self._hold()
            secret = self.renew_secret()
            self.save(update_fields=["sealed"])
            self.record("secret_replaced", by=by, at=at)
        return secret

    def ping(self, *, by: Any, at: datetime) -> Delivery:
        """Send it an event that means nothing, to see whether it hears."""
        with transaction.atomic():
            self._hold()
            if not self.active:
                raise Refused("It is paused: resume it first.")
            pinged = self.record("pinged", by=by, at=at)
            return Delivery.objects.enqueue(
                channel="webhook",
                cause=f"activity:{pinged.pk}",
                recipient=self.url,
                payload={"event": "endpoint.pinged", "data": {"activity": pinged.pk}},
                about=(self.kind, self.pk),
            )

    def renew_secret(self) -> str:
        """A new secret, given back once; the caller saves the record."""
        secret = f"whs_{secrets.token_urlsafe(32)}"
        self.sealed = seal(secret)
        return secret

    @property
    def secret(self) -> str:
        return unseal(self.sealed)

    @staticmethod
    def known(events: Sequence[str]) -> list[str]:
        """The events in order, each once; refused where no such record tells programs."""
        for event in events:
            if not _EVENT.fullmatch(event) or event.partition(".")[0] not in settings.EVENTS:
                kinds = ", ".join(sorted(settings.EVENTS))
                raise Refused(
                    f"There is no event “{event[:80]}”: one is KIND.VERB, of {kinds}.",
                    field="events",
                )
        return sorted(set(events))

    def _hold(self) -> None:
        self.refresh_from_db(from_queryset=Endpoint.objects.select_for_update())

    def _begin(self) -> None:
        """Where nobody listened, nothing was read: it begins with what is next."""
        telling = Telling.held()
        if not Endpoint.objects.filter(active=True).exists():
            telling.skip()
        self.active, self.listening_since = True, Now()
        self.save()
        self.refresh_from_db(fields=["listening_since"])
