"""The numbers of the support report; each knows the very records it counts."""

from datetime import datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import ExtractHour, ExtractIsoWeekDay

from apps.figures.definition import UnknownFigure
from apps.figures.figure import Reading, Window
from apps.figures.registry import define
from apps.figures.rows import Row, Rows
from apps.figures.rules import Better, State
from apps.sla.choices import Kind
from apps.sla.compliance import OUTCOMES
from apps.sla.models import Clock
from apps.tickets.choices import Status
from apps.tickets.models import Ticket
from apps.tickets.rules.moves import ENDED, UNRESOLVED
from apps.timeline.models import Activity

from . import forecast, load, moves, promises, times
from .asked import NAMES, Asked
from .rules import AGE_NAMES

MONTH = timedelta(days=30)
ENOUGH = 20
OWNER = "Support lead"
AS_OF_TODAY = "queue, team, tier, channel and agent are read as they are today"
NOT_COUNTED = "spam, duplicates and merged tickets"

_common: dict[str, Any] = {"owner": OWNER, "reads": "tickets.read"}


def zone_of(name: str) -> tzinfo:
    """The zone an address names. Raises `UnknownFigure`."""
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UnknownFigure(f"There is no time zone “{name[:40]}”.") from None


def one_of(said: str, known: Any, what: str) -> str:
    if said not in known:
        raise UnknownFigure(f"There is no {what} “{said[:40]}”.")
    return said


# --- how records are shown ------------------------------------------------------------------------


def _tickets(found: QuerySet[Ticket]) -> Rows:
    return Rows(
        found.select_related("customer", "assignee", "label"),
        ("Ticket", "Customer", "Status", "Priority", "Assignee"),
        lambda one: Row(
            str(one),
            one.get_absolute_url(),
            (
                one.customer or "—",
                one.status_word,
                one.get_priority_display(),
                one.assignee or "—",
            ),
        ),
    )


def _clocks(found: QuerySet[Clock]) -> Rows:
    return Rows(
        found.select_related("ticket"),
        ("Ticket", "Clock", "Priority", "Outcome", "Working seconds", "Target"),
        lambda one: Row(
            str(one.ticket),
            one.ticket.get_absolute_url(),
            (
                one.get_kind_display(),
                one.get_priority_display(),
                one.get_state_display(),
                one.elapsed,
                one.target,
            ),
        ),
    )


def _changes(found: QuerySet[Activity]) -> Rows:
    return Rows(
        found.select_related("actor"),
        ("Ticket", "When", "By", "What"),
        lambda one: Row(
            f"#{one.subject_id}",
            f"/tickets/{one.subject_id}/",
            (f"{one.at:%Y-%m-%d %H:%M} UTC", one.who, one.verb.replace("_", " ")),
        ),
    )


# --- how long -------------------------------------------------------------------------------------


def _timed(scope: dict[str, str]) -> tuple[Asked, str, str, float]:
    kind = one_of(scope.get("kind", Kind.FIRST_RESPONSE), Kind.values, "clock")
    time = one_of(scope.get("time", "working"), times.TIMES, "time")
    q = one_of(scope.get("q", "0.9"), [str(q) for q in times.QUANTILES], "quantile")
    return Asked.of(scope), kind, time, float(q)


def _time_rows(window: Window, at: datetime, **scope: str) -> Rows:
    asked, kind, _, _ = _timed(scope)
    return _clocks(times.measured(asked, window, kind))


@define(
    key="support.time",
    title="Time to answer and to resolve",
    formula="continuous percentile (q) of the seconds that clocks of the kind took which stopped in"
    " the window; a response still owed when the window ended counts at its age. time=working"
    " counts the calendar's hours less pauses, time=wall the wall clock",
    unit="seconds",
    better=Better.LOWER,
    window=MONTH,
    minimum_n=ENOUGH,
    inputs=("sla.Clock",),
    exclusions=("cancelled clocks", AS_OF_TODAY),
    scope=("kind", "q", "time", *NAMES),
    rows=_time_rows,
    **_common,
)
def time(window: Window, at: datetime, **scope: str) -> Reading:
    """One quantile of one kind of clock."""
    asked, kind, time, q = _timed(scope)
    return times.readings(asked, window, at=at, kinds=[kind])[kind, time, q]


# --- how promises came out ------------------------------------------------------------------------


def _kind(scope: dict[str, str]) -> str:
    said = scope.get("kind", "")
    return one_of(said, Kind.values, "clock") if said else ""


def _kept_rows(window: Window, at: datetime, **scope: str) -> Rows:
    asked, kind = Asked.of(scope), _kind(scope)
    met = promises.behind(asked, window, "met", kind)
    return _clocks(met | promises.behind(asked, window, "breached", kind))


@define(
    key="support.kept",
    title="Promises kept",
    formula="met ÷ (met + breached) over the clocks decided in the window; decided = the earlier"
    " of the stop and the instant the target ran out",
    unit="ratio",
    target=0.95,
    window=MONTH,
    minimum_n=ENOUGH,
    inputs=("sla.Clock", "sla.Waiver"),
    exclusions=(
        "cancelled clocks and waived breaches, shown beside",
        "a breach that goes on through a reopening, after its first cycle",
        AS_OF_TODAY,
    ),
    scope=("kind", *NAMES),
    rows=_kept_rows,
    **_common,
)
def kept(window: Window, at: datetime, **scope: str) -> Reading:
    """Of one kind of clock, or of all."""
    found = promises.outcomes(Asked.of(scope), window)
    wanted = [one for kind, one in found.items() if _kind(scope) in ("", kind)]
    return sum(wanted, promises.Outcomes()).kept


def _theirs(window: Window, scope: dict[str, str]) -> QuerySet[Clock]:
    said = scope.get("customer", "")
    if not (said.isascii() and said.isdigit() and len(said) < 19):
        raise UnknownFigure("Which customer? Name one by its number.")
    found = Clock.objects.decided_in(window.start, window.end)
    return found.filter(ticket__customer=int(said))


@define(
    key="support.customer",
    title="Promises kept to a customer",
    formula="met ÷ (met + breached) over the clocks of the customer's tickets decided in the window"
    "; a waived breach is a breach to them",
    unit="ratio",
    target=0.95,
    window=timedelta(days=90),
    minimum_n=ENOUGH,
    inputs=("sla.Clock",),
    exclusions=("cancelled clocks",),
    scope=("customer",),
    rows=lambda window, at, **scope: _clocks(_theirs(window, scope)),
    **_common,
)
def to_customer(window: Window, at: datetime, **scope: str) -> Reading:
    """How well one organisation was served."""
    counts = (
        _theirs(window, scope)
        .order_by()
        .aggregate(met=Count("pk", filter=Q(state="met")), n=Count("pk"))
    )
    return Reading.share(counts["met"], counts["n"])


def _outcome(scope: dict[str, str]) -> str:
    return one_of(scope.get("outcome", "breached"), OUTCOMES, "outcome")


def _outcome_rows(window: Window, at: datetime, **scope: str) -> Rows:
    return _clocks(promises.behind(Asked.of(scope), window, _outcome(scope), _kind(scope)))


@define(
    key="support.promises",
    title="Promises by outcome",
    formula="clocks decided in the window that were met, breached or waived; or that were"
    " cancelled in it",
    better=Better.LOWER,
    window=MONTH,
    inputs=("sla.Clock", "sla.Waiver"),
    exclusions=(AS_OF_TODAY,),
    scope=("kind", "outcome", *NAMES),
    rows=_outcome_rows,
    **_common,
)
def outcome(window: Window, at: datetime, **scope: str) -> Reading:
    """How many clocks of a kind came out so."""
    found = promises.behind(Asked.of(scope), window, _outcome(scope), _kind(scope))
    return Reading.count(found.order_by().count())


# --- what is there, what comes, what goes ---------------------------------------------------------


def _instant(said: str, at: datetime) -> datetime:
    try:
        found = datetime.fromisoformat(said) if said else at
    except ValueError:
        found = None
    if found is None or found.tzinfo is None or not 1970 < found.year < 2200:
        raise UnknownFigure(f"“{said[:40]}” is no instant.")
    return found


def _stood(at: datetime, scope: dict[str, str]) -> moves.Sql:
    said = scope.get("age", "")
    age = AGE_NAMES.index(one_of(said, AGE_NAMES, "age")) if said else None
    return moves.unresolved_at(Asked.of(scope), _instant(scope.get("instant", ""), at), age)


def _backlog_rows(window: Window | None, at: datetime, **scope: str) -> Rows:
    return _tickets(Ticket.objects.filter(pk__in=moves.numbers(_stood(at, scope))))


@define(
    key="support.backlog",
    title="Unresolved tickets",
    formula="tickets that were new, open or waiting at the instant, by the changes of status in"
    " their timeline; age = days since they were reported: " + ", ".join(AGE_NAMES),
    better=Better.LOWER,
    inputs=("timeline.Activity", "tickets.Ticket"),
    exclusions=(AS_OF_TODAY,),
    scope=("instant", "age", *NAMES),
    rows=_backlog_rows,
    **_common,
)
def backlog(window: Window | None, at: datetime, **scope: str) -> Reading:
    """At one instant, of one age or of all."""
    return Reading.count(moves.count(_stood(at, scope)))


def reported(asked: Asked, window: Window) -> QuerySet[Ticket]:
    """Tickets that came in the window and are real ones."""
    found = Ticket.objects.filter(reported_at__gte=window.start, reported_at__lt=window.end)
    return asked.of_tickets(found.exclude(status__in=ENDED))


@define(
    key="support.created",
    title="Tickets created",
    formula="tickets reported in the window",
    better=Better.LOWER,
    window=MONTH,
    inputs=("tickets.Ticket",),
    exclusions=(NOT_COUNTED, AS_OF_TODAY),
    scope=NAMES,
    rows=lambda window, at, **scope: _tickets(reported(Asked.of(scope), window)),
    **_common,
)
def created(window: Window, at: datetime, **scope: str) -> Reading:
    """How many tickets came."""
    return Reading.count(reported(Asked.of(scope), window).order_by().count())


def _solved_rows(window: Window, at: datetime, **scope: str) -> Rows:
    changes = moves.ids(moves.solved(Asked.of(scope), window))
    return _changes(Activity.objects.filter(pk__in=changes))


@define(
    key="support.solved",
    title="Tickets solved",
    formula="times a ticket became resolved or closed in the window, from any other status",
    window=MONTH,
    inputs=("timeline.Activity",),
    exclusions=("a closing after a resolution", AS_OF_TODAY),
    scope=NAMES,
    rows=_solved_rows,
    **_common,
)
def solved(window: Window, at: datetime, **scope: str) -> Reading:
    """How often a ticket was resolved."""
    return Reading.count(moves.count(moves.solved(Asked.of(scope), window)))


# --- how well they were solved --------------------------------------------------------------------


def mature(window: Window, at: datetime) -> Window | None:
    """The part of the window after whose resolutions seven days have passed."""
    end = min(window.end, at - moves.REOPENED_WITHIN)
    return Window(window.start, end) if end > window.start else None


def share(name: str, counts: dict[str, int] | None, window: Window, at: datetime) -> Reading:
    """One outcome's share of the resolved; of a window too young it is no number."""
    if counts is None:
        why = "Seven days to reopen have not passed for anything resolved in this window."
        return Reading.missing(State.NOT_APPLICABLE, why)
    return Reading.share(counts[name], counts["resolved"], as_of=min(at, window.end))


def outcome_counts(asked: Asked, window: Window, at: datetime) -> dict[str, int] | None:
    """How many tickets had each outcome, among those resolved seven days ago."""
    cut = mature(window, at)
    if cut is None:
        return None
    [counts] = moves.told(moves.outcome_counts(asked, cut))
    return dict(zip(moves.OUTCOMES, counts, strict=True))


def _define_outcome(name: str, title: str, formula: str, better: Better) -> None:
    def rows(window: Window, at: datetime, **scope: str) -> Rows:
        cut = mature(window, at)
        if cut is None:
            return _tickets(Ticket.objects.none())
        behind = moves.numbers(moves.with_outcome(Asked.of(scope), cut, name))
        return _tickets(Ticket.objects.filter(pk__in=behind))

    def measure(window: Window, at: datetime, **scope: str) -> Reading:
        return share(name, outcome_counts(Asked.of(scope), window, at), window, at)

    define(
        key=f"support.{name}",
        title=title,
        formula=f"{formula} ÷ tickets resolved in the window and at least seven days ago",
        unit="ratio",
        better=better,
        window=MONTH,
        minimum_n=ENOUGH,
        inputs=("timeline.Activity", "tickets.Message"),
        exclusions=("tickets resolved less than seven days ago", AS_OF_TODAY),
        scope=NAMES,
        rows=rows,
        **_common,
    )(measure)


_define_outcome(
    "reopened", "Reopened", "tickets reopened within seven days of a resolution", Better.LOWER
)
_define_outcome(
    "one_touch",
    "One touch",
    "tickets resolved with exactly one public message of a person of ours and not reopened within"
    " seven days",
    Better.HIGHER,
)
_define_outcome(
    "zero_touch",
    "Zero touch",
    "tickets resolved without any public message of a person of ours",
    Better.LOWER,
)


def unanswered(asked: Asked, window: Window) -> QuerySet[Clock]:
    """First responses that were never given because the ticket was resolved."""
    found = promises.behind(asked, window, "cancelled", Kind.FIRST_RESPONSE)
    return found.exclude(reason__in=ENDED)


@define(
    key="support.resolved_unanswered",
    title="Resolved without a reply",
    formula="first response clocks cancelled in the window because the ticket was resolved before"
    " anybody had answered",
    better=Better.LOWER,
    window=MONTH,
    inputs=("sla.Clock",),
    exclusions=(NOT_COUNTED, AS_OF_TODAY),
    scope=NAMES,
    rows=lambda window, at, **scope: _clocks(unanswered(Asked.of(scope), window)),
    **_common,
)
def resolved_unanswered(window: Window, at: datetime, **scope: str) -> Reading:
    """Tickets we ended without a word."""
    return Reading.count(unanswered(Asked.of(scope), window).order_by().count())


# --- pauses ---------------------------------------------------------------------------------------


def resolutions(asked: Asked, window: Window) -> QuerySet[Clock]:
    """The clocks whose pauses are counted."""
    return times.stopped(asked, window).filter(kind=Kind.RESOLUTION)


def pause_share(paused: int, counted: int, n: int) -> Reading:
    whole = paused + counted
    return Reading(
        value=paused / whole if whole else None, numerator=paused, denominator=whole, n=n
    )


@define(
    key="support.paused",
    title="Share of time paused",
    formula="paused ÷ (paused + counted) working seconds of the resolution clocks that stopped in"
    " the window",
    unit="ratio",
    better=Better.LOWER,
    window=MONTH,
    minimum_n=ENOUGH,
    inputs=("sla.Clock",),
    exclusions=("cancelled clocks", AS_OF_TODAY),
    scope=NAMES,
    rows=lambda window, at, **scope: _clocks(resolutions(Asked.of(scope), window)),
    **_common,
)
def paused(window: Window, at: datetime, **scope: str) -> Reading:
    """How much of the time we said that it was somebody else's move."""
    found = resolutions(Asked.of(scope), window).order_by()
    sums = found.aggregate(paused=Sum("paused"), counted=Sum("elapsed"), n=Count("pk"))
    return pause_share(sums["paused"] or 0, sums["counted"] or 0, sums["n"])


@define(
    key="support.in_status",
    title="Time in a status",
    formula="wall time that tickets stood in the status within the window ÷ wall time that they"
    " were unresolved within it",
    unit="ratio",
    better=Better.LOWER,
    window=MONTH,
    inputs=("timeline.Activity",),
    exclusions=(AS_OF_TODAY,),
    scope=("status", *NAMES),
    **_common,
)
def in_status(window: Window, at: datetime, **scope: str) -> Reading:
    """Where the time of tickets went."""
    status = one_of(scope.get("status", Status.WAITING_CUSTOMER), UNRESOLVED, "status")
    spent = dict(moves.told(moves.time_in_status(Asked.of(scope), until(window, at))))
    return status_share(status, spent)


def status_share(status: str, spent: dict[str, int]) -> Reading:
    whole = sum(spent.values())
    part = spent.get(status, 0)
    return Reading(value=part / whole if whole else None, numerator=part, denominator=whole)


def until(window: Window, at: datetime) -> Window:
    """The part of the window that is past."""
    return Window(window.start, min(window.end, max(at, window.start + timedelta(seconds=1))))


def _pressed(scope: dict[str, str], window: Window) -> QuerySet[Activity]:
    changes = moves.ids(moves.paused_unanswered(Asked.of(scope), window))
    found = Activity.objects.filter(pk__in=changes)
    by = scope.get("by", "")
    if not by:
        return found
    if not (by.isascii() and by.isdigit() and len(by) < 19) and by != "nobody":
        raise UnknownFigure(f"There is no person “{by[:40]}”.")
    return found.filter(actor=None if by == "nobody" else int(by))


@define(
    key="support.paused_unanswered",
    title="Paused while the customer waited",
    formula="times a ticket was set to wait for the customer, other than by an answer, while the"
    " last word was the customer's and nobody had said that it needs none",
    better=Better.LOWER,
    window=MONTH,
    inputs=("timeline.Activity",),
    exclusions=(AS_OF_TODAY,),
    scope=("by", *NAMES),
    rows=lambda window, at, **scope: _changes(_pressed(scope, window)),
    **_common,
)
def paused_unanswered(window: Window, at: datetime, **scope: str) -> Reading:
    """Pauses that stopped a clock although it was our move."""
    return Reading.count(_pressed(scope, window).order_by().count())


# --- when they write ------------------------------------------------------------------------------


def _hour(window: Window, scope: dict[str, str]) -> QuerySet[Ticket]:
    found = reported(Asked.of(scope), window)
    zone = zone_of(scope.get("zone", ""))
    for name, least, most in (("weekday", 1, 7), ("hour", 0, 23)):
        said = scope.get(name, "")
        if said:
            one_of(said, [str(n) for n in range(least, most + 1)], name)
    return by_hour(found, zone).filter(
        **{name: int(scope[name]) for name in ("weekday", "hour") if scope.get(name)}
    )


def by_hour(found: QuerySet[Ticket], zone: tzinfo) -> QuerySet[Ticket]:
    """Tickets with the local weekday (1 is Monday) and hour they came at."""
    return found.annotate(
        weekday=ExtractIsoWeekDay("reported_at", tzinfo=zone),
        hour=ExtractHour("reported_at", tzinfo=zone),
    )


@define(
    key="support.contacts",
    title="Tickets by hour of the week",
    formula="tickets reported in the window on that weekday (1 is Monday) in that hour of the zone",
    better=Better.LOWER,
    window=MONTH,
    inputs=("tickets.Ticket",),
    exclusions=(NOT_COUNTED, AS_OF_TODAY),
    scope=("weekday", "hour", "zone", *NAMES),
    rows=lambda window, at, **scope: _tickets(_hour(window, scope)),
    **_common,
)
def contacts(window: Window, at: datetime, **scope: str) -> Reading:
    """How much of the week's work comes in that hour."""
    return Reading.count(_hour(window, scope).order_by().count())


# --- now ------------------------------------------------------------------------------------------


def _load(scope: dict[str, str], at: datetime, part: str) -> QuerySet[Ticket]:
    asked = Asked.of(scope)
    if not asked.agent.isdigit():
        raise UnknownFigure("Whose load? Name an agent.")
    others = Asked(**(asked.scope | {"agent": ""}))
    until = load.horizon(at, load.usual_calendar())
    return load.of(asked.agent, part, others, until=until)


def _part(scope: dict[str, str]) -> str:
    return one_of(scope.get("part", "open"), (*load.PARTS, "due"), "part")


@define(
    key="support.load",
    title="What somebody carries",
    formula="unresolved tickets of the agent: open = new or open, due = due before the next four"
    " working hours are over, waiting = waiting for somebody else",
    better=Better.LOWER,
    inputs=("tickets.Ticket",),
    scope=("part", *NAMES),
    rows=lambda window, at, **scope: _tickets(_load(scope, at, _part(scope))),
    **_common,
)
def carrying(window: Window | None, at: datetime, **scope: str) -> Reading:
    """One person's work now."""
    return Reading.count(_load(scope, at, _part(scope)).order_by().count())


@define(
    key="support.capacity",
    title="Use of capacity",
    formula="tickets of the agent due in the next four working hours ÷ answers the agent usually"
    " gives in four working hours (mean of the last four weeks)",
    unit="ratio",
    better=Better.LOWER,
    inputs=("tickets.Ticket", "timeline.Activity"),
    exclusions=("absences, which nobody tells us of",),
    scope=NAMES,
    rows=lambda window, at, **scope: _tickets(_load(scope, at, "due")),
    **_common,
)
def capacity(window: Window | None, at: datetime, **scope: str) -> Reading:
    """How full the next four hours are."""
    due = _load(scope, at, "due").order_by().count()
    found = {str(one.agent.pk): one for one in load.carried(Asked(), at=at)}
    one = found.get(scope["agent"])
    return use(due, one.usual if one else 0.0)


def use(due: int, usual: float) -> Reading:
    """What is due against what is usual."""
    if not usual:
        why = "Nobody can say: no answer of theirs in the last four weeks."
        return Reading.missing(State.NOT_APPLICABLE, why)
    return Reading(value=due / usual, numerator=due, denominator=usual)


def _due_rows(window: Window | None, at: datetime, **scope: str) -> Rows:
    zone = zone_of(scope.get("zone", ""))
    return _clocks(forecast.due_today(Asked.of(scope), at=at, zone=zone))


@define(
    key="support.forecast",
    title="Breaches to expect today",
    formula="Σ over the clocks due before midnight of the share of clocks like it (kind, priority,"
    " as much time to go) of the last eight weeks that broke; not fewer than what is due beyond the"
    " answers the working hours left usually bring",
    better=Better.LOWER,
    inputs=("sla.Clock", "timeline.Activity"),
    exclusions=("clocks that broke already", "clocks that start later today"),
    scope=("zone", *NAMES),
    rows=_due_rows,
    **_common,
)
def to_expect(window: Window | None, at: datetime, **scope: str) -> Reading:
    """What the rest of the day will probably break."""
    return expected(outlook(at, scope))


@define(
    key="support.calibration",
    title="Forecasts that held",
    formula="days on which the breaches that came lie in the forecast's interval ÷ days tried: the"
    " last four weeks at this hour, with experience from before the first of them",
    unit="ratio",
    inputs=("sla.Clock",),
    exclusions=("days on which nothing was due",),
    scope=("zone", *NAMES),
    **_common,
)
def held(window: Window | None, at: datetime, **scope: str) -> Reading:
    """How far to trust the forecast."""
    return calibration(outlook(at, scope))


def outlook(at: datetime, scope: dict[str, str]) -> forecast.Outlook:
    return forecast.outlook(Asked.of(scope), at=at, zone=zone_of(scope.get("zone", "")))


def expected(found: forecast.Outlook) -> Reading:
    if found.forecast is None:
        why = "Nothing like it was ever decided: there is no experience to judge by."
        return Reading.missing(State.NO_DATA, why)
    told = found.forecast
    return Reading(value=round(told.expected, 1), n=told.due, interval=(told.low, told.high))


def calibration(found: forecast.Outlook) -> Reading:
    return Reading.share(sum(one.held for one in found.tested), len(found.tested))
