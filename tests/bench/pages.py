"""Pages and verbs of the desk, in turns with a bare page and the stock admin."""

import itertools
import random
import uuid
from collections.abc import Callable
from importlib import import_module
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.core.handlers.wsgi import WSGIHandler
from django.utils import timezone

from apps.accounts.models import User
from apps.tickets.models import Ticket
from apps.tickets.rules.places import place

from .measure import Browser, stock_django, take_turns

RARE, COMMON = "zanzibar", "export"


def measure(tickets: int) -> dict[str, Any]:
    """Milliseconds by kind of work."""
    ada = _ada()
    session = _signed_in(ada)
    ours = Browser(WSGIHandler(), session)
    dice = random.Random(tickets)
    some = _some_tickets(dice, tickets)
    deep = _deep_address(dice, tickets)
    heavy = {"rounds": 3, "seconds": 1.0, "most": 60}
    found: dict[str, Any] = {}
    with stock_django() as handler:
        stock = Browser(handler, session)

        def theirs(path: str) -> Callable[[int], int]:
            return lambda number: _ok(stock.get(path))

        found |= take_turns({"hello": theirs("/hello/")}, rounds=3)
        found |= take_turns(
            {
                "stock list": theirs("/stock/tickets/ticket/"),
                "stock deep list": theirs(f"/stock/tickets/ticket/?p={max(2, tickets // 100)}"),
                "stock search": theirs(f"/stock/tickets/ticket/?q={RARE}"),
            },
            **heavy,
        )
    found |= take_turns(
        {
            "inbox": lambda number: _ok(ours.get("/inbox/")),
            "ticket list": lambda number: _ok(ours.get("/tickets/")),
            "ticket list, deep": lambda number: _ok(ours.get(deep)),
            "ticket list, filtered": lambda number: _ok(
                ours.get("/tickets/?q=is%3Aopen+priority%3Aurgent")
            ),
            "ticket page": lambda number: _ok(ours.get(f"/tickets/{next(some)}/")),
            "search, rare word": lambda number: _ok(ours.get(f"/search/?q={RARE}")),
            "search, common word": lambda number: _ok(ours.get(f"/search/?q={COMMON}")),
            "search, typing error": lambda number: _ok(ours.get("/search/?q=zanzbar")),
            "today": lambda number: _ok(ours.get("/")),
        }
    )
    fresh = iter(_open_tickets(2_000))
    found |= take_turns(
        {
            "create": lambda number: _done(ours.post("/tickets/new/", **_new_ticket(number))),
            "reply": lambda number: _done(
                ours.post(f"/tickets/{next(fresh)}/answer/", **_answer(number))
            ),
            "prioritise": lambda number: _done(
                ours.post(f"/tickets/{next(some)}/prioritise/", priority=_priority(number))
            ),
        },
        seconds=0.5,
        most=120,
    )
    with stock_django() as handler:
        stock = Browser(handler, session)
        found["hello, again"] = take_turns(
            {"hello": lambda number: _ok(stock.get("/hello/"))}, rounds=3
        )["hello"]
    return {
        name: {
            "p50": taken.p50,
            "p95": taken.p95,
            "cpu": taken.cpu,
            "app_cpu": taken.app_cpu,
            "n": len(taken.walls),
            "bytes": taken.size,
        }
        for name, taken in found.items()
    }


def _ada() -> User:
    return User.objects.filter(roles__contains=["support"], is_active=True).earliest("pk")


def _signed_in(person: User) -> str:
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(person.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    session.create()
    return session.session_key


def _some_tickets(dice: random.Random, tickets: int) -> itertools.cycle:
    last = Ticket.objects.latest("pk").pk
    known = Ticket.objects.filter(
        pk__in=dice.sample(range(last - tickets + 1, last + 1), min(tickets, 500)),
        status__in=["new", "open", "waiting_customer"],
    )
    return itertools.cycle(list(known.values_list("pk", flat=True)) or [last])


def _open_tickets(most: int) -> list[int]:
    wanted = Ticket.objects.filter(status__in=["new", "open"]).exclude(contact=None)
    return list(wanted.order_by("-pk").values_list("pk", flat=True)[:most])


def _deep_address(dice: random.Random, tickets: int) -> str:
    """A page in the middle of everything, by its place in the order."""
    last = Ticket.objects.latest("pk").pk
    middle = Ticket.objects.get(
        pk=last - tickets // 2 + dice.randrange(-tickets // 10, tickets // 10)
    )
    return f"/tickets/?sort=updated&after={quote(place(middle.updated_at, middle.pk))}"


def _new_ticket(number: int) -> dict[str, str]:
    return {
        "subject": f"Bench {number}",
        "body": "Everything is slow since Monday.",
        "contact": f"bench{number % 50}@bench.example",
        "channel": "phone",
        "priority": "normal",
        "once": str(uuid.uuid4()),
    }


def _answer(number: int) -> dict[str, str]:
    return {
        "kind": "reply",
        "body": f"Thank you, we are on it ({number}).",
        "after": "wait",
        "at": timezone.now().isoformat(),
    }


def _priority(number: int) -> str:
    return ("urgent", "high", "normal", "low")[number % 4]


def _ok(answer: tuple[int, bytes]) -> int:
    status, body = answer
    if status != 200:
        raise RuntimeError(f"{status}: {body[:500]!r}")
    return len(body)


def _done(answer: tuple[int, bytes]) -> int:
    """A verb answers with a redirect, or 409 where the ticket already stands so."""
    status, body = answer
    if status not in (200, 302, 409):
        raise RuntimeError(f"{status}: {body[:500]!r}")
    return len(body)
