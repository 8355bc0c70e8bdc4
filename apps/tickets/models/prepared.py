"""What canned replies and macros share: they are somebody's own, a team's, or everybody's."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Q

from apps.accounts.models import Team
from apps.timeline.models import Tracked
from apps.timeline.refusal import Refused
from apps.timeline.text import clean_line


class PreparedQuerySet(models.QuerySet):
    """Prepared words and steps."""

    def kept(self) -> "PreparedQuerySet":
        return self.filter(retired_at=None)

    def offered_to(self, person: Any) -> "PreparedQuerySet":
        """One's own, one's teams', everybody's; a person, or the number of one."""
        shared = Q(team=None) | Q(team__in=Team.objects.filter(members=person).values("pk"))
        return self.kept().filter(Q(owner=person) | Q(owner=None) & shared)

    def changed_by(self, person: Any) -> "PreparedQuerySet":
        """One's own, and what is shared; also those that are no longer offered."""
        return self.filter(Q(owner=person) | Q(owner=None))

    def fitting(self, ticket: Any) -> "PreparedQuerySet":
        """Of every queue, or of this ticket's."""
        return self.filter(Q(queue=None) | Q(queue=ticket.queue_id))

    def with_names(self) -> "PreparedQuerySet":
        return self.select_related("owner", "team", "queue")

    def in_order(self) -> "PreparedQuerySet":
        return self.order_by("folder", "position", "title", "pk")

    def used(self, pks: Any, *, at: datetime) -> None:
        """Somebody sent them."""
        self.filter(pk__in=pks).update(used=F("used") + 1, last_used_at=at)


class Prepared(Tracked):
    """Who may use it and where; without an owner it is shared."""

    title = models.CharField(max_length=120)
    folder = models.CharField(max_length=80, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="+"
    )
    team = models.ForeignKey("accounts.Team", models.CASCADE, null=True, blank=True)
    queue = models.ForeignKey("tickets.Queue", models.CASCADE, null=True, blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    used = models.PositiveIntegerField("times used", default=0)
    last_used_at = models.DateTimeField(null=True, blank=True)
    retired_at = models.DateTimeField(null=True, blank=True)

    objects = PreparedQuerySet.as_manager()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.title

    @property
    def audience(self) -> str:
        """Whose it is, in words."""
        if self.owner_id:
            return "personal"
        whose = str(self.team) if self.team_id else "everybody"
        return f"{whose}, {self.queue}" if self.queue_id else whose

    @classmethod
    def add(cls, *, by: Any, at: datetime, shared: bool = False, **words: Any) -> Any:
        """A new one: one's own, or shared by those who may."""
        made = cls(owner=None if shared else by)
        made._guard(by)
        with transaction.atomic():
            made._take(words)
            made.save()
            made.record("entered", by=by, at=at, title=[None, made.title])
        return made

    def change(
        self, *, by: Any, at: datetime, shared: bool | None = None, **words: Any
    ) -> dict[str, Any]:
        """Other words, another place."""
        with transaction.atomic():
            self._hold(by)
            before = self._told()
            if shared is not None and shared != self.is_shared:
                self.owner = None if shared else by
                self._guard(by)
            self._take(words)
            after = self._told()
            data = {key: [before[key], after[key]] for key in after if before[key] != after[key]}
            if data:
                self.save()
                self.record("changed", by=by, at=at, **data)
        return data

    def retire(self, *, by: Any, at: datetime) -> None:
        """Offer it no longer; `revive` takes that back."""
        with transaction.atomic():
            self._hold(by)
            if self.retired_at:
                raise Refused(f"“{self}” is gone already.")
            self.retired_at = at
            self.save(update_fields=["retired_at"])
            self.record("retired", by=by, at=at, retired_at=[None, at.isoformat()])

    def revive(self, *, by: Any, at: datetime) -> None:
        """Offer it again."""
        with transaction.atomic():
            self._hold(by)
            if not self.retired_at:
                raise Refused(f"“{self}” is offered already.")
            before, self.retired_at = self.retired_at, None
            self.save(update_fields=["retired_at"])
            self.record("revived", by=by, at=at, retired_at=[before.isoformat(), None])

    @property
    def is_shared(self) -> bool:
        return self.owner_id is None

    def is_changed_by(self, person: Any) -> bool:
        """One's own by oneself; what is shared by those who answer for it."""
        return self.owner_id == person.pk or (self.is_shared and person.may("tickets.share"))

    # --- parts ----------------------------------------------------------------------------------

    def _take(self, words: dict[str, Any]) -> None:
        """The words of the caller, each checked; what a kind adds it checks itself."""
        for name, value in words.items():
            setattr(self, name, value)
        self.title = clean_line(self.title, limit=120, field="title")
        self.folder = clean_line(self.folder, limit=80, field="folder")
        if not self.title:
            raise Refused("Give it a title.", field="title")
        if self.owner_id:
            self.team = None

    def _guard(self, by: Any) -> None:
        if not self.is_changed_by(by):
            raise Refused("Shared replies and macros are kept by support leads.", field="shared")

    def _hold(self, by: Any) -> None:
        self.refresh_from_db(from_queryset=type(self).objects.select_for_update())
        self._guard(by)

    def _told(self) -> dict[str, Any]:
        names = ("title", "folder", "owner", "team", "queue", "position")
        return {name: getattr(self, self._meta.get_field(name).attname) for name in names}
