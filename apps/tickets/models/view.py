"""Saved views: a name for an address, one's own or shared; and how a person likes each list."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models, transaction
from django.db.models import Q
from django.urls import reverse

from apps.timeline.models import Tracked
from apps.timeline.refusal import Refused
from apps.timeline.text import clean_line

from ..choices import Column, Sort
from ..querysets.views import HabitQuerySet, ViewQuerySet
from ..rules.words import ask

MOST_PINS = 12  # in one person's rail


class ViewManager(models.Manager.from_queryset(ViewQuerySet)):  # type: ignore[misc]
    """Begins views."""

    def keep(
        self,
        name: str,
        words: str,
        *,
        by: Any,
        at: datetime,
        sort: str = Sort.UPDATED,
        columns: Iterable[str] = (),
    ) -> "View":
        """A view of one's own, from what a list shows now."""
        view = self.model(owner=by, made_by=by)
        with transaction.atomic():
            view._write(name=name, words=words, sort=sort, columns=list(columns))
            view._named_once()
            view.save(force_insert=True)
            view.record("kept", by=by, at=at, name=[None, view.name], words=[None, view.words])
        return view


class View(Tracked):
    """Words and an order somebody keeps; without an owner it is its team's, or everybody's."""

    kind: ClassVar[str] = "view"

    name = models.CharField(max_length=80)
    words = models.CharField(max_length=400, blank=True, help_text="As typed into the filter.")
    sort = models.CharField(max_length=10, choices=Sort.choices, default=Sort.DUE)
    columns = ArrayField(
        models.CharField(max_length=10, choices=Column.choices),
        default=list,
        db_default=models.Value([], ArrayField(models.CharField(max_length=10))),
        blank=True,
        help_text="Empty for the usual ones.",
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="ticket_views",
    )
    team = models.ForeignKey(
        "accounts.Team",
        models.CASCADE,
        null=True,
        blank=True,
        related_name="ticket_views",
        help_text="Who shares it; without an owner and a team everybody does.",
    )
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    position = models.PositiveSmallIntegerField(default=0)
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = ViewManager()

    class Meta:
        ordering = ["position", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "team", "name"],
                name="view_named_once",
                condition=Q(deleted_at=None),
                nulls_distinct=False,
            )
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return f"{reverse('portal:tickets')}?view={self.pk}"

    @property
    def is_shared(self) -> bool:
        return self.owner_id is None

    def shared_with(self) -> str:
        """In a word: who sees it."""
        return "only you" if self.owner_id else str(self.team) if self.team_id else "everybody"

    def may_be_changed_by(self, person: Any) -> bool:
        """One's own by oneself, a shared one by who leads."""
        return person.may("views.share") if self.is_shared else self.owner_id == person.pk

    # --- verbs ----------------------------------------------------------------------------------

    def edit(self, *, by: Any, at: datetime, **fields: Any) -> None:
        """Change its name, words, order or columns."""
        with transaction.atomic():
            self._hold(by)
            told = self._write(**fields)
            if not told:
                raise Refused("The view is so already.")
            self._named_once()
            self.save(update_fields=list(told))
            self.record("edited", by=by, at=at, **told)

    def duplicate(self, *, by: Any, at: datetime) -> "View":
        """One's own copy, to change without changing it for others."""
        taken = set(View.objects.filter(owner=by, deleted_at=None).values_list("name", flat=True))
        name = next(
            name
            for n in range(1, len(taken) + 2)
            if (name := f"{self.name[:70]} copy{f' {n}' if n > 1 else ''}") not in taken
        )
        return View.objects.keep(
            name, self.words, sort=self.sort, columns=self.columns, by=by, at=at
        )

    def share(self, team: Any = None, *, by: Any, at: datetime) -> None:
        """For a team, or for everybody."""
        if not by.may("views.share"):
            raise Refused("Leads share views; yours stays your own.", code="forbidden")
        with transaction.atomic():
            self._hold(by)
            if self.is_shared and self.team_id == (team.pk if team else None):
                raise Refused(f"It is shared with {team or 'everybody'} already.")
            self._belong(None, team, "shared", by, at)

    def keep_private(self, *, by: Any, at: datetime) -> None:
        """Shared no longer: it is one's own."""
        with transaction.atomic():
            self._hold(by)
            if not self.is_shared:
                raise Refused("It is yours alone already.")
            self._belong(by, None, "kept_private", by, at)

    def delete_by(self, by: Any, *, at: datetime) -> None:
        """Out of every list, until it is restored."""
        with transaction.atomic():
            self._hold(by)
            self.deleted_at = at
            self.save(update_fields=["deleted_at"])
            self.record("deleted", by=by, at=at)

    def restore(self, *, by: Any, at: datetime) -> None:
        """As it was, with everybody's pins."""
        with transaction.atomic():
            self._hold(by, deleted=True)
            self.deleted_at = None
            self._named_once()
            self.save(update_fields=["deleted_at"])
            self.record("restored", by=by, at=at)

    def pin(self, *, by: Any) -> "Habit":
        """Into one's own rail."""
        with transaction.atomic():
            pins = Habit.objects.select_for_update().filter(person=by, pinned=True)
            if len(pins) >= MOST_PINS:
                raise Refused(f"{MOST_PINS} views are in your rail; take one out first.")
            habit, _ = Habit.objects.get_or_create(person=by, view=self)
            if not habit.pinned:
                habit.pinned, habit.position = True, len(pins)
                habit.save(update_fields=["pinned", "position"])
        return habit

    def unpin(self, *, by: Any) -> None:
        """Out of one's own rail."""
        Habit.objects.filter(person=by, view=self).update(pinned=False)

    # --- parts ----------------------------------------------------------------------------------

    def _hold(self, by: Any, *, deleted: bool = False) -> None:
        self.refresh_from_db(from_queryset=View.objects.select_for_update())
        if bool(self.deleted_at) != deleted:
            raise Refused("The view is there." if deleted else "The view was deleted.")
        if not self.may_be_changed_by(by):
            raise Refused("Only its owner, or a lead, changes a view.", code="forbidden")

    def _belong(self, owner: Any, team: Any, verb: str, by: Any, at: datetime) -> None:
        told = {"owner": [self.owner_id, owner.pk if owner else None]}
        told["team"] = [self.team_id, team.pk if team else None]
        self.owner, self.team = owner, team
        self._named_once()
        self.save(update_fields=["owner", "team"])
        self.record(verb, by=by, at=at, **told)

    def _write(self, **fields: Any) -> dict[str, list[Any]]:
        """Take these fields over; returns those that differ."""
        told = {}
        for name, value in fields.items():
            before, value = getattr(self, name), _fit(name, value)
            if before != value:
                setattr(self, name, value)
                told[name] = [before, value]
        return told

    def _named_once(self) -> None:
        namesakes = View.objects.filter(
            owner=self.owner, team=self.team, name=self.name, deleted_at=None
        )
        if namesakes.exclude(pk=self.pk).exists():
            raise Refused(f"There is a view “{self.name}” already.", field="name")


def _fit(name: str, value: Any) -> Any:
    """A field of a view as it is kept."""
    if name == "name":
        value = clean_line(value, limit=80, field="name")
        if not value:
            raise Refused("A view needs a name.", field="name")
    elif name == "words":
        question = ask(clean_line(value, limit=400, field="words"))
        if question.problems:
            raise Refused(" ".join(question.problems), field="words")
        value = str(question)
    elif name == "sort" and value not in Sort.values:
        raise Refused("That is not an order of a list.", field="sort")
    elif name == "columns":
        if unknown := [one for one in value if one not in Column.values]:
            raise Refused(f"There is no column “{unknown[0]}”.", field="columns")
        value = [one for one in Column.values if one in value]
    return value


class Habit(models.Model):
    """How one person likes one list: its columns, and whether it stands in their rail.

    Without a view it is about every list that is no saved view. What the rail says beside a pinned
    view is kept here when it takes long to count.
    """

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    view = models.ForeignKey(View, models.CASCADE, null=True, blank=True, related_name="habits")
    columns = ArrayField(
        models.CharField(max_length=10, choices=Column.choices), default=list, blank=True
    )
    pinned = models.BooleanField(default=False)
    position = models.PositiveSmallIntegerField(default=0)
    count = models.PositiveSmallIntegerField(null=True, blank=True, editable=False)
    counted_at = models.DateTimeField(null=True, blank=True, editable=False)
    took = models.PositiveIntegerField(
        null=True, blank=True, editable=False, help_text="Microseconds to count."
    )

    objects = HabitQuerySet.as_manager()

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "view"], name="habit_once", nulls_distinct=False
            )
        ]
        indexes = [
            models.Index("counted_at", condition=Q(pinned=True), name="habit_pinned"),
        ]

    def __str__(self) -> str:
        return f"{self.person}: {self.view or 'every list'}"
