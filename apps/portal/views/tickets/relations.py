"""What a ticket has to do with others: merging, splitting, linking, and taking each back."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from apps.portal import answers, browsing
from apps.portal.access import may
from apps.portal.forms import FIRST, Line
from apps.portal.joinable import Joinable, offered
from apps.portal.views.incidents import linking as incidents
from apps.tickets.models import Message, Ticket, TicketLink
from apps.tickets.rules.words import number_of
from apps.timeline.refusal import Refused

from .linking import LinkForm, asking
from .ticket import fetch
from .verbs import Answer, card, numbered, verb


class MergeForm(forms.Form):
    """Which ticket goes on."""

    into = Line(
        limit=100,
        label="Number or words of the ticket that goes on",
        widget=forms.TextInput(FIRST | {"autocomplete": "off"}),
    )
    across = forms.BooleanField(
        required=False,
        label="They are one matter",
        help_text="Needed where the two belong to different customers.",
    )


class SplitForm(forms.Form):
    """What the new ticket is about."""

    subject = Line(limit=998, label="Subject of the new ticket", widget=forms.TextInput(FIRST))
    later = forms.BooleanField(required=False, label="Take everything after this message along")


@require_http_methods(["GET", "HEAD", "POST"])
@may("tickets.merge")
def merge(request: HttpRequest, pk: int) -> HttpResponse:
    """End this ticket in another one: named by its number, found by words, or alike."""
    ticket = fetch(pk)
    typed = request.POST.get("into", request.GET.get("into", "")).replace("\x00", " ").strip()[:100]
    offers = offered(ticket, typed, request.user)
    if request.htmx.target == "joinable":
        return render(request, "tickets/_joinable.html", {"offers": offers, "typed": typed})
    form = MergeForm(request.POST or None, initial={"into": typed})
    if request.method == "POST" and form.is_valid():
        try:
            into = one_of(form.cleaned_data["into"], offers)
            ticket.merge(
                into, by=request.user, at=timezone.now(), across=form.cleaned_data["across"]
            )
            undo = reverse("portal:ticket-unmerge", args=[pk])
            to = browsing.address(request, into)
            return answers.go(request, to, said=f"#{pk} is merged into #{into.pk}.", undo=undo)
        except Refused as refused:
            answers.blame(form, refused)
    context = {"ticket": ticket, "offers": offers, "typed": typed}
    return answers.form_page(request, "tickets/merge.html", "tickets/_merge.html", form, context)


def one_of(typed: str, offers: list[Joinable]) -> Ticket:
    """The ticket of a number; words name none, however few they find."""
    if offers and number_of(typed) is None:
        raise Refused("Choose the one that is meant from those below.", field="into")
    return numbered(typed, field="into")


@verb("tickets.merge")
def unmerge(request: HttpRequest, ticket: Ticket) -> Answer:
    """Each has again what was its own."""
    ticket.unmerge(by=request.user, at=timezone.now())
    return "The merge was taken back.", ""


@require_http_methods(["GET", "HEAD", "POST"])
@may("tickets.merge")
@answers.refusals
def split(request: HttpRequest, pk: int, message: int) -> HttpResponse:
    """A message becomes a ticket of its own."""
    ticket = fetch(pk)
    said = get_object_or_404(Message.objects.select_related("contact"), pk=message, ticket=ticket)
    ticket.check_split(said)
    form = SplitForm(request.POST or None, initial={"subject": ticket.subject})
    if request.method == "POST" and form.is_valid():
        try:
            fresh = ticket.split(said, by=request.user, at=timezone.now(), **form.cleaned_data)
            undo = reverse("portal:ticket-unsplit", args=[fresh.pk])
            to = browsing.address(request, fresh)
            return answers.go(request, to, said=f"Split off from #{pk}.", undo=undo)
        except Refused as refused:
            answers.blame(form, refused)
    context = {"ticket": ticket, "message": said}
    return answers.form_page(request, "tickets/split.html", "tickets/_split.html", form, context)


@require_POST
@may("tickets.merge")
@answers.refusals
def unsplit(request: HttpRequest, pk: int) -> HttpResponse:
    """Put it back where it was split off."""
    source = get_object_or_404(Ticket, pk=pk).unsplit(by=request.user, at=timezone.now())
    return answers.go(request, browsing.address(request, source), said=f"#{pk} was put back here.")


@require_http_methods(["GET", "HEAD", "POST"])
@may("features.link")
def link(request: HttpRequest, pk: int) -> HttpResponse:
    """Say what it has to do with another ticket, or which feature request it asks for."""
    ticket = fetch(pk)
    if request.method == "POST" and not request.user.may("tickets.change"):
        return answers.refuse(request, "Your roles do not let you link tickets.", status=403)
    form = LinkForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            other = numbered(form.cleaned_data["other"], field="other")
            made = ticket.link_to(
                other, form.cleaned_data["relation"], by=request.user, at=timezone.now()
            )
            undo = reverse("portal:ticket-unlink", args=[pk, made.pk])
            to = browsing.address(request, ticket)
            return answers.go(request, to, said=f"Linked to #{other.pk}.", undo=undo)
        except Refused as refused:
            answers.blame(form, refused)
    context: dict[str, Any] = {
        "ticket": ticket,
        "incidents": incidents.offered(request.user)[: incidents.OFFERED],
        **asking(request, ticket),
    }
    return answers.form_page(request, "tickets/link.html", "tickets/_link.html", form, context)


@require_POST
@may("tickets.change")
@answers.refusals
def unlink(request: HttpRequest, pk: int, link: int) -> HttpResponse:
    """They have nothing to do with each other."""
    ticket = get_object_or_404(Ticket, pk=pk)
    made = get_object_or_404(TicketLink.objects.of([pk]), pk=link)
    ticket.unlink(made, by=request.user, at=timezone.now())
    return card(request, ticket, "The link is gone.")
