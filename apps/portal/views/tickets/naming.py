"""What a ticket is about, and who waits for the answer: said better once somebody knows."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from apps.customers.models import Contact
from apps.portal.access import may
from apps.portal.forms import FIRST, Line
from apps.tickets.models import Ticket
from apps.timeline.refusal import Refused

from .ticket import fetch
from .verbs import Answer, given, taking_back, verb


class SubjectForm(forms.Form):
    """What it is about."""

    subject = Line(limit=998, widget=forms.TextInput(FIRST))


class RequesterForm(forms.Form):
    """Who waits for the answer; their customer comes along."""

    contact = forms.EmailField(
        label="Who asks",
        help_text="Their e-mail address; somebody new is added.",
        widget=forms.EmailInput(attrs={"list": "contacts", "autocomplete": "off"}),
    )
    name = Line(required=False, label="Their name", help_text="For somebody new.")


@require_safe
@may("tickets.change")
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """Both as they are, to be changed."""
    ticket = fetch(pk)
    email = ticket.contact.email if ticket.contact else ""
    context = {
        "ticket": ticket,
        "about": SubjectForm(initial={"subject": ticket.subject}),
        "who": RequesterForm(initial={"contact": email}),
    }
    return render(request, "tickets/change.html", context)


@verb("tickets.change")
def rename(request: HttpRequest, ticket: Ticket) -> Answer:
    """Say better what it is about."""
    told = ticket.rename(given(request, "subject"), by=request.user, at=timezone.now())
    return "Renamed.", taking_back(ticket, told)


@verb("tickets.change")
def belong(request: HttpRequest, ticket: Ticket) -> Answer:
    """Say who waits for the answer; somebody new is kept only with it."""
    form = RequesterForm(request.POST)
    if not form.is_valid():
        raise Refused("Say who asks, by their e-mail address.", field="contact")
    said = form.cleaned_data
    contact = Contact.objects.meet(said["contact"].lower(), name=said["name"])
    told = ticket.belong_to(contact, by=request.user, at=timezone.now())
    return f"{contact} waits for the answer now.", taking_back(ticket, told)
