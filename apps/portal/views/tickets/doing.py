"""What a queue wants to know of a ticket, and what has to be done on it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from apps.portal import custom_fields
from apps.portal.access import may
from apps.portal.answers import refusals
from apps.tickets import searching
from apps.tickets.models import Checklist, Item, Ticket

from .verbs import Answer, card, given, verb


@verb("tickets.change")
def fill(request: HttpRequest, ticket: Ticket) -> Answer:
    """The custom fields as they were typed; those that were not sent stay."""
    typed = custom_fields.typed({**request.GET.dict(), **request.POST.dict()})
    before = {control.field.key: control.value for control in controls(ticket)}
    ticket.fill(typed, by=request.user, at=timezone.now())
    undo = {f"{custom_fields.PREFIX}{key}": before[key] for key in typed}
    now = [
        control.said for control in controls(ticket) if control.value != before[control.field.key]
    ]
    return f"{', '.join(now)}.", address("fill", ticket, undo)


def controls(ticket: Ticket) -> list[custom_fields.Control]:
    return custom_fields.controls(ticket.queue, ticket.fields)


def address(name: str, ticket: Ticket, values: dict[str, str]) -> str:
    query = HttpRequest().GET.copy()
    query.update(values)
    return f"{reverse(f'portal:ticket-{name}', args=[ticket.pk])}?{query.urlencode()}"


@require_safe
@may("tickets.create")
def tags(request: HttpRequest) -> HttpResponse:
    """What may be meant by the last of some tags, for a list of choices."""
    before, _, last = request.GET.get("tags", "").replace("\x00", " ")[:1000].rpartition(",")
    typed = "-".join(last.lower().split())
    known = searching.tags_like(typed) if typed else []
    whole = [f"{before}, {one}" if before else one for one in known]
    return render(request, "tickets/_tags.html", {"tags": whole})


@verb("tickets.change")
def use_checklist(request: HttpRequest, ticket: Ticket) -> Answer:
    """Put a checklist on it."""
    number = given(request, "checklist")
    found = get_object_or_404(Checklist, pk=number if number.isdigit() else 0)
    ticket.use_checklist(found, by=request.user, at=timezone.now())
    return f"“{found}” is on it.", ""


@verb("tickets.note")
def add_item(request: HttpRequest, ticket: Ticket) -> Answer:
    """One more thing to do."""
    required = given(request, "required") == "1"
    text = given(request, "item")
    item = ticket.add_item(text, required=required, by=request.user, at=timezone.now())
    return "Added to the checklist.", item_address("remove", ticket, item)


def item_address(name: str, ticket: Ticket, item: Item) -> str:
    return reverse(f"portal:ticket-item-{name}", args=[ticket.pk, item.pk])


def of_item(name: str, said: str, back: str, permission: str = "tickets.note"):
    """A view for a verb of one item, and where it is taken back."""

    @require_POST
    @may(permission)
    @refusals
    def view(request: HttpRequest, pk: int, item: int) -> HttpResponse:
        ticket = get_object_or_404(Ticket, pk=pk)
        found = get_object_or_404(Item, pk=item, ticket=ticket)
        getattr(ticket, name)(found, by=request.user, at=timezone.now())
        return card(request, ticket, said, undo=item_address(back, ticket, found))

    view.permission = permission  # type: ignore[attr-defined]
    return view


tick = of_item("tick", "Done.", "untick")
untick = of_item("untick", "Still to do.", "tick")
remove_item = of_item("remove_item", "Taken off the checklist.", "restore", "tickets.change")
restore_item = of_item("restore_item", "Back on the checklist.", "remove", "tickets.change")
