"""Erasures that a restore undid are done again, as the ledger tells them.

Whoever is not there, was made after the backup: nothing of theirs came back. Whoever is somebody
else under the same number is left to a person, and so is an organisation that has people whom the
erasure did not take along.
"""

import logging
from collections.abc import Iterator
from datetime import datetime

from django.db import transaction

from apps.accounts.models import User
from apps.outbox.jobs import do_now
from apps.outbox.models import Job
from apps.timeline.refusal import Refused

from . import ledger
from .choices import Stand, Whose
from .ledger import Line
from .models import Erasure
from .subject import Subject

log = logging.getLogger(__name__)
REASON = "Done again: a restored backup brought them back."


def replay(*, at: datetime) -> int:
    """The hourly slot: order every erasure of the ledger that is not known here; how many."""
    orders = [order for line in ledger.lines() for order in _order(line, at=at)]
    for pending in orders:
        if isinstance(pending, str):
            log.warning("erasure left to a person", extra={"why": pending})
    return sum(isinstance(order, Job) for order in orders)


def catch_up(*, at: datetime) -> list[str]:
    """After a restore: do them now, before anybody looks; what to tell, in sentences."""
    done, told = 0, []
    for line in ledger.lines():
        with transaction.atomic():
            for order in _order(line, at=at):
                if isinstance(order, Job):
                    do_now(order)
                    done += 1
                else:
                    told.append(order)
    if done:
        told.insert(
            0, f"{done} erased since the backup {'is' if done == 1 else 'are'} erased again."
        )
    if not ledger.path().exists():
        told.append(f"There is no ledger of erasures at {ledger.path()}: put it there.")
    return told


def _order(line: Line, *, at: datetime) -> Iterator[Job | str]:
    """The jobs one line asks for, or why a person has to look."""
    if _is_known(line.subject):
        return
    gone = [pk for pk, born in line.contacts.items() if _born(Subject(Whose.CONTACT, pk)) != born]
    here = set(line.subject.contacts.values_list("pk", flat=True))
    born = _born(line.subject)
    if born == line.born and here <= line.contacts.keys():
        yield _approve(line.subject, line, at=at)
    elif born:
        yield f"{line.subject.whose.capitalize()} {line.subject.pk} was erased, but is not as then."
        return
    for pk in line.contacts.keys() - here - set(gone):
        moved = Subject(Whose.CONTACT.value, pk)
        if not _is_known(moved):
            yield _approve(moved, line, at=at)


def _is_known(subject: Subject) -> bool:
    found = Erasure.objects.filter(whose=subject.whose, subject_id=subject.pk)
    return found.filter(stand__in=[Stand.APPROVED, Stand.DONE]).exists()


def _born(subject: Subject) -> str:
    try:
        return subject.record.created_at.isoformat()
    except Refused:
        return ""


def _approve(subject: Subject, line: Line, *, at: datetime) -> Job:
    """It was asked for and approved already; neither an open ticket nor a lifted hold is news."""
    with transaction.atomic():
        erasure, _ = Erasure.objects.get_or_create(
            whose=subject.whose,
            subject_id=subject.pk,
            stand=Stand.ASKED,
            defaults={"reason": REASON, "asked_by": _person(line.asked_by), "asked_at": line.at},
        )
        erasure.begin(by=_person(line.approved_by), at=at)
    return erasure.job


def _person(pk: int) -> User:
    """Who it was, or whoever is there longest: the account may be younger than the backup."""
    return User.objects.filter(pk=pk).first() or User.objects.earliest("pk")
