"""Whether those who asked for something were told what became of it."""

from datetime import datetime, timedelta

from apps.figures.figure import Reading, Window
from apps.figures.registry import define
from apps.figures.rows import Row, Rows

from .choices import Answer
from .models import OwedAnswer

QUARTER = timedelta(days=90)


def _due(window: Window) -> "OwedAnswer.objects":  # type: ignore[name-defined]
    found = OwedAnswer.objects.filter(owed_at__gte=window.start, owed_at__lt=window.end)
    return found.filter(state__in=[Answer.OWED, Answer.TOLD])


def _not_told(window: Window, at: datetime) -> Rows:
    def show(one: OwedAnswer) -> Row:
        cells = (one.said, str(one.ticket.contact or ""), one.get_state_display())
        return Row(str(one.ticket), one.ticket.get_absolute_url(), cells)

    return Rows(_due(window).whole(), ("Ticket", "What", "Who", "Told"), show)


@define(
    key="loop.told",
    title="Told what became of it",
    formula="owed answers that were told by a public reply ÷ all that became due in the window,"
    " told or not",
    unit="ratio",
    window=QUARTER,
    minimum_n=5,
    owner="Support lead",
    inputs=("tickets.OwedAnswer",),
    exclusions=(
        "answers that were waived with a reason, or whose cause was taken back",
        "who could not be told: spam, duplicates, no contact, an address that mail comes back from",
        "replies that were taken back or came back undelivered: they told nobody",
    ),
    rows=_not_told,
    reads="tickets.read",
)
def told(window: Window, at: datetime) -> Reading:
    """Of those who asked for what was shipped, declined, parked or resolved."""
    due = _due(window)
    return Reading.share(due.filter(state=Answer.TOLD).count(), due.count())
