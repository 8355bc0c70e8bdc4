"""The support report by mail: on Monday morning, where each subscriber lives, the week before.

One mail for a person and a week, whoever runs this and however often; a week in which nothing
happened sends none.
"""

from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string

from apps.figures.figure import Figure
from apps.figures.rules import State
from apps.outbox.models import Delivery
from apps.tickets.letters import Action, Text
from apps.tickets.rules import mail
from apps.tickets.rules.expecting import zone_named

from .asked import Asked
from .models import Subscription
from .periods import between
from .support import Report, address, head, report

MORNING = time(7)
AT_ONCE = 50
MOVES = ("support.created", "support.solved")  # without any of them a week was empty


def send(*, at: datetime) -> int:
    """One pass: whoever is owed a week gets it, or has it settled; how many mails."""
    sent = 0
    latest = (at + timedelta(days=1)).date()  # it may be Monday somewhere else already
    with transaction.atomic():
        reports: dict[tuple[str, date], Report] = {}
        waiting = Subscription.objects.waiting(latest).select_related("person").order_by("pk")
        for one in waiting.select_for_update(skip_locked=True, of=("self",))[:AT_ONCE]:
            monday = owed(one, at)
            if monday is None:
                continue
            key = (one.person.timezone, monday)
            if key not in reports:
                reports[key] = week_before(monday, one.person.timezone, at=at)
            sent += _settle(one, monday, reports[key])
    return sent


def owed(one: Subscription, at: datetime) -> date | None:
    """The Monday whose week before is to be sent now; none while it is not morning yet."""
    local = at.astimezone(zone_named(one.person.timezone))
    monday = local.date() - timedelta(days=local.weekday())
    early = local < datetime.combine(monday, MORNING, local.tzinfo)
    return None if early or monday <= one.settled_to else monday


def week_before(monday: date, place: str, *, at: datetime) -> Report:
    """The whole report over the seven local days before."""
    zone = zone_named(place)
    window = between(monday - timedelta(days=7), monday, zone)
    return report(Asked(), window, at=at, zone=zone, place=place)


def _settle(one: Subscription, monday: date, found: Report) -> bool:
    """Send it or, where there is nothing in it or nobody to read it, only note the week."""
    sends = any(found.get(key).value for key in MOVES) and one.person.may("figures.read")
    if sends:
        Delivery.objects.enqueue(
            channel="mail",
            cause=f"weekly-report:{one.person_id}:{monday}",
            recipient=one.person.email,
            payload=payload_of(one, found),
            about=(one.kind, one.pk),
        )
    one.settled_to = monday
    one.save(update_fields=["settled_to"])
    return sends


def payload_of(one: Subscription, found: Report) -> dict[str, Any]:
    """The mail; its head lets a mail program end the subscription in one click (RFC 8058)."""
    text = text_of(found, one.link)
    return {
        "subject": text.subject,
        "text": text.plain(),
        "html": text.rich(),
        "to": [mail.mailbox(str(one.person), one.person.email)],
        "headers": {
            "Auto-Submitted": "auto-generated",
            "X-Auto-Response-Suppress": "All",
            "List-Unsubscribe": f"<{one.link}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
        "return_path": "",
    }


def text_of(found: Report, unsubscribe: str) -> Text:
    """What the mail says: each figure with what it was before, its interval and its state."""
    first, last = found.days[0], found.days[-1]
    lines = [
        Line(title, f"{settings.PUBLIC_URL}{address(now)}", now.words, before.words, told(now))
        for title, now, before in head(found)
    ]
    query = urlencode({"from": first.isoformat(), "to": last.isoformat()})
    page = f"{settings.PUBLIC_URL}/insight/support/?{query}"
    said = (f"{one.title}: {one.now} ({'; '.join(one.around)})" for one in lines)
    return Text(
        subject=f"Support report, {found.words}",
        body="\n".join([f"Support, {found.words}", "", *said]),
        html=render_to_string("mail/report.html", {"days": found.words, "lines": lines}),
        lines=["You get this on Mondays because you asked for it."],
        actions=[
            Action("Open the report", page, first=True),
            Action("No more of these mails", unsubscribe),
        ],
    )


class Line(NamedTuple):
    """One figure of the mail, in words."""

    title: str
    url: str
    now: str
    before: str
    told: str

    @property
    def around(self) -> list[str]:
        """What stands beside it."""
        return [f"before {self.before}", *([self.told] if self.told else [])]


def told(figure: Figure) -> str:
    """`1 h 50 min – 3 h, n = 31; low sample: 12 are too few to judge; 20 are needed`; nothing of a
    full count that nothing was promised of."""
    said = []
    if figure.state.counts and figure.interval_words:
        said.append(f"{figure.interval_words}, n = {figure.n:,}")
    if figure.state is not State.MEASURED:
        reason = f": {figure.reason}" if figure.reason else ""
        said.append(f"{figure.state.words}{reason}")
    return "; ".join(said).removesuffix(".")
