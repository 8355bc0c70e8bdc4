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

from apps.accounts.models import User
from apps.tickets.models import Ticket
from apps.tickets.rules.places import place

from .measure import Browser, stock_django, take_turns

Work = Callable[[int], int]
Works = dict[str, Work]
RARE, COMMON = "zanzibar", "export"


def measure(tickets: int) -> dict[str, Any]:
    """Milliseconds by kind of work; beside each its turn's bare page."""
    dice = random.Random(tickets)
    session = _signed_in(_ada())
    ours, stock = Browser(WSGIHandler(), session), Browser(stock_django(), session)
    owner = Browser(stock.handler, _signed_in(_owner()))
    some, fresh = _some_tickets(dice, tickets), iter(_open_tickets(2_000))

    def page(address: str) -> Work:
        return lambda number: _ok(ours.get(address))

    def admin(query: str) -> Work:
        return lambda number: _ok(owner.get(f"/stock/tickets/ticket/{query}"))

    def post(address: str, fields: dict[str, str]) -> int:
        return _done(ours.post(address, **fields))

    hello: Works = {"hello": lambda number: _ok(stock.get("/hello/"))}
    pages: Works = {
        "inbox": page("/inbox/"),
        "ticket list": page("/tickets/"),
        "ticket list, deep": page(_deep_address(dice, tickets)),
        "ticket list, filtered": page("/tickets/?q=is%3Aopen+priority%3Aurgent"),
        "ticket page": lambda number: _ok(ours.get(f"/tickets/{next(some)}/")),
        "search, rare word": page(f"/search/?q={RARE}"),
        "search, common word": page(f"/search/?q={COMMON}"),
        "search, typing error": page("/search/?q=zanzbar"),
        "today": page("/"),
    }
    verbs: Works = {
        "create": lambda number: post("/tickets/new/", _new_ticket(number)),
        "reply": lambda number: post(f"/tickets/{next(fresh)}/answer/", _answer(number)),
        "prioritise": lambda number: post(f"/tickets/{next(some)}/prioritise/", _priority(number)),
    }
    stocks: Works = {
        "stock list": admin(""),
        "stock deep list": admin(f"?p={max(2, tickets // 100)}"),
        "stock search": admin(f"?q={RARE}"),
    }
    found = {}
    for works, how in (
        (hello | pages, {}),
        (hello | verbs, {"seconds": 0.5, "most": 120}),
        (stocks, {"rounds": 3, "seconds": 1.0, "most": 60}),
    ):
        taken = {name: one.told() for name, one in take_turns(works, **how).items()}
        beside = taken.pop("hello", None)
        found |= {name: one | {"hello": beside} for name, one in taken.items()}
    return found


def _ada() -> User:
    return User.objects.filter(roles__contains=["support"], is_active=True).earliest("pk")


def _owner() -> User:
    return User.objects.get_or_create(
        email="owner@bench.example",
        defaults={"name": "Owner", "is_staff": True, "is_superuser": True},
    )[0]


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
        "origin": "logged",
        "channel": "phone",
        "priority": "normal",
        "once": str(uuid.uuid4()),
    }


def _answer(number: int) -> dict[str, str]:
    return {
        "mode": "reply",
        "body": f"Thank you, we are on it ({number}).",
        "after": "wait",
    }


def _priority(number: int) -> dict[str, str]:
    return {"priority": ("urgent", "high", "normal", "low")[number % 4]}


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
