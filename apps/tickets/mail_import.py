"""Mails from a disk on their way in: kept first, then filed in the order they were written."""

import hashlib
import uuid
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.db.models.functions import Now
from django.utils import timezone

from apps.customers.importers.reading import Malformed
from apps.customers.importers.report import Report

from . import filing
from .choices import MailState
from .importers.mail import LARGEST
from .importers.mail.heads import date_of, fields_of, split
from .importers.mail.places import mails_at
from .models import InboundMail

WAY = "import"
AT_ONCE = 200
_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class MailReport(Report):
    """What every import says, and what became of the mails."""

    became: Counter[str] = field(default_factory=Counter)

    def as_json(self) -> dict[str, Any]:
        return Report.as_json(self) | {"became": dict(sorted(self.became.items()))}

    def as_text(self) -> str:
        became = ", ".join(f"{n:,} {state}" for state, n in sorted(self.became.items()))
        return Report.as_text(self) + (f"\nBecame: {became}." if became else "")


def import_mail(path: Path, *, dry_run: bool = False) -> MailReport:
    """Take every mail at a place; the same mail again changes nothing. Raises `Unusable`."""
    report = MailReport(run="" if dry_run else f"mail-{uuid.uuid4().hex[:12]}")
    seen: set[bytes] = set()
    rows: dict[int, int] = {}  # mail → row
    for found in mails_at(path):
        report.rows += 1
        if len(found.raw) > LARGEST:
            reason = f"{found.name} is larger than {LARGEST // 1024 // 1024} MB."
            report.reject(report.rows, Malformed("", reason))
            continue
        if not found.raw.strip():
            report.reject(report.rows, Malformed("", f"{found.name} is empty."))
            continue
        digest = hashlib.sha256(found.raw)
        if digest.digest() in seen or (dry_run and _is_known(digest.hexdigest())):
            report.unchanged += 1
        elif dry_run:
            report.created += 1
        else:
            mail, fresh = InboundMail.objects.receive(
                found.raw, way=WAY, run=report.run, arrived_at=_written_at(found.raw)
            )
            report.created += fresh
            report.unchanged += not fresh
            if fresh or mail.state == MailState.RECEIVED:
                rows[mail.pk] = report.rows
        seen.add(digest.digest())
    _file(rows, report)
    return report


def _is_known(digest: str) -> bool:
    return InboundMail.objects.filter(way=WAY, digest=digest).exists()


def _written_at(raw: bytes) -> datetime:
    """When it says it was written: it was not here to arrive; now when it does not say."""
    said = fields_of(split(raw[:65_536])[0]).get("date", ("",))[0]
    at, now = date_of(said), timezone.now()
    return at if at and _LONG_AGO <= at <= now else now


def _file(rows: dict[int, int], report: MailReport) -> None:
    """File them here and now, in the order they were written; workers may have been faster."""
    waiting = InboundMail.objects.filter(pk__in=rows).order_by("arrived_at", "id")
    for number in list(waiting.values_list("pk", flat=True)):
        mail = InboundMail.objects.get(pk=number)
        while mail.state == MailState.RECEIVED:
            InboundMail.objects.filter(pk=number, state=MailState.RECEIVED).update(
                attempts=mail.attempts + 1, next_at=Now() + filing.PAUSE * 3
            )
            mail.refresh_from_db()
            filing.file_one(mail)
            mail.refresh_from_db()
        report.became[mail.state] += 1
        if mail.state == MailState.FAILED:
            report.created -= 1
            report.reject(rows[number], Malformed("", mail.sentence))
