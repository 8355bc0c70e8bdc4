"""How much a request is asked for, and whether those who asked were told what became of it."""

from datetime import datetime

from django.db.models import Count, F, Max
from django.db.models.functions import Coalesce

from apps.customers.revenue import IN_MAIN, NOT_COUNTED, summed
from apps.figures.figure import Reading, Window
from apps.figures.registry import define
from apps.figures.rows import Row, Rows
from apps.figures.rules import State
from apps.tickets.choices import Answer

from .choices import Importance
from .models import FeatureRequest, Insight
from .querysets import InsightQuerySet

OWNER = "Product"
INPUTS = ("features.Insight",)
REMOVED = "insights that were removed"
PERSON = Coalesce("contact__merged_into", F("contact"))  # two contacts who are one person


def _evidence(request: str) -> InsightQuerySet:
    """Of one request, or of all of them."""
    found = Insight.objects.standing()
    if not request:
        return found
    known = request.isascii() and request.isdecimal() and len(request) < 19
    return found.of_request(int(request)) if known else found.none()


def _rows(window: Window | None, at: datetime, request: str = "") -> Rows:
    def show(one: Insight) -> Row:
        arr = f"{one.arr:,.0f} {one.currency}" if one.arr is not None else "—"
        cells = (one.who, str(one.customer or ""), arr, one.get_importance_display())
        return Row(str(one.ticket), one.ticket.get_absolute_url(), cells)

    head = ("Ticket", "Who asked", "Customer", "ARR then", "Importance")
    return Rows(_evidence(request).whole(), head, show)


@define(
    key="features.contacts",
    title="People who ask",
    formula="contacts with evidence on the request or on one merged into it, each once",
    unit="count",
    owner=OWNER,
    inputs=INPUTS,
    exclusions=(REMOVED, "tickets without a contact", "a second address of the same person"),
    scope=("request",),
    rows=_rows,
    reads="features.read",
)
def contacts(window: Window | None, at: datetime, request: str = "") -> Reading:
    """How many people asked."""
    return Reading.count(_evidence(request).aggregate(n=Count(PERSON, distinct=True))["n"])


@define(
    key="features.customers",
    title="Customers who ask",
    formula="customers with evidence on the request or on one merged into it, each once",
    unit="count",
    owner=OWNER,
    inputs=INPUTS,
    exclusions=(REMOVED, "tickets of nobody's customer"),
    scope=("request",),
    rows=_rows,
    reads="features.read",
)
def customers(window: Window | None, at: datetime, request: str = "") -> Reading:
    """How many organisations asked."""
    return Reading.count(_evidence(request).aggregate(n=Count("customer", distinct=True))["n"])


@define(
    key="features.arr",
    title="Revenue that asks",
    formula="annual recurring revenue of the customers who ask, each once, as it was when their"
    f" newest insight was written down; {IN_MAIN}",
    unit="EUR",
    owner=OWNER,
    inputs=INPUTS,
    exclusions=(REMOVED, *NOT_COUNTED),
    scope=("request",),
    rows=_rows,
    reads="features.read",
)
def arr(window: Window | None, at: datetime, request: str = "") -> Reading:
    """What those who ask pay us; how many of them that is known of says the coverage."""
    own = _evidence(request).exclude(customer=None)
    newest = own.order_by("customer", "-pk").distinct("customer")
    return summed(newest.values_list("arr", "currency"))


@define(
    key="features.important",
    title="Important to",
    formula="people to whom it matters 2 or 3 of 3 ÷ all people who ask; of several insights of"
    " one person the highest counts",
    unit="ratio",
    minimum_n=5,
    owner=OWNER,
    inputs=INPUTS,
    exclusions=(REMOVED, "tickets without a contact"),
    scope=("request",),
    rows=_rows,
    reads="features.read",
)
def important(window: Window | None, at: datetime, request: str = "") -> Reading:
    """To how many of them it matters."""
    people = _evidence(request).exclude(contact=None).values(person=PERSON)
    most = list(people.annotate(most=Max("importance")).values_list("most", flat=True))
    return Reading.share(sum(one >= Importance.IMPORTANT for one in most), len(most))


def _answers(request: str):
    known = request.isascii() and request.isdecimal() and len(request) < 19
    found = FeatureRequest.objects.filter(pk=request).first() if known else None
    if found is None or not found.is_settled:
        return None
    return found.answers().filter(state__in=[Answer.OWED, Answer.TOLD])


def _told_rows(window: Window | None, at: datetime, request: str = "") -> Rows:
    def show(one) -> Row:
        cells = (str(one.asked_on.contact or ""), one.get_state_display())
        return Row(str(one.ticket), one.ticket.get_absolute_url(), cells)

    answers = _answers(request)
    answers = answers if answers is not None else FeatureRequest().answers().none()
    return Rows(answers.whole(), ("Ticket", "Who asked", "Told"), show)


@define(
    key="features.told",
    title="Told what became of it",
    formula="people who asked and were told by a public reply ÷ all who are or were to be told",
    unit="ratio",
    owner=OWNER,
    inputs=("tickets.OwedAnswer",),
    exclusions=("answers waived with a reason", "who cannot be told, each named on its page"),
    scope=("request",),
    rows=_told_rows,
    reads="features.read",
)
def told(window: Window | None, at: datetime, request: str = "") -> Reading:
    """Of those who asked for it."""
    answers = _answers(request)
    total = 0 if answers is None else answers.count()
    if answers is None or not total:
        return Reading.missing(State.NOT_APPLICABLE, "Nobody is to be told yet.")
    return Reading.share(answers.filter(state=Answer.TOLD).count(), total)
