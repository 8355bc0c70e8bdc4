"""`/t/…`: the contact's side of a ticket, by the link in their mails.

Whoever has the link is the contact: the address is the secret. So it is stored and indexed by
nobody, told to no other site, and asks for no cookie; a forged form would have to know it.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import wraps
from typing import Any
from zoneinfo import ZoneInfo

from allauth.core import ratelimit
from django.contrib.auth.decorators import login_not_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.calendars.models import Calendar
from apps.customers.models import Contact
from apps.incidents.models import IncidentUpdate
from apps.surveys import rules
from apps.surveys.models import SOLVED, Survey
from apps.tickets.choices import Status
from apps.tickets.files import keep_all, path_of
from apps.tickets.letters import brand_of
from apps.tickets.linking import send_link
from apps.tickets.models import Attachment, Ticket
from apps.tickets.rules import expecting
from apps.tickets.rules.kinds import PICTURES
from apps.timeline.refusal import Refused
from apps.timeline.text import scrub

LINKS_ON_A_PAGE = 50
MESSAGES_ON_A_PAGE = 100
WRITES_AN_HOUR = 20
SAID = {
    "reply": "Your answer is with us.",
    "solved": "Good to hear. This request is marked as solved.",
    "rated": "Thank you for telling us.",
    "not-solved": "We have opened this request again and will come back to you.",
}
View = Callable[..., HttpResponse]


def private(view: View) -> View:
    """For nobody's cache, index or referrer; no sign-in, no cookie."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        response["Cache-Control"] = "no-store"
        response["X-Robots-Tag"] = "noindex, nofollow"
        response["Referrer-Policy"] = "no-referrer"
        return response

    return csrf_exempt(login_not_required(guarded))


def zone_of(contact: Contact) -> ZoneInfo:
    """Their own; the office's while nobody has said which it is. Either is named on the page."""
    known = contact.timezone not in ("", "UTC")
    office = Calendar.objects.order_by("pk").values_list("timezone", flat=True)
    return expecting.zone_named(contact.timezone if known else office.first() or "UTC")


def of_contact(view: View) -> View:
    """With the ticket that the link opens; without one, the page that sends a new link."""

    @private
    @wraps(view)
    def opened(request: HttpRequest, token: str, **kwargs: Any) -> HttpResponse:
        ticket = Ticket.objects.behind(token, at=timezone.now())
        if ticket is None:
            return render(request, "contact/lost.html", {"expired": True}, status=404)
        with timezone.override(zone_of(ticket.contact)):
            return view(request, ticket, **kwargs)

    return opened


@require_safe
@of_contact
def ticket(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    """What was said, what comes next, and where to answer."""
    if ticket.status == Status.MERGED and (joined := own(ticket.merged_into, ticket)):
        return HttpResponseRedirect(reverse("public:contact-ticket", args=[joined.token]))
    return page(request, ticket)


def own(other: Ticket | None, ticket: Ticket) -> Ticket | None:
    """Another ticket, if it is the same contact's: nobody sees what somebody else wrote."""
    return other if other and other.contact_id == ticket.contact_id else None


def page(request: HttpRequest, ticket: Ticket, *, status: int = 200, **more: Any) -> HttpResponse:
    now = timezone.now()
    shown = ticket.messages.shown_to_contact(at=now).prefetch_related("attachments")
    said = list(shown[: MESSAGES_ON_A_PAGE + 1])
    survey = Survey.objects.filter(ticket=ticket).select_related("response").first()
    rated = survey.answer if survey else None
    context: Mapping[str, Any] = {
        "ticket": ticket,
        "rated": rated,
        "change_at": survey.link if rated and not survey.refusal(now) else "",
        "may_rate": ticket.status in SOLVED and ticket.first_replied_at and not rated,
        "scores": rules.SCORES.items(),
        "brand": brand_of(ticket),
        "messages": said[:MESSAGES_ON_A_PAGE][::-1],
        "earlier": len(said) > MESSAGES_ON_A_PAGE,
        "word": expecting.WORDS[ticket.status],
        "expected": expecting.expected(
            ticket.status,
            ticket.due_at,
            ticket.due_kind,
            zone=timezone.get_current_timezone(),
            now=now,
        ),
        "promised": promised(ticket, now),
        "zone": expecting.zone_name(timezone.get_current_timezone()),
        "done": SAID.get(request.GET.get("done", "")),
        "asked": request.GET.get("solved") if request.GET.get("solved") in ("yes", "no") else "",
        "may_settle": ticket.is_unresolved,
        "may_write": ticket.status not in (Status.DUPLICATE, Status.SPAM),
        **more,
    }
    return render(request, "contact/ticket.html", context, status=status)


def promised(ticket: Ticket, now: datetime) -> str:
    """When they hear more of what hit many; what is late is said to be."""
    at = IncidentUpdate.objects.promised_on(ticket.pk, at=now) if ticket.is_unresolved else None
    if at is None:
        return ""
    moment = expecting.moment(at, timezone.get_current_timezone())
    if at <= now:
        return f"You were to hear more from us by {moment}. It is late, and not forgotten."
    return f"You hear more from us by {moment}."


def on(ticket: Ticket, done: str) -> HttpResponse:
    return HttpResponseRedirect(
        f"{reverse('public:contact-ticket', args=[ticket.token])}?done={done}", status=303
    )


def unhurried(view: View) -> View:
    """So many words an hour by one link; what was typed comes back with the refusal."""

    @wraps(view)
    def guarded(request: HttpRequest, ticket: Ticket, **kwargs: Any) -> HttpResponse:
        since = timezone.now() - timedelta(hours=1)
        typed = request.POST.get("body", "")
        if ticket.messages.heard_since(since, most=WRITES_AN_HOUR) >= WRITES_AN_HOUR:
            refused = "That is a lot within an hour. Please try again later."
            response = page(request, ticket, status=429, refused=refused, typed=typed)
            response["Retry-After"] = "3600"
            return response
        accepts = request.headers.get("Accept-Language", "")
        Contact.objects.suggest_language(ticket.contact.email, accepts)
        try:
            return view(request, ticket, **kwargs)
        except Refused as refused:
            return page(request, ticket, status=422, refused=refused.sentence, typed=typed)

    return guarded


@require_POST
@of_contact
@unhurried
def reply(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    """Their answer, and the files with it."""
    body = request.POST.get("body", "")
    if not body.strip():
        raise Refused("Write something first.", field="body")
    files = keep_all((file.file, file.name) for file in request.FILES.getlist("files"))
    said = ticket.hear(
        body, at=timezone.now(), contact=ticket.contact, attachments=files, channel="web"
    )
    return on(own(said.ticket, ticket) or ticket, "reply")


@require_POST
@of_contact
@unhurried
def solved(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    """Whether it is solved, as they see it."""
    answer, at = request.POST.get("solved"), timezone.now()
    if answer == "yes":
        if ticket.is_unresolved:
            ticket.settle(at=at)
        return on(ticket, "solved")
    if answer != "no":
        raise Refused("Say whether it is solved.", field="solved")
    body = request.POST.get("body", "").strip() or "This is not solved yet."
    said = ticket.hear(body, at=at, contact=ticket.contact, channel="web")
    return on(own(said.ticket, ticket) or ticket, "not-solved")


@require_POST
@of_contact
@unhurried
def rate(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    """How we did, without waiting for the mail that asks."""
    score, comment = (
        rules.read_score(request.POST.get("score", "")),
        request.POST.get("comment", ""),
    )
    Survey.objects.rate(ticket, score or 0, at=timezone.now(), comment=comment)
    return on(ticket, "rated")


@require_safe
@of_contact
def file(request: HttpRequest, ticket: Ticket, file: int) -> FileResponse:
    """A file of the thread; never shown in place, whatever it says it is."""
    shown = ticket.messages.shown_to_contact(at=timezone.now()).order_by()
    found = get_object_or_404(Attachment, pk=file, message__in=shown)
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
@of_contact
def picture(request: HttpRequest, ticket: Ticket, digest: str) -> FileResponse:
    """A picture that stands among the words of the thread; nothing in it may run."""
    shown = ticket.messages.shown_to_contact(at=timezone.now()).order_by()
    found = get_object_or_404(Attachment.objects.filter(message__in=shown, digest=digest)[:1])
    path = path_of(digest)
    if found.content_type not in PICTURES or not path.exists():
        raise Http404("There is no such picture.")
    answer = FileResponse(path.open("rb"), content_type=found.content_type)
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer


@require_safe
@of_contact
def mine(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    """Everything this contact asked, newest first."""
    found = list(ticket.contact.tickets.open_to_contact(at=timezone.now())[: LINKS_ON_A_PAGE + 1])
    rows = [{"ticket": one, "word": expecting.WORDS[one.status]} for one in found[:LINKS_ON_A_PAGE]]
    context = {
        "ticket": ticket,
        "brand": brand_of(ticket),
        "rows": rows,
        "more": len(found) > LINKS_ON_A_PAGE,
        "zone": expecting.zone_name(timezone.get_current_timezone()),
    }
    return render(request, "contact/mine.html", context)


@private
@require_http_methods(["GET", "HEAD", "POST"])
def lost(request: HttpRequest) -> HttpResponse:
    """A new link by mail; the answer is the same whether we know the address or not."""
    if request.method != "POST":
        return render(request, "contact/lost.html")
    if not ratelimit.consume(request, action="contact_link"):
        response = render(request, "contact/lost.html", {"hurried": True}, status=429)
        response["Retry-After"] = "3600"
        return response
    email = scrub(request.POST.get("email", "")).strip().lower()[:320]
    if contact := Contact.objects.known_as(email).first():
        send_link(contact, at=timezone.now())
    return render(request, "contact/lost.html", {"sent": True})
