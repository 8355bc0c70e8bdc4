"""Finding anything: a page of results, and the palette."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from apps.portal.deeds import Deed, Subject, about, deed_of, typed
from apps.portal.finding import Group, deeds_on, find, recent, to_do
from apps.tickets.rules.words import Question, ask


@require_safe
def results(request: HttpRequest) -> HttpResponse:
    """Everything that matches, grouped by what it is."""
    said = _said(request)
    question = ask(said)
    groups = find(said, request.user)
    wider = [] if groups else without_one(question)
    context = {"said": said, "question": question, "groups": groups, "wider": wider}
    return render(request, "search/results.html", context)


def without_one(question: Question) -> list[tuple[str, str]]:
    """Each condition with what is asked when it is left out, where something else is asked."""
    rest = ((one, tuple(term for term in question.terms if term != one)) for one in question.terms)
    asked = ((str(one), str(Question(terms, question.text))) for one, terms in rest)
    return [(one, words) for one, words in asked if words]


@require_safe
def palette(request: HttpRequest) -> HttpResponse:
    """The first few matches of each kind; of one verb when it is named, what there is to choose."""
    said, user = _said(request), request.user
    subject = Subject(user, timezone.localtime(), about(request.GET.get("on", "")))
    deed = deed_of(request.GET.get("deed", ""), user)
    context = {"said": said, "deed": deed, "question": f"{deed.name if deed else ''}|{said}"}
    context["groups"] = [group for group in _groups(said, subject, deed) if group.found]
    return render(request, "search/_options.html", context)


def _groups(said: str, subject: Subject, deed: Deed | None) -> list[Group]:
    if deed:
        return [to_do(said, deed, subject)] if subject.numbers else []
    groups = find(said, subject.user, limit=5, palette=True)
    if subject.numbers:
        if (asked := typed(said, subject.user)) is not None:
            groups.insert(0, to_do(asked[1], asked[0], subject))
        groups.insert(0, deeds_on(said, subject))
    if not said:
        groups.insert(1 if subject.numbers else 0, recent(subject.user))
    return groups


def _said(request: HttpRequest) -> str:
    return request.GET.get("q", "").replace("\x00", " ").strip()[:200]
