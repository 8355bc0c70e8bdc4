"""What is on the desk right now, through the verbs: late, nearly late, waiting, just in."""

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from apps.accounts.models import User
from apps.actions.models import Action, Decision
from apps.catalog.models import Component
from apps.customers.models import Contact
from apps.tickets.models import Ticket

MINUTE = timedelta(minutes=1)


class Desk(NamedTuple):
    """A ticket reported `ago` minutes ago; each step is (minutes ago, what, text)."""

    ago: int
    tier: str
    priority: str
    component: str
    subject: str
    body: str
    assignee: str
    steps: tuple[tuple[int, str, str], ...] = ()


# Enterprise clocks run around the clock, so that some are late at whatever hour one looks.
_DESK = (
    Desk(
        281, "enterprise", "normal", "Exports", "Export stops at 10 000 rows",
        "Same since Monday, and we have a board call at two. The report shows 14 312 rows, the file has 10 000.",
        "ada@demo.test", ((250, "note", "Calculated column again; asked Otto whether the fix can go out today."),),
    ),
    Desk(
        640, "enterprise", "high", "Sign-in", "SSO loop after certificate change",
        "We rotated the signing certificate last night. About 200 people are locked out.",
        "sol@demo.test",
        (
            (620, "reply", "I have uploaded the new certificate and kept the old one valid until Friday. Please try in a private window."),
            (131, "hear", "Tried your step 3, still bounces to login."),
        ),
    ),
    Desk(
        17, "enterprise", "urgent", "Status", "All dashboards show error 500",
        "None of our wall screens load since a few minutes. Is there an outage?",
        "",
    ),
    Desk(
        222, "enterprise", "normal", "Webhooks", "Webhooks arrive twice",
        "Attaching both payloads, the ids are equal. Our billing job runs twice because of it.",
        "",
    ),
    Desk(
        199, "enterprise", "normal", "Data sources", "Warehouse connection drops every hour",
        "Dashboards show “source away” until somebody presses reconnect.",
        "ada@demo.test",
    ),
    Desk(
        900, "enterprise", "normal", "API", "Pagination skips records",
        "Walking through /v2/events we miss between 3 and 10 records a day.",
        "ada@demo.test",
        (
            (870, "reply", "Could you send one id that was missing, and the hour in which you walked?"),
            (319, "hear", "Id 8 112 904, walked at 06:00 UTC. It is there when asked for directly."),
        ),
    ),
    Desk(
        1500, "enterprise", "normal", "Scheduled reports", "Timezone of scheduled reports",
        "Since the clocks changed our 07:00 report arrives at 06:00.",
        "ada@demo.test",
        ((1450, "reply", "I can convert the schedule to Berlin time, or you re-save it yourself. Which do you prefer?"),),
    ),
    Desk(
        36, "enterprise", "high", "Security", "Security questionnaire before Thursday",
        "Our procurement needs the attached questionnaire, 48 questions, I apologise in advance.",
        "",
    ),
    Desk(
        9, "business", "normal", "Billing", "Invoice shows wrong VAT id",
        "The last invoice still has our old VAT number, so accounting cannot book it.",
        "",
    ),
    Desk(
        47, "business", "normal", "Dashboards", "Dark mode for the embed",
        "Our documentation site is dark, the embedded dashboard is bright white. Is a switch planned?",
        "ada@demo.test",
    ),
    Desk(
        3, "standard", "low", "Mail", "Typo in onboarding mail",
        "The third onboarding mail says “dashbord”. Thought you would like to know.",
        "",
    ),
    Desk(
        28, "enterprise", "low", "Web app", "Rename workspace",
        "We changed our company name. How do we rename the workspace, and do links break?",
        "mira@demo.test",
    ),
)  # fmt: skip


def tell_today(now: datetime, people: dict[str, User], queue: Any) -> int:
    """The live tickets and agreements; returns how many tickets."""
    writers = {
        tier: list(Contact.objects.filter(customer__tier=tier).order_by("pk"))
        for tier in ("enterprise", "business", "standard")
    }
    for number, desk in enumerate(_DESK):
        contact = writers[desk.tier][(number * 7) % len(writers[desk.tier])]
        _unfold(desk, now, people, contact, queue)
    _agreements(now, people)
    return len(_DESK)


def _unfold(
    desk: Desk, now: datetime, people: dict[str, User], contact: Contact, queue: Any
) -> None:
    reported = (now - desk.ago * MINUTE).replace(microsecond=0)
    ticket = Ticket.objects.report(
        subject=desk.subject,
        body=f"Hello,\n\n{desk.body}\n\nBest regards\n{contact.name}",
        contact=contact,
        at=reported,
        priority=desk.priority,
        queue=queue,
        component=Component.objects.get(name=desk.component),
        tags=[desk.component.lower().replace(" ", "-")],
    )
    person = people.get(desk.assignee)
    if person and ticket.assignee_id != person.pk:  # a rule may have known already
        ticket.assign(person, by=people["sol@demo.test"], at=reported + 2 * MINUTE)
    for ago, what, text in desk.steps:
        at = (now - ago * MINUTE).replace(microsecond=0)
        if what == "hear":
            ticket.hear(text, at=at, contact=contact)
        elif what == "note":
            ticket.note(text, by=person, at=at)
        else:
            ticket.reply(text, by=person, at=at)


def _agreements(now: datetime, people: dict[str, User]) -> None:
    today, sol, lea = now.date(), people["sol@demo.test"], people["lea@demo.test"]
    for title, owner, days in (
        ("Write down the steps of a certificate change for customers", "ada@demo.test", 2),
        ("Ask the payment supplier why their numbers stopped", "otto@demo.test", 0),
        ("Bring the three oldest waiting tickets to an end", "ada@demo.test", -1),
        ("Show the export limit before the file is made", "pia@demo.test", 9),
        ("Draft the November update to customers", "cora@demo.test", 3),
        ("Review enterprise targets after the first half year", "sol@demo.test", 12),
    ):
        Action.objects.agree(
            title,
            owner=people[owner],
            due=today + timedelta(days=days),
            by=sol,
            at=now - timedelta(days=4),
        )
    decision = Decision.objects.ask(
        "Answer enterprise customers around the clock?",
        options=["Yes, with an on-call rota", "Office hours only", "Urgent tickets only"],
        by=sol,
        at=now - timedelta(days=120),
    )
    decision.decide(
        "Yes, with an on-call rota",
        why="Nine of eleven enterprise renewals asked for it.",
        review_on=today + timedelta(days=60),
        by=lea,
        at=now - timedelta(days=118),
    )
    Decision.objects.ask(
        "Offer a phone line to business customers?",
        options=["Yes", "No", "Try it for a quarter"],
        by=sol,
        at=now - timedelta(days=2),
    )
