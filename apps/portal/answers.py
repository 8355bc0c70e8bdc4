"""How the portal answers: a page or its part, a card after a verb, a refusal in place."""

import re
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from django.contrib import messages
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.template.loader import render_to_string
from django.utils.cache import patch_vary_headers

from apps.timeline.refusal import Refused

from . import counts

Context = Mapping[str, Any]
ROOT = re.compile(rb'<\w+[^>]*?\sid="([\w-]+)"')  # a part has one root, and it has an id


def in_place(request: HttpRequest) -> bool:
    """Whether htmx asked for a part: not for all of the page, nor one restored from history."""
    htmx = request.htmx
    whole = htmx.boosted or htmx.history_restore_request or htmx.target == "main"
    return bool(htmx) and not whole


def page(
    request: HttpRequest, whole: str, part: str, context: Context, *, status: int = 200
) -> HttpResponse:
    """The whole page, or only its part when htmx asks."""
    response = render(request, part if in_place(request) else whole, context, status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response


def card(
    request: HttpRequest,
    part: str,
    context: Context,
    *,
    to: Any,
    said: str = "",
    undo: str = "",
    tone: str = "",
) -> HttpResponse:
    """After a verb: the record's card again with a toast and the counts, or its page.

    `to` is where a browser without JavaScript is sent; `undo` is the URL that takes it back.
    """
    if not in_place(request):
        if said:
            messages.success(request, said, extra_tags=undo)
        return HttpResponseRedirect(resolve_url(to))
    response = render(request, part, context)
    _aim(request, response)
    response.write(aside(request, said, undo=undo, tone=tone))
    patch_vary_headers(response, ["HX-Request"])
    return response


def told(request: HttpRequest, said: str, *, undo: str = "") -> HttpResponse:
    """After a verb on a ticket that a list shows: the toast, the counts, and word to the list."""
    response = HttpResponse(aside(request, said, undo=undo))
    response["HX-Reswap"] = "none"
    response["HX-Trigger"] = "tickets-changed"
    return response


def _aim(request: HttpRequest, response: HttpResponse) -> None:
    """Undo buttons stand outside the card: send the card to its place all the same."""
    root = ROOT.search(response.content)
    if root and request.htmx.target != (name := root[1].decode()):
        response["HX-Retarget"] = f"#{name}"
        response["HX-Reswap"] = "outerHTML"


def aside(request: HttpRequest, said: str, *, undo: str = "", tone: str = "") -> str:
    """What rides along with any part: the toast and the rail's counts."""
    toast = render_to_string(
        "ui/_toast.html", {"said": said, "undo": undo, "tone": tone}, request=request
    )
    return (toast if said else "") + counts.out_of_band(request.user)


def form_page(
    request: HttpRequest, whole: str, part: str, form: BaseForm, context: Context | None = None
) -> HttpResponse:
    """The form as it was typed: 422 with its errors once it was sent, 200 before."""
    status = 422 if form.is_bound and form.errors else 200
    return page(request, whole, part, {**(context or {}), "form": form}, status=status)


def blame(form: BaseForm, refused: Refused) -> None:
    """Put a record's refusal where the person looks: by the field, or above the form."""
    known = refused.field if refused.field in form.fields else None
    form.add_error(known, refused.sentence)


def refusals(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A refused verb answers 409: a toast in place, or a page that keeps what was typed."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except Refused as refused:
            return refuse(request, refused.sentence, field=refused.field)

    return guarded


def refuse(
    request: HttpRequest, sentence: str, *, status: int = 409, field: str = ""
) -> HttpResponse:
    """Say no in a sentence, beside the `field` it is about; nothing on the page is replaced."""
    if in_place(request):
        response = HttpResponse(aside(request, sentence, tone="bad"), status=status)
        response["HX-Reswap"] = "none"
        response["X-Refused"] = field or ""
    else:
        typed = {
            name: value
            for name, value in request.POST.items()
            if value.strip() and name != "csrfmiddlewaretoken"
        }
        response = render(
            request, "portal/refused.html", {"sentence": sentence, "typed": typed}, status=status
        )
    patch_vary_headers(response, ["HX-Request"])
    return response


def go(request: HttpRequest, to: Any, *, said: str = "", undo: str = "") -> HttpResponse:
    """On to another page, with a word about what was done."""
    if said:
        messages.success(request, said, extra_tags=undo)
    url = resolve_url(to)
    if in_place(request):
        response = HttpResponse(status=204)
        response["HX-Redirect"] = url
        return response
    return HttpResponseRedirect(url)
