"""Two incidents that are one trouble: which goes on, and taking it back."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from apps.incidents.querysets import IncidentQuerySet
from apps.portal.access import may
from apps.portal.answers import blame, form_page, go, refusals
from apps.timeline.refusal import Refused

from .reading import fetch, seen_by

OFFERED = 10


class MergeForm(forms.Form):
    """Which incident goes on."""

    into = forms.ModelChoiceField(None, label="The incident that goes on")

    def __init__(self, data: object, offered: IncidentQuerySet) -> None:
        super().__init__(data)
        self.fields["into"].queryset = offered


@require_http_methods(["GET", "HEAD", "POST"])
@may("incidents.command")
def merge(request: HttpRequest, pk: int) -> HttpResponse:
    """Go on in another incident; those that go on are offered first, by how alike they are."""
    found = fetch(request, pk)
    others = seen_by(request).going_on().exclude(pk=pk)
    form = MergeForm(request.POST if request.method == "POST" else None, others)
    words = request.GET.get("q", "").replace("\x00", " ").strip()[:100]
    if request.method == "POST" and form.is_valid():
        into = form.cleaned_data["into"]
        try:
            found.merge(into, by=request.user, at=timezone.now())
        except Refused as refused:
            blame(form, refused)
        else:
            undo = reverse("portal:incident-unmerge", args=[pk])
            return go(request, into, said=f"Incident {pk} is merged into this.", undo=undo)
    alike = others.named_like(words).order_by("-pk") if words else others.like(found.title)
    context = {"found": found, "alike": list(alike[:OFFERED]), "words": words}
    return form_page(request, "incidents/merge.html", "incidents/_merge.html", form, context)


@require_POST
@may("incidents.command")
@refusals
def unmerge(request: HttpRequest, pk: int) -> HttpResponse:
    """Each has again what was its own."""
    found = fetch(request, pk)
    found.unmerge(by=request.user, at=timezone.now())
    return go(request, found, said="The merge was taken back.")
