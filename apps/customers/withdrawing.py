"""Taking an import of customers back: the newest first, some two hundred in one transaction.

What the run entered goes, what it changed is put back field by field, and what somebody has
worked with since stays, with the reason. Every step may be done twice, and by two at once.
"""

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from apps.timeline import seals
from apps.timeline.models import Activity, Redaction
from apps.timeline.objections import objections
from apps.timeline.refusal import Refused

from . import referring
from .importers.undone import Undone
from .models import Contact, Customer, ImportRun, Known, Touched, plain

CHUNK = 200
NEWEST = 2**63 - 1
_MODELS: dict[str, type[Known]] = {one.kind: one for one in (Contact, Customer)}


class Stays(Exception):
    """A record that is not taken back, or not wholly; says why."""


def undo_import(run: ImportRun, **how: Any) -> Undone:
    """Take a run back here and now, or rehearse it; `how` as `take_back` has it."""
    return take_back(run, NEWEST, advance, **how)


def take_back(
    run: Any,
    place: Any,
    advance: Callable[..., Any],
    *,
    dry_run: bool = False,
    by: Any = None,
    at: datetime | None = None,
    progress: Callable[[Undone], object] = lambda said: None,
) -> Undone:
    """Chunk by chunk from `place` on, until `advance` names no further one.

    A dry run does all of it and keeps nothing.
    """
    at = at or timezone.now()
    said = Undone(run=str(run))
    with transaction.atomic() if dry_run else nullcontext():
        run.withdraw(by=by, at=at)
        while place:
            place = advance(run, place, said, by=by, at=at)
            progress(said)
        if dry_run:
            transaction.set_rollback(True)
    if dry_run:
        run.refresh_from_db()
    return said


@transaction.atomic
def advance(run: ImportRun, before: int, said: Undone, *, by: Any, at: datetime) -> int | None:
    """The records touched before this one; where to go on, or nothing after the last."""
    some = list(run.touched.filter(pk__lt=before).order_by("-pk")[:CHUNK])
    if not some:
        return None
    place = some[-1].pk
    proof, told = seals.BEFORE_THE_FIRST, {"removed": 0, "restored": 0}
    for one in some:
        record = _MODELS[one.kind].objects.select_for_update().filter(pk=one.subject_id).first()
        if record is None:
            one.delete()
            continue
        try:
            what, proof = _take_back(run, record, proof, by=by, at=at)
        except Stays as why:  # of a changed record what can be put back is, and the rest is named
            said.keep(str(one), str(why))
            continue
        one.delete()
        told[what] += 1
    said.removed += told["removed"]
    said.restored += told["restored"]
    if any(told.values()):
        run.record("undone", by=by, at=at, **told, proof=proof.hex())
    return place


def _take_back(
    run: ImportRun, record: Any, proof: bytes, *, by: Any, at: datetime
) -> tuple[str, bytes]:
    """One record, as it would be without the run; which count it belongs to."""
    story = list(Activity.objects.about(record.kind, record.pk).order_by("pk"))
    if Redaction.objects.filter(activity__in=story).exists():
        raise Stays("Its words were erased.")
    if isinstance(record, Contact) and record.merged_into_id:
        raise Stays("It goes on in another contact.")
    mine = [one for one in story if one.data.get("imported") == run.pk]
    later = [one for one in story if one.pk > mine[0].pk and one not in mine]
    later = _still_standing(record, later)
    if mine[0].verb != "entered":
        _put_back(run, record, mine, later, by=by, at=at)
        return "restored", proof
    if later:
        raise Stays(_because(later[-1]))
    if why := referring.kept_by(type(record), [record.pk]):
        raise Stays(why[record.pk])
    if why := objections(f"{record.kind}.remove", [record.pk]):
        raise Stays(why[record.pk])
    if any(_now(record, name) != after for name, (_, after) in _changes(mine).items()):
        raise Stays("It was changed since.")
    _, gone = seals.remove(Activity.objects.filter(pk__in=[one.pk for one in story]), at=at)
    referring.delete(type(record), [record.pk])
    return "removed", seals.chained(proof, gone)


def _put_back(
    run: ImportRun,
    record: Any,
    mine: Sequence[Activity],
    later: Sequence[Activity],
    *,
    by: Any,
    at: datetime,
) -> None:
    stays: list[str] = []
    told: dict[str, Any] = {}
    for name, (before, after) in _changes(mine).items():
        if _now(record, name) == before:
            continue
        others = [one for one in later if name in one.data]
        if others or _now(record, name) != after:
            stays.append(f"{name}: {_because(others[-1]) if others else 'It was changed since.'}")
            continue
        field = record._meta.get_field(name)
        if field.is_relation and before and not field.related_model.objects.filter(pk=before):
            stays.append(f"{name}: What it was before is gone.")
            continue
        setattr(record, field.attname, field.to_python(before))
        told[name] = [after, before]
    if told:
        try:
            record.keep()
        except Refused as refused:
            raise Stays(f"{refused.field}: {refused.sentence}") from None
        record.record("changed", by=by, at=at, **told, undid=str(run))
    if stays:
        raise Stays(" ".join(stays))


def _still_standing(record: Any, later: Sequence[Activity]) -> list[Activity]:
    """Without what other imports did to it and an undo has put back since."""
    known = Touched.objects.filter(kind=record.kind, subject_id=record.pk)
    runs = {None, *known.values_list("run_id", flat=True)}
    return [one for one in later if "undid" not in one.data and one.data.get("imported") in runs]


def _changes(mine: Sequence[Activity]) -> dict[str, tuple[Any, Any]]:
    """Each field the run set: what it was before the first time, and is after the last."""
    found: dict[str, tuple[Any, Any]] = {}
    for one in mine:
        for name, pair in one.data.items():
            if name != "imported":
                found[name] = (found[name][0] if name in found else pair[0], pair[1])
    return found


def _now(record: Any, name: str) -> Any:
    return plain(getattr(record, record._meta.get_field(name).attname))


def _because(later: Activity) -> str:
    if run := later.data.get("imported"):
        return f"customers-{run} changed it: undo that first."
    return f"It was worked with since ({later.verb.replace('_', ' ')})."
