"""Checklists: what a queue wants done on its tickets, and what was done, by whom, when."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models

from apps.timeline.refusal import Refused
from apps.timeline.text import clean_line

from .queue import Queue

MOST = 50


class Checklist(models.Model):
    """Items to put on a ticket together; set up in the admin."""

    queue = models.ForeignKey(
        Queue, models.CASCADE, null=True, blank=True, related_name="checklists",
        help_text="Of every queue if empty.",
    )  # fmt: skip
    name = models.CharField(max_length=80)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "name"]
        constraints = [models.UniqueConstraint(fields=["queue", "name"], name="checklist_once")]

    def __str__(self) -> str:
        return self.name


class ChecklistLine(models.Model):
    """One item of a checklist."""

    checklist = models.ForeignKey(Checklist, models.CASCADE, related_name="lines")
    text = models.CharField(max_length=200)
    required = models.BooleanField("required to resolve", default=False)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.text


class ItemQuerySet(models.QuerySet):
    """Items of tickets."""

    def kept(self) -> "ItemQuerySet":
        return self.filter(removed_at=None)

    def missing(self) -> "ItemQuerySet":
        """What has to be done before the ticket is."""
        return self.kept().filter(required=True, done_at=None)

    def with_people(self) -> "ItemQuerySet":
        return self.select_related("done_by").order_by("position", "pk")


class Item(models.Model):
    """One thing to do on one ticket."""

    ticket = models.ForeignKey("tickets.Ticket", models.CASCADE, related_name="items")
    text = models.CharField(max_length=200)
    required = models.BooleanField(default=False)
    position = models.PositiveSmallIntegerField(default=0)
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    removed_at = models.DateTimeField(null=True, blank=True)

    objects = ItemQuerySet.as_manager()

    def __str__(self) -> str:
        return self.text


class Checking:
    """Verbs of a ticket about what has to be done on it."""

    def use_checklist(self, checklist: Checklist, *, by: Any, at: datetime) -> None:
        """Put its items on the ticket; those that are there already are not put twice."""
        with self.held():
            self._changeable()
            if checklist.queue_id and checklist.queue_id != self.queue_id:
                raise Refused(f"“{checklist}” belongs to another queue.", field="checklist")
            known = set(self.items.kept().values_list("text", flat=True))
            lines = [line for line in checklist.lines.all() if line.text not in known]
            if not lines:
                raise Refused(f"Everything of “{checklist}” is on it already.", field="checklist")
            self._put(lines)
            self.change(at)
            self.record("checklist_used", by=by, at=at, checklist=str(checklist))

    def add_item(self, text: str, *, required: bool = False, by: Any, at: datetime) -> Item:
        """One more thing to do."""
        text = clean_line(text, limit=200, field="item")
        if not text:
            raise Refused("Write what is to be done.", field="item")
        with self.held():
            self._changeable()
            [item] = self._put([ChecklistLine(text=text, required=required)])
            self.change(at)
            self.record("item_added", by=by, at=at, item=text)
        return item

    def tick(self, item: Item, *, by: Any, at: datetime) -> None:
        """It is done."""
        with self._item(item):
            if item.done_at:
                raise Refused(f"“{item}” is done already.")
            self._mark(item, "ticked", by=by, at=at, done_at=at, done_by=by)

    def untick(self, item: Item, *, by: Any, at: datetime) -> None:
        """It was not done after all."""
        with self._item(item):
            if not item.done_at:
                raise Refused(f"“{item}” is still to do.")
            self._mark(item, "unticked", by=by, at=at, done_at=None, done_by=None)

    def remove_item(self, item: Item, *, by: Any, at: datetime) -> None:
        """It need not be done; `restore_item` puts it back."""
        with self._item(item):
            if item.removed_at:
                raise Refused(f"“{item}” is gone already.")
            self._mark(item, "item_removed", by=by, at=at, removed_at=at)

    def restore_item(self, item: Item, *, by: Any, at: datetime) -> None:
        """It has to be done after all."""
        with self._item(item):
            if not item.removed_at:
                raise Refused(f"“{item}” is there.")
            self._mark(item, "item_restored", by=by, at=at, removed_at=None)

    def missing_items(self) -> list[str]:
        """What is required and not done."""
        return list(self.items.missing().order_by("position", "pk").values_list("text", flat=True))

    # --- parts ----------------------------------------------------------------------------------

    def _put(self, lines: list[ChecklistLine]) -> list[Item]:
        count = self.items.kept().count()
        if count + len(lines) > MOST:
            raise Refused(f"A ticket has {MOST} items at most.", field="item")
        return Item.objects.bulk_create(
            Item(ticket=self, text=line.text, required=line.required, position=count + n)
            for n, line in enumerate(lines)
        )

    @contextmanager
    def _item(self, item: Item) -> Iterator[None]:
        """A transaction that holds the ticket, which may be changed, and the item, read anew."""
        with self.held():
            self._changeable()
            item.refresh_from_db(from_queryset=self.items.all())
            yield

    def _mark(self, item: Item, verb: str, *, by: Any, at: datetime, **fields: Any) -> None:
        for name, value in fields.items():
            setattr(item, name, value)
        item.save(update_fields=list(fields))
        self.change(at)
        self.record(verb, by=by, at=at, item=item.text)
