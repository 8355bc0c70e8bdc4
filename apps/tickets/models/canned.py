"""CannedReply: words somebody sends often, with places for names and dates."""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import models, transaction
from django.db.models import Case, IntegerField, Q, Value, When

from apps.timeline.refusal import Refused
from apps.timeline.text import clean_text

from ..rules.variables import problems
from .prepared import Prepared, PreparedQuerySet

if TYPE_CHECKING:
    from ..files import Kept

MOST_FILES = 5


class CannedQuerySet(PreparedQuerySet):
    """Canned replies."""

    def matching(self, typed: str) -> "CannedQuerySet":
        """Those whose title begins so, then holds it, then whose words do; used often first."""
        found = self
        for word in typed.split()[:6]:
            found = found.filter(
                Q(title__icontains=word) | Q(folder__icontains=word) | Q(body__icontains=word)
            )
        typed = typed.strip()
        rank = Case(
            When(title__istartswith=typed, then=Value(0)),
            When(title__icontains=typed, then=Value(1)),
            default=Value(2),
            output_field=IntegerField(),
        )
        return found.order_by(rank, "-used", "title", "pk")


class CannedReply(Prepared):
    """An answer prepared once; its places are filled in when it is used."""

    kind = "canned_reply"

    body = models.TextField()

    objects = CannedQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "canned replies"
        indexes = [models.Index(fields=["owner", "folder", "title"], name="canned_offered")]

    def _take(self, words: dict[str, Any]) -> None:
        super()._take(words)
        self.body = clean_text(self.body, field="body")
        if not self.body.strip():
            raise Refused("Write what it says.", field="body")
        if wrong := problems(self.body):
            raise Refused(wrong[0], code="unknown_variable", field="body")

    def _told(self) -> dict[str, Any]:
        return super()._told() | {"body": self.body}

    def add_files(self, files: Iterable["Kept"], *, by: Any, at: datetime) -> None:
        """Files that go with it."""
        files = list(files)
        if not files:
            return
        with transaction.atomic():
            self._hold(by)
            if self.files.count() + len(files) > MOST_FILES:
                raise Refused(f"{MOST_FILES} files fit on a canned reply.", field="files")
            self._attach(files)
            self.record("changed", by=by, at=at, files=[None, ", ".join(one.name for one in files)])

    def _attach(self, files: Iterable["Kept"]) -> None:
        CannedFile.objects.bulk_create(
            CannedFile(
                reply=self,
                name=file.name,
                content_type=file.content_type,
                size=file.size,
                digest=file.digest,
            )
            for file in files
        )

    def remove_file(self, file: "CannedFile", *, by: Any, at: datetime) -> None:
        """It goes with it no longer."""
        with transaction.atomic():
            self._hold(by)
            self.record("changed", by=by, at=at, files=[file.name, None])
            file.delete()


class CannedFile(models.Model):
    """A file that goes with a canned reply."""

    reply = models.ForeignKey(CannedReply, models.CASCADE, related_name="files")
    name = models.CharField(max_length=255)
    content_type = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField()
    digest = models.CharField("SHA-256", max_length=64)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name
