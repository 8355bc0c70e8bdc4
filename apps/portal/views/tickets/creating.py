"""A new ticket, or a call written down after it happened."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from apps.accounts.models import User
from apps.customers.models import Contact
from apps.portal.access import may
from apps.portal.answers import blame, form_page, go
from apps.portal.forms import Instant, Line, Text
from apps.tickets.choices import Channel, Origin, Priority
from apps.tickets.files import keep_all
from apps.tickets.models import Queue, Ticket
from apps.timeline.refusal import Refused

CHANNELS = [(c.value, c.label) for c in Channel if c not in (Channel.API, Channel.IMPORT)]


class TicketForm(forms.Form):
    """What is known when a ticket begins."""

    subject = Line(limit=998)
    contact = forms.EmailField(
        required=False,
        label="Who asks",
        help_text="Their e-mail address; somebody new is added.",
        widget=forms.EmailInput(attrs={"list": "contacts", "autocomplete": "off"}),
    )
    origin = forms.ChoiceField(
        choices=[(Origin.LOGGED, Origin.LOGGED.label), *Origin.choices[:2]],
        initial=Origin.LOGGED,
        label="How it began",
    )
    channel = forms.ChoiceField(choices=CHANNELS, initial=Channel.PHONE)
    reported_at = Instant(
        required=False,
        label="When they asked",
        help_text="In your time zone. Clocks start here; empty means now.",
    )
    answered_in_contact = forms.BooleanField(
        required=False, label="Answered in the call", help_text="The first response is given."
    )
    body = Text(label="What was said")
    priority = forms.ChoiceField(choices=Priority.choices, initial=Priority.NORMAL)
    queue = forms.ModelChoiceField(Queue.objects.none(), required=False, empty_label="None")
    assignee = forms.ModelChoiceField(User.objects.none(), required=False, empty_label="Nobody")
    tags = Line(required=False, help_text="Separated by commas.")

    def __init__(self, *args, **options) -> None:
        super().__init__(*args, **options)
        self.fields["queue"].queryset = Queue.objects.all()
        self.fields["assignee"].queryset = User.objects.holding(
            "support", "support_lead", "administrator"
        ).by_name()


@require_http_methods(["GET", "HEAD", "POST"])
@may("tickets.create")
def new(request: HttpRequest) -> HttpResponse:
    """Log what somebody told us, with the time it really happened."""
    form = TicketForm(request.POST or None, initial={"contact": request.GET.get("contact", "")})
    if request.method == "POST" and form.is_valid():
        try:
            ticket = report(form.cleaned_data, request)
            return go(request, ticket, said=f"#{ticket.pk} is on the desk.")
        except Refused as refused:
            blame(form, refused)
    return form_page(request, "tickets/new.html", "tickets/_new.html", form)


def report(values: dict, request: HttpRequest) -> Ticket:
    """The ticket from the form."""
    at = timezone.now()
    files = keep_all((file.file, file.name) for file in request.FILES.getlist("files"))
    email = values["contact"].strip().lower()
    contact = Contact.objects.get_or_create(email=email)[0] if email else None
    return Ticket.objects.report(
        subject=values["subject"],
        body=values["body"],
        contact=contact,
        by=request.user,
        at=at,
        channel=values["channel"],
        origin=values["origin"],
        answered_in_contact=values["answered_in_contact"],
        reported_at=values["reported_at"],
        priority=values["priority"],
        queue=values["queue"],
        assignee=values["assignee"],
        tags=values["tags"].split(","),
        attachments=files,
    )
