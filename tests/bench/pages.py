"""Pages and verbs of the desk, in turns with a bare page and the stock admin."""

import itertools
import random
import string
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.core.handlers.wsgi import WSGIHandler
from django.db.models import Max, Min
from django.utils import timezone

from apps.accounts.models import User
from apps.portal.desk import Desk
from apps.reports import ready
from apps.reports.keeping import keep, standing
from apps.reports.models import Measured
from apps.tickets.choices import Priority
from apps.tickets.models import BulkChange, Ticket
from apps.tickets.rules.places import place

from . import doors
from .measure import Browser, server_seconds, stock_django, take_turns

Work = Callable[[int], int]
Works = dict[str, Work]
ONE_QUEUE = "/insight/support/?queue=billing"
TWO_FILTERS = "/insight/support/?period=90d&queue=billing&priority=high"
HALF_A_YEAR = "/sla/?span=26+weeks"
RARE, COMMON, MISTYPED, JAPANESE = "zanzibar", "export", "zanzbar", "請求書"


def measure(
    tickets: int, *, rounds: int = 5, seconds: float = 0.5, only: Sequence[str] = ()
) -> dict[str, Any]:
    """Milliseconds by kind of work, `only` those whose names begin so; with each its bare page."""
    dice = random.Random(tickets)
    ours = Browser(WSGIHandler(), _signed_in(_ada()))
    stock = Browser(stock_django(), _signed_in(_ada(), doors.PEOPLE))
    owner = Browser(stock.handler, _signed_in(_owner(), doors.PEOPLE))
    while standing().as_of:  # what the report counts over is kept in the background
        keep(at=timezone.now())
    ada = _ada()
    _give_a_page_to(ada)
    some, fresh, changed = _some_tickets(dice), _open_tickets(), _priorities(dice)

    def page(address: str) -> Work:
        return lambda number: _ok(ours.get(address))

    def admin(query: str) -> Work:
        return lambda number: _ok(owner.get(f"/stock/tickets/ticket/{query}"))

    def post(address: str, fields: dict[str, str]) -> int:
        return _done(ours.post(address, **fields))

    def prioritise(change: tuple[int, str]) -> int:
        ticket, priority = change
        return post(f"/tickets/{ticket}/prioritise/", {"priority": priority})

    def search(words: str) -> Work:
        return page(f"/search/?q={quote(words)}")

    hello: Works = {"hello": lambda number: _ok(stock.get("/hello/"))}
    pages: Works = {
        "ticket list": page("/tickets/"),
        "ticket list, deep": page(_deep_address(dice)),
        "ticket list, urgent": page("/tickets/?q=is%3Aopen+priority%3Aurgent"),
        "inbox, mine": page("/inbox/"),
        "inbox, to do": page("/inbox/?view=todo"),
        "inbox, unassigned": page("/inbox/?view=unassigned"),
        "inbox, late": page("/inbox/?view=late"),
        "inbox, waiting": page("/inbox/?view=waiting"),
        "inbox counts": lambda number: len(Desk.of(ada, whole=True).counts),
        "today": page("/"),
        "ticket page": lambda number: _ok(ours.get(f"/tickets/{next(some)}/")),
    }
    reports: Works = {
        "support report": page("/insight/support/"),
        "support report, 90 days": page("/insight/support/?period=90d"),
        "support now": page("/insight/support/now/"),
        "promises kept": page("/sla/"),
        "promises kept, 26 weeks, first look": page(HALF_A_YEAR),
        "support report, one queue, first look": page(ONE_QUEUE),
        "support report, two filters, first look": page(TWO_FILTERS),
    }
    filtered: Works = {
        "support report, one queue": page(ONE_QUEUE),
        "support report, two filters": page(TWO_FILTERS),
        "promises kept, 26 weeks": page(HALF_A_YEAR),
    }
    searches: Works = {
        "search, rare word": search(RARE),
        "search, common word": search(COMMON),
        "search, typing error": search(MISTYPED),
        "search, Japanese word": search(JAPANESE),
    }
    verbs: Works = {
        "create": lambda number: _made(ours.post("/tickets/new/", **_new_ticket(number))),
        "reply": lambda number: post(f"/tickets/{next(fresh)}/answer/", _answer(number)),
        "prioritise": lambda number: prioritise(next(changed)),
    }
    bulks: Works = {f"bulk of 200, {name}": work for name, work in _bulks().items()}
    stocks: Works = {
        "stock list": admin(""),
        "stock deep list": admin(f"?p={max(1, tickets // 100)}"),
        "stock search": admin(f"?q={RARE}"),
    }
    found: dict[str, Any] = {}

    def turns(works: Works, most: int) -> None:
        chosen = {name: work for name, work in works.items() if _is_among(name, only)}
        if not chosen:
            return
        taken = take_turns(hello | chosen, rounds=rounds, seconds=seconds, most=most)
        told = {name: one.told() for name, one in taken.items()}
        beside = told.pop("hello")
        found.update({name: one | {"hello": beside} for name, one in told.items()})

    turns(pages, 400)
    if any(_is_among(name, only) for name in reports | filtered):
        Measured.objects.all().delete()
        ready.prepare(at=timezone.now())
        found["outside"] = _measured_outside()
        turns(reports, 40)
        found["outside"] |= _measured_outside()  # what was looked for and was not there
        turns(filtered, 40)
    turns(searches, 60)
    turns(verbs, 120)
    turns(bulks, 3)
    turns(stocks, 40)
    return found


def _measured_outside() -> dict[str, dict[str, float]]:
    """What waits is measured as a worker does it: seconds by the processors, all of the database
    server's included, and by the clock."""
    found = {}
    while one := Measured.objects.waiting(timezone.now()).defer("told").first():
        wall, cpu = time.perf_counter(), time.process_time() + server_seconds()
        ready.measure_next()
        cpu = time.process_time() + server_seconds() - cpu
        days = (one.end - one.start).days
        about = f", {one.asked}" if one.asked else ""
        name = f"{one.subject}, {days} days to {one.end:%Y-%m-%d}{about}"
        found[name] = {"cpu": cpu, "wall": time.perf_counter() - wall}
    return found


def _is_among(name: str, only: Sequence[str]) -> bool:
    return not only or name.startswith(tuple(only))


def _ada() -> User:
    return User.objects.filter(roles__contains=["support"], is_active=True).earliest("pk")


def _give_a_page_to(person: User) -> None:
    """So that their own list has a page of rows, of ten thousand tickets as of a million."""
    desk = Ticket.objects.filter(status__in=["new", "open"], snoozed_until=None)
    missing = max(0, 60 - desk.filter(assignee=person).count())
    others = desk.exclude(assignee=person).order_by("-pk").values("pk")[:missing]
    Ticket.objects.filter(pk__in=others).update(assignee=person)


def _owner() -> User:
    return User.objects.get_or_create(
        email="owner@bench.example",
        defaults={"name": "Owner", "is_staff": True, "is_superuser": True},
    )[0]


def _signed_in(person: User, backend: str = settings.AUTHENTICATION_BACKENDS[0]) -> str:
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(person.pk)
    session[BACKEND_SESSION_KEY] = backend
    session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    session.create()
    return session.session_key


def _some_tickets(dice: random.Random) -> Iterator[int]:
    """Unsettled ones here and there, again and again."""
    known = list(
        Ticket.objects.filter(status__in=["new", "open", "waiting_customer"])
        .order_by("-pk")
        .values_list("pk", flat=True)[:2_000]
    )
    dice.shuffle(known)
    return itertools.cycle(known)


def _open_tickets() -> Iterator[int]:
    """Tickets somebody is answered in, again and again."""
    wanted = Ticket.objects.filter(status__in=["new", "open"]).exclude(contact=None)
    return itertools.cycle(list(wanted.order_by("-pk").values_list("pk", flat=True)[:2_000]))


def _priorities(dice: random.Random) -> Iterator[tuple[int, str]]:
    """Unsettled tickets with a priority they do not have."""
    known = Ticket.objects.filter(status__in=["new", "open", "waiting_customer"]).order_by("-pk")
    rows = list(known.values_list("pk", "priority")[:2_000])
    dice.shuffle(rows)
    for turn in itertools.count(1):
        for ticket, priority in rows:
            ways = [*Priority.values, *Priority.values]
            yield ticket, ways[ways.index(priority) + turn % 3 + 1]


def _bulks() -> Works:
    """The same done to two hundred tickets, and the next time its opposite."""
    person, other = User.objects.filter(roles__contains=["support"], is_active=True)[:2]
    newest = Ticket.objects.unresolved().order_by("-pk").values("pk")[:200]
    tickets = Ticket.objects.filter(pk__in=list(newest.values_list("pk", flat=True)))
    ways = {
        "assigned": ({"do": "assign", "to": other.email}, {"do": "assign", "to": person.email}),
        "prioritised": ({"do": "priority", "to": "high"}, {"do": "priority", "to": "low"}),
        "moved": (
            {"do": "status", "to": "waiting_third_party"},
            {"do": "status", "to": "waiting_customer"},
        ),
        "tagged": ({"do": "tag", "add": ["wave"]}, {"do": "tag", "remove": ["wave"]}),
    }

    def bulk(steps: tuple[dict[str, Any], ...]) -> Work:
        turns = itertools.cycle(steps)
        return lambda number: _counted(
            BulkChange.order(tickets, [next(turns)], by=person, at=timezone.now())
        )

    return {name: bulk(steps) for name, steps in ways.items()}


def _counted(bulk: BulkChange) -> int:
    """How many were changed."""
    counts = bulk.counts()
    if counts["refused"] or counts["waiting"]:
        raise RuntimeError(str(counts))
    return counts["changed"]


def _deep_address(dice: random.Random) -> str:
    """A page in the middle of everything, by its place in the order."""
    numbers = Ticket.objects.aggregate(first=Min("pk"), last=Max("pk"))
    span = numbers["last"] - numbers["first"]
    at_least = numbers["first"] + span // 2 + dice.randrange(span // 10)
    middle = Ticket.objects.filter(pk__gte=at_least).earliest("pk")
    return f"/tickets/?sort=updated&after={quote(place(middle.updated_at, middle.pk))}"


def _new_ticket(number: int) -> dict[str, str]:
    return {
        # Nobody is asked if it is the same: of three odd words none is.
        "subject": f"{_odd_word()} {_odd_word()} {_odd_word()} is slow",
        "body": "Everything is slow since Monday.",
        "contact": f"bench{number % 50}@bench.example",
        "origin": "logged",
        "channel": "phone",
        "priority": "normal",
        "once": str(uuid.uuid4()),
    }


def _odd_word() -> str:
    return "".join(random.choices(string.ascii_lowercase, k=8))


def _answer(number: int) -> dict[str, str]:
    return {
        "mode": "reply",
        "body": f"Thank you, we are on it ({number}).",
        "after": "wait",
    }


def _ok(answer: tuple[int, bytes]) -> int:
    status, body = answer
    if status != 200:
        raise RuntimeError(f"{status}: {body[:500]!r}")
    return len(body)


def _made(answer: tuple[int, bytes]) -> int:
    """A ticket is there: a form that comes back for a word is no ticket."""
    status, body = answer
    if status != 302:
        raise RuntimeError(f"{status}: {body[:500]!r}")
    return len(body)


def _done(answer: tuple[int, bytes]) -> int:
    """A verb answers with a redirect."""
    status, body = answer
    if status not in (200, 302):
        raise RuntimeError(f"{status}: {body[:500]!r}")
    return len(body)
