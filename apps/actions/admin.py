"""Actions and decisions can be read here; the portal changes them."""

from django.contrib import admin

from .models import Action, Decision


class ReadOnly(admin.ModelAdmin):
    """Looked at, not touched: verbs belong to the portal."""

    show_full_result_count = False

    def has_add_permission(self, request) -> bool:
        return False

    def has_change_permission(self, request, obj=None) -> bool:
        return False

    def has_delete_permission(self, request, obj=None) -> bool:
        return False


@admin.register(Action)
class ActionAdmin(ReadOnly):
    """Who will do what by when."""

    list_display = ("title", "owner", "due", "state", "carried")
    list_select_related = ("owner",)


@admin.register(Decision)
class DecisionAdmin(ReadOnly):
    """What was decided."""

    list_display = ("question", "choice", "decided_by", "decided_at", "review_on")
    list_select_related = ("decided_by",)
