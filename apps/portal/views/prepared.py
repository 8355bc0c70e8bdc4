"""Canned replies and macros as things one keeps: lists, forms, retire and revive."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from apps.accounts.models import Team, User
from apps.portal import answers
from apps.portal.access import View, may
from apps.portal.forms import Line, Text
from apps.portal.verbs import presses, verb_on
from apps.tickets.choices import Priority, Status
from apps.tickets.files import keep_all
from apps.tickets.models import CannedReply, Macro, Queue
from apps.tickets.rules.macros import STATUSES
from apps.tickets.rules.variables import VARIABLES
from apps.timeline.refusal import Refused

MOST = 500  # on one page; a team that has more searches in the ticket
TABS = (("Canned replies", "portal:canned-replies"), ("Macros", "portal:macros"))
NOTHING = ("", "—")


class PreparedForm(forms.Form):
    """Whose it is, and where it is offered."""

    title = Line(limit=120)
    folder = Line(limit=80, required=False, help_text="Puts those that belong together together.")
    shared = forms.BooleanField(
        required=False, label="Shared", help_text="Everybody who answers may use it."
    )
    team = forms.ModelChoiceField(
        Team.objects.all(), required=False, empty_label="Everybody", label="Only for the team"
    )
    queue = forms.ModelChoiceField(
        Queue.objects.all(), required=False, empty_label="Every queue", label="Only in the queue"
    )

    def __init__(self, *args, person: User, **options) -> None:
        super().__init__(*args, **options)
        if not person.may("tickets.share"):
            del self.fields["shared"], self.fields["team"]

    def words(self) -> dict[str, Any]:
        """What the record takes."""
        return dict(self.cleaned_data)


class CannedForm(PreparedForm):
    """A canned reply."""

    body = Text(label="What it says", limit=20_000)
    field_order = ("title", "body", "folder", "shared", "team", "queue")


class MacroForm(PreparedForm):
    """A macro: what is left empty it does not do."""

    reply = Text(required=False, limit=20_000, widget=forms.Textarea(attrs={"rows": 5}))
    note = Text(required=False, limit=20_000, widget=forms.Textarea(attrs={"rows": 3}))
    status = forms.ChoiceField(
        required=False, choices=[NOTHING, *((one, Status(one).label) for one in STATUSES)]
    )
    assign = forms.ChoiceField(required=False, label="Assign to")
    priority = forms.ChoiceField(required=False, choices=[NOTHING, *Priority.choices])
    add = Line(required=False, label="Add tags", help_text="Separated by commas.")
    remove = Line(required=False, label="Remove tags")
    move_to = forms.ModelChoiceField(
        Queue.objects.all(), required=False, empty_label="—", label="Move to queue"
    )
    snooze = Line(required=False, limit=80, label="Snooze until", help_text="“fri 9”, “in 3 days”.")
    fills = Text(
        required=False,
        limit=4_000,
        label="Fill in fields",
        help_text="A line each: the field's key, =, the value. “reason = VAT id”.",
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    position = forms.IntegerField(
        required=False, min_value=0, max_value=1000, help_text="A small number comes first."
    )
    field_order = (
        *("title", "reply", "note", "status", "assign", "priority", "add", "remove", "move_to"),
        *("snooze", "fills", "folder", "position", "shared", "team", "queue"),
    )

    def __init__(self, *args, **options) -> None:
        super().__init__(*args, **options)
        people = User.objects.holding("support", "support_lead", "administrator").by_name()
        self.fields["assign"].choices = lambda: [
            NOTHING,
            ("me", "Whoever uses it"),
            ("nobody", "Nobody"),
            *people.values_list("email", "name"),
        ]

    def words(self) -> dict[str, Any]:
        given = super().words()
        words = {key: given[key] for key in ("title", "folder", "queue")}
        words |= {key: given[key] for key in ("shared", "team") if key in given}
        return words | {"position": given["position"] or 0, "steps": steps_of(given)}


def steps_of(given: dict[str, Any]) -> list[dict[str, Any]]:
    """The steps that the form asks for."""
    steps: list[dict[str, Any]] = []
    for do in ("reply", "note"):
        if given[do].strip():
            steps.append({"do": do, "text": given[do]})
    for do in ("status", "priority"):
        if given[do]:
            steps.append({"do": do, "to": given[do]})
    if given["assign"]:
        to = None if given["assign"] == "nobody" else given["assign"]
        steps.append({"do": "assign", "to": to})
    tags = {key: [tag.strip() for tag in given[key].split(",") if tag.strip()] for key in _TAGS}
    if any(tags.values()):
        steps.append({"do": "tag", **tags})
    if given["move_to"]:
        steps.append({"do": "queue", "to": given["move_to"].slug})
    if given["snooze"]:
        steps.append({"do": "snooze", "for": given["snooze"]})
    for line in filter(str.strip, given["fills"].splitlines()):
        key, _, value = line.partition("=")
        steps.append({"do": "fill", "field": key.strip(), "value": value.strip()})
    return steps


_TAGS = ("add", "remove")


def as_given(macro: Macro) -> dict[str, Any]:
    """The steps as the form shows them."""
    given: dict[str, Any] = {"position": macro.position}
    for step in macro.steps:
        match step["do"]:
            case "reply" | "note" as do:
                given[do] = step["text"]
            case "tag":
                given |= {key: ", ".join(step.get(key, ())) for key in _TAGS}
            case "queue":
                given["move_to"] = Queue.objects.filter(slug=step["to"]).first()
            case "assign":
                given["assign"] = step["to"] or "nobody"
            case "snooze":
                given["snooze"] = step["for"]
            case "fill":
                line = f"{step['field']} = {step['value']}"
                given["fills"] = "\n".join(filter(None, (given.get("fills"), line)))
            case do:
                given[do] = step["to"]
    return given


# --- canned replies --------------------------------------------------------------------------


@require_safe
@may("tickets.reply")
def canned_replies(request: HttpRequest) -> HttpResponse:
    """Those one may use, by folder."""
    found = CannedReply.objects.offered_to(request.user).with_names().in_order()[:MOST]
    context = {"found": found, "tabs": _tabs(), "current": "Canned replies"}
    return answers.page(request, "prepared/canned.html", "prepared/_canned.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@may("tickets.reply")
def new_canned_reply(request: HttpRequest) -> HttpResponse:
    """Words somebody will send often."""
    form = CannedForm(request.POST or None, person=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            made = CannedReply.add(by=request.user, at=timezone.now(), **form.words())
            made.add_files(_files(request), by=request.user, at=timezone.now())
            return answers.go(request, "portal:canned-replies", said=f"“{made}” is offered now.")
        except Refused as refused:
            answers.blame(form, refused)
    return _canned_page(request, form)


@require_http_methods(["GET", "HEAD", "POST"])
@may("tickets.reply")
def canned_reply(request: HttpRequest, pk: int) -> HttpResponse:
    """What it says, and where it is offered."""
    found = get_object_or_404(CannedReply.objects.offered_to(request.user), pk=pk)
    now = {name: getattr(found, name) for name in ("title", "folder", "team", "queue", "body")}
    form = CannedForm(
        request.POST or None, person=request.user, initial=now | {"shared": found.is_shared}
    )
    if request.method == "POST" and form.is_valid():
        try:
            found.change(by=request.user, at=timezone.now(), **form.words())
            found.add_files(_files(request), by=request.user, at=timezone.now())
            return answers.go(request, "portal:canned-replies", said=f"“{found}” is changed.")
        except Refused as refused:
            answers.blame(form, refused)
    return _canned_page(request, form, found)


def _offered(kind: Any) -> Callable[[HttpRequest], Any]:
    return lambda request: kind.objects.offered_to(request.user)


def _to_reply(request: HttpRequest, found: CannedReply, said: str) -> HttpResponse:
    return answers.go(request, reverse("portal:canned-reply", args=[found.pk]), said=said)


@verb_on("tickets.reply", _offered(CannedReply), _to_reply)
def remove_canned_file(request: HttpRequest, found: CannedReply, file: int) -> str:
    """A file that goes with it no longer."""
    gone = get_object_or_404(found.files, pk=file)
    found.remove_file(gone, by=request.user, at=timezone.now())
    return "The file is gone."


# --- macros ----------------------------------------------------------------------------------


@require_safe
@may("tickets.reply")
def macros(request: HttpRequest) -> HttpResponse:
    """Those one may use, in their order."""
    found = Macro.objects.offered_to(request.user).with_names().in_order()[:MOST]
    context = {"found": found, "tabs": _tabs(), "current": "Macros"}
    return answers.page(request, "prepared/macros.html", "prepared/_macros.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@may("tickets.reply")
def new_macro(request: HttpRequest) -> HttpResponse:
    """Several things done with one press."""
    form = MacroForm(request.POST or None, person=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            made = Macro.add(by=request.user, at=timezone.now(), **form.words())
            return answers.go(request, "portal:macros", said=f"“{made}” {made.says}.")
        except Refused as refused:
            answers.blame(form, refused)
    return _macro_page(request, form)


@require_http_methods(["GET", "HEAD", "POST"])
@may("tickets.reply")
def macro(request: HttpRequest, pk: int) -> HttpResponse:
    """What it does, and where it is offered."""
    found = get_object_or_404(Macro.objects.offered_to(request.user), pk=pk)
    now = {name: getattr(found, name) for name in ("title", "folder", "team", "queue")}
    initial = now | {"shared": found.is_shared} | as_given(found)
    form = MacroForm(request.POST or None, person=request.user, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            found.change(by=request.user, at=timezone.now(), **form.words())
            return answers.go(request, "portal:macros", said=f"“{found}” {found.says}.")
        except Refused as refused:
            answers.blame(form, refused)
    return _macro_page(request, form, found)


# --- retired and revived ---------------------------------------------------------------------


def retires(kind: Any, name: str, to: str) -> View:
    """A view that offers one of a kind no longer."""

    def answer(request: HttpRequest, found: Any, said: str) -> HttpResponse:
        undo = reverse(f"portal:{name}-revive", args=[found.pk])
        return answers.go(request, to, said=f"“{found}” {said}", undo=undo)

    return verb_on("tickets.reply", _offered(kind), answer)(
        presses("retire", "is no longer offered.")
    )


def revives(kind: Any, to: str) -> View:
    """A view that offers it again."""

    def among(request: HttpRequest) -> Any:
        return kind.objects.changed_by(request.user)

    def answer(request: HttpRequest, found: Any, said: str) -> HttpResponse:
        return answers.go(request, to, said=f"“{found}” {said}")

    return verb_on("tickets.reply", among, answer)(presses("revive", "is offered again."))


retire_canned_reply = retires(CannedReply, "canned-reply", "portal:canned-replies")
revive_canned_reply = revives(CannedReply, "portal:canned-replies")
retire_macro = retires(Macro, "macro", "portal:macros")
revive_macro = revives(Macro, "portal:macros")


# --- parts -----------------------------------------------------------------------------------


def _tabs() -> list[tuple[str, str]]:
    return [(words, reverse(name)) for words, name in TABS]


def _files(request: HttpRequest) -> list[Any]:
    return keep_all((file.file, file.name) for file in request.FILES.getlist("files"))


def _canned_page(
    request: HttpRequest, form: CannedForm, found: CannedReply | None = None
) -> HttpResponse:
    context = {"found": found, "variables": VARIABLES, "mine": _is_mine(request, found)}
    return answers.form_page(
        request, "prepared/canned_reply.html", "prepared/_canned_reply.html", form, context
    )


def _macro_page(request: HttpRequest, form: MacroForm, found: Macro | None = None) -> HttpResponse:
    context = {"found": found, "variables": VARIABLES, "mine": _is_mine(request, found)}
    return answers.form_page(request, "prepared/macro.html", "prepared/_macro.html", form, context)


def _is_mine(request: HttpRequest, found: Any) -> bool:
    return found is None or found.is_changed_by(request.user)
