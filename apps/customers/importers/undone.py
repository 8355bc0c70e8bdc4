"""What the undoing of an import says in the end."""

from dataclasses import dataclass, field
from typing import Any

from .report import SOME_REJECTED, TAKEN


@dataclass(slots=True)
class Undone:
    """Counts of what went and what was put back, and each record that stays with its reason."""

    run: str = ""
    removed: int = 0
    restored: int = 0
    kept: list[dict[str, str]] = field(default_factory=list)
    placeholders: dict[str, int] = field(default_factory=dict)

    def keep(self, record: str, reason: str) -> None:
        """A record that stays as it is."""
        self.kept.append({"record": record, "reason": reason})

    @property
    def exit_code(self) -> int:
        return SOME_REJECTED if self.kept else TAKEN

    def as_json(self) -> dict[str, Any]:
        return {
            "rows": self.removed + self.restored + len(self.kept),
            "removed": self.removed,
            "restored": self.restored,
            "kept": self.kept,
            "placeholders": self.placeholders,
            "run": self.run,
        }

    def as_text(self) -> str:
        """For a person at a terminal."""
        said = [f"{self.removed:,} removed, {self.restored:,} put back, {len(self.kept):,} kept."]
        said += [f"Placeholders gone: {n:,} {w}." for w, n in sorted(self.placeholders.items())]
        said += [f"  {one['record']}: {one['reason']}" for one in self.kept[:50]]
        if len(self.kept) > 50:
            said.append(f"  … and {len(self.kept) - 50:,} more")
        return "\n".join(said)
