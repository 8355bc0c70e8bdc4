"""Policies: what is promised to whom, drafted, tried and published."""

from typing import Any

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.portal.access import may
from apps.portal.answers import blame, form_page, go, refusals
from apps.portal.working import works
from apps.sla import dry_run, publishing
from apps.sla.dry_run import Change
from apps.sla.models import Clock, Policy
from apps.timeline.refusal import Refused

from . import tabs
from .forms import PolicyForm, PublishForm
from .reading import Names, Said, between


@require_safe
@may("sla.read")
def policies(request: HttpRequest) -> HttpResponse:
    """All of them in the order they are tried."""
    found = Policy.objects.filter(retired_at=None).select_related("current", "calendar")
    names = Names()
    open_clocks = dict(
        Clock.objects.open()
        .values_list("policy_version__policy")
        .annotate(count=Count("ticket", distinct=True))
        .order_by()
    )
    shown = [
        {
            "policy": policy,
            "said": Said.of_version(policy.current, names)
            if policy.current
            else Said.of_draft(policy, names),
            "open": open_clocks.get(policy.pk, 0),
        }
        for policy in found.prefetch_related("queues")
    ]
    return render(
        request,
        "sla/policies.html",
        {
            "policies": shown,
            "retired": Policy.objects.exclude(retired_at=None),
            **tabs.of("portal:sla-policies"),
        },
    )


@require_safe
@may("sla.read")
def policy(request: HttpRequest, pk: int) -> HttpResponse:
    """One policy: what is in force, what is drafted, what was before."""
    found = _policy(pk)
    names = Names()
    now = Said.of_version(found.current, names) if found.current else None
    draft = Said.of_draft(found, names)
    open_tickets = Count("ticket", distinct=True)
    counts = Clock.objects.open().filter(policy_version__policy=found)
    context = {
        "policy": found,
        "said": now or draft,
        "changes": between(now.lines(), draft.lines()) if now and found.is_edited else [],
        "tried": found.is_edited and _tried(found),
        "versions": found.versions.select_related("published_by", "calendar"),
        "behind": counts.exclude(policy_version=found.current_id).aggregate(n=open_tickets)["n"],
        "open": counts.aggregate(n=open_tickets)["n"],
        "activities": found.timeline()[:20],
        "works": works(request, found.kind, pk),
        **tabs.of("portal:sla-policies"),
    }
    return render(request, "sla/policy.html", context)


def _tried(found: Policy) -> Any:
    try:
        return dry_run.tried(Change(policy=found))
    except Refused:
        return None


def _policy(pk: int) -> Policy:
    return get_object_or_404(Policy.objects.select_related("current__calendar", "calendar"), pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
@may("sla.propose")
def new(request: HttpRequest) -> HttpResponse:
    """Draft another policy; it begins as the default is."""
    default = Policy.objects.default()
    drafted = Policy(
        targets=default.targets,
        by_priority=default.by_priority,
        around_the_clock=default.around_the_clock,
        pauses=default.pauses,
        ladder=default.ladder,
        calendar=default.calendar,
        position=Policy.objects.aggregate(n=Count("pk"))["n"],
    )
    return _form(request, drafted)


@require_http_methods(["GET", "HEAD", "POST"])
@may("sla.propose")
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change the draft; nothing goes by it yet."""
    return _form(request, _policy(pk))


def _form(request: HttpRequest, found: Policy) -> HttpResponse:
    form = PolicyForm(found, request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            found.edit(by=request.user, at=timezone.now(), **form.said())
        except Refused as refused:
            blame(form, refused)
        else:
            if "try" in request.POST:
                return _try(request, found)
            return go(request, found, said="The draft is kept. No clock goes by it yet.")
    context = {"policy": found, **tabs.of("portal:sla-policies")}
    return form_page(request, "sla/policy_edit.html", "sla/_policy_form.html", form, context)


def _try(request: HttpRequest, found: Policy) -> HttpResponse:
    job = dry_run.order(Change(policy=found), by=request.user, at=timezone.now())
    return go(request, job.result["url"] if job.result else job)


@require_POST
@may("sla.propose")
@refusals
def try_it(request: HttpRequest, pk: int) -> HttpResponse:
    """See what the draft would do."""
    return _try(request, _policy(pk))


@require_POST
@may("sla.propose")
@refusals
def discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Back to the version in force."""
    found = _policy(pk)
    found.discard(by=request.user, at=timezone.now())
    return go(request, found, said=f"The draft is gone; {found.current} stays in force.")


@require_POST
@may("sla.publish")
@refusals
def publish(request: HttpRequest, pk: int) -> HttpResponse:
    """Put the draft in force; on request open tickets follow."""
    found, form = _policy(pk), PublishForm(request.POST)
    if not form.is_valid():
        raise Refused("Say why in at most 200 characters.", field="reason")
    version, job = publishing.publish_policy(
        found, by=request.user, at=timezone.now(), **form.cleaned_data
    )
    return published(request, found, f"{version} is in force.", job)


@require_POST
@may("sla.publish")
@refusals
def reapply(request: HttpRequest, pk: int) -> HttpResponse:
    """Let open tickets go by the version in force."""
    found = _policy(pk)
    job = publishing.reapply_policy(
        found, by=request.user, at=timezone.now(), reason=request.POST.get("reason", "")
    )
    return published(request, found, "", job)


def published(request: HttpRequest, found: Any, said: str, job: Any) -> HttpResponse:
    if job is None:
        return go(request, found, said=said)
    if not job.is_over:
        return go(request, job, said=f"{said} Open tickets follow now.".strip())
    count = job.counts.get("tickets", 0)
    words = "1 open ticket goes" if count == 1 else f"{count} open tickets go"
    return go(request, found, said=f"{said} {words} by it now.".strip())


@require_POST
@may("sla.publish")
@refusals
def retire(request: HttpRequest, pk: int) -> HttpResponse:
    """Match no more tickets."""
    found = _policy(pk)
    found.retire(by=request.user, at=timezone.now())
    return go(
        request,
        reverse("portal:sla-policies"),
        said=f"{found} is retired. Tickets that have it keep it.",
    )
