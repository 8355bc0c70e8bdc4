"""Six months of tickets with their history, in the shape the importer reads."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from typing import Any

from .customers import Contact, Organisation
from .people import CAST, COLLEAGUES
from .promises import promise
from .themes import THEMES, Theme

DAY = 86_400
PRIORITIES = ("urgent", "high", "normal", "low")
AGENTS = tuple(p.email for p in (*CAST, *COLLEAGUES) if p.role in ("support", "support_lead"))
CHANNELS = (("mail", 70), ("web", 18), ("chat", 8), ("phone", 4))
_BUSY = (1.0, 1.05, 1.0, 0.95, 0.85, 0.16, 0.14)  # Monday to Sunday


def stamp(at: int) -> str:
    """An epoch second as RFC 3339."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass
class Conversation:
    """One ticket as it unfolds; `now` is where the story stops."""

    theme: Theme
    organisation: Organisation
    contact: Contact
    priority: str
    agent: str
    reported: int
    now: int
    status: str = "new"
    events: list[dict[str, Any]] = field(default_factory=list)

    def add(self, at: int, type_: str, **more: Any) -> bool:
        """Append what happens at `at`, unless that is still to come."""
        if at > self.now:
            return False
        self.events.append({"at": stamp(at), "type": type_, **more})
        if type_ == "status":
            self.status = more["to"]
        return True

    def answer(self, at: int, body: str, then: str) -> bool:
        """A public reply that leaves the ticket in `then`."""
        if not self.add(at, "agent_message", author=self.agent, body=body):
            return False
        return self.add(at, "status", to=then, author=self.agent)

    def ask(self, at: int, body: str) -> bool:
        """The customer writes; a waiting or resolved ticket opens by itself."""
        if not self.add(at, "customer_message", author=self.contact.email, body=body):
            return False
        if self.status != "new":
            self.status = "open"
        return True


def conversations(
    organisations: list[Organisation], *, now: int, days: int, count: int, dice: Random
) -> Iterator[dict[str, Any]]:
    """`count` tickets over the `days` before `now`, oldest first."""
    weights = [organisation.weight for organisation in organisations]
    for number, reported in enumerate(sorted(_arrivals(now, days, count, dice)), start=1):
        organisation = dice.choices(organisations, weights)[0]
        theme = dice.choices(THEMES, [theme.weight for theme in THEMES])[0]
        talk = Conversation(
            theme=theme,
            organisation=organisation,
            contact=dice.choice(organisation.contacts),
            priority=dice.choices(PRIORITIES, theme.urgency)[0],
            agent=dice.choice(AGENTS),
            reported=reported,
            now=now,
        )
        _unfold(talk, dice)
        yield _row(talk, number, dice)


def _arrivals(now: int, days: int, count: int, dice: Random) -> Iterator[int]:
    """Busy on weekdays and around ten in the morning, growing slowly over the months."""
    for _ in range(count):
        while True:
            back = int(dice.random() * days * DAY)
            at = now - back
            local = datetime.fromtimestamp(at, UTC)
            growth = 1 - 0.35 * back / (days * DAY)
            noon = max(0.06, 1 - abs(local.hour + local.minute / 60 - 10.5) / 8.5)
            if dice.random() < _BUSY[local.weekday()] * growth * noon:
                yield at
                break


def _unfold(talk: Conversation, dice: Random) -> None:
    plan = talk.organisation.plan

    def working(begin: int, kind: str, usual: float) -> int:
        """When somebody gets to it: most well inside the promise, a few beyond it."""
        share = dice.lognormvariate(0, 0.62) * usual
        target, hours = promise(plan, kind, talk.priority)
        at, _ = hours.reach(begin, max(40, int(target * share)))
        return (at or begin) + dice.randrange(1, 50)

    at = talk.reported
    if dice.random() < 0.05:
        raised = "high" if talk.priority in ("normal", "low") else "urgent"
        if talk.add(at + 5, "priority", to=raised, author=talk.agent):
            talk.priority = raised
    first = working(at, "first_response", 0.36)
    talk.add(at + (first - at) // 3, "assign", to=talk.agent)
    if dice.random() < 0.18:
        talk.add(at + (first - at) // 2, "note", author=talk.agent, body=dice.choice(_NOTES))
    turns = dice.choices((0, 1, 2, 3), (38, 36, 19, 7))[0]
    at = first
    for turn in range(turns):
        body = talk.theme.answers[turn % len(talk.theme.answers)]
        if not talk.answer(at, body, "waiting_customer" if dice.random() < 0.8 else "open"):
            return
        if dice.random() < 0.04:
            _let_go(talk, at, dice)  # the customer never came back
            return
        at += int(dice.lognormvariate(9.6, 1.1))
        if not talk.ask(at, dice.choice(talk.theme.follow_ups)):
            return
        asked, at = at, working(at, "next_response", 0.3)
        if talk.agent in _HASTY and asked % 11 == 3:  # the clock stops, the customer waits
            talk.add((asked + at) // 2, "status", to="waiting_customer", author=talk.agent)
    body = dice.choice(talk.theme.closings if turns else talk.theme.answers)
    if not talk.answer(at, body, "resolved"):
        return
    if dice.random() < 0.07:
        at += int(dice.lognormvariate(11.2, 0.7))
        if not talk.ask(at, dice.choice(_AGAIN)):
            return
        at = working(at, "next_response", 0.4)
        if not talk.answer(at, dice.choice(talk.theme.closings), "resolved"):
            return
    talk.add(at + 7 * DAY, "status", to="closed")


def _let_go(talk: Conversation, at: int, dice: Random) -> None:
    """Nobody answers any more: resolved after a week or two, closed a week later."""
    at += int(dice.uniform(6, 13) * DAY)
    talk.add(at, "status", to="resolved", author=talk.agent)
    talk.add(at + 7 * DAY, "status", to="closed")


def _row(talk: Conversation, number: int, dice: Random) -> dict[str, Any]:
    organisation = talk.organisation
    return {
        "external_id": f"tw-{number:05d}",
        "subject": dice.choice(talk.theme.subjects),
        "body": _letter(talk, dice),
        "reported_at": stamp(talk.reported),
        "priority": talk.priority,
        "status": talk.status,
        "channel": dice.choices([c for c, _ in CHANNELS], [w for _, w in CHANNELS])[0],
        "contact": {"email": talk.contact.email, "name": talk.contact.name},
        "customer": {"external_id": organisation.external_id, "name": organisation.name},
        "assignee": talk.agent if talk.events else None,
        "tags": list(talk.theme.tags),
        "fields": {},
        "events": talk.events,
    }


def _letter(talk: Conversation, dice: Random) -> str:
    greeting = dice.choice(("Hello,", "Hi there,", "Good morning,", "Dear support team,", "Hi,"))
    thanks = dice.choice(("Thank you", "Best regards", "Many thanks", "Kind regards"))
    return f"{greeting}\n\n{dice.choice(talk.theme.asks)}\n\n{thanks}\n{talk.contact.name}"


_HASTY = frozenset(AGENTS[1:3])  # who now and then pauses a ticket instead of answering it
_NOTES = (
    "Same picture as the ticket from last week; checking the release notes first.",
    "Asked the on-call engineer in the channel, waiting for a word.",
    "Reproduced in the staging workspace. Screenshot in the shared folder.",
    "They are in the middle of a renewal, please keep the tone friendly and the answer short.",
    "Not sure this is ours. The error text is from their proxy.",
)
_AGAIN = (
    "Sorry to come back on this: it happened once more this morning.",
    "One more question on the same subject, if I may.",
    "It worked for a day and is now back to how it was.",
)
