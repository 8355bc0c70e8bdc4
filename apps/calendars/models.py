"""Working time: what a team calls its hours, and the frozen versions clocks are measured by."""

from datetime import date, datetime
from typing import Any

import holidays as public_holidays
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models.functions import Now

from apps.accounts.models import known_timezone

from . import rules
from .querysets import CalendarVersionQuerySet
from .rules.shape import WEEKDAYS


def office_week() -> dict[str, list[list[str]]]:
    """Monday to Friday, nine to five."""
    return {day: [["09:00", "17:00"]] for day in WEEKDAYS[:5]}


class Calendar(models.Model):
    """A team's working hours as they are being edited; clocks read its published versions."""

    name = models.CharField(max_length=80, unique=True)
    timezone = models.CharField(max_length=64, default="UTC", validators=[known_timezone])
    weekly = models.JSONField(
        default=office_week,
        help_text='Spans per weekday, e.g. {"mon": [["09:00", "12:00"], ["13:00", "24:00"]]}.',
    )
    country = models.CharField(
        max_length=2, blank=True, help_text="Public holidays of this country (ISO 3166)."
    )
    subdivision = models.CharField(max_length=10, blank=True)
    ical_url = models.URLField(blank=True, help_text="Closed days read from this iCalendar feed.")
    current = models.ForeignKey(
        "CalendarVersion", models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        try:
            rules.hours_of(self.draft())
        except rules.Malformed as wrong:
            raise ValidationError({"weekly": str(wrong)}) from wrong

    def draft(self) -> dict[str, Any]:
        """The working times as edited now, in the shape of a scenario's calendar."""
        days = list(self.days.all()) if self.pk else []
        return {
            "timezone": self.timezone,
            "weekly": self.weekly,
            "overrides": {day.date.isoformat(): day.spans for day in days},
            "names": {day.date.isoformat(): day.name for day in days if day.name},
        }

    def adopt_holidays(self, *years: int) -> int:
        """Close on the country's public holidays of these years; returns how many are new."""
        if not self.country:
            raise ValidationError({"country": "Name a country first."})
        try:
            found = public_holidays.country_holidays(
                self.country, subdiv=self.subdivision or None, years=years
            )
        except NotImplementedError as unknown:
            raise ValidationError({"country": str(unknown)}) from unknown
        return self.close_on(dict(found.items()))

    def close_on(self, days: dict[date, str]) -> int:
        """Close on these days, by name; days already set up stay as they are."""
        known = set(self.days.values_list("date", flat=True))
        new = [
            CalendarDay(calendar=self, date=day, name=name[:120])
            for day, name in sorted(days.items())
            if day not in known
        ]
        CalendarDay.objects.bulk_create(new, ignore_conflicts=True)
        return len(new)

    def publish(
        self, *, by: Any = None, at: datetime | None = None, reason: str = ""
    ) -> "CalendarVersion":
        """Freeze the working times as edited; the same times make no new version."""
        with transaction.atomic():
            held = Calendar.objects.select_for_update().get(pk=self.pk)
            spec = self.draft()
            newest = held.versions.newest_first().first()
            if newest and newest.spec == spec:
                version: CalendarVersion = newest
            else:
                version = CalendarVersion.objects.create(
                    calendar=held,
                    number=newest.number + 1 if newest else 1,
                    spec=spec,
                    published_by=by,
                    published_at=at or Now(),
                    reason=reason,
                )
            Calendar.objects.filter(pk=self.pk).update(current=version)
        self.current = version
        return version


class CalendarDay(models.Model):
    """One date that differs from the week: closed, or open at other times."""

    calendar = models.ForeignKey(Calendar, models.CASCADE, related_name="days")
    date = models.DateField()
    name = models.CharField(max_length=120, blank=True)
    spans = models.JSONField(default=list, blank=True, help_text="Empty: closed all day.")

    class Meta:
        ordering = ["date"]
        constraints = [
            models.UniqueConstraint(fields=["calendar", "date"], name="calendar_day_once")
        ]

    def __str__(self) -> str:
        return f"{self.date} {self.name}".strip()

    def clean(self) -> None:
        try:
            rules.hours_of(
                {"timezone": "UTC", "weekly": {}, "overrides": {self.date.isoformat(): self.spans}}
            )
        except rules.Malformed as wrong:
            raise ValidationError({"spans": wrong.reason}) from wrong


class CalendarVersion(models.Model):
    """Working times as they were published; never changed, so that a clock can be explained."""

    calendar = models.ForeignKey(Calendar, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    spec = models.JSONField()
    published_at = models.DateTimeField(db_default=Now())
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    reason = models.CharField(max_length=200, blank=True)

    objects = CalendarVersionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["calendar", "number"], name="calendar_version_once")
        ]

    def __str__(self) -> str:
        return f"{self.calendar} v{self.number}"

    def hours(self) -> rules.Calendar:
        """Its working time, laid out once a process: a version never changes."""
        if self.pk not in _laid_out:
            _laid_out[self.pk] = rules.compile_calendar(self.spec)
        return _laid_out[self.pk]


_laid_out: dict[int, rules.Calendar] = {}
