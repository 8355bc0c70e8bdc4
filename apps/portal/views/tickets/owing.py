"""Closing the loop on a ticket: tell what became of it, or say why no word is needed."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from apps.portal import answers
from apps.portal.access import may
from apps.tickets.filling import told_in_words
from apps.tickets.models import Draft, OwedAnswer, Ticket

from .ticket import fetch
from .verbs import card, given


@require_POST
@may("tickets.reply")
@answers.refusals
def use(request: HttpRequest, pk: int, answer: int) -> HttpResponse:
    """Put the drafted words into one's reply, under what was begun there."""
    ticket = fetch(pk)
    draft(request, ticket, get_object_or_404(ticket.owed_answers.owed(), pk=answer))
    return card(request, ticket, "The drafted answer is in your reply.")


@require_POST
@may("tickets.reply")
@answers.refusals
def waive(request: HttpRequest, pk: int, answer: int) -> HttpResponse:
    """They need not be told, and why."""
    ticket = get_object_or_404(Ticket, pk=pk)
    ticket.waive_answer(answer, reason=given(request, "reason"), by=request.user, at=timezone.now())
    undo = reverse("portal:ticket-answer-owe-anew", args=[pk, answer])
    return card(request, ticket, "No word is owed.", undo=undo)


@require_POST
@may("tickets.reply")
@answers.refusals
def owe_anew(request: HttpRequest, pk: int, answer: int) -> HttpResponse:
    """They are to be told after all."""
    ticket = get_object_or_404(Ticket, pk=pk)
    ticket.owe_anew(answer, by=request.user, at=timezone.now())
    return card(request, ticket, "They are to be told.")


@require_POST
@may("tickets.reply")
@answers.refusals
def follow_up(request: HttpRequest, pk: int) -> HttpResponse:
    """A closed ticket is followed by a new one, with everything that was drafted in its reply."""
    ticket = get_object_or_404(Ticket, pk=pk)
    fresh = fetch(ticket.follow_up(by=request.user, at=timezone.now()).pk)
    for owed in fresh.owed_answers.owed().order_by("pk"):
        draft(request, fresh, owed)
    return answers.go(request, fresh, said=f"#{fresh.pk} follows #{pk}: send your reply there.")


def draft(request: HttpRequest, ticket: Ticket, owed: OwedAnswer) -> None:
    """The drafted words, as this person would say them, under what they have begun."""
    at = timezone.now()
    text, _ = told_in_words(owed, ticket, by=request.user, at=at)
    if text.strip():
        Draft.objects.insert(ticket, request.user, text=text, files=(), at=at)
