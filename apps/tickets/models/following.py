"""Follower: somebody who wants to hear what happens on a ticket that is not theirs."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models

from apps.outbox.models import Notification
from apps.timeline.refusal import Refused


class Follower(models.Model):
    """A person who follows a ticket: they asked to, or were mentioned on it."""

    ticket = models.ForeignKey(
        "tickets.Ticket", models.CASCADE, related_name="followers", db_index=False
    )
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="follows")
    since = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ticket", "person"], name="follower_once")]

    def __str__(self) -> str:
        return f"{self.person_id} follows #{self.ticket_id}"


class Following:
    """Verbs of a ticket about who hears of it."""

    is_followed = True  # unless it was read, while the row was held, that nobody does

    def follow(self, *, by: Any, at: datetime) -> None:
        """Hear what happens on it."""
        with self.held():
            if not self.add_followers([by], at=at):
                raise Refused("You follow this ticket already.")
            self.record("followed", by=by, at=at)

    def unfollow(self, *, by: Any, at: datetime) -> None:
        """Hear no more of it."""
        with self.held():
            gone, _ = self.followers.filter(person=by).delete()
            if not gone:
                raise Refused("You do not follow this ticket.")
            self.record("unfollowed", by=by, at=at)

    def add_followers(self, people: Iterable[Any], *, at: datetime) -> list[Any]:
        """On a held row: those of them who did not follow it yet, and do now."""
        known = set(self.followers.values_list("person", flat=True))
        fresh = [person for person in people if person.pk not in known]
        Follower.objects.bulk_create(
            Follower(ticket=self, person=person, since=at) for person in fresh
        )
        self.is_followed = self.is_followed or bool(fresh)
        return fresh

    def tell_followers(
        self, said: str, *, cause: str, at: datetime, besides: Iterable[int | None] = ()
    ) -> None:
        """A word to everybody who follows it, except those who know."""
        if not self.is_followed:
            return
        told = self.followers.exclude(person__in=[one for one in besides if one])
        told = told.filter(person__is_active=True).values_list("person", flat=True)
        Notification.objects.bulk_create(
            (
                Notification(
                    person_id=person,
                    cause=cause,
                    sentence=f"{said} #{self.pk} {self.subject}"[:400],
                    url=self.get_absolute_url(),
                    at=at,
                )
                for person in told
            ),
            ignore_conflicts=True,
        )
