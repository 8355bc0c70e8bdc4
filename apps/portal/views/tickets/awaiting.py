"""What is written to somebody else and not sent yet, and by when they are expected to answer."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from apps.portal import answers
from apps.portal.access import may
from apps.portal.history import said as in_words
from apps.portal.writing import number
from apps.tickets.models import SideConversation, SideDraft, Ticket
from apps.tickets.models.queue import MOST_HOURS


@require_POST
@may("tickets.reply")
@answers.refusals
def keep(request: HttpRequest, pk: int, side: int | None = None) -> HttpResponse:
    """What was typed so far; sent by itself while somebody types."""
    ticket, asked = addressed(pk, side)
    draft = kept(request, ticket, asked)
    context = {"ticket": ticket, "side": asked, "draft": draft}
    return answers.card(request, "tickets/_aside_saved.html", context, to=page_of(ticket, asked))


def kept(request: HttpRequest, ticket: Ticket, asked: SideConversation | None) -> SideDraft:
    typed = request.POST
    return SideDraft.objects.keep(
        ticket,
        asked,
        request.user,
        to=typed.get("to", ""),
        subject=typed.get("subject", ""),
        body=typed.get("body", ""),
        quoting=numbers(typed.getlist("quoting")),
        files=numbers(typed.getlist("files")),
        hours=next(iter(numbers([typed.get("hours", "")], most=MOST_HOURS)), None),
        at=timezone.now(),
    )


@require_POST
@may("tickets.reply")
@answers.refusals
def discard(request: HttpRequest, pk: int, side: int | None = None) -> HttpResponse:
    """Throw away what was begun; Undo brings it back, with what was typed a moment ago."""
    ticket, asked = addressed(pk, side)
    draft = get_object_or_404(SideDraft.objects.of(ticket, asked, request.user))
    if request.POST.get("body"):
        draft = kept(request, ticket, asked)
    draft.discard(at=timezone.now())
    undo = address("restore", ticket, asked)
    return answers.go(request, page_of(ticket, asked), said="The draft is discarded.", undo=undo)


@require_POST
@may("tickets.reply")
@answers.refusals
def restore(request: HttpRequest, pk: int, side: int | None = None) -> HttpResponse:
    """What was discarded is there again."""
    ticket, asked = addressed(pk, side)
    get_object_or_404(SideDraft.objects.of(ticket, asked, request.user)).restore()
    return answers.go(request, page_of(ticket, asked), said="The draft is back.")


@require_POST
@may("tickets.reply")
@answers.refusals
def expect(request: HttpRequest, pk: int, side: int) -> HttpResponse:
    """By when they are expected to answer, from now on."""
    ticket, asked = addressed(pk, side)
    told = ticket.expect_answer(
        asked, number(request, "hours") or 0, by=request.user, at=timezone.now()
    )
    due = told.data["answer_due"][1]
    said = f"Expected by {in_words(due)}; you are told if nothing comes." if due else "Not timed."
    undo = reverse("portal:ticket-side-expect-undo", args=[pk, side, told.pk])
    return answers.go(request, page_of(ticket, asked), said=said, undo=undo)


@require_POST
@may("tickets.reply")
@answers.refusals
def expect_undo(request: HttpRequest, pk: int, side: int, activity: int) -> HttpResponse:
    """As it was expected before."""
    ticket, asked = addressed(pk, side)
    ticket.expect_as_before(activity, by=request.user, at=timezone.now())
    return answers.go(request, page_of(ticket, asked), said="Expected as before.")


def addressed(pk: int, side: int | None) -> tuple[Ticket, SideConversation | None]:
    """A ticket, and one of its side conversations where one is meant."""
    ticket = get_object_or_404(Ticket, pk=pk)
    if side is None:
        return ticket, None
    asked = SideConversation.objects.filter(ticket__in=ticket.family())
    return ticket, get_object_or_404(asked, pk=side)


def page_of(ticket: Ticket, side: SideConversation | None) -> str:
    return address("", ticket, side)


def address(what: str, ticket: Ticket, side: SideConversation | None) -> str:
    """Where the form to somebody is, or what is done to its draft."""
    name = "portal:ticket-side" if side else "portal:ticket-ask"
    args = [ticket.pk, side.pk] if side else [ticket.pk]
    return reverse(f"{name}-{what}" if what else name, args=args)


def numbers(typed: list[str], *, most: int = 2**63 - 1) -> list[int]:
    """Those of what was sent that are numbers."""
    found = (int(one) for one in typed if one.isdecimal() and len(one) < 20)
    return [one for one in found if one <= most][:50]
