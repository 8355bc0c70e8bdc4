"""Draft: what somebody has begun to write on a ticket, the same on every device."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now

from apps.timeline.refusal import Refused
from apps.timeline.text import clean_text

from ..choices import Mode
from ..rules.addresses import addresses_in
from ..rules.kinds import PICTURES

if TYPE_CHECKING:
    from ..files import Kept

MOST_FILES = 20
A_MOMENT = timedelta(minutes=1)
FORGOTTEN_AFTER = timedelta(days=30)  # one that was discarded or sent


class DraftQuerySet(models.QuerySet):
    """Drafts: one for each person, ticket and mode."""

    def of(self, person: Any) -> "DraftQuerySet":
        return self.filter(person=person)

    def written(self) -> "DraftQuerySet":
        """Those with something in them that was neither sent nor discarded."""
        files = DraftFile.objects.filter(draft=OuterRef("pk"))
        return self.filter(~Q(body="") | Exists(files), discarded_at=None)

    def keep(
        self,
        ticket: Any,
        person: Any,
        *,
        mode: str,
        body: str,
        at: datetime,
        based_on: int = 0,
        cc: Iterable[str] = (),
    ) -> "Draft":
        """What was typed so far. Saying the same twice changes nothing; the last to write wins.

        `based_on` is the version its writer saw. Where another device wrote meanwhile, its text
        stays beside the new one, and `replaced` says so.
        """
        body, cc = clean_text(body, field="body"), addresses_in(cc)
        with transaction.atomic():
            draft = self.hold(ticket, person, mode=mode, at=at)
            if draft.version or not was_sent(ticket, person, body, at):
                draft.write(body, cc=cc, based_on=based_on, at=at)
        return draft

    def attach(
        self, ticket: Any, person: Any, *, mode: str, files: Sequence["Kept"], at: datetime
    ) -> "Draft":
        """Files that go with what is being written."""
        with transaction.atomic():
            draft = self.hold(ticket, person, mode=mode, at=at)
            draft.add_files(files)
            if draft.discarded_at:
                draft.rewrite(body="", discarded_at=None, at=at)
        return draft

    def insert(
        self, ticket: Any, person: Any, *, text: str, files: Iterable["Kept"], at: datetime
    ) -> "Draft":
        """Prepared words under what is there."""
        with transaction.atomic():
            draft = self.hold(ticket, person, mode=Mode.REPLY, at=at)
            begun = draft.shown.rstrip()
            body = f"{begun}\n\n{text}" if begun else text
            draft.rewrite(body=body, earlier="", discarded_at=None, at=at)
            draft.add_files(files)
        return draft

    def hold(self, ticket: Any, person: Any, *, mode: str, at: datetime) -> "Draft":
        """The row, locked; an empty one where there is none."""
        if mode not in Mode.values:
            raise Refused("A draft is a reply or a note.", field="mode")
        held, _ = self.select_for_update().get_or_create(
            ticket=ticket, person=person, mode=mode, defaults={"started_at": at, "updated_at": at}
        )
        return held

    def spend(self, ticket: Any, person: Any, *, mode: str, body: str, at: datetime) -> None:
        """It was sent. An autosave of the same words that arrives late brings nothing back."""
        draft = self.select_for_update().filter(ticket=ticket, person=person, mode=mode).first()
        if draft:
            draft.files.all().delete()
            draft.rewrite(body="", cc=[], earlier=body, discarded_at=None, at=at)

    def give_back(self, message: Any, *, at: datetime) -> "Draft":
        """A message that was taken back, above what its author has begun since."""
        draft = self.hold(message.ticket, message.author, mode=Mode.REPLY, at=at)
        begun = draft.shown.strip()
        more = begun and begun != message.body.strip()
        body = f"{message.body}\n\n{begun}" if more else message.body
        draft.rewrite(body=body, cc=message.cc, earlier="", discarded_at=None, at=at)
        draft.add_files(message.attachments.all())
        return draft


def was_sent(ticket: Any, person: Any, body: str, at: datetime) -> bool:
    """Whether these words left a moment ago, before anything of them was kept."""
    said = ticket.messages.filter(author=person, undone_at=None, at__gt=at - A_MOMENT)
    return bool(body) and said.filter(body=body).exists()


class Draft(models.Model):
    """Words on their way; nobody else reads them, so they leave no Activity."""

    ticket = models.ForeignKey("tickets.Ticket", models.CASCADE, related_name="drafts")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="drafts", db_index=False
    )
    mode = models.CharField(max_length=5, choices=Mode.choices)
    body = models.TextField(blank=True)
    cc = ArrayField(models.EmailField(), default=list, blank=True)
    version = models.PositiveIntegerField(default=0)  # counts writings
    epoch = models.PositiveIntegerField(default=0)  # counts those that were not typed
    earlier = models.TextField(blank=True, help_text="What the last writing replaced unseen.")
    started_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    discarded_at = models.DateTimeField(null=True, blank=True)

    objects = DraftQuerySet.as_manager()
    replaced = False  # whether the writing that was just done replaced another device's

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["ticket", "person", "mode"], name="draft_once")
        ]
        indexes = [models.Index(fields=["person", "-updated_at"], name="draft_person")]

    def __str__(self) -> str:
        return f"{self.get_mode_display()} on #{self.ticket_id} by {self.person_id}"

    @property
    def shown(self) -> str:
        """What its writer finds in the editor."""
        return "" if self.discarded_at else self.body

    def write(self, body: str, *, cc: Sequence[str], based_on: int, at: datetime) -> None:
        """On a held row: the words as they are now."""
        stale = based_on != self.version
        if stale and not self.body and body == self.earlier:
            return  # words that were sent a moment ago
        if (body, list(cc)) == (self.shown, self.cc):
            return
        self.replaced = stale and bool(self.shown.strip()) and body != self.body
        self.earlier = self.body if self.replaced else ""
        self.body, self.cc, self.discarded_at = body, list(cc), None
        self._moved(at)

    def rewrite(self, *, at: datetime, **fields: Any) -> None:
        """On a held row: words that nobody typed, so open editors take them up."""
        for name, value in fields.items():
            setattr(self, name, value)
        self.epoch += 1
        self._moved(at)

    def discard(self, *, at: datetime) -> None:
        """Throw it away; `restore` takes that back."""
        with transaction.atomic():
            self._hold()
            if self.discarded_at or not (self.body or self.files.exists()):
                raise Refused("There is no draft to discard.")
            self.rewrite(discarded_at=at, at=at)

    def restore(self, *, at: datetime) -> None:
        """Bring back what was discarded, or what another device's writing replaced."""
        with transaction.atomic():
            self._hold()
            if self.discarded_at:
                self.rewrite(discarded_at=None, at=at)
            elif self.earlier and self.body:
                self.rewrite(body=self.earlier, earlier=self.body, at=at)
            else:
                raise Refused("There is nothing to bring back.")

    def add_files(self, files: Iterable["Kept"]) -> None:
        """Files that go with it when it is sent."""
        files = list(files)
        with transaction.atomic():
            if self.files.count() + len(files) > MOST_FILES:
                raise Refused(f"{MOST_FILES} files fit on one message.", field="attachments")
            DraftFile.objects.bulk_create(
                DraftFile(
                    draft=self,
                    name=file.name,
                    content_type=file.content_type,
                    size=file.size,
                    digest=file.digest,
                )
                for file in files
            )

    def _hold(self) -> None:
        self.refresh_from_db(from_queryset=Draft.objects.select_for_update())

    def _moved(self, at: datetime) -> None:
        self.version += 1
        self.updated_at = at
        self.save()


class DraftFile(models.Model):
    """A file that waits for its message; its content is stored once under its digest."""

    draft = models.ForeignKey(Draft, models.CASCADE, related_name="files")
    name = models.CharField(max_length=255)
    content_type = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField()
    digest = models.CharField("SHA-256", max_length=64)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name

    @property
    def is_picture(self) -> bool:
        return self.content_type in PICTURES
