"""What we know of a person or a customer: handed out, held, or forgotten."""

from typing import Any

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from apps.portal.access import may
from apps.portal.answers import go, refusals
from apps.portal.working import works
from apps.privacy.choices import Whose
from apps.privacy.models import Erasure, Hold, Takeout
from apps.privacy.subject import Subject


def _subject(whose: str, pk: int) -> Subject:
    subject = Subject(whose, pk)
    records = subject.contacts if whose == Whose.CONTACT else subject.customers
    if whose not in Whose.values or not records.exists():
        raise Http404
    return subject


def _page(subject: Subject) -> str:
    return reverse("portal:privacy", args=[subject.whose, subject.pk])


@require_safe
@may("customers.take_out")
def privacy(request: HttpRequest, whose: str, pk: int) -> HttpResponse:
    """What was asked for about their data, and what can be."""
    subject = _subject(whose, pk)
    about = {"whose": subject.whose, "subject_id": subject.pk}
    context = {
        "subject": subject,
        "record": subject.record,
        "tickets": subject.tickets.count(),
        "people": subject.contacts.count(),
        "takeouts": [
            (one, one.is_there(at=timezone.now()))
            for one in Takeout.objects.filter(**about)
            .select_related("asked_by", "job")
            .order_by("-asked_at")[:20]
        ],
        "erasures": Erasure.objects.filter(**about)
        .select_related("asked_by", "approved_by", "job")
        .order_by("-pk")[:20],
        "works": works(request, whose, pk),
        "holds": Hold.objects.filter(**about).select_related("asked_by").order_by("-pk")[:20],
    }
    return render(request, "privacy/subject.html", context)


@require_POST
@may("customers.take_out")
@refusals
def take_out(request: HttpRequest, whose: str, pk: int) -> HttpResponse:
    """Have everything known of them put into one file."""
    made = Takeout.order(_subject(whose, pk), by=request.user, at=timezone.now())
    return go(request, made.job, said="The file is being made.")


@require_safe
@may("customers.take_out")
def fetch(request: HttpRequest, pk: Any) -> HttpResponse:
    """The file, while it may be fetched."""
    takeout = get_object_or_404(Takeout, pk=pk)
    if not takeout.is_there(at=timezone.now()):
        raise Http404
    return FileResponse(takeout.path.open("rb"), as_attachment=True, filename=str(takeout))


@require_POST
@may("customers.erase")
@refusals
def ask_erasure(request: HttpRequest, whose: str, pk: int) -> HttpResponse:
    """Ask that they be forgotten."""
    subject = _subject(whose, pk)
    reason = request.POST.get("reason", "")
    Erasure.ask(subject, reason=reason, by=request.user, at=timezone.now())
    return go(request, _page(subject), said="Asked for. Somebody else must approve it.")


@require_POST
@may("customers.erase")
@refusals
def approve(request: HttpRequest, pk: int) -> HttpResponse:
    """Let an erasure begin."""
    erasure = get_object_or_404(Erasure, pk=pk)
    job = erasure.approve(by=request.user, at=timezone.now())
    return go(request, job, said="Approved: it begins now.")


@require_POST
@may("customers.erase")
@refusals
def refuse(request: HttpRequest, pk: int) -> HttpResponse:
    """Say no to an erasure, and why."""
    erasure = get_object_or_404(Erasure, pk=pk)
    erasure.refuse(why=request.POST.get("why", ""), by=request.user, at=timezone.now())
    return go(request, _page(erasure.subject), said="Refused.")


@require_POST
@may("customers.erase")
@refusals
def hold(request: HttpRequest, whose: str, pk: int) -> HttpResponse:
    """Keep everything of theirs until further notice."""
    subject = _subject(whose, pk)
    Hold.place(subject, reason=request.POST.get("reason", ""), by=request.user, at=timezone.now())
    return go(request, _page(subject), said="Held: nothing of theirs is erased.")


@require_POST
@may("customers.erase")
@refusals
def lift(request: HttpRequest, pk: int) -> HttpResponse:
    """End a hold."""
    held = get_object_or_404(Hold, pk=pk)
    held.lift(by=request.user, at=timezone.now())
    return go(request, _page(held.subject), said="Lifted.")
