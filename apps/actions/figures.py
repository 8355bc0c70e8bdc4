"""The numbers of actions."""

from datetime import UTC, datetime, timedelta

from django.db.models import Count, F, Q
from django.db.models.functions import TruncDate

from apps.figures.figure import Reading, Window
from apps.figures.registry import define
from apps.figures.rows import Row, Rows
from apps.figures.rules import Better, State

from .models import Action


def _show(action: Action) -> Row:
    return Row(
        action.title,
        action.get_absolute_url(),
        (action.owner, action.due, action.get_state_display()),
    )


def _overdue_rows(window: None, at: datetime) -> Rows:
    overdue = Action.objects.overdue(today=at.date()).with_people()
    return Rows(overdue, ("Action", "Owner", "Due", "State"), _show)


@define(
    key="actions.overdue",
    title="Overdue actions",
    formula="Open actions whose day has passed",
    better=Better.LOWER,
    target=0,
    owner="support_lead",
    inputs=("Actions",),
    rows=_overdue_rows,
    reads="actions.read",
)
def overdue(window: None, at: datetime) -> Reading:
    return Reading.count(Action.objects.overdue(today=at.date()).count())


def _promised_rows(window: Window, at: datetime) -> Rows:
    return Rows(_promised(window).with_people(), ("Action", "Owner", "Due", "State"), _show)


def _promised(window: Window):
    return Action.objects.filter(due__gte=window.start.date(), due__lt=window.end.date()).exclude(
        state="dropped"
    )


@define(
    key="actions.on_time",
    title="Actions done on time",
    formula="Actions done by their day ÷ actions due in the window",
    unit="ratio",
    target=0.8,
    window=timedelta(days=30),
    minimum_n=5,
    owner="support_lead",
    inputs=("Actions",),
    exclusions=("Dropped actions",),
    rows=_promised_rows,
    reads="actions.read",
)
def on_time(window: Window, at: datetime) -> Reading:
    in_time = Q(state="done", ended_on__lte=F("due"))
    found = (
        _promised(window)
        .annotate(ended_on=TruncDate("ended_at", tzinfo=UTC))
        .aggregate(promised=Count("pk"), kept=Count("pk", filter=in_time))
    )
    if not found["promised"]:
        return Reading.missing(State.NOT_APPLICABLE, "No action was due in this window.")
    return Reading.share(found["kept"], found["promised"])
