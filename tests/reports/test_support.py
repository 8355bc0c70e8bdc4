"""The support report against numbers counted one by one, and against the rows it opens."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from apps.figures.figure import Window
from apps.figures.models import Snapshot
from apps.figures.registry import compute, definition
from apps.figures.rules import quantile
from apps.reports import support, tables
from apps.reports.asked import Asked
from apps.reports.keeping import keep
from apps.reports.periods import between, days_of, window_of
from apps.reports.rules import AGES
from apps.sla.choices import Kind
from apps.sla.clocks import reassess
from apps.sla.models import Clock, Waiver
from apps.sla.waiving import waive
from apps.tickets.models import Ticket
from apps.tickets.rules.moves import UNRESOLVED
from apps.timeline.models import Activity

from .conftest import NOW

pytestmark = pytest.mark.django_db
BERLIN = ZoneInfo("Europe/Berlin")
DAY = timedelta(days=1)
WINDOW = window_of("30d", at=NOW, zone=BERLIN)


def measure(asked=None, window=WINDOW, at=NOW):
    return support.report(asked or Asked(), window, at=at, zone=BERLIN, place="Europe/Berlin")


def moves_of(ticket):
    rows = Activity.objects.about("ticket", ticket.pk)
    return [(row.at, *row.data["status"]) for row in rows if "status" in row.data]


def status_at(ticket, at):
    held = None
    for when, _, after in moves_of(ticket):
        if when <= at:
            held = after
    return held


ROWS_ARE = {  # what the rows behind a figure add up to
    "support.time": "n",
    "support.own_time": "n",
    "support.cohort": "denominator",
    "support.kept": "denominator",
    "support.reopened": "numerator",
    "support.one_touch": "numerator",
    "support.zero_touch": "numerator",
    "support.paused": "n",
    "support.forecast": "n",
    "support.capacity": "numerator",
}
WITHOUT_ROWS = {"support.in_status", "support.calibration"}  # a share of time; of days


def test_every_number_opens_exactly_what_it_counts(lived):
    lived(60)
    for asked in (Asked(), Asked(priority="high"), Asked(queue="billing", tier="enterprise")):
        found = measure(asked)
        seen = 0
        for figure in found.figures.values():
            if figure.key in WITHOUT_ROWS:
                continue
            scope = dict(figure.scope)
            rows = definition(figure.key).rows_of(at=NOW, window=figure.window, **scope)
            total = getattr(figure, ROWS_ARE.get(figure.key, "value")) or 0
            if figure.key == "support.contacts" and not total:
                continue
            assert rows.queryset.count() == total, figure
            shown, _ = rows.page()
            assert len(shown) == min(50, total)
            again = compute(figure.key, at=NOW, window=figure.window, **scope)
            assert (again.value, again.n, again.interval) == (
                figure.value,
                figure.n,
                figure.interval,
            ), figure
            seen += total > 0
        assert seen > 10


def test_the_backlog_is_what_stood_at_each_midnight(lived):
    tickets = lived(60)
    found = measure()
    for midnight in found.midnights:
        standing = [one for one in tickets if status_at(one, midnight) in UNRESOLVED]
        for name, least, most in AGES:
            of_age = [
                one
                for one in standing
                if least <= (midnight - one.reported_at).total_seconds() / 86_400 < most
            ]
            assert found.backlog(midnight, name).value == len(of_age)
    assert len(found.midnights) == 30


def test_the_days_add_up_to_the_period(lived):
    lived(60)
    found = measure()
    created = sum(found.get("support.created", window=found.day(day)).value for day in found.days)
    solved = sum(found.get("support.solved", window=found.day(day)).value for day in found.days)
    assert created == found.get("support.created").value
    assert solved == found.get("support.solved").value


def test_outcomes_are_those_of_the_tickets(lived):
    tickets = lived(60)
    found = measure()
    until = min(WINDOW.end, NOW - timedelta(days=7))
    counted = Counter()
    for ticket in tickets:
        moves = moves_of(ticket)
        ends = [
            at
            for at, before, after in moves
            if after in ("resolved", "closed")
            and before not in ("resolved", "closed")
            and WINDOW.start <= at < until
        ]
        if not ends:
            continue
        backs = [
            at
            for at, before, after in moves
            if before in ("resolved", "closed") and after in UNRESOLVED
        ]
        reopened = any(end < back <= end + timedelta(days=7) for end in ends for back in backs)
        replies = ticket.messages.filter(direction="out", at__lte=max(ends)).count()
        counted["resolved"] += 1
        counted["reopened"] += reopened
        counted["one_touch"] += replies == 1 and not reopened
        counted["zero_touch"] += replies == 0
    assert counted["resolved"] > 10
    for name in ("reopened", "one_touch", "zero_touch"):
        figure = found.get(f"support.{name}")
        assert (figure.numerator, figure.denominator) == (counted[name], counted["resolved"])


def test_what_is_still_owed_stands_at_its_age(lived):
    lived(40)
    reassess(list(Ticket.objects.values_list("pk", flat=True)))
    figure = measure().get("support.time", kind="first_response", q="0.9", time="wall")
    waits = []
    for clock in Clock.objects.filter(kind="first_response").exclude(state="cancelled"):
        stop = clock.stopped_at
        if stop and WINDOW.start <= stop < WINDOW.end:
            waits.append((stop - clock.started_at).total_seconds())
        elif clock.started_at < WINDOW.end and (stop is None or stop >= WINDOW.end):
            waits.append((WINDOW.end - clock.started_at).total_seconds())
    assert figure.n == len(waits) > 10
    assert figure.value == pytest.approx(quantile(sorted(waits), 0.9))


def test_the_page_on_promises_says_the_same_of_how_long_it_took(lived):
    lived(60)
    found = measure()
    for kind in Kind.values:
        for time, theirs in (("working", "working"), ("wall", "calendar")):
            ours = found.get("support.time", kind=kind, time=time, q="0.9")
            said = compute(f"support.{kind}.p90", at=NOW, window=WINDOW, time=theirs)
            assert (said.value, said.n, said.interval) == (ours.value, ours.n, ours.interval)
            assert definition(said.key).rows_of(at=NOW, window=WINDOW).queryset.count() == said.n


def test_time_in_a_status_adds_up_to_the_whole_and_opens_the_tickets(lived):
    tickets = lived(40)
    found = measure()
    shares = [found.get("support.in_status", status=status) for status in support.STATUSES]
    assert sum(one.value for one in shares) == pytest.approx(1)
    for status in support.STATUSES:
        rows = definition("support.in_status").rows_of(at=NOW, window=WINDOW, status=status)
        assert set(rows.queryset.values_list("pk", flat=True)) == {
            one.pk for one in tickets if any(stood == status for stood in stretches_of(one))
        }


def stretches_of(ticket):
    """What it stood in within the window, however shortly."""
    told = moves_of(ticket)
    for (began, _, status), (until, *_) in pairwise([*told, (NOW, "", "")]):
        if began < until and until > WINDOW.start and began < NOW:
            yield status


def test_pausing_while_the_customer_waits_is_seen(ada, sol, mira):
    ticket = Ticket.objects.report(
        subject="Anybody?", body="Hello?", contact=mira, at=NOW - timedelta(days=5)
    )
    ticket.move("waiting_customer", by=ada, at=NOW - timedelta(days=4))
    ticket.hear("Well?", at=NOW - timedelta(days=3))
    ticket.reply("Here.", by=sol, at=NOW - timedelta(days=2), after="keep_open")
    ticket.move("waiting_customer", by=sol, at=NOW - timedelta(days=1, hours=20))
    keep(at=NOW)
    found = measure()
    assert found.get("support.paused_unanswered").value == 1
    assert found.get("support.paused_unanswered", by=str(ada.pk)).value == 1
    assert compute("support.paused_unanswered", at=NOW, window=WINDOW, by=str(sol.pk)).value == 0
    assert compute("support.paused_unanswered", at=NOW, window=WINDOW, by="nobody").value == 0


def test_a_snapshot_is_the_whole_report_again(lived, sol):
    lived(30)
    found = measure(Asked(channel="mail"))
    kept = found.keep(by=sol, at=NOW, title="Support, thirty days")
    again = support.Report.of(Snapshot.objects.get(pk=kept.pk))
    assert again.figures == found.figures
    assert (again.asked, again.window) == (found.asked, found.window)
    assert support.Report.of(Snapshot.take(["sla.compliance"], at=NOW)) is None


def counted(clocks, instant):
    """Met, breached and waived of a window, one clock after the other."""
    found = Counter()
    for clock in clocks:
        at = getattr(clock, instant)
        if at is None or not WINDOW.start <= at < WINDOW.end or clock.repeats:
            continue
        if clock.state == "met":
            found["met"] += 1
        elif clock.state in ("breached_open", "breached_closed"):
            of_it = Waiver.objects.filter(
                ticket=clock.ticket_id, kind=clock.kind, cycle=clock.cycle
            )
            found["waived" if of_it.exists() else "breached"] += 1
    return found


def test_promises_are_counted_with_and_without_waivers_and_by_start(lived, sol):
    lived(60)
    reassess(list(Ticket.objects.values_list("pk", flat=True)))
    broken = Clock.objects.filter(kind="first_response", state="breached_closed")
    for clock in broken.filter(decided_at__gte=WINDOW.start, decided_at__lt=WINDOW.end)[:2]:
        waive(clock.ticket, clock.kind, clock.cycle, reason="They asked.", by=sol, at=NOW)
    found = measure()
    for kind in Kind.values:
        clocks = list(Clock.objects.filter(kind=kind))
        decided, cohort = counted(clocks, "decided_at"), counted(clocks, "started_at")
        met, broke, waived = decided["met"], decided["breached"], decided["waived"]
        kept = found.get("support.kept", kind=kind)
        strictly = found.get("support.kept", kind=kind, waived="counted")
        assert (kept.numerator, kept.denominator) == (met, met + broke)
        assert (strictly.numerator, strictly.denominator) == (met, met + broke + waived)
        by_start = found.get("support.cohort", kind=kind)
        assert (by_start.numerator, by_start.denominator) == (
            cohort["met"],
            cohort["met"] + cohort["breached"],
        )
        assert waived == (2 if kind == "first_response" else 0)


def test_a_wait_for_somebody_else_is_told_apart(ada, mira):
    ticket = Ticket.objects.report(
        subject="Who knows?", body="Ask them.", contact=mira, at=NOW - timedelta(days=9)
    )
    ticket.reply("We ask.", by=ada, at=NOW - timedelta(days=8), after="keep_open")
    ticket.move("waiting_third_party", by=ada, at=NOW - timedelta(days=7))
    ticket.move("open", by=ada, at=NOW - timedelta(days=4))
    ticket.resolve(by=ada, at=NOW - timedelta(days=3))
    keep(at=NOW)
    found = measure()
    wall = found.get("support.time", kind="resolution", time="wall", q="0.5")
    own = found.get("support.own_time", q="0.5")
    assert (wall.value, own.value) == (6 * 86_400, 3 * 86_400)


def test_a_snapshot_older_than_a_figure_shows_a_dash(lived, sol):
    lived(10)
    found = measure()
    old = replace(
        found,
        figures={
            key: one for key, one in found.figures.items() if key[0] not in ("support.own_time",)
        },
    )
    assert tables.times(old).rows[-1][2:] == ("—",) * 6
    assert tables.times(found).rows[-1][2:] != ("—",) * 6


def test_what_was_kept_to_a_customer_counts_the_waived_too(lived):
    tickets = lived(40)
    customer = str(tickets[0].customer_id)
    figure = compute("support.customer", at=NOW, window=WINDOW, customer=customer)
    rows = definition("support.customer").rows_of(at=NOW, window=WINDOW, customer=customer)
    assert rows.queryset.count() == figure.n > 10


def test_a_window_too_young_to_reopen_in_is_no_number(lived):
    lived(10)
    young = window_of("7d", at=NOW, zone=BERLIN)
    for name in ("reopened", "one_touch", "zero_touch"):
        figure = compute(f"support.{name}", at=NOW, window=Window(young.end - DAY, young.end))
        assert (figure.state, figure.words) == ("not_applicable", "—")
        rows = definition(figure.key).rows_of(at=NOW, window=figure.window)
        assert not rows.queryset.exists()


def test_an_empty_desk_says_that_it_knows_nothing(db):
    found = measure()
    assert found.get("support.kept").words == "—"
    assert found.get("support.created").value == 0
    assert found.get("support.time", kind="resolution", q="0.5", time="wall").state == "no_data"


@pytest.mark.parametrize(
    ("key", "scope"),
    [
        ("support.time", {"kind": "x"}),
        ("support.time", {"q": "0.91"}),
        ("support.backlog", {"instant": "yesterday"}),
        ("support.backlog", {"instant": "2026-11-01"}),
        ("support.backlog", {"age": "old"}),
        ("support.created", {"agent": "ada"}),
        ("support.created", {"team": "²"}),
        ("support.created", {"priority": "x"}),
        ("support.contacts", {"zone": "Nowhere/Land"}),
        ("support.contacts", {"hour": "24"}),
        ("support.load", {}),
        ("support.paused_unanswered", {"by": "x"}),
        ("support.promises", {"outcome": "x"}),
        ("support.kept", {"waived": "x"}),
        ("support.own_time", {"q": "0.91"}),
        ("support.in_status", {"status": "spam"}),
        ("support.customer", {"customer": "Acme"}),
        ("support.created", {"agent": "9" * 19}),
    ],
)
def test_what_nobody_can_be_asked_is_refused(db, key, scope):
    with pytest.raises(LookupError):
        compute(key, at=NOW, window=None, **scope)


def test_periods_are_whole_local_days():
    assert WINDOW.end == datetime(2026, 11, 24, 23, tzinfo=UTC)
    assert len(days_of(WINDOW, BERLIN, at=NOW)) == 30
    month = window_of("month", at=NOW, zone=BERLIN)
    assert (month.start, month.end) == (
        datetime(2026, 10, 31, 23, tzinfo=UTC),
        datetime(2026, 11, 30, 23, tzinfo=UTC),
    )
    assert len(days_of(month, BERLIN, at=NOW)) == 25
    last = window_of("last_month", at=NOW, zone=BERLIN)
    assert last.span == timedelta(days=31, hours=1)  # summer time ended in it
    for wrong in ((date(2026, 1, 2), date(2026, 1, 2)), (date(2020, 1, 1), date(2026, 1, 1))):
        with pytest.raises(ValueError, match="days"):
            between(*wrong, BERLIN)
    with pytest.raises(ValueError, match="memory"):
        between(date(1960, 1, 1), date(1960, 1, 2), BERLIN)
