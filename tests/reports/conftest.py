"""A desk over a few weeks, lived through the real verbs."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from apps.reports.keeping import keep
from apps.tickets.models import Ticket
from tests import make

NOW = datetime(2026, 11, 25, 14, 0, tzinfo=UTC)  # a Wednesday
PRIORITIES = ("urgent", "high", "normal", "low")


@pytest.fixture
def lived(ada, sol):
    """`lived(40)` lives that many tickets through; the same dice each time."""
    queue = make.queue("Billing")
    mara = make.contact("Mara Holt", customer=make.customer("Northwind", tier="enterprise"))
    jon = make.contact("Jon Aker", customer=make.customer("Southwind"))

    def live(many: int, seed: int = 5, span: float = 40) -> list[Ticket]:
        dice = random.Random(seed)
        tickets = [one_life(dice, many, n, span) for n in range(many)]
        keep(at=NOW)
        return tickets

    def one_life(dice: random.Random, many: int, n: int, span: float) -> Ticket:
        at = NOW - timedelta(days=span * (many - n) / many, seconds=dice.randrange(3600))
        ticket = Ticket.objects.report(
            subject=f"Question {n}",
            body="Please look.",
            contact=dice.choice([mara, jon]),
            at=at,
            channel=dice.choice(["mail", "web"]),
            priority=dice.choice(PRIORITIES),
            queue=dice.choice([queue, None]),
            assignee=dice.choice([ada, sol, None]),
        )
        agent = dice.choice([ada, sol])

        def later(hours: float) -> datetime:
            nonlocal at
            at += timedelta(seconds=int(3600 * dice.uniform(0.1, hours)))
            return at

        for _ in range(dice.randrange(4)):
            if dice.random() < 0.7 and later(20) < NOW:
                ticket.reply(
                    "Try again.", by=agent, at=at, after=dice.choice(["wait", "keep_open"])
                )
            if dice.random() < 0.6 and later(30) < NOW:
                ticket.hear("Still broken.", at=at)
                if dice.random() < 0.3 and later(1) < NOW:
                    ticket.move(
                        dice.choice(["waiting_customer", "waiting_third_party"]), by=agent, at=at
                    )
        if dice.random() < 0.75 and later(40) < NOW:
            ticket.resolve(by=agent, at=at)
            if dice.random() < 0.3 and later(100) < NOW:
                ticket.hear("No, it is not.", at=at)
                if dice.random() < 0.5 and later(10) < NOW:
                    ticket.resolve(by=agent, at=at)
        elif dice.random() < 0.2 and later(5) < NOW:
            ticket.mark_spam(by=agent, at=at)
        return ticket

    return live


@pytest.fixture
def mira(db):
    """Mira at Acme waits for an answer."""
    return make.contact("Mira Köhler", customer=make.customer("Acme GmbH"))
