"""Views made of verbs: POST, permission, fetch, one verb, one answer."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_POST

from .access import View, may
from .answers import refusals

Act = Callable[..., Any]


def verb_on(
    permission: str,
    among: Callable[[HttpRequest], Any],
    answer: Callable[[HttpRequest, Any, Any], HttpResponse],
) -> Callable[[Act], View]:
    """Makes a view of what is done to one record.

    `among` is the model or the records this person may reach; `answer` gets the record, and what
    the verb said of it.
    """

    def decorate(act: Act) -> View:
        @require_POST
        @may(permission)
        @refusals
        @wraps(act)
        def view(request: HttpRequest, pk: int, **more: int) -> HttpResponse:
            found = get_object_or_404(among(request), pk=pk)
            return answer(request, found, act(request, found, **more))

        return view

    return decorate


def presses(verb: str, said: str) -> Act:
    """A verb of the record that takes no words, and the sentence that follows it."""

    def act(request: HttpRequest, found: Any) -> str:
        getattr(found, verb)(by=request.user, at=timezone.now())
        return said

    return act
