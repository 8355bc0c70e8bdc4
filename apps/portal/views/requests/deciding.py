"""What becomes of a request: a look at who would be told, the decision, and taking it back."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from apps.features import rules
from apps.features.models import FeatureRequest
from apps.portal import answers
from apps.portal.access import may
from apps.portal.words import plural
from apps.tickets.filling import told_in_words
from apps.tickets.models import Asker, OwedAnswer
from apps.timeline.models import Activity
from apps.timeline.refusal import Refused

from .forms import DecideForm, MergeForm

SHOWN = 100  # of those who are told, and of those who are not


def back(found: FeatureRequest, told: Activity) -> str:
    """The address that takes a change of status back."""
    return reverse("portal:request-undo", args=[found.pk, told.pk])


def to_be_told(told: Activity, more: str = "") -> str:
    """How many wait to hear of it, where that is known already."""
    if "job" in told.data:
        return "Whoever asked is gone through now; the page says how far."
    return plural(told.data["owed"], f"customer {more}is", f"customers {more}are") + " to be told."


def outcome(verb: str, status: str, said: str) -> Callable[..., HttpResponse]:
    """The page of one outcome: who would be told, with which words; POST decides."""

    @require_http_methods(["GET", "HEAD", "POST"])
    @may("features.decide")
    def view(request: HttpRequest, pk: int) -> HttpResponse:
        found = get_object_or_404(FeatureRequest.objects.whole(), pk=pk)
        reasoned, usual = status in rules.REASONED, rules.WORDS[status]
        sent = request.POST if request.method == "POST" else None
        form = DecideForm(sent, reasoned=reasoned, initial={"words": usual})
        words, reason = usual, ""
        if sent is not None and form.is_valid():
            words, reason = form.cleaned_data["words"], form.cleaned_data.get("reason", "")
            given = {"reason": reason} if reasoned else {}
            try:
                if "look" not in sent:
                    own = "" if words.strip() == usual.strip() else words
                    told = getattr(found, verb)(
                        words=own, **given, by=request.user, at=timezone.now()
                    )
                    said_now = f"{said} {to_be_told(told)}"
                    return answers.go(request, found, said=said_now, undo=back(found, told))
                askers = found.weigh(status, words, reason)
            except Refused as refused:
                answers.blame(form, refused)
                words, reason = usual, ""
        askers = found.weigh(status, words, reason)
        told_now = [one for one in askers if not one.why_not]
        left = [one for one in askers if one.why_not]
        context = {
            "found": found,
            "verb": verb,
            "status": status,
            "refusal": rules.refusal(found.status, status),
            "told": told_now,
            "left": left,
            "shown": f":{SHOWN}",
            "told_more": max(0, len(told_now) - SHOWN),
            "left_more": max(0, len(left) - SHOWN),
            "example": example(found, status, words, reason, told_now, request),
        }
        return answers.form_page(
            request, "requests/decide.html", "requests/_decide.html", form, context
        )

    view.permission = "features.decide"  # type: ignore[attr-defined]
    return view


ship = outcome("ship", "shipped", "Shipped.")
decline = outcome("decline", "declined", "Declined.")
park = outcome("park", "parked", "Parked.")


def example(
    found: FeatureRequest,
    status: str,
    words: str,
    reason: str,
    told: list[Asker],
    request: HttpRequest,
) -> tuple[Asker, str] | None:
    """The draft as the first of them would read it."""
    if not told:
        return None
    cause = found.cause(status, words, reason)
    answer = OwedAnswer(title=cause.title, draft=cause.draft)
    there = told[0].told_on
    return told[0], told_in_words(answer, there, by=request.user, at=timezone.now())[0]


def moves(verb: str, said: str, permission: str = "features.decide") -> Callable[..., HttpResponse]:
    """A view of a verb that asks nothing."""

    @require_POST
    @may(permission)
    @answers.refusals
    def view(request: HttpRequest, pk: int) -> HttpResponse:
        found = get_object_or_404(FeatureRequest, pk=pk)
        told = getattr(found, verb)(by=request.user, at=timezone.now())
        return answers.go(request, found, said=said, undo=back(found, told))

    view.permission = permission  # type: ignore[attr-defined]
    return view


plan = moves("plan", "Planned.")
begin = moves("begin", "In progress.")
reopen = moves("reopen", "Under review again.")


@require_POST
@may("features.decide")
@answers.refusals
def undo(request: HttpRequest, pk: int, activity: int) -> HttpResponse:
    """As before, with those who were owed word of it."""
    found = get_object_or_404(FeatureRequest, pk=pk)
    found.undo(activity, by=request.user, at=timezone.now())
    return answers.go(request, found, said=f"Back to {rules.NAMES[found.status]}.")


@require_POST
@may("features.decide")
@answers.refusals
def tell_the_rest(request: HttpRequest, pk: int) -> HttpResponse:
    """Those who could not be told when it was decided, and can be now."""
    found = get_object_or_404(FeatureRequest, pk=pk)
    told = found.tell_the_rest(by=request.user, at=timezone.now())
    return answers.go(request, found, said=to_be_told(told, "more "))


@require_http_methods(["GET", "HEAD", "POST"])
@may("features.change")
def merge(request: HttpRequest, pk: int) -> HttpResponse:
    """Go on in another request; those alike are offered first."""
    found = get_object_or_404(FeatureRequest.objects.whole(), pk=pk)
    form = MergeForm(request.POST if request.method == "POST" else None)
    words = request.GET.get("q", "").replace("\x00", " ").strip()[:100]
    if request.method == "POST" and form.is_valid():
        into = form.cleaned_data["into"]
        try:
            found.merge(into, by=request.user, at=timezone.now())
        except Refused as refused:
            answers.blame(form, refused)
        else:
            undo = reverse("portal:request-unmerge", args=[pk])
            return answers.go(request, into, said=f"“{found}” is merged into this.", undo=undo)
    others = FeatureRequest.objects.going_on().exclude(pk=pk)
    alike = (
        others.holding(words).in_order("demand")[:10]
        if words
        else FeatureRequest.objects.exclude(pk=pk).like(found.title, most=10)
    )
    context = {"found": found, "alike": list(alike), "words": words}
    return answers.form_page(request, "requests/merge.html", "requests/_merge.html", form, context)


@require_POST
@may("features.change")
@answers.refusals
def unmerge(request: HttpRequest, pk: int) -> HttpResponse:
    """Each has again what was its own."""
    found = get_object_or_404(FeatureRequest, pk=pk)
    found.unmerge(by=request.user, at=timezone.now())
    return answers.go(request, found, said="The merge was taken back.")
