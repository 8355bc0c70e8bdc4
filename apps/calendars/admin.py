"""Working hours are set up here; publishing them is done in the portal, with a dry run."""

from typing import Any

from django.contrib import admin

from .models import Calendar, CalendarDay, CalendarVersion


class CalendarDayInline(admin.TabularInline):
    """Dates that differ from the week."""

    model = CalendarDay
    extra = 0


@admin.register(Calendar)
class CalendarAdmin(admin.ModelAdmin):
    """The hours as edited; clocks keep reading the published version."""

    list_display = ("name", "timezone", "country", "current")
    list_select_related = ("current__calendar",)
    readonly_fields = ("current",)
    inlines = [CalendarDayInline]


@admin.register(CalendarVersion)
class CalendarVersionAdmin(admin.ModelAdmin):
    """Published hours, read-only."""

    list_display = ("calendar", "number", "published_at", "published_by", "reason")
    list_select_related = ("calendar", "published_by")

    def has_add_permission(self, request: Any) -> bool:
        return False

    def has_change_permission(self, request: Any, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: Any, obj: Any = None) -> bool:
        return False
