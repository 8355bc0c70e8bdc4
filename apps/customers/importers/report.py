"""What every import says in the end."""

from dataclasses import dataclass, field
from typing import Any

from .reading import Malformed

TAKEN, SOME_REJECTED, UNUSABLE = 0, 3, 2  # exit codes


@dataclass(slots=True)
class Report:
    """Counts of one run, and each row that was not taken with its reason."""

    run: str = ""
    rows: int = 0
    created: int = 0
    changed: int = 0
    unchanged: int = 0
    rejected: list[dict[str, Any]] = field(default_factory=list)
    placeholders: dict[str, int] = field(default_factory=dict)

    def reject(self, line: int, fault: Malformed) -> None:
        """A row that is not taken."""
        self.rejected.append({"row": line, "column": fault.column, "reason": fault.reason})

    @property
    def exit_code(self) -> int:
        return SOME_REJECTED if self.rejected else TAKEN

    def as_json(self) -> dict[str, Any]:
        shape: dict[str, Any] = {
            "rows": self.rows,
            "created": self.created,
            "changed": self.changed,
            "unchanged": self.unchanged,
            "rejected": self.rejected,
            "run": self.run,
        }
        return shape | ({"placeholders": self.placeholders} if self.placeholders else {})

    def as_text(self) -> str:
        """For a person at a terminal."""
        said = [
            f"{self.rows:,} rows: {self.created:,} created, {self.changed:,} changed, "
            f"{self.unchanged:,} unchanged, {len(self.rejected):,} rejected."
        ]
        said += [f"Placeholders: {n:,} {what}." for what, n in sorted(self.placeholders.items())]
        for one in self.rejected[:50]:
            column = f"{one['column']}: " if one["column"] else ""
            said.append(f"  line {one['row']}: {column}{one['reason']}")
        if len(self.rejected) > 50:
            said.append(f"  … and {len(self.rejected) - 50:,} more")
        if self.run:
            said.append(f"This was run {self.run}.")
        return "\n".join(said)
