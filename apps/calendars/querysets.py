"""How calendars are asked for."""

from typing import TYPE_CHECKING, Any

from django.db import models

if TYPE_CHECKING:
    from .models import CalendarVersion  # noqa: F401  (named in quotes)


class CalendarVersionQuerySet(models.QuerySet["CalendarVersion"]):
    """Versions, the one in force first."""

    def newest_first(self) -> "CalendarVersionQuerySet":
        return self.order_by("-number")

    def specs(self) -> dict[int, dict[str, Any]]:
        """Every version's working times by id, ready for the rules."""
        return {version.pk: version.spec for version in self}
