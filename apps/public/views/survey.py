"""`/csat/…`: the one question after a ticket is solved. Looking chooses nothing; sending does."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from apps.surveys import rules
from apps.surveys.models import Survey
from apps.tickets.letters import brand_of
from apps.timeline.refusal import Refused

from .contact import private, zone_of


@private
@require_http_methods(["GET", "HEAD", "POST"])
def survey(request: HttpRequest, token: str) -> HttpResponse:
    """The five answers, one of them chosen already by the link that was tapped."""
    found = Survey.objects.behind(token)
    if found is None:
        return render(request, "contact/lost.html", {"expired": True}, status=404)
    with timezone.override(zone_of(found.ticket.contact)):
        if request.method != "POST":
            return page(request, found)
        return vote(request, found)


def vote(request: HttpRequest, found: Survey) -> HttpResponse:
    """Their choice, once it is sent."""
    score, comment = (
        rules.read_score(request.POST.get("score", "")),
        request.POST.get("comment", ""),
    )
    try:
        found.respond(score or 0, at=timezone.now(), comment=comment)
    except Refused as refused:
        return page(
            request, found, status=422, refused=refused.sentence, score=score, comment=comment
        )
    return HttpResponseRedirect(f"{request.path}?done=1", status=303)


def page(request: HttpRequest, found: Survey, *, status: int = 200, **more) -> HttpResponse:
    answer = found.answer
    tapped = rules.read_score(request.GET.get("score", ""))
    context = {
        "survey": found,
        "ticket": found.ticket,
        "brand": brand_of(found.ticket),
        "scores": rules.SCORES.items(),
        "answer": answer,
        "over": found.refusal(timezone.now()),
        "until": answer.at + rules.CHANGEABLE if answer else None,
        "score": tapped or (answer.score if answer else None),
        "comment": answer.comment if answer else "",
        "done": request.GET.get("done") == "1" and answer is not None,
        **more,
    }
    return render(request, "contact/rate.html", context, status=status)
