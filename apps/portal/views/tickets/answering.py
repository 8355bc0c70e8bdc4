"""Answering: send, review what came meanwhile, take back, and on to the next ticket."""

from dataclasses import replace

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.choices import AfterSend
from apps.portal import answers, browsing
from apps.portal.access import may
from apps.portal.thread import Names, deliveries_of, weave
from apps.portal.words import plural
from apps.portal.writing import number, unread
from apps.tickets import answering
from apps.tickets.answering import Words
from apps.tickets.choices import Mode, Next
from apps.tickets.files import keep_all
from apps.tickets.models import Message, Ticket
from apps.tickets.models.answered import Unseen
from apps.tickets.rules.addresses import split
from apps.timeline.refusal import Refused

from .ticket import card_context, fetch
from .verbs import card, is_on


@require_POST
@may("tickets.note")
@answers.refusals
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    """A reply to the customer, or a note among staff."""
    ticket, at, words = Ticket(pk=pk), timezone.now(), words_of(request)
    if words.mode == Mode.REPLY and not request.user.may("tickets.reply"):
        raise Refused("Your roles let you write notes, not answer customers.")
    if "review" in request.POST:
        return review(request, fetch(pk), "")
    place = browsing.place(request, pk) if words.mode == Mode.REPLY else None
    files = keep_all((file.file, file.name) for file in request.FILES.getlist("files"))
    try:
        sent = answering.answer(ticket, words, by=request.user, at=at, files=files)
    except Ticket.DoesNotExist as gone:
        raise Http404("There is no ticket of that number.") from gone
    except Unseen as unseen:
        return review(request, ticket, unseen.sentence)
    if place is None:
        return card(request, ticket, f"Note added. {sent.mentions.said}".strip())
    undo = reverse("portal:ticket-take-back", args=[pk, sent.pk])
    said = f"Reply to #{pk} leaves in 15 seconds."
    if to := leads_to(request, place):
        return answers.go(request, to, said=said, undo=undo)
    return card(request, ticket, said, undo=undo)


def words_of(request: HttpRequest) -> Words:
    """What the form holds; a note has an editor of its own."""
    sent = request.POST
    mode = Mode.NOTE if sent.get("mode") == Mode.NOTE else Mode.REPLY
    return Words(
        mode=mode,
        body=sent.get("note", sent.get("body", "")) if mode == Mode.NOTE else sent.get("body", ""),
        after=sent.get("after") or Next.WAIT,
        cc=tuple(split(sent["cc"])) if "cc" in sent else None,
        canned=tuple(int(one) for one in sent.getlist("canned") if one.isdecimal())[:20],
        seen=number(request, "seen"),
        tells=tells_of(sent),
        based_on=number(request, f"{mode}_version") or 0,
    )


def tells_of(sent: QueryDict) -> tuple[int, ...] | None:
    """Which owed answers the reply tells of, where the page asked."""
    if "owes" not in sent:
        return None
    return tuple(int(one) for one in sent.getlist("tells") if one.isdecimal() and len(one) < 19)


def leads_to(request: HttpRequest, place: browsing.Place) -> str:
    """Where a sent reply leads whoever opened the ticket from a list; nowhere otherwise."""
    if not place.back or request.user.after_send == AfterSend.STAY:
        return ""
    if request.user.after_send == AfterSend.NEXT and place.following:
        return place.following
    return place.url


def review(request: HttpRequest, ticket: Ticket, sentence: str) -> HttpResponse:
    """Nothing was sent: what is new stands in the thread, marked; the draft is as it was."""
    if answers.in_place(request):
        response = news_part(request, ticket, read=True)
        response.status_code = 409
        response["HX-Retarget"], response["HX-Reswap"] = f"#news-{ticket.pk}", "outerHTML"
        if sentence:
            response.write(answers.aside(request, sentence, tone="warn"))
        return response
    context = card_context(request, ticket.pk) | {"halted": sentence}
    desk = context["writing"]
    context["writing"] = replace(desk, seen=desk.shown, news=())
    return render(request, "tickets/ticket.html", context, status=409)


@require_safe
@may("tickets.read")
def news(request: HttpRequest, pk: int) -> HttpResponse:
    """What was said after the newest message on the page; 304 while nothing happened."""
    ticket = get_object_or_404(Ticket.objects.only("version"), pk=pk)
    tag = f'"{ticket.version}"'
    if request.headers.get("If-None-Match") == tag:
        return HttpResponse(status=304, headers={"ETag": tag})
    return news_part(request, fetch(pk))


def news_part(request: HttpRequest, ticket: Ticket, *, read: bool = False) -> HttpResponse:
    """The new messages for the thread, and the button that says how many were not read.

    `read`: from here on they count as seen.
    """
    seen = number(request, "seen") or 0
    shown = number(request, "shown") or seen
    said = ticket.talk().filter(pk__gt=min(seen, shown))
    said = said.select_related("author", "contact", "side")
    came = list(said.prefetch_related("attachments").order_by("at", "id"))
    fresh = [message for message in came if message.pk > shown]
    waiting = unread(came, seen, request.user)
    newest = max((message.pk for message in came), default=max(seen, shown))
    others = [message for message in fresh if message.author_id != request.user.pk]
    context = {
        "ticket": ticket,
        "entries": weave(fresh, (), Names({}, {})),
        "deliveries": deliveries_of(fresh, timezone.now()),
        "review": plural(len(waiting), "new message") if waiting and not read else "",
        "reviewed": waiting[0] if read and waiting else None,
        "seen": newest if read or not waiting else seen,
        "shown": newest,
        "said": f"New on this ticket: {plural(len(others), 'message')}." if others else "",
    }
    for entry in context["entries"]:
        entry.is_new = entry.message.author_id != request.user.pk
    response = render(request, "tickets/news.html", context)
    response["ETag"] = f'"{ticket.version}"'
    return response


@require_POST
@may("tickets.reply")
@answers.refusals
def take_back(request: HttpRequest, pk: int, message: int) -> HttpResponse:
    """Undo a reply that has not left yet, its words are in the editor again; or a logged call."""
    ticket = get_object_or_404(Ticket, pk=pk)
    sent = get_object_or_404(Message, pk=message, ticket=ticket)
    ticket.take_back(sent, by=request.user, at=timezone.now())
    if sent.side_id:
        to = f"{reverse('portal:ticket-ask', args=[pk])}?again={sent.pk}"
        return answers.go(request, to, said="Nothing was sent. Your words are here again.")
    if sent.channel:
        return card(request, ticket, "What was written down is taken back.")
    said = f"The reply to #{pk} was taken back; nothing was sent."
    if answers.in_place(request) and not is_on(request, ticket):
        return answers.go(request, f"{browsing.address(request, ticket)}#press-r", said=said)
    answer = card(request, ticket, said)
    answer["HX-Trigger-After-Settle"] = "words-back"  # the editor takes the focus
    return answer
