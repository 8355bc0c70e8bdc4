"""Queues, words for statuses, fields and views are set up here; tickets are only looked at."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.html import format_html, format_html_join

from apps.customers import withdrawing as people
from apps.customers.models import ImportRun as PeopleRun
from apps.outbox import reach
from apps.outbox.models import Job
from apps.timeline.refusal import Refused

from . import withdrawing
from .fetching import vetted
from .models import (
    AssignmentRule,
    Checklist,
    ChecklistLine,
    CustomField,
    Duty,
    ImportRun,
    Mailbox,
    Queue,
    StatusLabel,
    Ticket,
    View,
)

MOST_REHEARSED = 2000  # records of a run whose undoing is tried out while somebody waits


class ReadOnly(admin.ModelAdmin):
    """Changed by verbs in the portal, never here."""

    show_full_result_count = False
    list_per_page = 50

    def has_add_permission(self, request) -> bool:
        return False

    def has_change_permission(self, request, obj=None) -> bool:
        return False

    def has_delete_permission(self, request, obj=None) -> bool:
        return False


class CustomFieldInline(admin.TabularInline):
    """What the queue wants to know."""

    model = CustomField
    prepopulated_fields = {"key": ["label"]}
    extra = 0


@admin.register(Queue)
class QueueAdmin(admin.ModelAdmin):
    """Where tickets of one kind are answered together."""

    list_display = ("name", "slug", "address", "team", "position", "retired_at")
    list_select_related = ("team",)
    search_fields = ("name", "slug", "address")
    prepopulated_fields = {"slug": ["name"]}
    inlines = [CustomFieldInline]


@admin.register(AssignmentRule)
class AssignmentRuleAdmin(admin.ModelAdmin):
    """Where tickets go by themselves; try a change on the page of rules before it is in force."""

    list_display = ("position", "name", "words", "team", "assignee", "way", "is_active")
    list_display_links = ("name",)
    list_editable = ("is_active",)
    list_select_related = ("team", "assignee")
    raw_id_fields = ("assignee",)
    fieldsets = (
        (None, {"fields": ("name", "position", "is_active", "words", "goes_on")}),
        ("What changes", {"fields": ("queue", "priority", "tags")}),
        ("Who gets it", {"fields": ("team", "way", "needs", "speaks", "sticky", "assignee")}),
    )


@admin.register(Duty)
class DutyAdmin(admin.ModelAdmin):
    """What people can take on; who is away is marked in the portal."""

    list_display = ("person", "cap", "skills", "calendar", "away_since", "away_until")
    list_select_related = ("person", "calendar")
    raw_id_fields = ("person",)
    search_fields = ("person__name", "person__email")
    readonly_fields = ("away_since", "away_until", "last_given_at")


class MailboxForm(forms.ModelForm):
    """The secret is written, never read; an address nobody may reach is said beside its field."""

    password = forms.CharField(
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="Kept sealed and never shown. Empty: it stays as it is.",
    )

    class Meta:
        model = Mailbox
        fields = (
            *("name", "host", "port", "security", "user", "password"),
            *("folder", "done_folder", "queue", "every", "active"),
        )

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        if not self.instance.secret and not said.get("password"):
            raise ValidationError({"password": "A mailbox needs a password."})
        if said.get("host") and said.get("port"):
            try:
                vetted(said["host"].strip().lower(), said["port"])
            except reach.Unreachable as wrong:
                raise ValidationError({"host": str(wrong)}) from wrong
        return said


@admin.register(Mailbox)
class MailboxAdmin(admin.ModelAdmin):
    """Where mail for us arrives."""

    form = MailboxForm
    list_display = ("name", "user", "host", "queue", "active", "looked_at", "last_error")
    list_select_related = ("queue",)
    readonly_fields = ("looked_at", "failures", "last_error")
    actions = ("look_now",)

    def save_model(self, request: HttpRequest, obj: Mailbox, form: Any, change: bool) -> None:
        if secret := form.cleaned_data.get("password"):
            obj.put_secret(secret)
        super().save_model(request, obj, form, change)
        told = sorted(set(form.changed_data) - {"password"})
        verb = "changed" if change else "set_up"
        obj.record(verb, by=request.user, at=timezone.now(), fields=told)

    @admin.action(description="Look into it now")
    def look_now(self, request: HttpRequest, queryset: Any) -> None:
        for box in queryset:
            try:
                box.look_now(by=request.user, at=timezone.now())
            except Refused as refused:
                messages.error(request, f"{box}: {refused.sentence}")


@admin.register(StatusLabel)
class StatusLabelAdmin(admin.ModelAdmin):
    """Words for statuses."""

    list_display = ("name", "status", "position")
    list_filter = ("status",)


@admin.register(View)
class ViewAdmin(admin.ModelAdmin):
    """Saved views, personal and shared."""

    list_display = ("name", "words", "sort", "owner", "position")
    list_select_related = ("owner",)
    raw_id_fields = ("owner",)
    search_fields = ("name", "words")


@admin.register(Ticket)
class TicketAdmin(ReadOnly):
    """Tickets, to look up a row."""

    list_display = ("id", "subject", "status", "priority", "customer", "assignee", "reported_at")
    list_select_related = ("customer", "assignee")
    search_fields = ("=id", "=external_id")
    search_help_text = "A number or an external id; words are searched in the portal."
    ordering = ("-id",)


class Imports(ReadOnly):
    """Runs that can be taken back by whoever may set things up."""

    actions = ("undo",)
    readonly_fields = ("undoing",)

    @admin.display(description="Undo")
    def undoing(self, run: Any) -> str:
        """How far it is where it is not done; its own page lets what was stopped go on."""
        lines = (
            (job.get_absolute_url(), job, job.get_state_display().lower(), job.done, job.total)
            for job in Job.objects.unfinished(run.kind, run.pk)
        )
        return format_html_join(", ", '<a href="{}">{}</a>: {}, {} of {}', lines)

    @admin.action(
        permissions=["undo"],
        description="Undo: remove what it brought, put back what it changed, keep what was"
        " worked with since",
    )
    def undo(self, request: HttpRequest, chosen: Any) -> TemplateResponse | None:
        """Asks first, with what a rehearsal says would go, come back and stay."""
        if "confirmed" not in request.POST:
            context = {
                **self.admin_site.each_context(request),
                "title": "Undo this import?" if len(chosen) == 1 else "Undo these imports?",
                "opts": self.model._meta,
                "rehearsals": [self.rehearse(run) for run in chosen],
                "most": MOST_REHEARSED,
            }
            return TemplateResponse(request, "admin/undo_import.html", context)
        for run in chosen:
            try:
                job = self.order(run, by=request.user, at=timezone.now())
            except Refused as refused:
                self.message_user(request, f"{run}: {refused.sentence}", messages.ERROR)
            else:
                shown = format_html('<a href="{}">{}</a>', job.get_absolute_url(), job)
                self.message_user(request, shown)
        return None

    def rehearse(self, run: Any) -> dict[str, Any]:
        """What undoing it would do; a long one is only counted, as rehearsing takes as long."""
        found: dict[str, Any] = {"run": run, "size": run.created + run.changed}
        if found["size"] <= MOST_REHEARSED:
            try:
                found["said"] = self.take_back(run, dry_run=True)
            except Refused as refused:
                found["refused"] = refused.sentence
        return found

    def has_undo_permission(self, request: Any) -> bool:
        return request.user.is_superuser


@admin.register(ImportRun)
class ImportRunAdmin(Imports):
    """Files of tickets that were taken."""

    list_display = ("__str__", "name", "state", "rows", "created", "changed", "rejected")
    ordering = ("-pk",)

    take_back = staticmethod(withdrawing.undo_import)

    def order(self, run: ImportRun, *, by: Any, at: datetime) -> Job:
        return run.undo(by=by, at=at)


@admin.register(PeopleRun)
class PeopleRunAdmin(Imports):
    """Files of customers and contacts that were taken."""

    list_display = ("__str__", "name", "rows", "created", "changed", "finished_at", "undone_at")
    ordering = ("-pk",)

    take_back = staticmethod(people.undo_import)

    def order(self, run: PeopleRun, *, by: Any, at: datetime) -> Job:
        return withdrawing.order_people(run, by=by, at=at)


class ChecklistLineInline(admin.TabularInline):
    """What is to be done."""

    model = ChecklistLine


@admin.register(Checklist)
class ChecklistAdmin(admin.ModelAdmin):
    """Checklists of the queues."""

    list_display = ["name", "queue", "position"]
    list_filter = ["queue"]
    inlines = [ChecklistLineInline]
