"""While somebody writes: the draft keeps itself, and others see that they are there."""

from datetime import datetime

from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_POST, require_safe

from apps.portal import answers, pictures
from apps.portal.access import may
from apps.portal.writing import number
from apps.tickets import presence as presences
from apps.tickets.choices import Mode
from apps.tickets.files import keep_all
from apps.tickets.models import Draft, DraftFile, Presence, Ticket
from apps.tickets.rules.addresses import split
from apps.tickets.rules.mentions import handles_in
from apps.tickets.writing import html_of
from apps.timeline.text import clean_text

from .verbs import card


@require_POST
@may("tickets.note")
@answers.refusals
def keep(request: HttpRequest, pk: int, mode: str) -> HttpResponse:
    """What was typed so far; sent by itself while somebody types."""
    ticket, at = get_object_or_404(Ticket, pk=pk), timezone.now()
    draft = kept(request, ticket, mode, at=at)
    Presence.objects.sign(ticket, request.user, at=at, writing=bool(draft.body.strip()))
    return answers.card(
        request, "tickets/_saved.html", {"ticket": ticket, "draft": draft, "mode": mode}, to=ticket
    )


def kept(request: HttpRequest, ticket: Ticket, mode: str, *, at: datetime) -> Draft:
    return Draft.objects.keep(
        ticket,
        request.user,
        mode=mode,
        body=typed(request, mode),
        cc=split(request.POST.get("cc", "")),
        based_on=number(request, f"{mode}_version") or 0,
        at=at,
    )


def typed(request: HttpRequest, mode: str) -> str:
    return request.POST.get("note" if mode == Mode.NOTE else "body", "")


@require_POST
@may("tickets.note")
@answers.refusals
def words(request: HttpRequest) -> HttpResponse:
    """What is being written, as it will be read."""
    note = request.POST.get("mode") == Mode.NOTE
    text = clean_text(request.POST.get("note" if note else "body", ""), field="body")
    html = html_of(text, frozenset(handles_in(text)) if note else frozenset())
    context = {"html": mark_safe(html)}  # noqa: S308  (sanitised)
    return answers.page(request, "tickets/words.html", "tickets/_words.html", context)


@require_POST
@may("tickets.note")
@answers.refusals
def discard(request: HttpRequest, pk: int, mode: str) -> HttpResponse:
    """Throw a draft away; Undo brings it back, with what was typed a moment ago."""
    draft, at = mine(request, pk, mode), timezone.now()
    if typed(request, mode):
        draft = kept(request, draft.ticket, mode, at=at)
    draft.discard(at=at)
    undo = reverse("portal:ticket-draft-restore", args=[pk, mode])
    return card(request, draft.ticket, "The draft is discarded.", undo=undo)


@require_POST
@may("tickets.note")
@answers.refusals
def restore(request: HttpRequest, pk: int, mode: str) -> HttpResponse:
    """Bring back what was discarded, or what another device's words replaced."""
    draft = mine(request, pk, mode)
    draft.restore(at=timezone.now())
    return card(request, draft.ticket, "The draft is back.")


@require_POST
@may("tickets.note")
@answers.refusals
def add_files(request: HttpRequest, pk: int, mode: str) -> HttpResponse:
    """Files that wait with the draft until it is sent."""
    ticket, at = get_object_or_404(Ticket, pk=pk), timezone.now()
    files = keep_all((file.file, file.name) for file in request.FILES.getlist("files"))
    draft = Draft.objects.attach(ticket, request.user, mode=mode, files=files, at=at)
    return _files(request, draft)


@require_POST
@may("tickets.note")
@answers.refusals
def remove_file(request: HttpRequest, pk: int, mode: str, file: int) -> HttpResponse:
    """One of them does not go after all."""
    draft = mine(request, pk, mode)
    get_object_or_404(draft.files, pk=file).delete()
    return _files(request, draft)


@require_safe
@may("tickets.note")
def picture(request: HttpRequest, pk: int, mode: str, file: int) -> FileResponse:
    """A picture one is about to send."""
    found = get_object_or_404(DraftFile, pk=file, draft__ticket=pk, draft__person=request.user)
    return pictures.shown(found.digest, found.content_type)


@require_POST
@may("tickets.read")
def sign(request: HttpRequest, pk: int) -> HttpResponse:
    """A sign of life, and who else gives one: one statement and one query."""
    ticket, at = get_object_or_404(Ticket.objects.only("pk"), pk=pk), timezone.now()
    read_to = number(request, "seen") or 0
    Presence.objects.sign(ticket, request.user, at=at, read_to=read_to)
    here = presences.of([pk], at=at, besides=request.user).get(pk, ())
    if not answers.in_place(request):
        return answers.go(request, ticket)
    return render(
        request, "tickets/_presence.html", {"ticket": ticket, "present": here, "signed": True}
    )


def mine(request: HttpRequest, pk: int, mode: str) -> Draft:
    found = Draft.objects.of(request.user).select_related("ticket")
    return get_object_or_404(found, ticket=pk, mode=mode)


def _files(request: HttpRequest, draft: Draft) -> HttpResponse:
    context = {"ticket": draft.ticket, "draft": draft, "mode": draft.mode}
    return answers.card(request, "tickets/_files.html", context, to=draft.ticket)
