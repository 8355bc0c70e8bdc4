"""Contacts who are one person: who goes on is chosen, and it is taken back."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from apps.customers.models import Contact
from apps.portal.access import may
from apps.portal.answers import blame, form_page, go, refusals
from apps.portal.words import plural
from apps.tickets.uniting import apart, kept_in_words, merge_contacts, unmerge_contacts
from apps.timeline.refusal import Refused

OFFERED = 10


class MergeForm(forms.Form):
    """Who goes on."""

    into = forms.ModelChoiceField(
        Contact.objects.apart().with_customer(),
        widget=forms.RadioSelect,
        empty_label=None,
        label="Who goes on",
        error_messages={"required": "Choose who goes on."},
    )
    across = forms.BooleanField(
        required=False,
        label="They are one person, though at different customers",
        help_text="Tickets stay with the customer they were asked for, and so do their promises."
        " New mail from either address is the chosen contact’s customer’s.",
    )

    def __init__(self, data, offered: list[Contact], **more) -> None:
        super().__init__(data, **more)
        self.fields["into"].widget.choices = [(one.pk, one) for one in offered]


@require_http_methods(["GET", "HEAD", "POST"])
@may("customers.change")
@refusals
def merge(request: HttpRequest, pk: int) -> HttpResponse:
    """Choose who goes on: people of the same customer first, anybody by name or address."""
    gone = get_object_or_404(Contact.objects.with_customer(), pk=pk)
    if gone.merged_into_id:
        raise Refused(f"{gone} is merged already.")
    words = request.GET.get("q", "").replace("\x00", " ").strip()[:100]
    offered = offered_for(gone, words, chosen=request.POST.get("into", ""))
    form = MergeForm(request.POST or None, offered)
    if not any(apart(gone, one) for one in offered):
        del form.fields["across"]
    if form.is_valid():
        into, across = form.cleaned_data["into"], form.cleaned_data.get("across", False)
        try:
            count = merge_contacts(gone, into, by=request.user, at=timezone.now(), across=across)
        except Refused as refused:
            blame(form, refused)
        else:
            said = f"{gone} goes on as {into}, with {plural(count, 'ticket')}."
            undo = reverse("portal:contact-unmerge", args=[gone.pk])
            return go(request, home(into), said=said, undo=undo)
    context = {"contact": gone, "offered": offered, "words": words, "back": home(gone)}
    return form_page(request, "customers/merge.html", "customers/_merge.html", form, context)


@require_POST
@may("customers.change")
@refusals
def unmerge(request: HttpRequest, pk: int) -> HttpResponse:
    """Each has its own again; what somebody changed since is named."""
    gone = get_object_or_404(Contact, pk=pk)
    stays = unmerge_contacts(gone, by=request.user, at=timezone.now())
    said = f"{gone} is a contact of their own again.{kept_in_words(stays)}"
    return go(request, home(gone), said=said)


def offered_for(gone: Contact, words: str, *, chosen: str) -> list[Contact]:
    """Whoever may be meant, those at the same customer first."""
    others = Contact.objects.apart().with_customer().exclude(pk=gone.pk)
    colleagues = others.filter(customer=gone.customer_id) if gone.customer_id else others.none()
    found = others.like(words) if words else colleagues
    near = list(found.by_name()[: OFFERED * 5])
    near.sort(key=lambda one: one.customer_id != gone.customer_id)
    near = near[:OFFERED]
    if chosen.isdigit() and len(chosen) < 19 and int(chosen) not in {one.pk for one in near}:
        near = [*others.filter(pk=chosen), *near]
    return near


def home(contact: Contact) -> str:
    """Where they are found."""
    if contact.customer_id:
        return reverse("portal:customer", args=[contact.customer_id])
    return reverse("portal:contact-change", args=[contact.pk])
