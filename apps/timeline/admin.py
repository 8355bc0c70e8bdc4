"""The memory can be read here and changed nowhere."""

from django.contrib import admin

from .models import Activity


@admin.register(Activity)
class ActivityAdmin(admin.ModelAdmin):
    """Read-only."""

    list_display = ("at", "kind", "subject_id", "verb", "who")
    list_select_related = ("actor",)
    show_full_result_count = False
    ordering = ("-id",)

    def has_add_permission(self, request) -> bool:
        return False

    def has_change_permission(self, request, obj=None) -> bool:
        return False

    def has_delete_permission(self, request, obj=None) -> bool:
        return False
