"""One ticket: its page, its preview beside a list, its files."""

from typing import Any

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.portal import answers, browsing
from apps.portal.access import may
from apps.portal.snoozing import CHOICES as SNOOZES
from apps.portal.thread import Names, last_message, messages_of, weave
from apps.sla import explain
from apps.tickets.choices import Next, Priority, Sort
from apps.tickets.files import path_of
from apps.tickets.models import Attachment, Queue, Ticket

ANSWERING = (Role.SUPPORT, Role.SUPPORT_LEAD, Role.ADMINISTRATOR)


@require_safe
@may("tickets.read")
def ticket(request: HttpRequest, pk: int) -> HttpResponse:
    """The thread, what can be done, and everything that helps to answer."""
    found = fetch(pk)
    context = card_context(request, found)
    return answers.page(request, "tickets/ticket.html", "tickets/_card.html", context)


@require_safe
@may("tickets.read")
def preview(request: HttpRequest, pk: int) -> HttpResponse:
    """The ticket in short, beside a list."""
    found = fetch(pk)
    context = {
        "ticket": found,
        "last": last_message(found),
        "panel": explain.panel(found),
        "back": request.META.get("QUERY_STRING", ""),
    }
    return render(request, "tickets/_preview.html", context)


@require_safe
@may("tickets.read")
def attachment(request: HttpRequest, pk: int, file: int) -> FileResponse:
    """A file somebody sent; never shown in place, whatever it says it is."""
    found = get_object_or_404(Attachment, pk=file, message__ticket=pk)
    path = path_of(found.digest)
    if not path.exists():
        raise Http404("The file is not on the disk.")
    return FileResponse(
        path.open("rb"),
        as_attachment=True,
        filename=found.name,
        content_type="application/octet-stream",
    )


def fetch(pk: int) -> Ticket:
    return get_object_or_404(Ticket.objects.whole(), pk=pk)


def card_context(request: HttpRequest, ticket: Ticket) -> dict[str, Any]:
    """Everything the card shows; a fixed number of queries whatever the thread's length."""
    messages = messages_of(ticket)
    people = list(User.objects.holding(*ANSWERING).by_name())
    queues = list(Queue.objects.all())
    said = [message for message in messages if message.undone_at is None]
    return {
        "ticket": ticket,
        "entries": weave(messages, list(ticket.timeline()), Names.of(people, queues)),
        "people": people,
        "queues": queues,
        "priorities": Priority,
        "next": Next,
        "panel": explain.panel(ticket),
        "others": other_tickets(ticket),
        "place": browsing.place(request, ticket),
        "snoozes": SNOOZES,
        "last_said": said[-1].pk if said else 0,
        "last_mine": max(
            (message.pk for message in messages if message.author_id == request.user.pk),
            default=0,
        ),
    }


def other_tickets(ticket: Ticket) -> list[Ticket]:
    """What the same customer, or the same person, asked lately."""
    asker = ticket.customer or ticket.contact
    if asker is None:
        return []
    return list(asker.tickets.exclude(pk=ticket.pk).in_order(Sort.UPDATED)[:5])
