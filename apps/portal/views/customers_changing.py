"""Changing what is known of customers and contacts."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from apps.customers.choices import Standing, Tier
from apps.customers.models import Contact, Customer
from apps.portal.access import may
from apps.portal.answers import blame, form_page, go, refusals
from apps.portal.forms import Line
from apps.portal.zones import ZoneField
from apps.timeline.refusal import Refused


class CustomerForm(forms.Form):
    """What an organisation is."""

    name = Line()
    domain = Line(limit=253, required=False)
    plan = Line(limit=60, required=False)
    tier = forms.ChoiceField(choices=Tier.choices)
    status = forms.ChoiceField(label="Standing", choices=Standing.choices)
    arr = forms.DecimalField(label="ARR", max_digits=14, decimal_places=2, required=False)
    currency = forms.RegexField(
        r"^[A-Z]{3}$",
        help_text="Three letters, such as EUR.",
        error_messages={"invalid": "A currency is three letters, such as EUR."},
    )
    renews_at = forms.DateField(
        label="Renews on", required=False, widget=forms.DateInput(attrs={"type": "date"})
    )


class ContactForm(forms.Form):
    """Who a person is."""

    name = Line(required=False)
    email = forms.EmailField(label="E-mail", max_length=254)
    phone = Line(limit=40, required=False)
    timezone = ZoneField(label="Time zone")
    language = Line(limit=35, required=False, help_text="Such as de or pt-BR.")


@require_http_methods(["GET", "POST"])
@may("customers.change")
def customer(request: HttpRequest, pk: int) -> HttpResponse:
    """What an organisation is, to be changed."""
    found = get_object_or_404(Customer, pk=pk)
    return _change(request, found, CustomerForm, to=found.pk)


@require_http_methods(["GET", "POST"])
@may("customers.change")
def contact(request: HttpRequest, pk: int) -> HttpResponse:
    """Who a person is, to be changed."""
    found = get_object_or_404(Contact, pk=pk)
    if found.merged_into_id:
        return redirect("portal:contact-change", found.merged_into_id)
    merged = found.merged.order_by("email")
    return _change(request, found, ContactForm, to=found.customer_id, contact=found, merged=merged)


@require_POST
@may("customers.change")
@refusals
def take_language(request: HttpRequest, pk: int) -> HttpResponse:
    """What their mails suggest is so."""
    found = get_object_or_404(Contact, pk=pk)
    found.take_language(by=request.user, at=timezone.now())
    to = f"/customers/{found.customer_id}/" if found.customer_id else "/customers/"
    return go(request, to, said=f"{found} reads {found.language_name}.")


def _change(
    request: HttpRequest, record: Any, kind: type[forms.Form], *, to: int | None, **more: Any
) -> HttpResponse:
    now = {name: getattr(record, name) for name in kind.base_fields}
    form = kind(request.POST or None, initial=now)
    if form.is_valid():
        try:
            changed = record.change(by=request.user, at=timezone.now(), **form.cleaned_data)
            said = "Changed." if changed else "Nothing was different."
            return go(request, f"/customers/{to}/" if to else "/customers/", said=said)
        except Refused as refused:
            blame(form, refused)
    context = {"record": record, "back": f"/customers/{to}/" if to else "/customers/", **more}
    return form_page(request, "customers/change.html", "customers/_change.html", form, context)
