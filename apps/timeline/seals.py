"""The chain of seals: each is the SHA-256 of the one before it and of a range of activities.

A range is sealed when nothing can join it any more: ids are given out in the order of time, so
below an id that is older than every running transaction there is nothing still to come.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

import pgtrigger
from django.db import connection, transaction
from django.db.models import QuerySet

from .models import Activity, Seal

RANGE = 10_000  # activities under one seal
MARGIN = 600  # seconds
AT_ONCE = 50  # seals made in one go
_LOCK = 0x7365616C  # one sealer at a time
BEFORE_THE_FIRST = bytes(32)

_ROW = """
    sha256(convert_to(jsonb_build_array(
        id, kind, subject_id, verb, extract(epoch FROM timeline_activity.at),
        extract(epoch FROM recorded_at), actor_id, actor_label, data
    )::text, 'UTF8'))
"""
_DIGEST = f"""
    SELECT count(*), max(id),
        sha256(%(before)s || coalesce(string_agg(digest, ''::bytea ORDER BY id), ''))
    FROM (
        (SELECT id, coalesce(was, {_ROW}) AS digest
            FROM timeline_activity LEFT JOIN timeline_redaction ON activity_id = id
            WHERE id >= %(first)s AND id <= %(last)s ORDER BY id LIMIT %(most)s)
        UNION ALL
        (SELECT activity_id, was FROM timeline_removal
            WHERE activity_id >= %(first)s AND activity_id <= %(last)s
            ORDER BY activity_id LIMIT %(most)s)
        ORDER BY id LIMIT %(most)s
    ) AS sealed
"""  # noqa: S608  (no part of it comes from outside)
_ALTERED = f"""
    SELECT id FROM timeline_activity JOIN timeline_redaction ON activity_id = id
    WHERE id >= %s AND id <= %s AND now <> {_ROW} LIMIT 1
"""  # noqa: S608  (no part of it comes from outside)
_SETTLED = """
    SELECT max(id) FROM timeline_activity WHERE id >= %s AND recorded_at < least(%s, (
        SELECT min(xact_start) FROM pg_stat_activity WHERE datname = current_database()
    )) - make_interval(secs => %s)
"""


@dataclass(frozen=True)
class Break:
    """A seal that its activities no longer bear out."""

    seal: Seal
    reason: str

    def __str__(self) -> str:
        return f"Activities {self.seal}: {self.reason}"


@transaction.atomic
def seal(*, at: datetime) -> int:
    """Seal what has settled; how many seals that made. Of two at once, one waits for the other."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        previous = Seal.objects.last()
        first = previous.last_id + 1 if previous else 1
        digest = bytes(previous.digest) if previous else BEFORE_THE_FIRST
        cursor.execute(_SETTLED, [first, at, MARGIN])
        (settled,) = cursor.fetchone()
        made = 0
        while settled is not None and first <= settled and made < AT_ONCE:
            rows, last, digest = _digest(cursor, digest, first, settled, most=RANGE)
            Seal.objects.create(first_id=first, last_id=last, rows=rows, digest=digest)
            first, made = last + 1, made + 1
    return made


def _digest(cursor: Any, before: bytes, first: int, last: int, *, most: int) -> Any:
    """How many activities of a range there are or were, the last of them, the digest over them."""
    known = {"before": before, "first": first, "last": last, "most": most}
    cursor.execute(_DIGEST, known)
    return cursor.fetchone()


def redact(chosen: QuerySet[Activity], *, keep: Sequence[str], at: datetime) -> tuple[int, bytes]:
    """Take out of these activities all words but those of `keep` and who an outsider was.

    How many that changed, and a digest over what each was and is: whoever redacts records it, so
    that a later seal covers the redaction itself. What was taken out once is left alone.
    """
    fresh = list(chosen.filter(redaction=None).order_by().values_list("pk", flat=True))
    return len(fresh), _done("SELECT timeline_redact(%s, %s, %s)", [list(keep), fresh, at])


def remove(chosen: QuerySet[Activity], *, at: datetime) -> tuple[int, bytes]:
    """Take these activities away, of records that go too; what they were sealed by stays.

    How many, and a digest over what each was: whoever removes records it, as with `redact`.
    """
    numbers = list(chosen.order_by().values_list("pk", flat=True))
    return len(numbers), _done("SELECT timeline_remove(%s, %s)", [numbers, at])


@transaction.atomic
def _done(sql: str, given: list[Any]) -> bytes:
    """By functions of the owner's (migration 0007): who runs the portal may only add rows."""
    ours = ("timeline.Activity:append_only", "timeline.Redaction:append_only")
    with pgtrigger.ignore(*ours), connection.cursor() as cursor:
        cursor.execute(sql, given)
        return bytes(cursor.fetchone()[0])


def breaks() -> Iterator[Break]:
    """Every seal that does not hold; the chain goes on from what each seal says."""
    digest, expected = BEFORE_THE_FIRST, 1
    for one in Seal.objects.iterator():
        with connection.cursor() as cursor:
            rows, _, found = _digest(cursor, digest, one.first_id, one.last_id, most=one.rows + 1)
            cursor.execute(_ALTERED, [one.first_id, one.last_id])
            altered = cursor.fetchone()
        if one.first_id != expected:
            yield Break(one, f"the seal over {expected} and what follows is missing")
        elif rows != one.rows:
            yield Break(
                one, f"there were {one.rows}, there are {rows if rows < one.rows else 'more'}"
            )
        elif bytes(found) != bytes(one.digest):
            yield Break(one, "their content is another than was sealed")
        elif altered:
            yield Break(one, f"activity {altered[0]} was changed after its redaction")
        digest, expected = bytes(one.digest), one.last_id + 1


def chained(before: bytes, proof: bytes) -> bytes:
    """One digest over several redactions, in their order."""
    return sha256(before + proof).digest()
