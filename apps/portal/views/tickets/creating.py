"""A new ticket, or a call written down later; a word before the same is opened twice."""

from datetime import timedelta
from typing import Any

from django import forms
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from apps.accounts.models import User
from apps.customers.models import Contact, Customer
from apps.portal import browsing, custom_fields
from apps.portal.access import may
from apps.portal.answers import blame, form_page, go
from apps.portal.forms import FIRST, Instant, Line, Text
from apps.tickets.alike import Alike, alike
from apps.tickets.choices import Channel, Origin, Priority
from apps.tickets.files import keep_all
from apps.tickets.models import Message, Queue, Ticket
from apps.tickets.models.calling import SPOKEN
from apps.timeline.refusal import Refused

CHANNELS = [(c.value, c.label) for c in Channel if c not in (Channel.API, Channel.IMPORT)]
ORIGINS = [
    (Origin.LOGGED, "They called or chatted, I write it down"),
    (Origin.CUSTOMER, "They wrote, and I bring it in"),
    (Origin.AGENT, "We write first, by mail"),
]


class CallForm(forms.Form):
    """What is known of a call or chat."""

    channel = forms.ChoiceField(choices=[(c.value, c.label) for c in SPOKEN], label="How")
    from_us = forms.ChoiceField(
        choices=[("", "They called us"), ("1", "We called them")], required=False, label="Who"
    )
    happened_at = Instant(
        required=False, label="When", help_text="In your time zone; empty means now."
    )
    minutes = forms.IntegerField(
        required=False, min_value=0, max_value=1440, label="Minutes it took"
    )
    body = Text(label="What was said", widget=forms.Textarea(FIRST))
    answered = forms.BooleanField(
        required=False, label="Answered in the call", help_text="Nothing waits for an answer."
    )


class TicketForm(forms.Form):
    """What is known when a ticket begins."""

    subject = Line(limit=998, widget=forms.TextInput(FIRST))
    contact = forms.EmailField(
        required=False,
        label="Who asks",
        help_text="Their e-mail address; somebody new is added.",
        widget=forms.EmailInput(attrs={"list": "contacts", "autocomplete": "off"}),
    )
    contact_name = Line(
        required=False, label="Their name", help_text="For somebody new.", limit=200
    )
    customer = Line(
        required=False,
        label="Customer",
        help_text="By name; their own customer if empty.",
        widget=forms.TextInput(attrs={"list": "customers", "autocomplete": "off"}),
    )
    origin = forms.ChoiceField(choices=ORIGINS, initial=Origin.LOGGED, label="How it began")
    channel = forms.ChoiceField(choices=CHANNELS, initial=Channel.PHONE)
    reported_at = Instant(
        required=False,
        label="When they asked",
        help_text="In your time zone. Clocks start here; empty means now.",
    )
    minutes = forms.IntegerField(
        required=False, min_value=0, max_value=1440, label="Minutes the call took"
    )
    answered_in_contact = forms.BooleanField(
        required=False, label="Answered in the call", help_text="The first response is given."
    )
    body = Text(label="What was said")
    priority = forms.ChoiceField(choices=Priority.choices, initial=Priority.NORMAL)
    queue = forms.ModelChoiceField(Queue.objects.all(), required=False, empty_label="None")
    assignee = forms.ModelChoiceField(
        User.objects.holding("support", "support_lead", "administrator").by_name(),
        required=False,
        empty_label="Nobody",
    )
    tags = Line(
        required=False,
        help_text="Separated by commas.",
        widget=forms.TextInput(attrs={"list": "known-tags", "autocomplete": "off"}),
    )

    def clean_customer(self) -> Customer | None:
        """The one of that name; nobody is guessed."""
        name = self.cleaned_data["customer"]
        if not name:
            return None
        found = Customer.objects.filter(name__iexact=name).first()
        if found is None:
            raise forms.ValidationError("There is no customer of that name.")
        return found


@require_http_methods(["GET", "HEAD", "POST"])
@may("tickets.create")
def new(request: HttpRequest) -> HttpResponse:
    """Log what somebody told us, with the time it really happened."""
    if request.method != "POST":
        given = {name: request.GET.get(name, "") for name in ("contact", "customer", "subject")}
        return shown(request, TicketForm(initial=given))
    if into := request.POST.get("into", ""):
        return add_to(request, into)
    form = TicketForm(request.POST)
    if "fields" in request.POST:  # without a script, another queue's fields are asked for
        return shown(request, TicketForm(initial=request.POST.dict()))
    if form.is_valid():
        contact = known_contact(request)
        likely = found_alike(request, contact, strong=True)
        warned = request.POST.get("warned", "").split(",")
        if any(str(one.ticket.pk) not in warned for one in likely):
            return shown(request, form, likely)
        try:
            ticket = report(form.cleaned_data, request, contact)
            return go(request, ticket, said=f"#{ticket.pk} is on the desk.")
        except Refused as refused:
            blame(form, refused)
    return shown(request, form)


def shown(request: HttpRequest, form: TicketForm, likely: list[Alike] = ()) -> HttpResponse:
    """The form with the fields of its queue, and what may be the same matter."""
    chosen = form["queue"].value()
    context = {
        "controls": fields_of(chosen, custom_fields.typed(request.POST.dict())),
        "alike": likely,
    }
    return form_page(request, "tickets/new.html", "tickets/_new.html", form, context)


def fields_of(queue: Any, values: dict[str, str]) -> list[custom_fields.Control]:
    number = str(queue or "")
    found = Queue.objects.filter(pk=number).first() if _is_number(number) else None
    return custom_fields.controls(found, values)


@require_safe
@may("tickets.create")
def new_fields(request: HttpRequest) -> HttpResponse:
    """What the chosen queue wants to know."""
    typed = custom_fields.typed(request.GET.dict())
    context = {"controls": fields_of(request.GET.get("queue"), typed)}
    return render(request, "tickets/_fields.html", context)


@require_safe
@may("tickets.create")
def same(request: HttpRequest) -> HttpResponse:
    """What may be the same matter, while the subject is typed."""
    found = found_alike(request, known_contact(request))
    return render(request, "tickets/_alike.html", {"alike": found})


def found_alike(
    request: HttpRequest, contact: Contact | None, *, strong: bool = False
) -> list[Alike]:
    name = sent(request, "customer")[:254]
    customer = Customer.objects.filter(name__iexact=name).first() if name else None
    subject = sent(request, "subject")[:998]
    return alike(subject, contact=contact, customer=customer, strong=strong)


def known_contact(request: HttpRequest) -> Contact | None:
    """Whoever has the address that was typed."""
    email = sent(request, "contact")[:254]
    return Contact.objects.behind(email.lower()) if "@" in email else None


def sent(request: HttpRequest, name: str) -> str:
    return (request.POST or request.GET).get(name, "").replace("\x00", " ").strip()


@require_safe
@may("customers.read")
def customers(request: HttpRequest) -> HttpResponse:
    """Customers whose name holds the words, for a form's list of choices."""
    words = request.GET.get("customer", "").replace("\x00", " ").strip()[:100]
    found = Customer.objects.named_like(words).by_name()[:10] if len(words) > 1 else []
    return render(request, "tickets/_customers.html", {"customers": found})


def report(values: dict, request: HttpRequest, known: Contact | None) -> Ticket:
    """The ticket from the form; somebody new is kept only with their ticket."""
    at, files = timezone.now(), kept_files(request)
    with transaction.atomic():
        return Ticket.objects.report(
            subject=values["subject"],
            body=values["body"],
            contact=contact_of(values, known),
            customer=values["customer"],
            by=request.user,
            at=at,
            channel=Channel.MAIL if values["origin"] == Origin.AGENT else values["channel"],
            origin=values["origin"],
            answered_in_contact=values["answered_in_contact"],
            reported_at=values["reported_at"],
            duration=lasted(values["minutes"]),
            priority=values["priority"],
            queue=values["queue"],
            assignee=values["assignee"],
            tags=values["tags"].split(","),
            fields=custom_fields.typed(request.POST.dict()) if values["queue"] else {},
            attachments=files,
        )


def contact_of(values: dict, known: Contact | None) -> Contact | None:
    email = values["contact"].strip().lower()
    if not email:
        if values["origin"] == Origin.AGENT:
            raise Refused("Say to whom we write.", field="contact")
        return None
    if known:
        return known
    return Contact.objects.meet(email, name=values["contact_name"], customer=values["customer"])


def kept_files(request: HttpRequest) -> list:
    return keep_all((file.file, file.name) for file in request.FILES.getlist("files"))


def lasted(minutes: int | None) -> timedelta | None:
    return None if minutes is None else timedelta(minutes=minutes)


def add_to(request: HttpRequest, into: str) -> HttpResponse:
    """What was typed becomes a message on that ticket instead of a new one."""
    ticket = get_object_or_404(Ticket, pk=int(into) if _is_number(into) else 0)
    form = TicketForm(request.POST)
    if not form.is_valid():
        return shown(request, form)
    said, at, files = form.cleaned_data, timezone.now(), kept_files(request)
    try:
        if said["origin"] == Origin.AGENT:
            raise Refused("Open that ticket and answer there.", field="origin")
        if said["origin"] == Origin.LOGGED and said["channel"] in SPOKEN:
            call = ticket.log_call(
                said["body"],
                by=request.user,
                at=at,
                happened_at=said["reported_at"],
                channel=said["channel"],
                answered=said["answered_in_contact"],
                duration=lasted(said["minutes"]),
                attachments=files,
            )
            return go(request, ticket, said=f"Added to #{ticket.pk}.", undo=undoing(call))
        ticket.hear(said["body"], at=at, attachments=files, channel=said["channel"])
    except Refused as refused:
        blame(form, refused)
        return shown(request, form)
    return go(request, ticket, said=f"Added to #{ticket.pk}.")


@require_http_methods(["GET", "HEAD", "POST"])
@may("tickets.reply")
def call(request: HttpRequest, pk: int) -> HttpResponse:
    """Write down a call or chat about a ticket, at the time it happened."""
    ticket = get_object_or_404(Ticket.objects.select_related("contact"), pk=pk)
    form = CallForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            message = ticket.log_call(
                said["body"],
                by=request.user,
                at=timezone.now(),
                happened_at=said["happened_at"],
                channel=said["channel"],
                from_us=bool(said["from_us"]),
                answered=said["answered"],
                duration=lasted(said["minutes"]),
                attachments=kept_files(request),
            )
            to = f"{browsing.address(request, ticket)}#message-{message.pk}"
            return go(request, to, said="Logged.", undo=undoing(message))
        except Refused as refused:
            blame(form, refused)
    return form_page(request, "tickets/call.html", "tickets/_call.html", form, {"ticket": ticket})


def undoing(call: Message) -> str:
    """Where a call that was written down is taken back."""
    return reverse("portal:ticket-take-back", args=[call.ticket_id, call.pk])


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19
