"""Taking one import back: every sample becomes what it would be had the run not been."""

# ruff: noqa: S608  (the names put into statements are our own tables and columns)

from datetime import datetime
from typing import Any

from django.db import connection, transaction

from apps.accounts.models import User
from apps.timeline.refusal import Lost, Refused

from .loading import touched
from .models import ImportRun
from .rules.values import State
from .shelves import SHELVES, Shelf


@transaction.atomic
def undo(run: ImportRun, *, by: User | None, at: datetime) -> int:
    """Delete what the run brought, give back what it replaced; the number of samples touched.

    Where a later run replaced the run's sample, the later value stands, and only what it
    replaced is corrected: undoing the later run then leads past this one.
    """
    if not run.wrote:
        raise Refused("This run wrote nothing that could be taken back.")
    if not ImportRun.objects.filter(pk=run.pk, undone_at__isnull=True).update(
        undone_at=at, undone_by=by
    ):
        raise Lost("This run has been undone already.")
    with connection.cursor() as cursor:
        count = sum(_undo(cursor, shelf, run.pk) for shelf in SHELVES)
    run.refresh_from_db()
    run.record("undone", by=by, at=at, samples=count)
    return count


def _undo(cursor: Any, shelf: Shelf, run_id: int) -> int:
    known = {"run": run_id}
    cursor.execute(
        f"""
        WITH back AS (
            UPDATE {shelf.table} t
            SET {shelf.set_to("r")}, run_id = r.old_run_id, rev = least(t.rev + 1, 32767)
            FROM {shelf.revisions} r
            WHERE r.run_id = %(run)s AND t.series_id = r.series_id AND t.ts = r.ts
              AND t.run_id = %(run)s AND r.state <> {State.ABSENT.value}
            RETURNING t.series_id, t.ts
        ), {touched(shelf.table, "back", counts_up=True)}
        SELECT count(*), array_agg(DISTINCT series_id) FROM back
        """,
        known,
    )
    restored, series = cursor.fetchone()
    cursor.execute(
        f"""
        WITH gone AS (
            DELETE FROM {shelf.table} t
            WHERE t.run_id = %(run)s
              AND t.ts >= (SELECT since FROM metrics_importrun WHERE id = %(run)s)
              AND t.ts <= (SELECT until FROM metrics_importrun WHERE id = %(run)s)
            RETURNING t.series_id, t.ts
        ), {touched(shelf.table, "gone", counts_up=True)}
        SELECT count(*), array_agg(DISTINCT series_id) FROM gone
        """,
        known,
    )
    deleted, more = cursor.fetchone()
    _pass_on(cursor, shelf, known)
    _look_again(cursor, shelf, sorted({*(series or []), *(more or [])}))
    return restored + deleted


def _pass_on(cursor: Any, shelf: Shelf, known: dict[str, int]) -> None:
    """Later runs that replaced this run's samples now replace what was before it."""
    cursor.execute(
        f"""
        UPDATE {shelf.revisions} later
        SET {shelf.set_to("mine")}, old_run_id = mine.old_run_id
        FROM {shelf.revisions} mine
        WHERE later.old_run_id = %(run)s AND mine.run_id = %(run)s
          AND later.series_id = mine.series_id AND later.ts = mine.ts
        """,
        known,
    )
    cursor.execute(
        f"""
        UPDATE {shelf.revisions} later SET state = {State.ABSENT.value}
        WHERE later.old_run_id = %(run)s AND NOT EXISTS (
            SELECT FROM {shelf.revisions} mine WHERE mine.run_id = %(run)s
            AND mine.series_id = later.series_id AND mine.ts = later.ts)
        """,
        known,
    )
    cursor.execute(f"DELETE FROM {shelf.revisions} WHERE run_id = %(run)s", known)


def _look_again(cursor: Any, shelf: Shelf, series: list[int]) -> None:
    """A series whose last news was taken back is as old as what is left."""
    cursor.execute(
        f"""
        UPDATE metrics_series s SET
            last_ts = (SELECT max(t.ts) FROM {shelf.table} t
                       WHERE t.series_id = s.id AND t.retention = s.retention),
            last_good_ts = (SELECT max(t.ts) FROM {shelf.table} t
                WHERE t.series_id = s.id AND t.retention = s.retention
                  AND t.state = {State.OK.value})
        WHERE s.id = ANY(%s)
        """,
        [series],
    )
