"""The mails customers get: looked at as they would leave, sent to oneself to be sure."""

import uuid

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from apps.outbox.models import Delivery
from apps.portal import answers
from apps.portal.access import may
from apps.portal.mails import LETTERS, Sample, sample
from apps.tickets.letters import Text, sender_of
from apps.tickets.models import Queue


@require_safe
@may("tickets.read")
def mails(request: HttpRequest) -> HttpResponse:
    """All of them, and one of them open."""
    key = request.GET.get("letter", "answer")
    queue = queue_of(request)
    one, text = letter(request, key, queue)
    context = {
        "letters": [(name, title) for name, (title, _) in LETTERS.items()],
        "key": key,
        "queue": queue,
        "queues": Queue.objects.filter(retired_at=None),
        "text": text,
        "plain": text.plain(),
        "sender": sender_of(one.ticket, one.by),
    }
    return render(request, "mails/mails.html", context)


@require_safe
@may("tickets.read")
def as_sent(request: HttpRequest, key: str) -> HttpResponse:
    """The HTML itself; its style comes from a sheet here, and travels inside in the mail."""
    _, text = letter(request, key, queue_of(request))
    return HttpResponse(text.rich(sheet=reverse("portal:mail-sheet")))


@require_safe
@may("tickets.read")
def sheet(request: HttpRequest) -> HttpResponse:
    """The style of all mails."""
    return render(request, "mail/style.css", content_type="text/css")


@require_POST
@may("tickets.read")
def send(request: HttpRequest, key: str) -> HttpResponse:
    """One to oneself, through the outbox and the real mail server."""
    queue = queue_of(request)
    one, text = letter(request, key, queue)
    Delivery.objects.enqueue(
        channel="mail",
        cause=f"test:{uuid.uuid4()}",
        recipient=request.user.email,
        payload={
            "subject": f"Test: {text.subject}",
            "text": text.plain(),
            "html": text.rich(),
            "from": sender_of(one.ticket, one.by),
            "headers": {"Auto-Submitted": "auto-generated"},
            "return_path": "",
        },
    )
    to = f"{reverse('portal:mails')}?letter={key}&queue={queue.pk if queue else ''}"
    return answers.go(request, to, said=f"On its way to {request.user.email}.")


def letter(request: HttpRequest, key: str, queue: Queue | None) -> tuple[Sample, Text]:
    if key not in LETTERS:
        raise Http404
    one = sample(queue, request.user)
    return one, LETTERS[key][1](one)


def queue_of(request: HttpRequest) -> Queue | None:
    """The queue asked for, or the first."""
    found, asked = Queue.objects.filter(retired_at=None), request.GET.get("queue", "")
    if asked.isdecimal() and asked.isascii() and len(asked) < 19:
        return found.filter(pk=int(asked)).first()
    return found.first()
