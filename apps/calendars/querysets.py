"""How calendars are asked for."""

from django.db import models


class CalendarVersionQuerySet(models.QuerySet):
    """Versions, the one in force first."""

    def newest_first(self) -> "CalendarVersionQuerySet":
        return self.order_by("-number")

    def specs(self) -> dict[int, dict]:
        """Every version's working times by id, ready for the rules."""
        return {version.pk: version.spec for version in self}
