"""One incident that goes on, two that are over: who was hit, what they were told, how it ended."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from apps.accounts.models import User
from apps.catalog.models import Component
from apps.customers.models import Contact
from apps.incidents.models import Incident
from apps.tickets.models import Queue, Ticket
from apps.tickets.querysets import TicketQuerySet

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


class Cry(NamedTuple):
    """What a customer wrote, so many minutes after the trouble began."""

    after: int
    subject: str
    body: str


class Over(NamedTuple):
    """An incident of the past; updates are (minutes, audience, text)."""

    days: int
    title: str
    severity: str
    type: str
    component: str
    cries: tuple[Cry, ...]
    updates: tuple[tuple[int, str, str], ...]
    mitigated: int
    resolved: int
    ended: str


_OVER = (
    Over(
        41, "Dashboards of the European region do not load", "SEV1", "outage", "Dashboards",
        (
            Cry(6, "Blank dashboards this morning", "Every dashboard stays blank since a few minutes."),
            Cry(9, "Wall screens are empty", "All our wall screens went empty at the same time."),
            Cry(14, "Nothing loads", "The sign-in works, and then nothing loads at all."),
            Cry(21, "Dashboards time out", "We get a time-out on each of our twelve dashboards."),
        ),
        (
            (8, "internal", "Query workers in the European region are out of connections."),
            (24, "customers", "Dashboards of the European region do not load at the moment. No data is lost. We are bringing the query service back."),
            (51, "customers", "Most dashboards load again, some slowly. We are watching and write again when all is as usual."),
            (55, "leadership", "Mitigated after 49 minutes; four customers wrote to us."),
        ),
        49, 83,
        "All dashboards load as usual again. A change of the connection limit had let the query service run dry; it is taken back, and we now warn ourselves earlier. We are sorry for the morning.",
    ),
    Over(
        16, "Sign-in by SSO refused after a certificate change", "SEV2", "degradation", "Sign-in",
        (
            Cry(12, "SSO says “invalid signature”", "None of us can sign in since noon."),
            Cry(19, "Sign-in refused", "Our people are thrown back to the sign-in page."),
            Cry(21, "Locked out of the workspace", "I am locked out, and so is my team."),
        ),
        (
            (25, "customers", "Sign-in by SSO is refused for some of you. Whoever is signed in stays so. We found the cause and are putting the earlier certificate back."),
            (30, "support", "Direct sign-in with a code by mail works for everybody meanwhile."),
        ),
        44, 74,
        "Sign-in by SSO works for everybody again. Both certificates are valid until the end of the month, so there is nothing for you to change today.",
    ),
)  # fmt: skip

_LIVE = (
    Cry(4, "Exports never finish", "Three exports are “in progress” since a quarter of an hour."),
    Cry(7, "CSV export hangs at 0 %", "It used to take ten seconds, now it hangs at zero."),
    Cry(11, "Where is our 08:00 export?", "The file our warehouse waits for did not arrive."),
    Cry(13, "Export queue stuck?", "Is your export queue stuck? Nothing comes out of it."),
    Cry(18, "Exports fail with “try later”", "Every export ends in “try later”. When is later?"),
    Cry(26, "No scheduled exports today", "None of the scheduled exports of today has come."),
    Cry(33, "Export of the month fails", "I need last month's export for a meeting at four."),
    Cry(58, "Export still in progress", "Our export has been in progress for almost an hour."),
)


def tell_incidents(now: datetime, people: dict[str, User], queue: Queue) -> int:
    """Through the verbs; returns how many tickets they caused."""
    writers = list(Contact.objects.filter(customer__tier="enterprise").order_by("pk"))
    writers += list(Contact.objects.filter(customer__tier="business").order_by("pk"))
    spread = [writers[(3 + 5 * n) % len(writers)] for n in range(len(writers))]
    for number, past in enumerate(_OVER):
        _over(past, now, people, queue, spread[number * 4 :])
    _live(now, people, queue, spread[10:])
    return len(_LIVE) + sum(len(past.cries) for past in _OVER)


def _over(
    past: Over,
    now: datetime,
    people: dict[str, User],
    queue: Queue,
    writers: Sequence[Contact],
) -> None:
    ada, otto = people["ada@demo.test"], people["otto@demo.test"]
    began = now - past.days * DAY
    tickets = _tickets(past.cries, began, past.component, queue, writers)
    incident = Incident.objects.declare(
        past.title,
        severity=past.severity,
        type=past.type,
        started_at=began,
        components=[Component.objects.get(name=past.component)],
        by=ada,
        at=began + 7 * MINUTE,
    )
    incident.acknowledge(by=otto, at=began + 8 * MINUTE)
    incident.link(_those(tickets), by=ada, at=began + 23 * MINUTE)
    for minutes, audience, text in past.updates:
        if minutes > past.mitigated and incident.state == "active":
            incident.mitigate(by=otto, at=began + past.mitigated * MINUTE)
        incident.update(audience, text, by=otto, at=began + minutes * MINUTE)
    incident.resolve(by=otto, at=began + past.resolved * MINUTE)
    incident.update("customers", past.ended, by=otto, at=began + (past.resolved + 4) * MINUTE)
    for number, ticket in enumerate(tickets):
        ticket.hear("Works again, thank you.", at=began + (past.resolved + 20 + number) * MINUTE)
        ticket.resolve(by=ada, at=began + (past.resolved + 40 + number) * MINUTE)
    incident.review(by=otto, at=began + 2 * DAY)


def _live(now: datetime, people: dict[str, User], queue: Queue, writers: Sequence[Contact]) -> None:
    """Nine tickets, two words to their customers, the third due in half an hour."""
    ada, otto = people["ada@demo.test"], people["otto@demo.test"]
    began = now - 84 * MINUTE
    tickets = _tickets(_LIVE, began, "Exports", queue, writers)
    incident = Incident.objects.declare(
        "Exports and scheduled files do not finish",
        severity="SEV2",
        type="degradation",
        started_at=began,
        components=[Component.objects.get(name="Exports")],
        by=ada,
        at=began + 15 * MINUTE,
        tickets=_those(tickets[:3]),
    )
    incident.acknowledge(by=otto, at=began + 17 * MINUTE)
    twin = Incident.objects.declare(
        "Scheduled reports do not arrive",
        severity="SEV3",
        type="degradation",
        by=ada,
        at=began + 18 * MINUTE,
        tickets=_those(tickets[3:4]),
    )
    twin.merge(incident, by=otto, at=began + 19 * MINUTE)
    incident.update(
        "internal",
        "The export workers wait for a lock on the file store. No data is lost.",
        by=otto,
        at=began + 20 * MINUTE,
        next_at=None,
    )
    incident.update(
        "customers",
        "Exports and scheduled files do not finish at the moment. Nothing is lost: what you have"
        " ordered waits its turn and comes by itself. We know where it hangs and are on it.",
        by=otto,
        at=began + 24 * MINUTE,
    )
    desk = Ticket.objects.filter(subject="Export stops at 10 000 rows").latest("pk")
    later = [*tickets[4:7], desk]
    incident.link(_those(later), by=ada, at=began + 36 * MINUTE)
    incident.update(
        "support",
        "Please link every ticket about exports to this incident instead of answering one by one.",
        by=otto,
        at=began + 38 * MINUTE,
        next_at=None,
    )
    incident.update(
        "customers",
        "New exports finish again since a few minutes. Those of this morning are being made now,"
        " the oldest first; all of them will have arrived within two hours.",
        by=otto,
        at=began + 54 * MINUTE,
    )
    incident.link(_those(tickets[7:]), by=ada, at=began + 70 * MINUTE)


def _tickets(
    cries: Sequence[Cry],
    began: datetime,
    component: str,
    queue: Queue,
    writers: Sequence[Contact],
) -> list[Ticket]:
    part = Component.objects.get(name=component)
    return [
        Ticket.objects.report(
            subject=cry.subject,
            body=f"Hello,\n\n{cry.body}\n\nRegards\n{contact.name}",
            contact=contact,
            at=began + cry.after * MINUTE,
            queue=queue,
            component=part,
            tags=[component.lower()],
        )
        for cry, contact in zip(cries, writers, strict=False)
    ]


def _those(tickets: Sequence[Ticket]) -> TicketQuerySet:
    return Ticket.objects.filter(pk__in=[one.pk for one in tickets])
