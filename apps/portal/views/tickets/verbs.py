"""What can be done to a ticket: each verb, then the whole card again."""

from collections.abc import Callable
from datetime import datetime
from functools import wraps

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.models import User
from apps.portal import answers, browsing
from apps.portal.access import may
from apps.portal.words import lifted
from apps.sla import waiving
from apps.tickets.choices import Status
from apps.tickets.models import Queue, StatusLabel, Ticket
from apps.tickets.rules.until import read
from apps.timeline.models import Activity
from apps.timeline.refusal import Refused

from .ticket import card_context

Answer = tuple[str, str]  # what the toast says, and where it is undone
Verb = Callable[[HttpRequest, Ticket], Answer]


def verb(permission: str, *, asks: str = "") -> Callable[[Verb], Callable[..., HttpResponse]]:
    """A view from one verb: POST, permission, fetch, the verb, the card.

    A refusal with the code `asks` is a question, which has a page of its own.
    """

    def decorate(act: Verb) -> Callable[..., HttpResponse]:
        @require_POST
        @may(permission)
        @answers.refusals
        @wraps(act)
        def view(request: HttpRequest, pk: int) -> HttpResponse:
            ticket = Ticket(pk=pk)
            try:
                with ticket.held():
                    said, undo = act(request, ticket)
            except Ticket.DoesNotExist as gone:
                raise Http404("There is no ticket of that number.") from gone
            except Refused as refused:
                if not asks or refused.code != asks:
                    raise
                priority = given(request, "priority")
                return answers.go(request, reverse("portal:sla-ask", args=[pk, priority]))
            return card(request, ticket, said, undo=undo)

        view.permission = permission  # type: ignore[attr-defined]
        return view

    return decorate


def card(request: HttpRequest, ticket: Ticket, said: str, *, undo: str = "") -> HttpResponse:
    """The ticket as it is now; a list that asked is told to draw itself anew.

    `then` leads on to the next ticket; what was done from another ticket's page leads to this one.
    """
    if answers.in_place(request):
        if "X-Beside" in request.headers:
            return answers.told(request, said, undo=undo)
        then = request.POST.get("then", "")
        if then.startswith("/") and url_has_allowed_host_and_scheme(then, None):
            return answers.go(request, then, said=said, undo=undo)
        if not is_on(request, ticket):
            return answers.go(request, browsing.address(request, ticket), said=said, undo=undo)
    context = card_context(request, ticket.pk) if answers.in_place(request) else {}
    to = browsing.address(request, ticket)
    return answers.card(request, "tickets/_card.html", context, to=to, said=said, undo=undo)


def is_on(request: HttpRequest, ticket: Ticket) -> bool:
    """Whether the press came from this ticket's own page."""
    page = (request.htmx.current_url_abs_path or "").partition("?")[0]
    return not page or ticket.get_absolute_url() in page


def given(request: HttpRequest, name: str) -> str:
    """A value of the form, or of the address when an Undo button brings it back."""
    return request.POST.get(name, request.GET.get(name, "")).strip()


def back(ticket: Ticket, moved: Activity) -> str:
    """The address that takes a move back as if it had never been."""
    return taking_back(ticket, moved) if "status" in moved.data else ""  # the same by another word


def taking_back(ticket: Ticket, told: Activity) -> str:
    """The address that takes a change back as if it had never been."""
    return reverse("portal:ticket-undo", args=[ticket.pk, told.pk])


def numbered(typed: str, *, field: str) -> Ticket:
    """The ticket whose number somebody typed."""
    number = typed.strip().lstrip("#")
    known = number.isascii() and number.isdigit() and len(number) < 19
    ticket = Ticket.objects.filter(pk=int(number)).first() if known else None
    if ticket is None:
        raise Refused("There is no ticket of that number.", field=field)
    return ticket


@require_POST
@may("tickets.change")
@answers.refusals
def undo(request: HttpRequest, pk: int, activity: int) -> HttpResponse:
    """Take a change back."""
    ticket = get_object_or_404(Ticket, pk=pk)
    before = ticket.status
    ticket.undo(activity, by=request.user, at=timezone.now())
    moved = ticket.status != before
    return card(
        request, ticket, f"Back to {ticket.status_word.lower()}." if moved else "As before."
    )


@verb("tickets.assign")
def assign(request: HttpRequest, ticket: Ticket) -> Answer:
    """Give it to somebody, or to nobody."""
    chosen = given(request, "assignee")
    person = get_object_or_404(User.objects.active(), pk=chosen) if chosen.isdigit() else None
    told = ticket.assign(person, by=request.user, at=timezone.now())
    said = f"{person} has it now." if person else "Nobody has it now."
    return said, taking_back(ticket, told)


@verb("tickets.assign")
def take(request: HttpRequest, ticket: Ticket) -> Answer:
    """Assign it to oneself."""
    told = ticket.assign(request.user, by=request.user, at=timezone.now())
    return "It is yours.", taking_back(ticket, told)


@verb("tickets.change")
def move(request: HttpRequest, ticket: Ticket) -> Answer:
    """Another status, by its own name or by the team's word for it."""
    status, label = given(request, "status"), None
    if status.startswith("label-") and status[6:].isdigit():
        label = get_object_or_404(StatusLabel, pk=int(status[6:]))
        status = label.status
    if ticket.status in ("resolved", "duplicate", "spam") and status == Status.OPEN:
        moved = ticket.reopen(by=request.user, at=timezone.now())
    else:
        moved = ticket.move(status, by=request.user, at=timezone.now(), label=label)
    return f"Now {ticket.status_word.lower()}.", back(ticket, moved)


@verb("tickets.change")
def resolve(request: HttpRequest, ticket: Ticket) -> Answer:
    """What was asked is done."""
    told = ticket.resolve(by=request.user, at=timezone.now())
    missing = ticket.missing_items()
    said = f"Resolved, though still to be done: {', '.join(missing)}." if missing else "Resolved."
    return said, back(ticket, told)


@verb("tickets.change")
def reopen(request: HttpRequest, ticket: Ticket) -> Answer:
    """It was not done after all."""
    return "Open again.", back(ticket, ticket.reopen(by=request.user, at=timezone.now()))


@verb("tickets.change")
def close(request: HttpRequest, ticket: Ticket) -> Answer:
    """Nothing more will be changed on it."""
    return "Closed.", back(ticket, ticket.close(by=request.user, at=timezone.now()))


@verb("tickets.change")
def mark_spam(request: HttpRequest, ticket: Ticket) -> Answer:
    """Nobody waits for an answer to this."""
    moved = ticket.mark_spam(by=request.user, at=timezone.now())
    return "Marked as spam.", back(ticket, moved)


@verb("tickets.change")
def duplicate(request: HttpRequest, ticket: Ticket) -> Answer:
    """The same matter is another ticket already."""
    other = numbered(given(request, "of"), field="of")
    moved = ticket.mark_duplicate(other, by=request.user, at=timezone.now())
    return f"#{ticket.pk} is a duplicate of #{other.pk}.", back(ticket, moved)


@verb("tickets.change", asks="due_by_hand")
def prioritise(request: HttpRequest, ticket: Ticket) -> Answer:
    """Say how soon it matters."""
    dues, priority = given(request, "dues"), given(request, "priority")
    told = waiving.prioritise(ticket, priority, dues=dues, by=request.user, at=timezone.now())
    undo = "" if dues == waiving.LIFT else taking_back(ticket, told)
    return f"Priority is {ticket.priority} now.", undo


@verb("tickets.change")
def tag(request: HttpRequest, ticket: Ticket) -> Answer:
    """The tags as they were typed, and no others; `add` puts one to those there are."""
    if one := given(request, "add"):
        told = ticket.tag([one], by=request.user, at=timezone.now())
        return f"Tagged {one}.", taking_back(ticket, told)
    wanted = [tag for tag in given(request, "tags").split(",") if tag.strip()]
    gone = [tag for tag in ticket.tags if tag not in {one.strip().lower() for one in wanted}]
    told = ticket.tag(wanted, remove=gone, by=request.user, at=timezone.now())
    return "Tags changed.", taking_back(ticket, told)


@verb("tickets.change")
def file_under(request: HttpRequest, ticket: Ticket) -> Answer:
    """Another queue."""
    chosen = given(request, "queue")
    queue = get_object_or_404(Queue, pk=chosen) if chosen.isdigit() else None
    told = ticket.file_under(queue, by=request.user, at=timezone.now())
    said = f"It is in {queue} now." if queue else "It is in no queue now."
    return said, taking_back(ticket, told)


@verb("tickets.change")
def snooze(request: HttpRequest, ticket: Ticket) -> Answer:
    """Hide it until a time in words, or until the customer writes."""
    at = timezone.now()
    chosen = understood(given(request, "until"), at)
    told = ticket.snooze(chosen, by=request.user, at=at)
    said = f"Hidden until {timezone.localtime(chosen):%a %d %b, %H:%M}."
    return said, taking_back(ticket, told)


def understood(words: str, at: datetime) -> datetime:
    """The time that is meant: in words, or an instant that was offered."""
    chosen = instant_of(words) or read(words, timezone.localtime(at))
    if chosen is None:
        raise Refused(
            "That is no time to come. Try “fri 9”, “tomorrow”, “in 3 h” or “15 jan 14:30”.",
            field="until",
        )
    return chosen


def instant_of(words: str) -> datetime | None:
    """An instant as our own buttons send it, or a field for times in the person's zone."""
    try:
        found = datetime.fromisoformat(words) if "T" in words else None
    except ValueError:
        return None
    if found is None or not 1970 <= found.year < 2200:
        return None
    return found if found.tzinfo else timezone.make_aware(found)


@require_safe
@may("tickets.change")
def read_until(request: HttpRequest) -> HttpResponse:
    """What a time in words is understood as, before anything is done with it."""
    words = request.GET.get("until", "").replace("\x00", " ")
    context = {"words": words, "until": read(words, timezone.localtime())}
    return render(request, "tickets/_until.html", context)


@verb("tickets.change")
def wake(request: HttpRequest, ticket: Ticket) -> Answer:
    """Show it again."""
    ticket.wake(by=request.user, at=timezone.now())
    return "Back in the list.", ""


@verb("tickets.read")
def follow(request: HttpRequest, ticket: Ticket) -> Answer:
    """Hear what happens on it."""
    ticket.follow(by=request.user, at=timezone.now())
    return "You follow it now.", reverse("portal:ticket-unfollow", args=[ticket.pk])


@verb("tickets.read")
def unfollow(request: HttpRequest, ticket: Ticket) -> Answer:
    """Hear no more of it."""
    ticket.unfollow(by=request.user, at=timezone.now())
    return "You follow it no more.", reverse("portal:ticket-follow", args=[ticket.pk])


@verb("tickets.change")
def renew_link(request: HttpRequest, ticket: Ticket) -> Answer:
    """Shut the customer's page to every link given out so far."""
    ticket.renew_link(by=request.user, at=timezone.now())
    return "The old links are dead; there is a new one.", ""


@verb("tickets.reply")
def try_again(request: HttpRequest, ticket: Ticket) -> Answer:
    """Mail to its contact, or to a copy, came back once; from now on it leaves again."""
    address = request.POST.get("address", "")
    return lifted(*ticket.try_again(by=request.user, at=timezone.now(), address=address)), ""


@verb("tickets.change")
def need_no_reply(request: HttpRequest, ticket: Ticket) -> Answer:
    """Their last message waits for no answer."""
    told = ticket.need_no_reply(by=request.user, at=timezone.now())
    return "No reply is owed.", taking_back(ticket, told)
