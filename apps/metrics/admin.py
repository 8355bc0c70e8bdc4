"""Metrics, sources and markers are set up here; a secret goes in and never comes out."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from apps.outbox import reach

from .choices import SourceKind
from .fetching import complaint
from .models import ImportRun, Marker, Metric, Source, Threshold


class MetricForm(forms.ModelForm):
    """What cannot change once there are samples is refused with its reason."""

    class Meta:
        model = Metric
        fields = (
            "key", "title", "description", "unit", "shape", "joined", "better", "target", "role",
            "own", "estimate", "step", "freshness", "retention", "store", "owner", "component",
        )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        words = super().clean()
        if self.instance.pk and self.instance.series.exists():
            for name, reason in {
                "shape": "Samples of another kind are there: make another metric.",
                "retention": "Samples are kept by this class already: make another metric.",
            }.items():
                if name in self.changed_data:
                    self.add_error(name, reason)
        return words


class ThresholdInline(admin.TabularInline):
    """Where a metric becomes worth a look."""

    model = Threshold
    fields = ("name", "level", "above", "hold", "clear", "enabled")
    extra = 0

    def get_formset(self, request: HttpRequest, obj: Any = None, **options: Any) -> Any:
        return super().get_formset(request, obj, form=ThresholdForm, **options)


class ThresholdForm(forms.ModelForm):
    """A limit that could never make sense is refused."""

    class Meta:
        model = Threshold
        fields = ("name", "level", "above", "hold", "clear", "enabled")

    def clean(self) -> dict[str, Any]:
        words = super().clean()
        if not self.errors:
            limit = Threshold(**{n: words[n] for n in ("level", "above", "hold", "clear")}).limit
            if said := limit.complaint():
                raise ValidationError(said)
        return words


@admin.register(Metric)
class MetricAdmin(admin.ModelAdmin):
    """What we measure."""

    form = MetricForm
    list_display = ("title", "key", "shape", "unit", "role", "own", "owner")
    list_select_related = ("owner",)
    list_filter = ("shape", "role", "own")
    search_fields = ("title", "key")
    raw_id_fields = ("owner", "component")
    inlines = [ThresholdInline]
    show_full_result_count = False


class SourceForm(forms.ModelForm):
    """A source whose settings cannot work is refused before it is asked."""

    secret = forms.CharField(
        required=False,
        widget=forms.PasswordInput(render_value=False, attrs={"autocomplete": "new-password"}),
        help_text="Password, token, or the address of a database. Empty keeps the one there is.",
    )
    forget_secret = forms.BooleanField(required=False)

    class Meta:
        model = Source
        fields = (
            "name", "sort", "metric", "url", "query", "mapping", "username", "header", "step",
            "every", "settle", "overlap", "look_back", "timeout", "enabled",
        )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        words = super().clean()
        if self.errors:
            return words
        trial = Source(**{name: words[name] for name in SourceForm.Meta.fields})
        try:
            said = complaint(trial)
        except reach.Unreachable as error:
            said = str(error)
        if said:
            raise ValidationError(said)
        if trial.sort == SourceKind.PUSH and trial.metric.form.is_histogram:
            raise ValidationError("Histograms cannot be pushed.")
        return words


@admin.register(Source)
class SourceAdmin(admin.ModelAdmin):
    """Where samples come from."""

    form = SourceForm
    list_display = ("name", "sort", "metric", "enabled", "every", "watermark", "failures")
    list_select_related = ("metric",)
    list_filter = ("sort", "enabled")
    search_fields = ("name", "metric__key")
    autocomplete_fields = ("metric",)
    readonly_fields = ("has_secret", "watermark", "last_success_at", "failures", "last_error")

    def save_model(self, request: Any, source: Source, form: SourceForm, change: bool) -> None:
        if form.cleaned_data["forget_secret"]:
            source.seal("")
        elif form.cleaned_data["secret"]:
            source.seal(form.cleaned_data["secret"])
        source.next_at = None  # asked at once under its new settings
        source.failures, source.last_error_final = 0, False
        super().save_model(request, source, form, change)

    @admin.display(boolean=True, description="a secret is kept")
    def has_secret(self, source: Source) -> bool:
        return source.has_secret


@admin.register(Marker)
class MarkerAdmin(admin.ModelAdmin):
    """What happened beside the numbers."""

    list_display = ("title", "sort", "starts_at", "ends_at", "component")
    list_select_related = ("component",)
    list_filter = ("sort",)
    search_fields = ("title",)
    raw_id_fields = ("component",)


@admin.register(ImportRun)
class ImportRunAdmin(admin.ModelAdmin):
    """Deliveries, to look at."""

    list_display = ("id", "source", "status", "started_at", "inserted", "changed", "rejected")
    list_select_related = ("source",)
    list_filter = ("status", "origin")
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
