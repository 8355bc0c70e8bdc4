"""How content customers are, and how many of those who were asked say so."""

from datetime import datetime, timedelta

from apps.figures.figure import Reading, Window
from apps.figures.registry import define
from apps.figures.rows import Row, Rows

from .models import Response, Survey
from .rules import CONTENT

QUARTER = timedelta(days=90)
ENOUGH = 20  # fewer are shown grey and judged by nobody
OWNER = "Support lead"


def _given(window: Window, customer: str = "") -> "Response.objects":  # type: ignore[name-defined]
    found = Response.objects.given_in(window.start, window.end)
    return found.of_customer(int(customer)) if customer.isdigit() else found


def _answers(window: Window, at: datetime, customer: str = "") -> Rows:
    def show(one: Response) -> Row:
        ticket = one.survey.ticket
        return Row(
            str(ticket),
            ticket.get_absolute_url(),
            (one.score, one.words, one.comment[:200], str(one.survey.agent or "")),
        )

    found = _given(window, customer).whole()
    return Rows(found, ("Ticket", "Score", "In words", "Comment", "Agent"), show)


@define(
    key="support.csat",
    title="Customer satisfaction",
    formula="answers of 4 or 5 ÷ all answers of 1 to 5, of those first given in the window;"
    " a changed answer counts as it stands now",
    unit="ratio",
    target=0.9,
    window=QUARTER,
    minimum_n=ENOUGH,
    owner=OWNER,
    inputs=("surveys.Response",),
    exclusions=(
        "tickets that were merged, duplicates, spam, or written by programs: nobody is asked",
        "contacts who were asked within the last weeks",
    ),
    scope=("customer",),
    rows=_answers,
    reads="surveys.read",
)
def satisfaction(window: Window, at: datetime, customer: str = "") -> Reading:
    """The top two of five, of all answers or of one customer's."""
    found = _given(window, customer)
    return Reading.share(found.filter(score__gte=CONTENT).count(), found.count())


def _delivered(window: Window, at: datetime) -> Rows:
    def show(one: Survey) -> Row:
        said = one.answer
        return Row(
            str(one.ticket), one.ticket.get_absolute_url(), (str(one.contact), str(said or "—"))
        )

    found = Survey.objects.delivered_in(window.start, window.end).whole()
    return Rows(found, ("Ticket", "Asked", "Answer"), show)


@define(
    key="support.csat.responses",
    title="Survey response rate",
    formula="surveys that were answered ÷ surveys whose mail a server took in the window",
    unit="ratio",
    window=QUARTER,
    minimum_n=ENOUGH,
    owner=OWNER,
    inputs=("surveys.Survey", "outbox.Delivery"),
    exclusions=("surveys that were never delivered", "answers given on the page before a mail"),
    rows=_delivered,
    reads="surveys.read",
)
def responses(window: Window, at: datetime) -> Reading:
    """Of those who were reached."""
    found = Survey.objects.delivered_in(window.start, window.end)
    return Reading.share(found.filter(response__isnull=False).count(), found.count())
