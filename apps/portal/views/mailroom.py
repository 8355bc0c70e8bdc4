"""Mail that arrived: what is held back or could not be read, and what to do about its senders."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.outbox.models import StoppedAddress
from apps.portal.access import may
from apps.portal.answers import blame, card, form_page, go, page, refusals
from apps.portal.forms import Line
from apps.portal.turning_pages import NewestFirst
from apps.portal.verbs import presses, verb_on
from apps.portal.words import lifted, plural
from apps.tickets.choices import MailState, SenderEffect
from apps.tickets.importers.mail import read
from apps.tickets.models import InboundMail, Mailbox, SenderRule
from apps.tickets.rules import pictures
from apps.tickets.writing import html_of_mail
from apps.timeline.refusal import Refused

MOST = 200  # mails changed at once
MOST_SENDERS = 200
TROUBLE = 3  # looks in a row that failed
SHOWN_HEAD = 20_000  # characters
TABS = (
    (MailState.QUARANTINED, "Held back"),
    (MailState.FAILED, "Not readable"),
    (MailState.IGNORED, "Ignored"),
    (MailState.FILED, "Filed"),
)


class MailFilter(forms.Form):
    """Which mails a list shows; what it does not understand it leaves out."""

    state = forms.ChoiceField(required=False, choices=TABS)
    q = Line(required=False, label="Sender", limit=254)

    def narrow(self, found: Any) -> Any:
        self.is_valid()
        state = self.cleaned_data.get("state") or MailState.QUARANTINED
        sender = (self.cleaned_data.get("q") or "").strip().lower()
        found = found.filter(state=state)
        return found.of_sender(sender) if sender else found


class SenderForm(forms.Form):
    """A decision about a sender."""

    pattern = Line(limit=255, label="Address or @domain")
    effect = forms.ChoiceField(choices=SenderEffect.choices, label="Mail from it is")


def _tabs() -> list[tuple[str, str]]:
    mails = reverse("portal:mailroom")
    return [
        *((words, f"{mails}?state={state}") for state, words in TABS),
        ("Senders", reverse("portal:mailroom-senders")),
    ]


@require_safe
@may("mail.read")
def mails(request: HttpRequest) -> HttpResponse:
    """What is held back unless something else is asked for, newest first."""
    form = MailFilter(request.GET)
    found = form.narrow(InboundMail.objects.listed())
    state = form.cleaned_data.get("state") or MailState.QUARANTINED
    return page(
        request,
        "mailroom/list.html",
        "mailroom/_rows.html",
        {
            "form": form,
            "state": state,
            "keyset": NewestFirst.of(found, request),
            "troubled": Mailbox.objects.filter(active=True, failures__gte=TROUBLE)[:20],
            "tabs": _tabs(),
            "current": f"{reverse('portal:mailroom')}?state={state}",
            "may_act": request.user.may("mail.file"),
        },
    )


def _about(request: HttpRequest, found: InboundMail) -> dict[str, Any]:
    """The mail, read anew: what is shown is what would be filed."""
    letter = read(found.content) if found.raw_id else None
    return {
        "mail": found,
        "letter": letter,
        "html": pictures.as_words(html_of_mail(letter.html)) if letter else "",
        "remarks": dict.fromkeys(
            [*(letter.remarks if letter else ()), *found.remarks.splitlines()]
        ),
        "head": letter.head[:SHOWN_HEAD] if letter else "",
        "activities": found.timeline(),
        "rule": SenderRule.objects.effect_on(found.sender) if found.sender else "",
        "may_act": request.user.may("mail.file"),
    }


@require_safe
@may("mail.read")
def mail(request: HttpRequest, pk: int) -> HttpResponse:
    """One mail: why it is where it is, what it says, and its head as it came."""
    found = get_object_or_404(InboundMail.objects.select_related("ticket"), pk=pk)
    return page(request, "mailroom/mail.html", "mailroom/_mail.html", _about(request, found))


@require_safe
@may("mail.read")
def raw(request: HttpRequest, pk: int) -> HttpResponse:
    """The bytes as they came, to keep: never shown by a browser."""
    found = get_object_or_404(InboundMail, pk=pk)
    try:
        content = found.content
    except Refused as gone:
        return HttpResponse(gone.sentence, status=410, content_type="text/plain; charset=utf-8")
    response = HttpResponse(content, content_type="application/octet-stream")
    response["Content-Disposition"] = f'attachment; filename="mail-{found.pk}.eml"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _back(request: HttpRequest, found: InboundMail, said: str) -> HttpResponse:
    return card(request, "mailroom/_mail.html", _about(request, found), to=found, said=said)


of_mail = verb_on("mail.file", lambda request: InboundMail, _back)

release = of_mail(presses("release", "Released. It becomes a ticket in a moment."))
discard = of_mail(presses("discard", "Discarded. It can still be released."))
retry = of_mail(presses("retry", "It is read again now."))


@of_mail
def decide(request: HttpRequest, found: InboundMail) -> str:
    """Always take mail from its sender, or ignore it from now on."""
    form = SenderForm({"pattern": found.sender, "effect": request.POST.get("effect", "")})
    if not form.is_valid():
        raise Refused("Choose whether its sender is allowed or blocked.")
    effect, at = form.cleaned_data["effect"], timezone.now()
    SenderRule.objects.put(found.sender, effect, by=request.user, at=at)
    if found.state == MailState.QUARANTINED:
        act = found.release if effect == SenderEffect.ALLOW else found.discard
        act(by=request.user, at=at)
    words = "always taken" if effect == SenderEffect.ALLOW else "ignored"
    return f"Mail from {found.sender} is {words} from now on."


@require_POST
@may("mail.file")
@refusals
def bulk(request: HttpRequest) -> HttpResponse:
    """Release, discard or read again all that were picked; each mail refuses for itself."""
    verb = request.POST.get("verb", "")
    numbers = [int(one) for one in request.POST.getlist("pick") if one.isdecimal()][:MOST]
    if not numbers:
        raise Refused("Pick some mails first.")
    if verb not in ("release", "discard", "retry"):
        raise Refused("Choose what to do with them.")
    done, refused = 0, 0
    for found in InboundMail.objects.filter(pk__in=numbers).order_by("pk"):
        try:
            getattr(found, verb)(by=request.user, at=timezone.now())
            done += 1
        except Refused:
            refused += 1
    word = {"release": "released", "discard": "discarded", "retry": "read again"}[verb]
    left = f" {plural(refused, 'mail')} stayed as it was." if refused else ""
    return go(request, "portal:mailroom", said=f"{plural(done, 'mail')} {word}.{left}")


@require_http_methods(["GET", "HEAD", "POST"])
@may("mail.read")
@refusals
def senders(request: HttpRequest) -> HttpResponse:
    """Who is always taken, who is ignored, and where our own mail came back from."""
    form = SenderForm(request.POST or None)
    if request.method == "POST":
        if not request.user.may("mail.file"):
            raise Refused("Your roles do not let you decide about senders.")
        if form.is_valid():
            try:
                rule = SenderRule.objects.put(
                    form.cleaned_data["pattern"],
                    form.cleaned_data["effect"],
                    by=request.user,
                    at=timezone.now(),
                )
                return go(request, "portal:mailroom-senders", said=f"Decided about {rule}.")
            except Refused as refused:
                blame(form, refused)
    return form_page(
        request,
        "mailroom/senders.html",
        "mailroom/_senders.html",
        form,
        {
            "rules": SenderRule.objects.select_related("decided_by")[:MOST_SENDERS],
            "stopped": StoppedAddress.objects.all()[:MOST_SENDERS],
            "tabs": _tabs(),
            "current": reverse("portal:mailroom-senders"),
            "may_act": request.user.may("mail.file"),
        },
    )


def _to_senders(request: HttpRequest, found: Any, said: str) -> HttpResponse:
    return go(request, "portal:mailroom-senders", said=said)


@verb_on("mail.file", lambda request: SenderRule, _to_senders)
def drop_sender(request: HttpRequest, rule: SenderRule) -> str:
    """This sender is like every other again."""
    rule.drop(by=request.user, at=timezone.now())
    return f"Nothing is decided about {rule} any more."


@verb_on("mail.file", lambda request: StoppedAddress, _to_senders)
def let_go(request: HttpRequest, found: StoppedAddress) -> str:
    """Mail may go there again."""
    return lifted(found.address, found.let_go(by=request.user, at=timezone.now()))
