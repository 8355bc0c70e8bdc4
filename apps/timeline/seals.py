"""The chain of seals: each is the SHA-256 of the one before it and of a range of activities.

A range is sealed when nothing can join it any more: ids are given out in the order of time, so
below an id that is older than every running transaction there is nothing still to come.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from .models import Seal

RANGE = 10_000  # activities under one seal
MARGIN = 600  # seconds
AT_ONCE = 50  # seals made in one go
BEFORE_THE_FIRST = bytes(32)

_ROW = """
    sha256(convert_to(jsonb_build_array(
        id, kind, subject_id, verb, extract(epoch FROM at), extract(epoch FROM recorded_at),
        actor_id, actor_label, data
    )::text, 'UTF8'))
"""
_DIGEST = f"""
    SELECT count(*), max(id), sha256(%s || coalesce(string_agg(digest, ''::bytea ORDER BY id), ''))
    FROM (
        SELECT id, {_ROW} AS digest FROM timeline_activity
        WHERE id >= %s AND id <= %s ORDER BY id LIMIT %s
    ) AS sealed
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
        cursor.execute("LOCK TABLE timeline_seal IN SHARE ROW EXCLUSIVE MODE")
        previous = Seal.objects.last()
        first = previous.last_id + 1 if previous else 1
        digest = bytes(previous.digest) if previous else BEFORE_THE_FIRST
        cursor.execute(_SETTLED, [first, at, MARGIN])
        (settled,) = cursor.fetchone()
        made = 0
        while settled is not None and first <= settled and made < AT_ONCE:
            cursor.execute(_DIGEST, [digest, first, settled, RANGE])
            rows, last, digest = cursor.fetchone()
            Seal.objects.create(first_id=first, last_id=last, rows=rows, digest=digest)
            first, made = last + 1, made + 1
    return made


def breaks() -> Iterator[Break]:
    """Every seal that does not hold; the chain goes on from what each seal says."""
    digest, expected = BEFORE_THE_FIRST, 1
    for one in Seal.objects.iterator():
        with connection.cursor() as cursor:
            cursor.execute(_DIGEST, [digest, one.first_id, one.last_id, one.rows + 1])
            rows, _, found = cursor.fetchone()
        if one.first_id != expected:
            yield Break(one, f"the seal over {expected} and what follows is missing")
        elif rows != one.rows:
            yield Break(
                one, f"there were {one.rows}, there are {rows if rows < one.rows else 'more'}"
            )
        elif bytes(found) != bytes(one.digest):
            yield Break(one, "their content is another than was sealed")
        digest, expected = bytes(one.digest), one.last_id + 1
