"""Promises are drafted here; publishing them is done in the portal, after a dry run."""

from django.contrib import admin

from .models import Policy, PolicyVersion


@admin.register(Policy)
class PolicyAdmin(admin.ModelAdmin):
    """The promise as edited; tickets keep the published version."""

    list_display = ("name", "position", "calendar", "current", "is_default", "retired_at")
    list_select_related = ("calendar", "current__policy")
    readonly_fields = ("is_default", "current", "retired_at")
    filter_horizontal = ("queues",)

    def get_readonly_fields(self, request, obj=None):
        default = obj is not None and obj.is_default
        conditions = ("tiers", "priorities", "tags", "queues") if default else ()
        return (*self.readonly_fields, *conditions)

    def has_delete_permission(self, request, obj=None) -> bool:
        """What was ever published explains clocks; it is retired, not deleted."""
        return obj is not None and not obj.is_default and obj.current_id is None


@admin.register(PolicyVersion)
class PolicyVersionAdmin(admin.ModelAdmin):
    """Published promises, read-only."""

    list_display = ("policy", "number", "calendar", "published_at", "published_by", "reason")
    list_select_related = ("policy", "calendar", "published_by")

    def has_add_permission(self, request) -> bool:
        return False

    def has_change_permission(self, request, obj=None) -> bool:
        return False

    def has_delete_permission(self, request, obj=None) -> bool:
        return False
