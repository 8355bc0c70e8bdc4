"""Asking somebody else about a ticket: forward it, go on with them, all beside the talk."""

from dataclasses import astuple

from django import forms
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from apps.portal import answers, browsing
from apps.portal.access import may
from apps.portal.forms import Line, Text
from apps.portal.thread import Entry, deliveries_of
from apps.portal.words import plural
from apps.portal.writing import number
from apps.tickets.files import Kept, keep_all, kept_of
from apps.tickets.models import Attachment, Message, SideConversation, SideDraft, Ticket
from apps.timeline.refusal import Refused

from .ticket import fetch

OFFERED = 20  # messages to quote, files to send along, addresses to choose from
SPANS = (2, 4, 8, 16, 24, 40)  # working hours to choose from
SALT = "tickets.asking"


class AskForm(forms.Form):
    """To whom, what, and what of the ticket they may see."""

    to = Line(limit=254, label="To", help_text="One e-mail address.")
    subject = Line(limit=998, label="Subject")
    body = Text(label="Your words")
    hours = forms.TypedChoiceField(required=False, coerce=int, empty_value=None)
    quoting = forms.MultipleChoiceField(
        required=False, label="Messages they may read", widget=forms.CheckboxSelectMultiple
    )
    files = forms.MultipleChoiceField(
        required=False, label="Files of this ticket", widget=forms.CheckboxSelectMultiple
    )

    def __init__(
        self, data, *, said: list[Message], files: list[Attachment], usual: int, **more
    ) -> None:
        super().__init__(data, **more)
        self.fields["hours"].choices = spans(usual)
        self.fields["quoting"].choices = [(str(one.pk), one) for one in said]
        self.fields["files"].choices = [(str(one.pk), one) for one in files]


class GoOnForm(AskForm):
    """What more, to the same."""

    to = None
    subject = None


@require_http_methods(["GET", "HEAD", "POST"])
@may("tickets.reply")
def ask(request: HttpRequest, pk: int) -> HttpResponse:
    """Forward it to somebody who is not on it."""
    return written(request, fetch(pk), None)


@require_http_methods(["GET", "HEAD", "POST"])
@may("tickets.reply")
def side(request: HttpRequest, pk: int, side: int) -> HttpResponse:
    """What was said to them and by them, and room to go on."""
    ticket = fetch(pk)
    asked = SideConversation.objects.filter(ticket__in=ticket.family())
    return written(request, ticket, get_object_or_404(asked, pk=side))


def written(request: HttpRequest, ticket: Ticket, side: SideConversation | None) -> HttpResponse:
    """The form and, once it is sent, the ticket."""
    again = taken_back(request, ticket)
    drafts = SideDraft.objects.of(ticket, side, request.user).filter(discarded_at=None)
    draft = None if again else drafts.first()
    form, files = form_of(request, ticket, side, again, draft)
    kept = brought(request)
    if request.method == "POST" and form.is_valid():
        words, at = form.cleaned_data, timezone.now()
        chosen = [one for one in files if str(one.pk) in words["files"]]
        try:
            kept += keep_all((file.file, file.name) for file in request.FILES.getlist("upload"))
            sent = ticket.write_aside(
                words["body"],
                to=words.get("to", ""),
                subject=words.get("subject", ""),
                side=side,
                quoting=map(int, words["quoting"]),
                wait="wait" in request.POST,
                hours=words["hours"],
                attachments=[*map(kept_of, chosen), *kept],
                by=request.user,
                at=at,
            )
            undo = reverse("portal:ticket-take-back", args=[ticket.pk, sent.pk])
            to = f"{browsing.address(request, ticket)}#message-{sent.pk}"
            return answers.go(request, to, said=f"To {sent.side}: leaves in 15 seconds.", undo=undo)
        except Refused as refused:
            answers.blame(form, refused)
    talk = said_in(side) if side else []
    context = {
        "ticket": ticket,
        "side": side,
        "draft": draft,
        "expecting": spans(usual_hours(ticket)),
        "chosen": usual_hours(ticket) or SPANS[0],
        "talk": [Entry(said) for said in talk],
        "deliveries": deliveries_of(talk, timezone.now()),
        "kept": [(signing.dumps(astuple(one), salt=SALT), one) for one in kept],
        "known": [] if side else known_addresses(),
    }
    return answers.form_page(request, "tickets/aside.html", "tickets/_aside.html", form, context)


def form_of(
    request: HttpRequest,
    ticket: Ticket,
    side: SideConversation | None,
    again: Message | None,
    draft: SideDraft | None,
) -> tuple[AskForm, list[Attachment]]:
    """With what was begun: taken back, kept while it was typed, or as it mostly begins."""
    said = list(ticket.quotable().order_by("-at", "-id")[:OFFERED])
    own = list(again.attachments.all()) if again else []
    files = [*ticket.sendable().order_by("-pk")[:OFFERED], *own]
    usual = usual_hours(ticket)
    begun = {
        "subject": ticket.subject,
        "quoting": [] if side else their_last(said),
        "hours": usual,
    }
    if again:
        begun |= {"to": again.side.address, "subject": again.side.subject, "body": again.body}
        begun |= {"quoting": [], "files": [one.pk for one in own]}
    if draft:
        begun |= {name: getattr(draft, name) for name in ("to", "subject", "body", "quoting")}
        begun |= {"files": draft.files, "hours": usual if draft.hours is None else draft.hours}
    form = (GoOnForm if side else AskForm)(
        request.POST or None, said=said, files=files, usual=usual, initial=begun
    )
    return form, files


def spans(usual: int) -> dict[int, str]:
    """What may be chosen as the time for an answer, in working hours."""
    hours = sorted({*SPANS, usual} - {0})
    return {0: "Do not tell me"} | {one: plural(one, "working hour") for one in hours}


def usual_hours(ticket: Ticket) -> int:
    return (ticket.queue.answer_hours or 0) if ticket.queue else 0


def their_last(said: list[Message]) -> list[int]:
    """The newest message in the customer's own words, which is what is mostly passed on."""
    said = [one for one in said if one.direction == "in" and not (one.channel or one.automatic)]
    return [one.pk for one in said[:1]]


def said_in(side: SideConversation) -> list[Message]:
    said = side.messages.select_related("author", "contact", "side").order_by("at", "id")
    return list(said.prefetch_related("attachments"))


def taken_back(request: HttpRequest, ticket: Ticket) -> Message | None:
    """The message whose words are to be written again: one's own, which never left."""
    if (again := number(request, "again")) is None:
        return None
    undone = Message.objects.filter(ticket=ticket, author=request.user).exclude(side=None)
    undone = undone.exclude(undone_at=None).select_related("side")
    return undone.filter(pk=again).first()


def known_addresses() -> list[str]:
    """Whom we asked lately."""
    asked = SideConversation.objects.exclude(address="").order_by("-pk")
    return [*dict.fromkeys(asked.values_list("address", flat=True)[: OFFERED * 5])][:OFFERED]


def brought(request: HttpRequest) -> list[Kept]:
    """Files that were brought before the form was refused, as our own signature names them."""
    found = []
    for one in request.POST.getlist("kept"):
        try:
            found.append(Kept(*signing.loads(one, salt=SALT, max_age=86_400)))
        except signing.BadSignature:
            continue
    return found
