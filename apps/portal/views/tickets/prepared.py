"""Prepared words and steps on a ticket: pick a canned reply, use a macro, take it back."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.models import Team, User
from apps.portal import answers
from apps.portal.access import may
from apps.tickets.filling import filled, values_for
from apps.tickets.models import CannedReply, Draft, Macro, Ticket
from apps.tickets.rules.mentions import handle_of, handle_of_team
from apps.tickets.rules.variables import fill

from .ticket import fetch
from .verbs import card

FEW = 12
LONGEST = 100  # characters that are searched for


@dataclass(frozen=True, slots=True)
class Offer:
    """A canned reply as it would read on this ticket."""

    reply: CannedReply
    text: str
    missing: list[str]


@require_safe
@may("tickets.reply")
def canned(request: HttpRequest, pk: int) -> HttpResponse:
    """Canned replies by what is typed, each filled in for this ticket."""
    ticket, at = fetch(pk), timezone.now()
    found = CannedReply.objects.offered_to(request.user).fitting(ticket).with_names()
    found = found.matching(asked(request)).prefetch_related("files")[:FEW]
    values = values_for(ticket, by=request.user, at=at)
    offers = [Offer(reply, *fill(reply.body, values)) for reply in found]
    context = {"ticket": ticket, "offers": offers, "asked": asked(request)}
    return answers.page(request, "tickets/canned.html", "tickets/_canned.html", context)


@require_POST
@may("tickets.reply")
@answers.refusals
def insert(request: HttpRequest, pk: int, reply: int) -> HttpResponse:
    """Put one under what is being written; with JavaScript it goes where the caret is."""
    ticket, at = fetch(pk), timezone.now()
    chosen = get_object_or_404(CannedReply.objects.offered_to(request.user), pk=reply)
    text, _ = filled(chosen.body, ticket, by=request.user, at=at)
    Draft.objects.insert(ticket, request.user, text=text, files=chosen.files.all(), at=at)
    CannedReply.objects.used([chosen.pk], at=at)
    return card(request, ticket, f"“{chosen}” is in your reply.")


@require_safe
@may("tickets.note")
def macros(request: HttpRequest, pk: int) -> HttpResponse:
    """Macros by what is typed, each with what it would do to this ticket."""
    ticket, at = fetch(pk), timezone.now()
    found = Macro.objects.offered_to(request.user).fitting(ticket).with_names().in_order()
    for word in asked(request).split()[:6]:
        found = found.filter(title__icontains=word)
    offers = [(macro, macro.preview(ticket, by=request.user, at=at)) for macro in found[:FEW]]
    context = {"ticket": ticket, "offers": offers, "asked": asked(request)}
    return answers.page(request, "tickets/macros.html", "tickets/_macros.html", context)


@require_POST
@may("tickets.note")
@answers.refusals
def apply(request: HttpRequest, pk: int, macro: int) -> HttpResponse:
    """Every step of it, or none."""
    ticket = get_object_or_404(Ticket, pk=pk)
    chosen = get_object_or_404(Macro.objects.offered_to(request.user), pk=macro)
    chosen.apply(ticket, by=request.user, at=timezone.now())
    undo = reverse("portal:ticket-macro-take-back", args=[pk, macro])
    return card(request, ticket, f"“{chosen}”: {chosen.says}.", undo=undo)


@require_POST
@may("tickets.note")
@answers.refusals
def take_back(request: HttpRequest, pk: int, macro: int) -> HttpResponse:
    """What the macro did, undone."""
    ticket = get_object_or_404(Ticket, pk=pk)
    chosen = get_object_or_404(Macro.objects.offered_to(request.user), pk=macro)
    chosen.take_back(ticket, by=request.user, at=timezone.now())
    return card(request, ticket, f"“{chosen}” was taken back.")


@require_safe
@may("tickets.note")
def people(request: HttpRequest) -> HttpResponse:
    """Whom one may mention, by the beginning of what is typed after the @."""
    typed = asked(request).lower()
    found: list[dict[str, Any]] = [
        {"handle": handle, "name": f"{team.name}, everybody on the team", "able": True}
        for team in Team.objects.all()
        if (handle := handle_of_team(team.name)).startswith(typed)
    ]
    found += [
        {"handle": handle_of(one.email), "name": str(one), "able": one.may("tickets.read")}
        for one in User.objects.active().by_name()
        if handle_of(one.email).startswith(typed)
        or any(word.lower().startswith(typed) for word in one.name.split())
    ]
    context = {"people": found[:8]}
    return answers.page(request, "tickets/people.html", "tickets/_people.html", context)


def asked(request: HttpRequest) -> str:
    return request.GET.get("q", "").strip()[:LONGEST]
