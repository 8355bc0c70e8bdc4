"""What was asked for about somebody's data, and what was done."""

import uuid
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

from django.conf import settings
from django.db import models, transaction
from django.db.models.functions import Now

from apps.outbox.models import Job
from apps.tickets.rules.moves import UNRESOLVED
from apps.timeline.models import Tracked
from apps.timeline.refusal import Refused
from apps.timeline.text import clean_line

from .choices import Stand, Whose
from .subject import Subject

KEPT = timedelta(days=7)
ERASED_DOMAIN = "erased.invalid"


class About(Tracked):
    """What is common to all of them: whose data it is about."""

    whose = models.CharField(max_length=10, choices=Whose.choices)
    subject_id = models.BigIntegerField()
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()

    class Meta:
        abstract = True

    @property
    def subject(self) -> Subject:
        return Subject(self.whose, self.subject_id)


class Hold(About):
    """A reason to keep what is known of somebody: while it stands nothing is erased."""

    kind: ClassVar[str] = "hold"

    reason = models.CharField(max_length=200)
    lifted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["whose", "subject_id"],
                condition=models.Q(lifted_at=None),
                name="hold_once",
            )
        ]

    def __str__(self) -> str:
        return self.reason

    @classmethod
    def place(cls, subject: Subject, *, reason: str, by: Any, at: datetime) -> "Hold":
        """From now on nothing of theirs is erased."""
        reason = clean_line(reason, field="reason")
        if not reason:
            raise Refused("A hold needs a reason.", field="reason")
        with transaction.atomic():
            hold, made = cls.objects.get_or_create(
                whose=subject.whose,
                subject_id=subject.pk,
                lifted_at=None,
                defaults={"reason": reason, "asked_by": by, "asked_at": at},
            )
            if not made:
                raise Refused("A hold stands already.", field="reason")
            hold.record("placed", by=by, at=at)
        return hold

    def lift(self, *, by: Any, at: datetime) -> None:
        """What is known may be erased again."""
        with transaction.atomic():
            if not Hold.objects.filter(pk=self.pk, lifted_at=None).update(lifted_at=at):
                raise Refused("This hold is lifted already.")
            self.refresh_from_db()
            self.record("lifted", by=by, at=at)


class Erasure(About):
    """Somebody is to be forgotten: one asks, another approves, a job does it; this record stays.

    `proof` is the digest over every activity as it was and as it is since.
    """

    kind: ClassVar[str] = "erasure"

    reason = models.CharField(max_length=200)
    stand = models.CharField(max_length=10, choices=Stand.choices, default=Stand.ASKED)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    why_refused = models.CharField(max_length=200, blank=True)
    job = models.ForeignKey(Job, models.PROTECT, null=True, blank=True, related_name="+")
    counts = models.JSONField(default=dict)
    proof = models.BinaryField(max_length=32, default=bytes)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["whose", "subject_id"],
                condition=models.Q(stand__in=[Stand.ASKED, Stand.APPROVED]),
                name="erasure_once",
            )
        ]
        indexes = [models.Index(fields=["whose", "subject_id"], name="erasure_subject")]

    def __str__(self) -> str:
        return f"Erasure {self.pk}"

    @classmethod
    def ask(cls, subject: Subject, *, reason: str, by: Any, at: datetime) -> "Erasure":
        """Ask that somebody be forgotten."""
        reason = clean_line(reason, field="reason")
        if not reason:
            raise Refused("Say why: a request of theirs, a contract that ended.", field="reason")
        with transaction.atomic():
            subject.record.__class__.objects.select_for_update().get(pk=subject.pk)
            if cls.objects.filter(
                whose=subject.whose,
                subject_id=subject.pk,
                stand__in=[Stand.ASKED, Stand.APPROVED],
            ).exists():
                raise Refused("An erasure is asked for already.", code="taken")
            refuse_what_must_stay(subject)
            made = cls.objects.create(
                whose=subject.whose, subject_id=subject.pk, reason=reason, asked_by=by, asked_at=at
            )
            made.record("asked", by=by, at=at)
        return made

    def approve(self, *, by: Any, at: datetime) -> Job:
        """Let it begin; nobody approves what they asked for themselves."""
        with transaction.atomic():
            self._hold()
            if by.pk == self.asked_by_id:
                raise Refused("Somebody else must approve what you asked for.")
            refuse_what_must_stay(self.subject)
            return self.begin(by=by, at=at)

    def begin(self, *, by: Any, at: datetime) -> Job:
        """Order the work of one that may be done, inside the caller's transaction."""
        self.stand, self.approved_by = Stand.APPROVED, by
        self.job = Job.start(
            "privacy.forget",
            title=f"Erasure {self.pk}",
            params={"erasure": self.pk},
            total=self.subject.tickets.count() + 1,
            about=(self.whose, self.subject_id),
            by=by,
            at=at,
        )
        self.save()
        self.record("approved", by=by, at=at, stand=[Stand.ASKED, Stand.APPROVED])
        return self.job

    def refuse(self, *, why: str, by: Any, at: datetime) -> None:
        """Say no, and why."""
        why = clean_line(why, field="why")
        if not why:
            raise Refused("A refusal needs a reason.", field="why")
        with transaction.atomic():
            self._hold()
            self.stand, self.why_refused = Stand.REFUSED, why
            self.save()
            self.record("refused", by=by, at=at, stand=[Stand.ASKED, Stand.REFUSED])

    def _hold(self) -> None:
        self.refresh_from_db(from_queryset=Erasure.objects.select_for_update(of=("self",)))
        if self.stand != Stand.ASKED:
            raise Refused("This erasure is decided already.")


def refuse_what_must_stay(subject: Subject) -> None:
    """Raises `Refused` while the law or an open question wants the data."""
    holds = models.Q(whose=subject.whose, subject_id=subject.pk)
    if subject.whose == Whose.CUSTOMER:
        people = subject.contacts.values("pk")
        holds |= models.Q(whose=Whose.CONTACT, subject_id__in=people)
    else:
        holds |= models.Q(whose=Whose.CONTACT, subject_id__in=subject.contacts.values("pk"))
        organisation = subject.contacts.values("customer")
        holds |= models.Q(whose=Whose.CUSTOMER, subject_id__in=organisation)
    hold = Hold.objects.filter(holds, lifted_at=None).first()
    if hold:
        raise Refused(f"It is held since {hold.asked_at:%d %b %Y}: {hold.reason}", code="held")
    still_open = subject.tickets.filter(status__in=UNRESOLVED).count()
    if still_open:
        many = "1 ticket is" if still_open == 1 else f"{still_open:,} tickets are"
        raise Refused(f"{many} not resolved yet: answer first, then forget.", code="open")


class Takeout(About):
    """Everything known of somebody in one file, for a week."""

    kind: ClassVar[str] = "takeout"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    job = models.ForeignKey(Job, models.PROTECT, null=True, blank=True, related_name="+")
    digest = models.CharField("SHA-256", max_length=64, blank=True)
    size = models.PositiveBigIntegerField(default=0)
    done_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["whose", "subject_id"], name="takeout_subject")]

    def __str__(self) -> str:
        return f"{self.whose}-{self.subject_id}.zip"

    @classmethod
    def order(cls, subject: Subject, *, by: Any, at: datetime) -> "Takeout":
        """Have it made; its progress is a page."""
        with transaction.atomic():
            made = cls(whose=subject.whose, subject_id=subject.pk, asked_by=by, asked_at=at)
            made.job = Job.start(
                "privacy.takeout",
                title=f"Data of {subject.whose} {subject.pk}",
                params={"takeout": str(made.pk)},
                total=subject.tickets.count() + 1,
                about=(subject.whose, subject.pk),
                by=by,
                at=at,
            )
            made.save()
            subject.record.record("taken_out", by=by, at=at)
        return made

    @property
    def folder(self) -> Path:
        return Path(settings.MEDIA_ROOT) / "takeouts" / str(self.pk)

    @property
    def path(self) -> Path:
        return self.folder.with_suffix(".zip")

    def is_there(self, *, at: datetime) -> bool:
        """Whether it can be fetched."""
        return self.expires_at is not None and at < self.expires_at and self.path.exists()
