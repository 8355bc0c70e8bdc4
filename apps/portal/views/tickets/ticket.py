"""One ticket: its page, its preview beside a list, its files."""

from typing import Any

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from apps.accounts.models import User
from apps.outbox.models import StoppedAddress
from apps.portal import answers, browsing, custom_fields, loops, pictures
from apps.portal.access import may
from apps.portal.beside import ANSWERING, Beside
from apps.portal.thread import Names, Part, deliveries_of, last_message, part_of
from apps.portal.writing import Writing
from apps.sla import explain
from apps.tickets.choices import Direction
from apps.tickets.files import path_of
from apps.tickets.models import Attachment, InboundMail, OwedAnswer, Queue, Ticket
from apps.tickets.rules.addresses import split
from apps.tickets.rules.thanks import only_thanks
from apps.tickets.writing import snippet_of


@require_safe
@may("tickets.read")
def ticket(request: HttpRequest, pk: int) -> HttpResponse:
    """The thread, what can be done, and everything that helps to answer."""
    context = card_context(request, pk)
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


@require_safe
@may("tickets.read")
def picture(request: HttpRequest, pk: int, digest: str) -> FileResponse:
    """A picture that stands among the words of a mail."""
    same = Attachment.objects.filter(message__ticket=pk, digest=digest)
    found = get_object_or_404(same[:1])
    answer = pictures.shown(found.digest, found.content_type)
    answer["Cache-Control"] = "private, max-age=86400, immutable"
    return answer


@require_safe
@may("mail.read")
def as_mail(request: HttpRequest, pk: int, message: int) -> HttpResponse:
    """The mail a message was, as it came."""
    mails = InboundMail.objects.filter(message=message, message__ticket=pk)
    return answers.go(request, get_object_or_404(mails.order_by("pk")[:1]))


@require_safe
@may("tickets.read")
def earlier(request: HttpRequest, pk: int) -> HttpResponse:
    """The page of the thread before a place."""
    found = fetch(pk)
    names = Names.of(User.objects.holding(*ANSWERING), Queue.objects.all())
    part = part_of(found, names, before=request.GET.get("before", ""))
    sent = deliveries_of(part.messages, timezone.now())
    context = {"ticket": found, "part": part, "deliveries": sent}
    return answers.page(request, "tickets/earlier.html", "tickets/_earlier.html", context)


def fetch(pk: int) -> Ticket:
    return get_object_or_404(Ticket.objects.whole(), pk=pk)


def card_context(request: HttpRequest, pk: int) -> dict[str, Any]:
    """Everything the card shows; a fixed number of queries whatever the thread's length."""
    at = timezone.now()
    try:
        beside = Beside.of(pk, request.user, at=at)
    except Ticket.DoesNotExist as gone:
        raise Http404("There is no ticket of that number.") from gone
    ticket, linked = beside.ticket, request.GET.get("message", "")
    names = Names(beside.people, beside.queues, beside.teams)
    part = part_of(ticket, names, around=int(linked) if linked.isdecimal() else None)
    fields = custom_fields.controls_of(beside.fields, ticket.fields)
    desk = Writing.of(request, beside, part)
    part.mark_new(desk.read_to, request.user)
    return {
        "ticket": ticket,
        "part": part,
        "deliveries": deliveries_of(part.messages, at),
        "writing": desk,
        "stops": stops(part, desk),
        "thanked": thanked(ticket, part, request.user),
        "people": beside.people,
        "queues": beside.queues,
        "panel": explain.panel(ticket, at=at, told=part.told),
        "others": beside.others,
        "incidents": beside.incidents,
        "rating": beside.rating,
        "last_rating": beside.last_rating,
        "place": browsing.place(request, ticket.pk),
        "owed": owed_on(ticket) if ticket.loop_since else (),
        "asks_for": beside.asks_for,
        "links": ticket.linked() if beside.has_links else (),
        "items": beside.items,
        "items_done": sum(item.done_at is not None for item in beside.items),
        "checklists": beside.checklists,
        "fields": fields,
        "field_keys": {control.field.key for control in fields},
    }


def stops(part: Part, desk: Writing) -> dict[str, StoppedAddress]:
    """Where copies do not arrive; asked only where somebody gets a copy."""
    copied = {address for message in part.messages for address in message.cc}
    return StoppedAddress.objects.among(copied | set(split(desk.copies)))


def thanked(ticket: Ticket, part: Part, person: User) -> str:
    """The last words of a customer who only thanks, for whoever wants to be told so."""
    since = ticket.waiting_since
    if since is None or part.later or not person.suggest_thanks:
        return ""
    heard = [one.body for one in part.messages if one.direction == Direction.IN and one.at >= since]
    return snippet_of(heard[-1]) if heard and all(map(only_thanks, heard)) else ""


def owed_on(ticket: Ticket) -> list[tuple[OwedAnswer, str]]:
    """What its customer is to be told, each with the page of what it is about."""
    if ticket.status in ("spam", "duplicate"):
        return []
    owed = ticket.owed_answers.owed().select_related("asked_on").order_by("pk")
    return [(answer, loops.page_of(answer)) for answer in owed]
