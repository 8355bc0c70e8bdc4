"""Notes on a customer: added, pinned above the others, deleted and brought back."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from apps.customers.models import Customer, CustomerNote
from apps.portal.access import may
from apps.portal.answers import card, refusals


@require_POST
@may("customers.change")
@refusals
def add(request: HttpRequest, pk: int) -> HttpResponse:
    """A word about all of their tickets."""
    customer = get_object_or_404(Customer, pk=pk)
    note = customer.note(
        request.POST.get("body", ""),
        by=request.user,
        at=timezone.now(),
        pinned="pinned" in request.POST,
    )
    return _answer(request, note, "Noted.", undo="delete")


def _verb(act: Callable[..., None], said: str, undo: str) -> Callable[..., HttpResponse]:
    @require_POST
    @may("customers.change")
    @refusals
    def view(request: HttpRequest, pk: int, note: int) -> HttpResponse:
        notes = CustomerNote.objects.select_related("customer")
        found = get_object_or_404(notes, pk=note, customer=pk)
        act(found, by=request.user, at=timezone.now())
        return _answer(request, found, said, undo=undo)

    return view


def _answer(request: HttpRequest, note: CustomerNote, said: str, *, undo: str) -> HttpResponse:
    """The notes as they are now."""
    customer = note.customer
    context = {"customer": customer, "notes": customer.notes.kept().in_order()}
    back = reverse(f"portal:customer-note-{undo}", args=[customer.pk, note.pk])
    to = reverse("portal:customer", args=[customer.pk])
    return card(request, "customers/_notes.html", context, to=to, said=said, undo=back)


pin = _verb(CustomerNote.pin, "It stands above the others.", "unpin")
unpin = _verb(CustomerNote.unpin, "It stands with the others.", "pin")
delete = _verb(CustomerNote.delete_by, "The note is gone.", "restore")
restore = _verb(CustomerNote.restore, "The note is back.", "delete")
