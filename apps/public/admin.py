"""Hooks are set up here, their address is shown once; what browsers have blocked is read here."""

from django.conf import settings
from django.contrib import admin, messages
from django.http import HttpRequest
from django.utils import timezone

from apps.timeline.refusal import Refused

from .models import Hook, Violation


@admin.register(Hook)
class HookAdmin(admin.ModelAdmin):
    """Addresses that other programs send events to."""

    list_display = ("name", "event_kind", "prefix", "created_at", "revoked_at")
    fields = ("event_kind", "name")
    actions = ["revoke"]

    def save_model(self, request: HttpRequest, obj: Hook, form, change: bool) -> None:
        hook, secret = Hook.objects.issue(
            obj.event_kind, obj.name, by=request.user, at=timezone.now()
        )
        obj.pk = hook.pk
        address = settings.PUBLIC_URL + Hook.path(hook.event_kind, secret)
        messages.warning(request, f"Copy it now, it is not shown again: {address}")

    def has_change_permission(self, request, obj=None) -> bool:
        return obj is None and super().has_change_permission(request)

    def has_delete_permission(self, request, obj=None) -> bool:
        return False

    @admin.action(description="Revoke: nothing arrives by it any more")
    def revoke(self, request: HttpRequest, chosen) -> None:
        for hook in chosen:
            try:
                hook.revoke(by=request.user, at=timezone.now())
            except Refused as refused:
                messages.error(request, f"{hook}: {refused.sentence}")


@admin.register(Violation)
class ViolationAdmin(admin.ModelAdmin):
    """What the policy forbade on our pages; a row may go once its cause is mended."""

    list_display = ("directive", "blocked", "page", "source", "count", "last_at")
    list_filter = ("directive",)

    def has_add_permission(self, request) -> bool:
        return False

    def has_change_permission(self, request, obj=None) -> bool:
        return False
