"""One verb on many tickets at once."""

from collections.abc import Callable
from functools import cache

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST

from apps.accounts.models import User
from apps.portal.access import may
from apps.portal.answers import go, refusals
from apps.portal.forms import Line
from apps.portal.picks import change as change_select
from apps.portal.words import plural
from apps.sla import waiving
from apps.tickets.choices import Priority, Status
from apps.tickets.models import Ticket
from apps.timeline.refusal import Refused

MOST = 200
MOVES = (Status.OPEN, Status.WAITING_CUSTOMER, Status.WAITING_THIRD_PARTY, Status.RESOLVED)
EMPTY = ("", "—")


class BulkForm(forms.Form):
    """What to change on all of them; what is left empty stays."""

    assignee = forms.ChoiceField(required=False, label="Assign to")
    status = forms.ChoiceField(
        required=False,
        label="Status",
        choices=[EMPTY, *((status.value, status.label) for status in MOVES)],
    )
    priority = forms.ChoiceField(required=False, choices=[EMPTY, *Priority.choices])
    tag = Line(required=False, limit=60, label="Add a tag")

    def __init__(self, *args, **options) -> None:
        super().__init__(*args, **options)
        people = User.objects.holding("support", "support_lead", "administrator").by_name()
        self.fields["assignee"].choices = lambda: [
            EMPTY,
            ("nobody", "Nobody"),
            *((str(person.pk), str(person)) for person in people),
        ]


@require_POST
@may("tickets.bulk")
@refusals
def bulk(request: HttpRequest) -> HttpResponse:
    """Change all that were picked; each ticket refuses for itself."""
    form = BulkForm(request.POST)
    numbers = [int(one) for one in request.POST.getlist("pick") if one.isdigit()][:MOST]
    if not numbers:
        raise Refused("Pick some tickets first.")
    if not form.is_valid():
        raise Refused("Choose from what is offered.")
    verbs = chosen(form.cleaned_data, request.user)
    if not verbs:
        raise Refused("Choose what to change.")
    changed, refused = change(Ticket.objects.filter(pk__in=numbers), verbs)
    said = f"{plural(changed, 'ticket')} changed."
    if refused:
        said += f" {plural(len(refused), 'was', 'were')} left: {refused[0]}"
    return go(request, request.META.get("HTTP_REFERER") or "portal:tickets", said=said)


Verb = Callable[[Ticket], None]


def bar() -> SafeString:
    """The controls of the bar."""
    people = User.objects.holding("support", "support_lead", "administrator").by_name()
    named = [("nobody", "Nobody"), *people.values_list("pk", "name")]
    return SafeString(change_select("assignee", "Assign to", named) + _unchanging())


@cache
def _unchanging() -> str:
    return (
        change_select("status", "Status", [(status.value, status.label) for status in MOVES])
        + change_select("priority", "Priority", Priority.choices)
        + '<label class="inline small">Add a tag '
        '<input name="tag" class="input" maxlength="60"></label>'
    )


def chosen(values: dict, by: User) -> list[Verb]:
    """The verbs the form asks for."""
    at, verbs = timezone.now(), []
    if values["assignee"]:
        to = None
        if values["assignee"] != "nobody":
            to = User.objects.get(pk=values["assignee"])
        verbs.append(lambda ticket: ticket.assign(to, by=by, at=at))
    if status := values["status"]:
        verbs.append(lambda ticket: ticket.move(status, by=by, at=at))
    if priority := values["priority"]:
        verbs.append(lambda ticket: waiving.prioritise(ticket, priority, by=by, at=at))
    if tag := values["tag"]:
        verbs.append(lambda ticket: ticket.tag([tag], by=by, at=at))
    return verbs


def change(tickets, verbs: list[Verb]) -> tuple[int, list[str]]:
    """How many were changed, and what those said that were not."""
    changed, refused = 0, []
    for ticket in tickets:
        done = False
        for verb in verbs:
            try:
                verb(ticket)
                done = True
            except Refused as refusal:
                refused.append(f"#{ticket.pk} {refusal.sentence}")
        changed += done
    return changed, refused
