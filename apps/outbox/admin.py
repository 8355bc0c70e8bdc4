"""Endpoints are set up here: an address, the events it hears of, and a secret shown once."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils import timezone

from apps.timeline.refusal import Refused

from .models import Endpoint


class EndpointForm(forms.ModelForm):
    """What the verbs would refuse is said beside its field."""

    class Meta:
        model = Endpoint
        fields = ("name", "url", "events")

    def clean_events(self) -> list[str]:
        try:
            return Endpoint.known(self.cleaned_data["events"] or [])
        except Refused as refused:
            raise ValidationError(str(refused)) from refused


@admin.register(Endpoint)
class EndpointAdmin(admin.ModelAdmin):
    """Programs that hear of what happens; they are paused, not deleted."""

    form = EndpointForm
    list_display = ("name", "url", "active", "listening_since")
    actions = ("pause", "resume", "ping", "replace_secret")

    def get_readonly_fields(self, request: HttpRequest, obj: Endpoint | None = None) -> Any:
        return ("name", "url", "active", "listening_since") if obj else ()

    def has_delete_permission(self, request: HttpRequest, obj: Endpoint | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Endpoint, form: Any, change: bool) -> None:
        at = timezone.now()
        if not change:
            self._show(request, obj, obj.open(by=request.user, at=at))
            return
        events = form.cleaned_data["events"]
        if events != Endpoint.objects.get(pk=obj.pk).events:
            obj.listen_to(events, by=request.user, at=at)

    @admin.action(description="Pause")
    def pause(self, request: HttpRequest, queryset: Any) -> None:
        self._each(request, queryset, Endpoint.pause)

    @admin.action(description="Resume")
    def resume(self, request: HttpRequest, queryset: Any) -> None:
        self._each(request, queryset, Endpoint.resume)

    @admin.action(description="Send a ping")
    def ping(self, request: HttpRequest, queryset: Any) -> None:
        self._each(request, queryset, Endpoint.ping)

    @admin.action(description="Replace the secret")
    def replace_secret(self, request: HttpRequest, queryset: Any) -> None:
        for endpoint in queryset:
            self._show(
                request, endpoint, endpoint.replace_secret(by=request.user, at=timezone.now())
            )

    def _each(self, request: HttpRequest, queryset: Any, verb: Any) -> None:
        for endpoint in queryset:
            try:
                verb(endpoint, by=request.user, at=timezone.now())
            except Refused as refused:
                self.message_user(request, f"{endpoint}: {refused}", messages.ERROR)

    def _show(self, request: HttpRequest, endpoint: Endpoint, secret: str) -> None:
        self.message_user(request, f"{endpoint}: its secret, shown this once: {secret}")
