"""The facts of the report against the timeline they are kept from, whatever happened to it."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from apps.figures.figure import Window
from apps.figures.registry import compute
from apps.figures.rules import quantile
from apps.reports import moves, times
from apps.reports.asked import Asked
from apps.reports.keeping import keep, standing
from apps.reports.models import Keeping, Stand
from apps.reports.rules import AGE_NAMES
from apps.tickets.intake import import_tickets
from apps.tickets.models import Ticket
from apps.timeline.models import Activity
from tests import make

from . import slow
from .conftest import NOW

pytestmark = pytest.mark.django_db
WINDOWS = [
    Window(NOW - timedelta(days=30, hours=14), NOW - timedelta(hours=14)),
    Window(NOW - timedelta(days=9), NOW - timedelta(days=3)),
    Window(NOW - timedelta(days=60), NOW),
]
ASKED = [Asked(), Asked(priority="high"), Asked(queue="billing", tier="enterprise", channel="mail")]


def agree() -> int:
    """Every count of every window, and the records behind it; how many there were."""
    seen = 0
    for asked in ASKED:
        for window in WINDOWS:
            seen += _agree(asked, window)
    return seen


def _agree(asked, window) -> int:
    instants = [window.start + timedelta(days=n) for n in range(window.span.days + 1)]
    told = {(place, age): count for place, age, count in slow.told(slow.backlog(asked, instants))}
    assert moves.backlog(asked, instants) == told
    for age in (None, *range(len(AGE_NAMES))):
        assert _ids(moves.unresolved_at(asked, instants[1], age)) == _ids(
            slow.unresolved_at(asked, instants[1], age)
        )
    solved = _ids(slow.solved(asked, window))
    assert _ids(moves.solved(asked, window)) == solved
    assert moves.told(moves.outcome_counts(asked, window)) == slow.told(
        slow.outcome_counts(asked, window)
    )
    for outcome in moves.OUTCOMES:
        assert _ids(moves.with_outcome(asked, window, outcome)) == _ids(
            slow.with_outcome(asked, window, outcome)
        )
    spent = dict(slow.told(slow.time_in_status(asked, window)))
    assert dict(moves.told(moves.time_in_status(asked, window))) == spent
    [own] = times.own(asked, [window])
    seconds = [row[0] for row in slow.told(slow.own_times(asked, window))]
    for q, reading in own.items():
        assert (reading.n, reading.value) == (len(seconds), quantile(seconds, q))
    pressed = _ids(slow.paused_unanswered(asked, window))
    assert _ids(moves.paused_unanswered(asked, window)) == pressed
    return len(told) + len(solved) + len(pressed)


def _ids(sql) -> list[int]:
    return sorted(row[0] for row in slow.told(sql))


def everything() -> list[tuple]:
    with connection.cursor() as cursor:
        rows = []
        for table in ("stand", "stretch", "solve"):
            cursor.execute(f"SELECT * FROM reports_{table} ORDER BY ticket_id, place")
            rows += cursor.fetchall()
    return rows


def test_the_facts_are_what_the_timeline_says(lived):
    lived(80)
    assert agree() > 100
    before = everything()
    assert keep(at=NOW) > 0  # what was read may have been joined since
    assert keep(at=NOW) == 0
    assert everything() == before


@pytest.mark.parametrize("seed", range(4))
def test_what_happens_later_writes_its_tickets_anew(lived, ada, sol, seed):
    tickets = lived(30, seed=seed)
    untouched = everything()
    late = NOW - timedelta(days=4)
    open_ones = [one for one in Ticket.objects.order_by("pk") if one.status in ("new", "open")]
    first, second, third = open_ones[:3]
    first.merge(second, by=sol, at=late, across=True)
    third.move("waiting_customer", by=ada, at=late)
    third.hear("Well?", at=late + timedelta(hours=1))
    gone = tickets[-1]
    gone.refresh_from_db()
    if gone.status not in ("spam", "merged"):
        gone.mark_spam(by=sol, at=NOW - timedelta(hours=20))
    assert standing().as_of is not None
    keep(at=NOW)
    assert standing().as_of is None
    agree()
    first.refresh_from_db()
    first.unmerge(by=sol, at=late + timedelta(days=1))
    keep(at=NOW)
    agree()
    assert everything() != untouched


def test_a_move_that_is_taken_back_is_as_if_it_never_was(lived, ada):
    lived(20)
    ticket = Ticket.objects.filter(status="open").first()
    ticket.resolve(by=ada, at=NOW - timedelta(days=2))
    done = Activity.objects.filter(kind="ticket", subject_id=ticket.pk).latest("pk")
    keep(at=NOW)
    agree()
    ticket.undo(done.pk, by=ada, at=NOW - timedelta(days=2) + timedelta(minutes=1))
    keep(at=NOW)
    agree()


def _file(tmp_path, name, **told):
    path = tmp_path / name
    import json

    rows = [
        {
            "external_id": f"A-{n}",
            "subject": f"Old matter {n}",
            "body": "Please look.",
            "reported_at": "2026-11-02T09:00:00Z",
            "contact": {"email": "mira@acme.test", "name": "Mira"},
            "events": [
                {"at": "2026-11-03T09:00:00Z", "type": "agent_message", "author": "ada@demo.test",
                 "body": "Looking."},
                {"at": "2026-11-03T09:00:00Z", "type": "status", "to": "waiting_customer"},
                {"at": told.get("end", "2026-11-05T09:00:00Z"), "type": "status", "to": "resolved"},
            ],
            "status": "resolved",
        }
        for n in range(5)
    ]  # fmt: skip
    path.write_text("\n".join(json.dumps(row) for row in rows))
    return path


def test_an_import_and_one_that_tells_it_anew_move_their_days(tmp_path, ada, lived):
    lived(10)
    import_tickets(_file(tmp_path, "one.jsonl"), now=NOW)
    keep(at=NOW)
    agree()
    third, fifth = (
        Window(NOW.replace(day=day, hour=0), NOW.replace(day=day + 1, hour=0)) for day in (5, 9)
    )
    assert moves.count(moves.solved(Asked(), third)) >= 5
    before = moves.count(moves.solved(Asked(), fifth))
    import_tickets(_file(tmp_path, "two.jsonl", end="2026-11-09T09:00:00Z"), now=NOW)
    keep(at=NOW)
    agree()
    assert moves.count(moves.solved(Asked(), fifth)) == before + 5


def test_a_change_that_commits_late_is_not_missed(ada, mira):
    ticket = Ticket.objects.report(
        subject="Anybody?", body="Hello?", contact=mira, at=NOW - timedelta(days=5)
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('timeline_activity', 'id'))")
        [[drawn]] = cursor.fetchall()
    ticket.note("Hm.", by=ada, at=NOW - timedelta(days=4))
    keep(at=NOW)
    Activity.objects.create(
        id=drawn,
        kind="ticket",
        subject_id=ticket.pk,
        verb="moved",
        at=NOW - timedelta(days=3),
        data={"status": ["new", "open"]},
    )
    before = Stand.objects.count()
    keep(at=NOW)
    assert Stand.objects.count() == before + 1
    keeping = Keeping.objects.get()
    assert keeping.settled_to <= keeping.read_to
    assert str(keeping) == f"kept up to {keeping.read_to}"


def test_what_is_not_kept_yet_is_said(lived, sol):
    lived(20)
    fresh = compute("support.solved", at=timezone.now())
    assert (fresh.state, fresh.coverage) == ("measured", None)
    Ticket.objects.filter(status="open").first().resolve(by=sol, at=NOW)
    behind = compute("support.solved", at=timezone.now())
    assert behind.state == "measured" and 0.9 < behind.coverage < 1
    assert compute("support.solved", at=timezone.now() + timedelta(hours=1)).state == "stale"
    Keeping.objects.update(read_to=1)
    assert compute("support.solved", at=timezone.now()).state == "partial"
    assert compute("support.created", at=timezone.now()).state == "measured"  # counted live


def test_a_slot_ends_in_time_and_the_next_goes_on(lived, monkeypatch):
    lived(10)
    Keeping.objects.all().delete()
    monkeypatch.setattr("apps.reports.keeping.BATCH", 10)
    before = everything()
    turns = 0
    while standing().as_of:
        assert keep(at=NOW, seconds=0) > 0
        turns += 1
    assert turns > 2
    assert everything() == before
    agree()


def test_a_ticket_without_a_history_stands_as_it_does_today(mira):
    ticket = make.ticket("From elsewhere", contact=mira, reported_at=NOW - timedelta(days=3))
    Ticket.objects.filter(pk=ticket.pk).update(status="open")
    ticket.record("tagged", by=None, at=NOW - timedelta(days=2))
    keep(at=NOW)
    agree()
    [stand] = Stand.objects.all()
    assert (stand.status, stand.began) == ("open", ticket.reported_at)
    assert str(stand) == f"#{ticket.pk} open"
