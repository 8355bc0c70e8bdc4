"""The report every import prints."""

from collections.abc import Sequence
from typing import Any

from .files import Preview
from .importers.table import Table
from .models import ImportRun


def report(runs: Sequence[ImportRun]) -> dict[str, Any]:
    """Of pulls: their numbers added up."""
    return {
        "rows": sum(run.received for run in runs),
        "created": sum(run.inserted for run in runs),
        "changed": sum(run.changed + run.withdrawn for run in runs),
        "unchanged": sum(run.unchanged for run in runs),
        "rejected": [
            {"row": one.row, "column": one.column, "reason": one.reason}
            for run in runs
            for one in run.rejected_rows.all()
        ],
        "run": ",".join(str(run.pk) for run in runs) or None,
    }


def report_of_file(found: Table, run: ImportRun, *, new: bool) -> dict[str, Any]:
    """Of a file that was taken; one that stood already changed nothing."""
    same = run.inserted + run.changed + run.unchanged
    return _shape(
        found,
        created=run.inserted if new else 0,
        changed=run.changed + run.withdrawn if new else 0,
        unchanged=run.unchanged if new else same,
        rejected=[
            {"row": one.row, "column": one.column, "reason": one.reason}
            for one in run.rejected_rows.all()
        ],
        run=str(run.pk),
    )


def report_of_preview(seen: Preview) -> dict[str, Any]:
    """Of a file that was only tried."""
    return _shape(
        seen.table,
        created=seen.created,
        changed=seen.changed + seen.withdrawn,
        unchanged=seen.unchanged,
        rejected=[one.as_json() for one in seen.table.rejected],
        run=None,
    )


def _shape(found: Table, **parts: Any) -> dict[str, Any]:
    return {"rows": found.rows, **parts}
