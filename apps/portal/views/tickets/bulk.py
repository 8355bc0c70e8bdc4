"""One change to many tickets at once: ordered from a list, looked back at, taken back."""

from functools import cache
from html import escape

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import SafeString
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.models import User
from apps.portal import picks
from apps.portal.access import may
from apps.portal.answers import blame, form_page, go, page, refusals, told
from apps.portal.deeds import about as about_numbers
from apps.portal.fittings import Fittings
from apps.portal.forms import FIRST, Line
from apps.portal.picks import change as change_select
from apps.portal.turning_pages import NewestFirst
from apps.portal.words import plural
from apps.portal.working import works
from apps.tickets import listing
from apps.tickets.choices import Outcome, Priority, Status
from apps.tickets.models import BulkChange, Macro, Queue, Ticket
from apps.tickets.models.bulk import AT_ONCE
from apps.tickets.querysets import TicketQuerySet
from apps.tickets.rules.words import ask
from apps.timeline.refusal import Refused

MOVES = (Status.OPEN, Status.WAITING_CUSTOMER, Status.WAITING_THIRD_PARTY, Status.RESOLVED)
EMPTY = ("", "—")
SHOWN = 200  # tickets of one outcome that a page names
MERGED_MOST = 100


class BulkForm(forms.Form):
    """What to change on all of them; what is left empty stays."""

    assignee = forms.ChoiceField(required=False, label="Assign to")
    status = forms.ChoiceField(
        required=False,
        label="Status",
        choices=[EMPTY, *((status.value, status.label) for status in MOVES)],
    )
    priority = forms.ChoiceField(required=False, choices=[EMPTY, *Priority.choices])
    queue = forms.ModelChoiceField(Queue.objects.all(), to_field_name="slug", required=False)
    tag = Line(required=False, limit=60, label="Add a tag")
    untag = Line(required=False, limit=60, label="Remove a tag")
    until = Line(required=False, limit=80, label="Snooze until")
    macro = forms.ModelChoiceField(Macro.objects.none(), required=False)

    def __init__(self, data, person: User) -> None:
        super().__init__(data)
        answering = User.objects.holding("support", "support_lead", "administrator")
        self.people = {str(pk): email for pk, email in answering.values_list("pk", "email")}
        self.fields["assignee"].choices = [
            EMPTY,
            ("nobody", "Nobody"),
            *((pk, pk) for pk in self.people),
        ]
        self.fields["macro"].queryset = Macro.objects.offered_to(person)

    def steps(self) -> list[dict]:
        """The form as steps."""
        said, steps = self.cleaned_data, []
        if said["assignee"]:
            steps.append({"do": "assign", "to": self.people.get(said["assignee"])})
        if said["queue"]:
            steps.append({"do": "queue", "to": said["queue"].slug})
        if said["tag"] or said["untag"]:
            tags = {"add": said["tag"], "remove": said["untag"]}
            steps.append({"do": "tag"} | {key: [tag] for key, tag in tags.items() if tag})
        for name, key, value in (
            ("status", "to", said["status"]),
            ("priority", "to", said["priority"]),
            ("snooze", "for", said["until"]),
        ):
            if value:
                steps.append({"do": name, key: value})
        return steps


@require_POST
@may("tickets.bulk")
@refusals
def bulk(request: HttpRequest) -> HttpResponse:
    """Change all that were picked, or all that a question finds; each ticket refuses for itself."""
    form = BulkForm(request.POST, request.user)
    if not form.is_valid():
        raise Refused("Choose from what is offered.")
    made = BulkChange.order(
        meant(request),
        form.steps(),
        macro=form.cleaned_data["macro"],
        by=request.user,
        at=timezone.now(),
        question=request.POST.get("q", "") if request.POST.get("all") else "",
    )
    if made.job:
        return go(request, made.job, said="It goes on while you work.")
    counts = made.counts()
    said = f"{plural(counts[Outcome.CHANGED], 'ticket')} changed."
    undo = reverse("portal:bulk-undo", args=[made.pk]) if counts[Outcome.CHANGED] else ""
    if counts[Outcome.REFUSED]:
        return go(request, made, said=said, undo=undo)
    return again(request, said, undo=undo)


def again(request: HttpRequest, said: str, *, undo: str = "") -> HttpResponse:
    """The list it was ordered from, as it is now: drawn in place where it can be."""
    if request.htmx and request.headers.get("X-Beside") == "list":
        return told(request, said, undo=undo)
    return go(request, back(request), said=said, undo=undo)


class BulkMergeForm(forms.Form):
    """Which of them goes on."""

    into = forms.ModelChoiceField(
        Ticket.objects.none(),
        widget=forms.RadioSelect(FIRST),
        empty_label=None,
        label="Which one goes on",
    )
    across = forms.BooleanField(
        required=False,
        label="They are one matter, though of different customers",
        help_text="Those customers would then share one ticket.",
    )

    def __init__(self, data, tickets: list[Ticket], **more) -> None:
        super().__init__(data, **more)
        self.fields["into"].queryset = Ticket.objects.filter(pk__in=[one.pk for one in tickets])
        self.fields["into"].widget.choices = [(one.pk, one) for one in tickets]
        if len({one.customer_id for one in tickets if one.customer_id}) < 2:
            del self.fields["across"]


@require_http_methods(["GET", "HEAD", "POST"])
@may("tickets.merge")
@refusals
def merge(request: HttpRequest) -> HttpResponse:
    """Those that were picked become one: which one goes on is asked first."""
    if request.method == "POST" and "into" not in request.POST:
        picked = meant(request).order_by("pk").values_list("pk", flat=True)
        numbers = list(picked[: MERGED_MOST + 1])
        if len(numbers) == 1:
            return go(request, reverse("portal:ticket-merge", args=numbers))
        return go(request, f"{reverse('portal:bulk-merge')}?tickets={','.join(map(str, numbers))}")
    numbers = about_numbers(request.POST.get("tickets", request.GET.get("tickets", "")))
    if len(numbers) < 2:
        raise Refused("Pick at least two tickets to merge.")
    if len(numbers) > MERGED_MOST:
        raise Refused(f"{MERGED_MOST} tickets are the most to merge at once.")
    found = Ticket.objects.filter(pk__in=numbers).select_related("customer", "contact", "label")
    tickets = sorted(found, key=lambda one: (not one.is_unresolved, one.reported_at, one.pk))
    form = BulkMergeForm(request.POST or None, tickets, initial={"into": tickets[0].pk})
    if request.method == "POST" and form.is_valid():
        try:
            into, across = form.cleaned_data["into"], form.cleaned_data.get("across", False)
            made = BulkChange.merge(
                Ticket.objects.filter(pk__in=numbers),
                into,
                by=request.user,
                at=timezone.now(),
                across=across,
            )
        except Refused as refused:
            blame(form, refused)
        else:
            return merged(request, made, into)
    context = {"tickets": tickets, "numbers": ",".join(map(str, numbers))}
    return form_page(request, "tickets/bulk_merge.html", "tickets/_bulk_merge.html", form, context)


def merged(request: HttpRequest, made: BulkChange, into: Ticket) -> HttpResponse:
    """To the ticket that goes on, or to what became of each where one was refused."""
    if made.job:
        return go(request, made.job, said="It goes on while you work.")
    counts = made.counts()
    said = f"{plural(counts[Outcome.CHANGED], 'ticket')} merged into #{into.pk}."
    undo = reverse("portal:bulk-undo", args=[made.pk]) if counts[Outcome.CHANGED] else ""
    return go(request, made if counts[Outcome.REFUSED] else into, said=said, undo=undo)


def meant(request: HttpRequest) -> TicketQuerySet:
    """The tickets that were picked; with `all`, everything the list's question finds."""
    if request.POST.get("all"):
        return listing.whole(ask(request.POST.get("q", "")), request.user)
    picked = [one for one in request.POST.getlist("pick") if one.isdigit() and len(one) < 19]
    return Ticket.objects.filter(pk__in=[int(one) for one in picked[:AT_ONCE]])


def back(request: HttpRequest) -> str:
    """The list it was ordered from."""
    came = request.META.get("HTTP_REFERER", "")
    if url_has_allowed_host_and_scheme(came, {request.get_host()}):
        return came
    return reverse("portal:tickets")


def bar(question: object, offered: Fittings) -> SafeString:
    """The controls of the bar."""
    return SafeString(
        picks.assignee_change(offered.people)
        + _unchanging()
        + _more()
        + picks.queue_change(offered.queues)
        + picks.macro_change(offered.macros)
        + _rest()
        + f'<input type="hidden" name="q" value="{escape(str(question))}">'
        + _merge()
    )


@cache
def _more() -> str:
    return '<details class="menu"><summary class="button">More</summary><div>'


@cache
def _rest() -> str:
    return (
        _typed("untag", "Remove a tag", 60)
        + _typed("until", "Snooze until", 80, "Snooze until, like fri 9")
        + f'<button formaction="{reverse("portal:bulk-incident")}">Link to an incident…</button>'
        f'<a href="{reverse("portal:bulk-changes")}">Earlier bulk changes</a></div></details>'
    )


@cache
def _unchanging() -> str:
    return (
        change_select("status", "Status", [(status.value, status.label) for status in MOVES])
        + change_select("priority", "Priority", Priority.choices)
        + _typed("tag", "Add a tag", 60)
    )


@cache
def _merge() -> str:
    return (
        f'<button class="button" formaction="{reverse("portal:bulk-merge")}" data-key="m m">'
        "Merge…</button>"
    )


def _typed(name: str, label: str, limit: int, example: str = "") -> str:
    return (
        f'<input name="{name}" class="input" size="9" maxlength="{limit}" aria-label="{label}" '
        f'placeholder="{example or label}">'
    )


@require_safe
@may("tickets.bulk")
def changes(request: HttpRequest) -> HttpResponse:
    """What was done in bulk, newest first."""
    found = BulkChange.objects.select_related("by", "macro", "undone_by", "job")
    context = {"keyset": NewestFirst.of(found, request)}
    return page(request, "tickets/bulk_changes.html", "tickets/_bulk_changes.html", context)


@require_safe
@may("tickets.bulk")
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """What became of each ticket."""
    return page(
        request, "tickets/bulk_change.html", "tickets/_bulk.html", about(request, fetch(pk))
    )


def fetch(pk: int) -> BulkChange:
    found = BulkChange.objects.select_related("by", "macro", "undone_by", "job")
    return get_object_or_404(found, pk=pk)


def about(request: HttpRequest, found: BulkChange) -> dict:
    counts = found.counts()
    named = []
    for outcome in (Outcome.REFUSED, Outcome.KEPT, Outcome.SAME, Outcome.CHANGED, Outcome.RESTORED):
        if count := counts[outcome]:
            items = found.items.filter(outcome=outcome).select_related("ticket").order_by("ticket")
            named.append((outcome, count, items[:SHOWN]))
    return {
        "change": found,
        "works": works(request, found.kind, found.pk),
        "counts": counts,
        "outcomes": named,
        "may_undo": found.can_be_undone
        and counts[Outcome.CHANGED]
        and found.is_undone_by(request.user),
    }


@require_POST
@may("tickets.bulk")
@refusals
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Put back all it changed, except what somebody has changed since."""
    found = fetch(pk)
    found.undo(by=request.user, at=timezone.now())
    if found.job and not found.restored_at:
        return go(request, found.job, said="It goes on while you work.")
    counts = found.counts()
    said = f"{plural(counts[Outcome.RESTORED] + counts[Outcome.KEPT], 'ticket')} as before."
    if kept := counts[Outcome.KEPT]:
        said = f"{said[:-1]}, {kept} of them in part: they were changed since."
        return go(request, found, said=said)
    return again(request, said)
