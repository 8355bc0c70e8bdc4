"""How a ticket's customer said we did: on this one, and the last time on another."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef
from django.db.models.functions import JSONObject

from apps.surveys.models import Survey
from apps.surveys.rules import SCORES

_COLUMNS = {
    "ticket": "ticket",
    "asked_at": "asked_at",
    "score": "response__score",
    "comment": "response__comment",
    "at": "response__at",
}


class Rating(NamedTuple):
    """What somebody was asked, and what they said; without a score they said nothing yet."""

    ticket: int
    asked_at: datetime
    score: int | None
    comment: str
    at: datetime | None

    @property
    def words(self) -> str:
        return SCORES[self.score] if self.score else ""

    @classmethod
    def read(cls, found: Sequence[Mapping[str, Any]]) -> "Rating | None":
        """Of the one row a column of this module holds, or none."""
        for row in found:
            asked, at = row["asked_at"], row["at"]
            return cls(
                row["ticket"],
                datetime.fromisoformat(asked),
                row["score"],
                row["comment"] or "",
                datetime.fromisoformat(at) if at else None,
            )
        return None


def of_ticket() -> ArraySubquery:
    """As a column: how they said we did on this ticket."""
    return _one(Survey.objects.filter(ticket=OuterRef("pk")))


def of_requester() -> ArraySubquery:
    """As a column: what its contact said last of another ticket, by whatever address."""
    contact = OuterRef(OuterRef("contact"))  # of the ticket, beyond the survey
    asked = Survey.objects.of_person(contact).exclude(ticket=OuterRef("pk"))
    return _one(asked.order_by(F("response__at").desc(nulls_last=True), "-asked_at"))


def _one(surveys: Any) -> ArraySubquery:
    return ArraySubquery(surveys.values(row=JSONObject(**_COLUMNS))[:1])
