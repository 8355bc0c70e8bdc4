"""What leaves, what arrived, long work, and what a person was told."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from apps.outbox.choices import Channel, DeliveryState, WorkState
from apps.outbox.models import Delivery, Host, InboundEvent, Job, Notification
from apps.portal.access import may
from apps.portal.answers import card, go, page, refusals
from apps.portal.forms import Line
from apps.portal.turning_pages import NewestFirst
from apps.portal.verbs import presses, verb_on
from apps.portal.working import Work
from apps.timeline.text import scrub

SHOWN_BYTES = 20_000


class DeliveryFilter(forms.Form):
    """Which deliveries a list shows; what it does not understand it leaves out."""

    state = forms.ChoiceField(
        required=False, choices=[("", "Any state"), *DeliveryState.choices], label="State"
    )
    channel = forms.ChoiceField(
        required=False, choices=[("", "Any channel"), *Channel.choices], label="Channel"
    )
    q = Line(required=False, label="Recipient or cause")

    def narrow(self, found):
        self.is_valid()
        said = self.cleaned_data
        for name in ("state", "channel"):
            if said.get(name):
                found = found.filter(**{name: said[name]})
        return found.search(said["q"]) if said.get("q") else found


def _tabs() -> list[tuple[str, str]]:
    deliveries = reverse("portal:deliveries")
    return [
        ("All", deliveries),
        ("Dead", f"{deliveries}?state=dead"),
        ("Held", f"{deliveries}?state=held"),
        ("Arrived", reverse("portal:inbound")),
        ("Jobs", reverse("portal:jobs")),
    ]


@require_safe
@may("outbox.read")
def deliveries(request: HttpRequest) -> HttpResponse:
    """Everything that leaves, newest first, and the hosts that make trouble."""
    form = DeliveryFilter(request.GET)
    found = form.narrow(Delivery.objects.titled())
    state = form.cleaned_data.get("state", "")
    current = f"?state={state}" if state in ("dead", "held") else ""
    return page(
        request,
        "outbox/deliveries.html",
        "outbox/_deliveries.html",
        {
            "form": form,
            "keyset": NewestFirst.of(found, request),
            "hosts": Host.objects.open().by_trouble()[:20],
            "tabs": _tabs(),
            "current": reverse("portal:deliveries") + current,
        },
    )


@require_safe
@may("outbox.read")
def delivery(request: HttpRequest, pk: int) -> HttpResponse:
    """One delivery with every attempt."""
    return page(
        request,
        "outbox/delivery.html",
        "outbox/_delivery.html",
        _about(request, get_object_or_404(Delivery, pk=pk)),
    )


def _about(request: HttpRequest, found: Delivery) -> dict[str, Any]:
    alike = 0
    if found.state == DeliveryState.DEAD:
        alike = Delivery.objects.like(found)[:1001].count()
    return {
        "delivery": found,
        "tries": found.tries.all(),
        "activities": found.timeline(),
        "alike": alike,
        "may_act": request.user.may("outbox.retry"),
    }


def _back(request: HttpRequest, found: Delivery, said: str) -> HttpResponse:
    return card(request, "outbox/_delivery.html", _about(request, found), to=found, said=said)


of_delivery = verb_on("outbox.retry", lambda request: Delivery, _back)

retry = of_delivery(presses("retry", "It will be tried again now."))
release = of_delivery(presses("release", "Released."))


@of_delivery
def retry_alike(request: HttpRequest, found: Delivery) -> str:
    """Try every dead one with the same trouble at the same host again."""
    count = Delivery.retry_like(found, by=request.user, at=timezone.now())
    found.refresh_from_db()
    return f"{count} will be tried again now."


@of_delivery
def cancel(request: HttpRequest, found: Delivery) -> str:
    """Never send it."""
    reason = request.POST.get("reason", "")
    found.cancel(reason=reason, by=request.user, at=timezone.now())
    return "Cancelled."


def _to_deliveries(request: HttpRequest, found: Host, said: str) -> HttpResponse:
    return go(request, "portal:deliveries", said=said)


@verb_on("outbox.retry", lambda request: Host, _to_deliveries)
def release_host(request: HttpRequest, host: Host) -> str:
    """Let everything its breaker holds go."""
    count = host.close(by=request.user, at=timezone.now())
    return f"{count} released for {host}."


@require_safe
@may("outbox.read")
def arrived(request: HttpRequest) -> HttpResponse:
    """Events other programs sent; those that could not be read unless all are asked for."""
    found = InboundEvent.objects.defer("body", "headers")
    everything = request.GET.get("show") == "all"
    return page(
        request,
        "outbox/arrived.html",
        "outbox/_arrived.html",
        {
            "keyset": NewestFirst.of(found if everything else found.failed(), request),
            "everything": everything,
            "tabs": _tabs(),
            "current": reverse("portal:inbound"),
        },
    )


@require_safe
@may("outbox.read")
def event(request: HttpRequest, pk: int) -> HttpResponse:
    """One event, raw."""
    found = get_object_or_404(InboundEvent, pk=pk)
    return page(request, "outbox/event.html", "outbox/_event.html", _about_event(request, found))


def _about_event(request: HttpRequest, found: InboundEvent) -> dict[str, Any]:
    return {
        "event": found,
        "body": scrub(found.text()[:SHOWN_BYTES]),
        "cut": len(found.body) > SHOWN_BYTES,
        "replayable": found.state in {WorkState.FAILED, WorkState.DONE},
        "activities": found.timeline(),
        "may_act": request.user.may("outbox.retry"),
    }


def _back_to_event(request: HttpRequest, found: InboundEvent, said: str) -> HttpResponse:
    to = reverse("portal:inbound-event", args=[found.pk])
    return card(request, "outbox/_event.html", _about_event(request, found), to=to, said=said)


of_event = verb_on("outbox.retry", lambda request: InboundEvent, _back_to_event)

replay = of_event(presses("replay", "It will be read again now."))


@require_safe
def jobs(request: HttpRequest) -> HttpResponse:
    """Long work: everybody's for those who look after it, else one's own."""
    found = Job.objects.select_related("started_by")
    if not request.user.may("outbox.retry"):
        found = found.of(request.user)
    return page(
        request,
        "outbox/jobs.html",
        "outbox/_jobs.html",
        {
            "keyset": NewestFirst.of(found, request),
            "tabs": _tabs() if request.user.may("outbox.read") else [],
            "current": reverse("portal:jobs"),
        },
    )


def _job_for(request: HttpRequest, pk: int) -> Job:
    found = get_object_or_404(Job.objects.select_related("started_by"), pk=pk)
    if found.started_by_id != request.user.pk and not request.user.may("outbox.read"):
        raise PermissionDenied("This is somebody else's work.")
    return found


def _work(request: HttpRequest, found: Job) -> dict[str, Work]:
    return {"work": Work.of(request, found, titled="titled" in request.GET)}


@require_safe
def job(request: HttpRequest, pk: int) -> HttpResponse:
    """How far it is, and what came of it."""
    found = _job_for(request, pk)
    return page(request, "outbox/job.html", "outbox/_job.html", _work(request, found))


def _of_job(verb: str, said: str) -> Callable[..., HttpResponse]:
    """A view of a verb of a job: one's own, or anybody's for those who look after it."""

    @require_POST
    @refusals
    def view(request: HttpRequest, pk: int) -> HttpResponse:
        found = _job_for(request, pk)
        if found.started_by_id != request.user.pk and not request.user.may("outbox.retry"):
            raise PermissionDenied("This is somebody else's work.")
        getattr(found, verb)(by=request.user, at=timezone.now())
        return card(request, "outbox/_job.html", _work(request, found), to=found, said=said)

    return view


cancel_job = _of_job("cancel", "Cancelled.")
go_on_job = _of_job("go_on", "It goes on.")


@require_safe
def notifications(request: HttpRequest) -> HttpResponse:
    """What this person was told."""
    found = Notification.objects.of(request.user)
    return page(
        request,
        "outbox/notifications.html",
        "outbox/_notifications.html",
        {"keyset": NewestFirst.of(found, request)},
    )


@require_POST
def read_notifications(request: HttpRequest) -> HttpResponse:
    """All read."""
    Notification.objects.filter(person=request.user).read(at=timezone.now())
    return go(request, "portal:notifications", said="All read.")
