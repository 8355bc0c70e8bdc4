"""Who gets the support report by mail, once a week."""

from datetime import date, datetime, timedelta
from typing import Any, ClassVar

from django.conf import settings
from django.db import models, transaction
from django.urls import reverse

from apps.tickets.keys import keys
from apps.tickets.rules import passes
from apps.tickets.rules.expecting import zone_named
from apps.timeline.models import Tracked


class SubscriptionQuerySet(models.QuerySet):
    """Subscriptions."""

    def behind(self, token: str) -> Any:
        """The one that the link of a mail ends; nothing when it leads to none."""
        numbers = passes.read("report", token, keys())
        if not numbers or len(numbers) != 1:
            return None
        return self.select_related("person").filter(pk=numbers[0]).first()

    def waiting(self, monday: date) -> "SubscriptionQuerySet":
        """Those to whom the week before this Monday may be owed."""
        return self.filter(active=True, person__is_active=True, settled_to__lt=monday)


class SubscriptionManager(models.Manager.from_queryset(SubscriptionQuerySet)):  # type: ignore[misc]
    """Begins subscriptions."""

    def of(self, person: Any) -> bool:
        """Whether a person gets the mail."""
        return self.filter(person=person, active=True).exists()

    def subscribe(self, person: Any, *, at: datetime) -> "Subscription":
        """From next Monday on, the week that is over; asked again, nothing changes."""
        today = at.astimezone(zone_named(person.timezone)).date()
        monday = today - timedelta(days=today.weekday())
        with transaction.atomic():
            found, _ = self.get_or_create(person=person, defaults={"settled_to": monday})
            return found._turn(True, "subscribed", by=person, at=at, settled_to=monday)


class Subscription(Tracked):
    """A person's standing wish for the weekly mail; the weeks before `settled_to`, a Monday where
    the person lives, were sent or had nothing in them."""

    kind: ClassVar[str] = "report_subscription"

    person = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="report_subscription"
    )
    active = models.BooleanField(default=False)
    settled_to = models.DateField()

    objects = SubscriptionManager()

    def __str__(self) -> str:
        return f"Weekly report for {self.person}"

    @property
    def link(self) -> str:
        """Where it is ended without signing in."""
        token = passes.issue("report", (self.pk,), keys())
        return f"{settings.PUBLIC_URL}{reverse('public:unsubscribe', args=[token])}"

    def end(self, *, by: Any = None, at: datetime) -> None:
        """No more mails; ended twice, it stays ended. The link in the mail is `by` nobody."""
        with transaction.atomic():
            self._turn(False, "unsubscribed", by=by, at=at)

    def _turn(
        self, active: bool, verb: str, *, by: Any, at: datetime, settled_to: date | None = None
    ) -> "Subscription":
        held = Subscription.objects.select_for_update().get(pk=self.pk)
        if held.active is not active:
            held.active, held.settled_to = active, settled_to or held.settled_to
            held.save(update_fields=["active", "settled_to"])
            label = "" if by else "Link in a mail"
            held.record(verb, by=by, at=at, label=label, active=[not active, active])
        return held
