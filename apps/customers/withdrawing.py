"""Taking an import of customers back: the newest first, some two hundred in one transaction.

What the run entered goes, what it changed is put back field by field, and what somebody has
worked with since stays, with the reason. Every step may be done twice, and by two at once.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
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
    """The records touched before this one; where to go on, or nothing after the last.

    A fixed number of statements however many they are: contacts before the customers they are of,
    and what goes before what is put back, which may want its name.
    """
    some = list(run.touched.filter(pk__lt=before).order_by("-pk")[:CHUNK])
    if not some:
        return None
    proof, told = seals.BEFORE_THE_FIRST, {"removed": 0, "restored": 0}
    settled = {one.pk for one in some}
    for model in (Contact, Customer):
        touched = {one.subject_id: one for one in some if one.kind == model.kind}
        records = _held(run, model, list(touched))
        stays: dict[int, str] = {}
        proof, removed = _remove(model, records, stays, proof, at=at)
        restored = _put_back(run, model, records, stays, by=by, at=at)
        told["removed"] += removed
        told["restored"] += restored
        for pk in filter(stays.__contains__, touched):
            said.keep(str(touched[pk]), stays[pk])
            settled.discard(touched[pk].pk)
    run.touched.filter(pk__in=settled).delete()
    said.removed += told["removed"]
    said.restored += told["restored"]
    if any(told.values()):
        run.record("undone", by=by, at=at, **told, proof=proof.hex())
    return some[-1].pk


@dataclass(frozen=True, slots=True)
class Story:
    """A record, what the run did to it, and what others did since."""

    record: Any
    activities: Sequence[Activity]
    mine: Sequence[Activity]
    later: Sequence[Activity]
    refusal: str

    @property
    def was_entered(self) -> bool:
        return self.mine[0].verb == "entered"


def _held(run: ImportRun, model: type[Known], numbers: Sequence[int]) -> dict[int, Story]:
    """Those that are still there, locked, each with its story, in the order of the numbers."""
    rows = model.objects.filter(pk__in=numbers).order_by("pk").select_for_update()
    records = {record.pk: record for record in rows}
    stories: dict[int, list[Activity]] = {pk: [] for pk in records}
    about = Activity.objects.filter(kind=model.kind, subject_id__in=list(records))
    for activity in about.order_by("pk"):
        stories[activity.subject_id].append(activity)
    redacted = Redaction.objects.filter(activity__in=about)
    erased = set(redacted.values_list("activity__subject_id", flat=True))
    runs: dict[int, set[int | None]] = {pk: {None} for pk in records}
    known = Touched.objects.filter(kind=model.kind, subject_id__in=list(records))
    for pk, number in known.values_list("subject_id", "run_id"):
        runs[pk].add(number)
    found: dict[int, Story] = {}
    for pk in filter(records.__contains__, numbers):
        record, story = records[pk], stories[pk]
        mine = [one for one in story if one.data.get("imported") == run.pk]
        later = [one for one in story if one.pk > mine[0].pk and one not in mine]
        refusal = "Its words were erased." if pk in erased else ""
        if not refusal and isinstance(record, Contact) and record.merged_into_id:
            refusal = "It goes on in another contact."
        found[pk] = Story(record, story, mine, _still_standing(later, runs[pk]), refusal)
    return found


def _remove(
    model: type[Known],
    stories: dict[int, Story],
    stays: dict[int, str],
    proof: bytes,
    *,
    at: datetime,
) -> tuple[bytes, int]:
    """What the run entered goes, unless somebody needs it; the proof, and how many."""
    entered = {pk: one for pk, one in stories.items() if one.was_entered}
    asked = list(entered)
    why = objections(f"{model.kind}.remove", asked) | referring.kept_by(model, asked)
    for pk, one in entered.items():
        changed = any(_now(one.record, name) != to for name, (_, to) in _changes(one.mine).items())
        refusal = one.refusal or (_because(one.later[-1]) if one.later else "") or why.get(pk, "")
        if refusal or changed:
            stays[pk] = refusal or "It was changed since."
    gone = [pk for pk in entered if pk not in stays]
    if not gone:
        return proof, 0
    activities = [activity.pk for pk in gone for activity in entered[pk].activities]
    _, digest = seals.remove(Activity.objects.filter(pk__in=activities), at=at)
    referring.delete(model, gone)
    return seals.chained(proof, digest), len(gone)


def _put_back(
    run: ImportRun,
    model: type[Known],
    stories: dict[int, Story],
    stays: dict[int, str],
    *,
    by: Any,
    at: datetime,
) -> int:
    """What the run changed is as before, field by field; how many wholly are."""
    changed = {pk: one for pk, one in stories.items() if not one.was_entered}
    there = _still_there(model, changed.values())
    told: dict[int, dict[str, Any]] = {}
    for pk, one in changed.items():
        if one.refusal:
            stays[pk] = one.refusal
            continue
        told[pk], kept = _fields_back(one, there)
        if kept:
            stays[pk] = " ".join(kept)
    back = [pk for pk in told if told[pk]]
    for pk, why in _kept_at_once(model, [changed[pk].record for pk in back], told).items():
        stays[pk] = why
        told[pk] = {}
    changed = {pk: {**told[pk], "undid": str(run)} for pk in back if told[pk]}
    model.record_each("changed", changed, by=by, at=at)
    return sum(pk not in stays for pk in changed)


def _fields_back(one: Story, there: set[tuple[str, Any]]) -> tuple[dict[str, Any], list[str]]:
    """Sets each field to what it was; what differs, and why some stay."""
    told: dict[str, Any] = {}
    kept: list[str] = []
    for name, (before, after) in _changes(one.mine).items():
        if _now(one.record, name) == before:
            continue
        others = [activity for activity in one.later if name in activity.data]
        field = one.record._meta.get_field(name)
        if others or _now(one.record, name) != after:
            kept.append(f"{name}: {_because(others[-1]) if others else 'It was changed since.'}")
        elif field.is_relation and before and (name, before) not in there:
            kept.append(f"{name}: What it was before is gone.")
        else:
            setattr(one.record, field.attname, field.to_python(before))
            told[name] = [after, before]
    return told, kept


def _still_there(model: type[Known], changed: Iterable[Story]) -> set[tuple[str, Any]]:
    """Of what records named before, by field and number, those that still are."""
    named: dict[str, set[Any]] = {}
    for one in changed:
        for name, (before, _) in _changes(one.mine).items():
            if before and model._meta.get_field(name).is_relation:
                named.setdefault(name, set()).add(before)
    return {
        (name, pk)
        for name, numbers in named.items()
        for pk in model._meta.get_field(name)
        .related_model.objects.filter(pk__in=numbers)
        .values_list("pk", flat=True)
    }


def _kept_at_once(
    model: type[Known], records: Sequence[Known], told: dict[int, dict[str, Any]]
) -> dict[int, str]:
    """Writes the records in one statement; where names collide one by one, saying which."""
    if not records:
        return {}
    names = sorted({name for record in records for name in told[record.pk]})
    try:
        with transaction.atomic():
            model.objects.bulk_update(records, names)
        return {}
    except IntegrityError:
        refused: dict[int, str] = {}
        for record in records:
            try:
                record.keep()
            except Refused as why:
                refused[record.pk] = f"{why.field}: {why.sentence}"
        return refused


def _still_standing(later: Sequence[Activity], runs: set[int | None]) -> list[Activity]:
    """Without what other imports did and an undo has put back since; `runs` touch it still."""
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
