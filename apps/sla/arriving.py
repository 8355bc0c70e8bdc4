"""Clocks of tickets that are about to be written: an import knows their whole story beforehand."""

from collections.abc import Iterator, Sequence

from django.db import connection

from apps.customers.models import Customer
from apps.tickets.transcribing import Arrival
from apps.timeline.projections import Foretold, Telling

from .clocks import clocks_of, due_of
from .copying import write_first
from .keeping import Held, Writing
from .story import CARRYING, SPEAKING, TELLING, Sheet, Token, story_from
from .versions import Offer, offers

_VERBS = frozenset({*SPEAKING, *TELLING})


def foretell(arrivals: Sequence[Arrival]) -> Foretold:
    """Their clocks as of the last thing that happened to each, as `clocks.reassess` would say."""
    offered = offers()
    tiers = _tiers(arrivals, offered)
    writing = Writing()
    clocks: list[Held] = []
    shown: list[tuple] = []
    for one in arrivals:
        sheet = Sheet(
            *(one.ticket, one.reported_at, one.origin, one.priority, one.queue, one.tags),
            *(tiers.get(one.customer), None, None, 0),
        )
        story = story_from(sheet, _tokens(one.told), lambda: offered)
        writing.note_terms(story)
        fresh = clocks_of(story, story.last_at)
        shown.append(due_of(fresh))
        clocks += fresh

    def write_them() -> None:
        with connection.cursor() as cursor:
            write_first(cursor, clocks, writing)

    return Foretold(shown, write_them)


def _tiers(arrivals: Sequence[Arrival], offered: Sequence[Offer]) -> dict[int | None, str]:
    """By customer, where any policy asks for it."""
    if not any(offer.conditions["tiers"] for offer in offered):
        return {}
    customers = Customer.objects.filter(pk__in={one.customer for one in arrivals if one.customer})
    return dict(customers.values_list("pk", "tier"))


def _tokens(told: Sequence[Telling]) -> Iterator[Token]:
    """What `story.PACKED` would say of these Activities."""
    for at, number, verb, data in told:
        status = data["status"][1] if "status" in data else ""
        carries = not CARRYING.isdisjoint(data)
        if status or carries or verb in _VERBS:
            priority = data["priority"][1] if "priority" in data else ""
            rest = data if carries or verb in TELLING else ""
            if verb == "replied" and "incident" in data:
                rest = f":{data['incident']}:{data['update']}"
            yield at, number, verb, status, priority, rest, True
