"""Surveys and answers, to look at: nobody but the customer gives or changes one."""

from django.contrib import admin

from .models import Response, Survey


class ReadOnly(admin.ModelAdmin):
    """Looked at, not touched."""

    show_full_result_count = False

    def has_add_permission(self, request) -> bool:
        return False

    def has_change_permission(self, request, obj=None) -> bool:
        return False

    def has_delete_permission(self, request, obj=None) -> bool:
        return False


@admin.register(Survey)
class SurveyAdmin(ReadOnly):
    """Who was asked."""

    list_display = ("ticket", "contact", "agent", "asked_at", "delivered_at")
    list_select_related = ("ticket", "contact", "agent")
    ordering = ("-pk",)


@admin.register(Response)
class ResponseAdmin(ReadOnly):
    """What they chose."""

    list_display = ("survey", "score", "at", "changed_at")
    list_select_related = ("survey",)
    list_filter = ("score",)
    ordering = ("-pk",)
