"""What a ticket asks for: the page that links it to a feature request or to another ticket."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from apps.features.models import FeatureRequest
from apps.portal import joinable
from apps.portal.forms import Line
from apps.portal.views.incidents.linking import OFFERED, offered
from apps.portal.views.requests.forms import AskForm, NewRequestForm
from apps.portal.writing import number
from apps.tickets.models import Message, Ticket
from apps.tickets.models.linking import BY_HAND

MOST = 6


class LinkForm(forms.Form):
    """Which ticket, and how."""

    relation = forms.ChoiceField(choices=[(one.value, one.label) for one in BY_HAND])
    other = Line(limit=20, label="Number of the other ticket")


def offer(
    request: HttpRequest,
    ticket: Ticket,
    form: AskForm | None = None,
    *,
    fresh: NewRequestForm | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page again, with what was typed."""
    context = {
        "ticket": ticket,
        "form": LinkForm(),
        "incidents": offered(request.user)[:OFFERED],
    }
    context |= asking(request, ticket, form, fresh)
    return render(request, "tickets/link.html", context, status=status)


def asking(
    request: HttpRequest,
    ticket: Ticket,
    form: AskForm | None = None,
    fresh: NewRequestForm | None = None,
) -> dict[str, Any]:
    """Requests and tickets that may be meant, by what was typed or alike; the words to keep."""
    typed = request.GET.get("q", "").replace("\x00", " ").strip()[:100]
    said = words_of(ticket, number(request, "message"))
    about = AskForm.about(said)
    new = NewRequestForm(initial={**about.initial, "title": ticket.subject[:200]})
    requests = FeatureRequest.objects
    suggested = requests.like(typed or ticket.subject, most=MOST)
    found = list(suggested)
    if typed:
        known = {one.pk for one in found}
        by_words = requests.going_on().holding(typed).in_order("demand")[:MOST]
        found += [one for one in by_words if one.pk not in known]
    return {
        "ask": form or about,
        "fresh": fresh or new,
        "said": said,
        "typed": typed,
        "requests": found[:MOST],
        "tickets": joinable.offered(ticket, typed, request.user, ended=True),
        "linked": set(ticket.insights.filter(removed_at=None).values_list("request", flat=True)),
    }


def words_of(ticket: Ticket, chosen: int | None) -> Message | None:
    """The message somebody chose, or else the customer's last."""
    heard = ticket.talk().filter(undone_at=None).exclude(direction="note")
    if chosen and (found := heard.filter(pk=chosen).first()):
        return found
    return heard.filter(direction="in", automatic=False).order_by("-at", "-id").first()
