"""What customers asked Tidewater to build: who asks, what was decided, and who was told of it."""

from datetime import datetime, timedelta
from random import Random
from typing import NamedTuple

from apps.accounts.models import User
from apps.catalog.models import Capability
from apps.features.models import FeatureRequest
from apps.tickets.models import OwedAnswer, Ticket

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


class Wish(NamedTuple):
    """A request: how old it is, on which subjects it is asked for, and what became of it."""

    title: str
    problem: str
    capability: str
    terms: tuple[str, ...]
    subjects: tuple[str, ...]  # of tickets that ask for it
    askers: int
    days: int
    status: str = "under_review"
    days_since: int = 0
    reason: str = ""
    told: int = 0  # of those who are to be told, how many were


WISHES = (
    Wish(
        "Export without a row limit",
        "Reports of more than 10 000 rows cannot be taken to the warehouse whole: people split"
        " them by month and put the files together by hand.",
        "Export to CSV", ("10 000 rows", "csv cut off", "row limit"),
        ("Export stops at 10 000 rows", "CSV export is cut off"),
        9, 150, "shipped", 2, told=5,
    ),
    Wish(
        "Scheduled reports in the reader's time zone",
        "A report that is promised for eight in the morning arrives at seven or nine for half of"
        " its readers, and twice a year an hour off for everybody.",
        "Schedule a report", ("timezone", "an hour early"),
        ("Timezone of scheduled reports", "Report arrives an hour early"),
        6, 120, "shipped", 9, told=4,
    ),
    Wish(
        "Compare two periods side by side",
        "Whoever reports to a board puts two screenshots beside each other.",
        "Build a dashboard", ("year over year", "previous period"),
        ("Compare two periods side by side",), 8, 160, "in_progress", 20,
    ),
    Wish(
        "Dashboards as PDF",
        "Boards read paper; printing cuts the right edge off.",
        "Build a dashboard", ("pdf", "print a dashboard"),
        ("Export a dashboard as PDF", "Printing cuts the right edge"), 7, 140, "planned", 30,
    ),
    Wish(
        "Dark mode for embeds",
        "Embedded dashboards are white on dark sites; teams hide them behind a link.",
        "Embed a chart", ("dark mode", "theme"), ("Dark mode for the embed",), 6, 60, "planned", 12,
    ),
    Wish(
        "Pin a filter for everybody",
        "The same three filters are set again every morning by every reader.",
        "Build a dashboard", ("pin a filter", "default filter"), ("Option to pin a filter",), 5, 90,
    ),
    Wish(
        "Webhooks that come once",
        "Receivers book twice when a webhook comes twice, and cannot tell a repeat from news.",
        "Webhooks", ("arrive twice", "duplicate deliveries"),
        ("Webhooks arrive twice", "Duplicate deliveries on report.finished"), 7, 100,
    ),
    Wish(
        "Change the sign-in certificate without a call",
        "Every customer's certificate runs out once a year, and each change locks people out"
        " until support helps.",
        "Single sign-on", ("certificate", "saml metadata"),
        ("SSO loop after certificate change", "SAML: signature not valid"), 8, 130,
    ),
    Wish(
        "Cursors instead of page numbers",
        "Rows are skipped or read twice when data changes while a program pages through it.",
        "", ("pagination", "cursor"), ("Pagination skips records",), 4, 80,
    ),
    Wish(
        "Keep the warehouse connection open",
        "Idle connections end after an hour, and the nightly load starts over.",
        "", ("keepalive", "connection drops"),
        ("PostgreSQL connection drops every hour", "Warehouse connection drops every hour"),
        5, 70, "parked", 15,
        reason="The driver's supplier brings it with their next release; we look again in January.",
        told=3,
    ),
    Wish(
        "A second administrator",
        "When the one administrator is on holiday nobody can invite or remove people.",
        "", ("second admin", "admin rights"), ("Cannot invite a second admin",), 4, 55,
    ),
    Wish(
        "Our data on servers of our choice",
        "Some may not keep data with anybody else, whatever the contract says.",
        "", ("on premises", "where is our data"), ("Where is our data stored?",), 3, 110,
        "declined", 25,
        reason="We keep everything in Frankfurt and Dublin, and sign whatever your auditors need.",
        told=2,
    ),
)  # fmt: skip
TWICE = ("Files of more than ten thousand rows", "Export without a row limit")


def tell_requests(now: datetime, people: dict[str, User]) -> int:
    """Through the verbs; how many insights."""
    dice = Random(f"requests {now:%Y%m%d}")
    pia, ada = people["pia@demo.test"], people["ada@demo.test"]
    capabilities = {one.name: one for one in Capability.objects.all()}
    asked = 0
    for wish in WISHES:
        opened = now - wish.days * DAY
        request = FeatureRequest.objects.open(
            wish.title,
            problem=wish.problem,
            capability=capabilities.get(wish.capability),
            owner=pia,
            terms=list(wish.terms),
            by=pia,
            at=opened,
        )
        decided = now - wish.days_since * DAY
        tickets = _askers(wish)
        early = [one for one in tickets if one.reported_at + HOUR < decided]
        for ticket in early:
            _ask(request, ticket, ada, min(ticket.updated_at + HOUR, decided), dice)
        _decide(request, wish, pia, decided)
        for ticket in tickets:
            if ticket not in early:
                _ask(request, ticket, ada, min(ticket.reported_at + HOUR, now), dice)
        asked += len(tickets)
        _tell(request, wish, now, people)
    _merge(now, pia)
    return asked


def _askers(wish: Wish) -> list[Ticket]:
    """One ticket of each customer, of the newest."""
    found = Ticket.objects.filter(subject__in=wish.subjects).exclude(contact=None)
    tickets: dict[int | None, Ticket] = {}
    for ticket in found.reportable().order_by("-reported_at", "-pk"):
        if len(tickets) < wish.askers:
            tickets.setdefault(ticket.customer_id, ticket)
    return list(tickets.values())


def _ask(request: FeatureRequest, ticket: Ticket, ada: User, at: datetime, dice: Random) -> None:
    said = ticket.messages.filter(direction="in").order_by("at", "pk").first()
    request.add_insight(
        ticket,
        importance=dice.choice((1, 1, 2, 2, 3)),
        snippet=_quoted(said.body) if said else "",
        message=said,
        by=ada,
        at=max(at, request.opened_at),
    )


def _quoted(body: str) -> str:
    """What they said, without hello and regards."""
    parts = [part for part in body.split("\n\n") if len(part) > 40]
    return " ".join(" ".join(parts).split())


def _decide(request: FeatureRequest, wish: Wish, pia: User, at: datetime) -> None:
    match wish.status:
        case "planned":
            request.plan(by=pia, at=at)
        case "in_progress":
            request.plan(by=pia, at=at - 14 * DAY)
            request.begin(by=pia, at=at)
        case "shipped":
            request.plan(by=pia, at=at - 40 * DAY)
            request.begin(by=pia, at=at - 21 * DAY)
            request.ship(by=pia, at=at)
        case "declined":
            request.decline(reason=wish.reason, by=pia, at=at)
        case "parked":
            request.park(reason=wish.reason, by=pia, at=at)


def _tell(request: FeatureRequest, wish: Wish, now: datetime, people: dict[str, User]) -> None:
    """Some were told, one of them on the phone; the others wait in “Close the loop”."""
    ada, sol = people["ada@demo.test"], people["sol@demo.test"]
    owed = OwedAnswer.objects.about(*request.outcome).owed().select_related("ticket__contact")
    for number, answer in enumerate(owed.order_by("pk")[: wish.told]):
        at = min(answer.owed_at + timedelta(hours=3 + 5 * number), now)
        ticket = answer.ticket
        if number == 1:
            reason = "Told on the phone, with the date."
            ticket.waive_answer(answer.pk, reason=reason, by=sol, at=at)
            continue
        if ticket.status == "closed":
            ticket = ticket.follow_up(by=ada, at=at)
        first = ticket.contact.name.split()[0] if ticket.contact.name else "there"
        body = f"Hello {first},\n\n{SAID[wish.status].format(title=wish.title)}"
        if wish.reason:
            body += f"\n\n{wish.reason}"
        ticket.reply(body, after="resolve", by=ada, at=at)


SAID = {
    "shipped": "you asked for it, and it is there: {title}. Tell me if anything is missing.",
    "declined": "we looked at what you asked for ({title}) and will not build it.",
    "parked": "what you asked for ({title}) has to wait a little.",
}


def _merge(now: datetime, pia: User) -> None:
    """The same was opened twice."""
    title, into = TWICE
    again = FeatureRequest.objects.open(title, by=pia, at=now - 50 * DAY)
    again.merge(FeatureRequest.objects.get(title=into), by=pia, at=now - 49 * DAY)
