"""Takes customers and contacts from a file; what a row does not say stays as it is."""

import hashlib
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from apps.timeline.refusal import Refused

from .importers import rows
from .importers.reading import Malformed, Row, Unusable, csv_head, csv_rows, format_of, jsonl_rows
from .importers.report import Report
from .models import Contact, Customer, ImportRun, Touched

CHUNK = 200


def import_customers(
    path: Path,
    *,
    named: str = "",
    dry_run: bool = False,
    by: Any = None,
    at: datetime | None = None,
) -> Report:
    """Take a file, or rehearse it. Raises `Unusable` when nothing can be taken."""
    report = Report()
    at = at or timezone.now()
    try:
        kind = format_of(path, named)
        with path.open("rb") as source:
            found = _rows_of(source, kind)
            with transaction.atomic() if dry_run else nullcontext():
                _take_all(path, found, kind, report, by=by, at=at)
                if dry_run:
                    transaction.set_rollback(True)
                    report.run = ""
            return report
    except OSError as wrong:
        raise Unusable(f"{path} cannot be read: {wrong.strerror}.") from None


def _rows_of(source: BinaryIO, kind: str) -> Iterator[Row]:
    if not source.read(1):
        raise Unusable("The file is empty.")
    if kind == "jsonl":
        return jsonl_rows(source)
    names, end, line = csv_head(source)
    rows.check_head(names)
    return csv_rows(source, names, cursor=end, line=line)


def _take_all(
    path: Path, found: Iterator[Row], kind: str, report: Report, *, by: Any, at: datetime
) -> None:
    with path.open("rb") as source:
        digest = hashlib.file_digest(source, "sha256").hexdigest()
    run = ImportRun.objects.create(name=path.name[:200], digest=digest, started_by=by)
    while some := list(islice(found, CHUNK)):
        with transaction.atomic():
            if ImportRun.objects.select_for_update().get(pk=run.pk).undone_at:
                raise Unusable("This import was undone meanwhile.")
            for row in some:
                report.rows += 1
                try:
                    with transaction.atomic():
                        outcome = _take(row, kind, run, by=by, at=at)
                except Malformed as fault:
                    report.reject(row.line, fault)
                except Refused as refused:
                    report.reject(row.line, Malformed(refused.field, refused.sentence))
                else:
                    setattr(report, outcome, getattr(report, outcome) + 1)
    ImportRun.objects.filter(pk=run.pk).update(
        rows=report.rows,
        created=report.created,
        changed=report.changed,
        unchanged=report.unchanged,
        rejected=report.rejected,
        finished_at=Now(),
    )
    report.run = str(run)


def _take(row: Row, kind: str, run: ImportRun, *, by: Any, at: datetime) -> str:
    """One row, wholly or not at all; says which count it belongs to."""
    if row.fault:
        raise row.fault
    told = rows.read(rows.unfold(row.values) if kind == "csv" else row.values)
    external_id = told.customer["external_id"]
    customer = Customer.objects.filter(external_id=external_id).first()
    if customer is None:
        told.customer.setdefault("name", external_id)
        customer = Customer.objects.enter(**told.customer, run=run.pk, by=by, at=at)
        outcome = "created"
    else:
        fields = told.customer | {"is_placeholder": False}
        moved = customer.change(**fields, run=run.pk, by=by, at=at)
        outcome = "changed" if moved else "unchanged"
    touched = [] if outcome == "unchanged" else [customer]
    for fields in told.contacts:
        contact = Contact.objects.known_as(fields["email"]).first()
        fields["customer"] = customer
        if contact is None:
            contact, moved = Contact.objects.enter(**fields, run=run.pk, by=by, at=at), True
        elif contact.email != fields["email"]:  # a second address: who they are, the first one says
            moved = False
        else:
            moved = contact.change(**fields, run=run.pk, by=by, at=at)
        if moved:
            touched.append(contact)
            outcome = "changed" if outcome == "unchanged" else outcome
    Touched.objects.bulk_create(
        (Touched(run=run, kind=one.kind, subject_id=one.pk) for one in touched),
        ignore_conflicts=True,
    )
    return outcome
