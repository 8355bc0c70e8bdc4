"""Events that arrived, long work, periodic slots, upkeep, the journal and a restored outbox."""

from contextlib import closing
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from django.utils import timezone

from apps.outbox import beat, claims, drains, inbound, jobs, journal, rules
from apps.outbox.choices import DeliveryState, WorkState
from apps.outbox.models import Delivery, Heartbeat, InboundEvent, Job, Notification, PeriodicRun
from apps.outbox.restore import hold_all, reconcile
from apps.outbox.upkeep import tidy
from apps.timeline.models import Activity
from apps.timeline.refusal import Lost, Refused
from tests.make import NOW

pytestmark = pytest.mark.django_db
STEPS = "tests.outbox.steps"


def stored(key="k1", body=b"{}", kind="test") -> InboundEvent:
    return InboundEvent.objects.store(kind, key, body, {})


@pytest.fixture(autouse=True)
def readers(settings):
    settings.INBOUND = {"test": f"{STEPS}.read"}
    settings.JOBS = {
        "count": f"{STEPS}.count",
        "refuse": f"{STEPS}.refuse",
        "stumble": f"{STEPS}.stumble",
    }


# --- events that arrived -------------------------------------------------------------------


def test_an_event_is_kept_raw_and_once(ada):
    first, again = stored(body=b"\xff\x00"), stored(body=b"other")
    assert first == again
    assert bytes(InboundEvent.objects.get().body) == b"\xff\x00"
    assert first.text() == "\ufffd\ufffd"


def test_its_effect_and_its_mark_are_one(ada):
    event = stored()
    assert drains.due_inbound() == 1
    assert drains.drain_inbound() == 1
    event.refresh_from_db()
    assert event.state == WorkState.DONE
    assert Notification.objects.get().cause == "event:k1"
    assert not inbound.read_next()


def test_a_refused_event_leaves_nothing_and_is_shown(ada, otto):
    event = stored(body=b"refuse")
    inbound.read_next()
    event.refresh_from_db()
    assert (event.state, event.last_error) == (WorkState.FAILED, "No alert is in it.")
    assert not Notification.objects.exists()
    InboundEvent.objects.update(body=b"fine now")
    event.replay(by=otto, at=NOW)
    inbound.read_next()
    event.refresh_from_db()
    assert event.state == WorkState.DONE
    assert Activity.objects.about("inbound_event", event.pk).get().verb == "replayed"
    same = InboundEvent.objects.get(pk=event.pk)
    event.replay(by=otto, at=NOW)
    with pytest.raises(Lost):
        same.replay(by=otto, at=NOW)
    with pytest.raises(Refused):
        event.replay(by=otto, at=NOW)


def test_a_reader_that_stumbles_is_tried_six_times(ada, later):
    event = stored(body=b"stumble")
    for _ in range(inbound.TRIES):
        assert inbound.read_next()
        later(event, 7200)
    assert (event.state, event.attempts) == (WorkState.FAILED, inbound.TRIES)
    assert "KeyError" in event.last_error
    assert not Notification.objects.exists()


def test_an_event_nobody_here_reads_waits_for_a_newer_process(ada):
    event = stored(kind="from-the-future")
    assert inbound.read_next()
    event.refresh_from_db()
    assert event.state == WorkState.PENDING
    assert event.next_at > timezone.now() + timedelta(seconds=30)


def test_who_lost_the_lease_of_an_event_does_nothing(ada, later):
    event = stored()
    slow = claims.take(InboundEvent)
    later(event, 120)
    assert inbound.read_next()
    assert not inbound._mark_done(slow)


# --- long work -----------------------------------------------------------------------------


def order(work="count", total=300, **params) -> Job:
    return Job.start(work, title="Counting", params=params, by=None, at=NOW, total=total)


def test_a_job_goes_step_by_step_to_its_result(ada):
    job = order()
    assert job.remaining(at=NOW) is None
    assert drains.due_jobs() == 1
    assert drains.drain_jobs() == 1
    job.refresh_from_db()
    assert (job.state, job.done, job.percent) == (WorkState.DONE, 300, 100)
    assert job.result == {"last": 300}
    assert job.is_over
    with pytest.raises(Refused):
        job.cancel(by=ada, at=NOW)


def test_what_comes_after_it_was_ordered_is_part_of_the_whole():
    job = order(total=250)
    drains.drain_jobs()
    job.refresh_from_db()
    assert (job.state, job.done, job.total) == (WorkState.DONE, 300, 300)


def test_a_job_that_takes_long_is_given_back_between_two_steps(ada, monkeypatch):
    monkeypatch.setattr(rules, "DRAIN", -1.0)
    job = order()
    jobs.advance_next()
    job.refresh_from_db()
    assert (job.state, job.done) == (WorkState.PENDING, 100)
    at = job.began_at + timedelta(seconds=10)
    assert job.remaining(at=at) == 20.0


def test_a_job_taken_over_after_a_kill_goes_on_where_it_was(ada, monkeypatch, later):
    monkeypatch.setattr(rules, "DRAIN", -1.0)
    job = order()
    jobs.advance_next()
    killed = claims.take(Job, lease=jobs.LEASE)
    later(job, 120)
    jobs.advance_next()
    job.refresh_from_db()
    assert job.done == 200
    assert not jobs._step(killed)


def test_a_cancelled_job_stops_before_its_next_step(ada):
    job = order()
    mine = claims.take(Job)
    job.refresh_from_db()
    job.cancel(by=ada, at=NOW)
    assert not jobs._step(mine)
    job.refresh_from_db()
    assert (job.state, job.done) == (WorkState.CANCELLED, 0)


def test_two_cancel_one_wins(ada, sol):
    job = order()
    same = Job.objects.get(pk=job.pk)
    Job.objects.filter(pk=job.pk).update(state=WorkState.WORKING)
    with pytest.raises(Lost):
        same.cancel(by=sol, at=NOW)


def test_a_refused_job_says_why(ada):
    job = order("refuse")
    jobs.advance_next()
    job.refresh_from_db()
    assert (job.state, job.last_error) == (WorkState.FAILED, "This file holds no tickets.")


def test_a_job_that_stumbles_half_way_keeps_no_half_step(ada, later):
    job = order("stumble")
    for _ in range(jobs.TRIES):
        assert jobs.advance_next()
        later(job, 7200)
    assert (job.state, job.done) == (WorkState.FAILED, 0)
    assert "half way" in job.last_error


def test_work_nobody_does_is_refused(ada, settings):
    with pytest.raises(Refused):
        order("sing")
    job = order()
    settings.JOBS = {}
    jobs.advance_next()
    job.refresh_from_db()
    assert job.state == WorkState.FAILED


# --- periodic slots ------------------------------------------------------------------------


@pytest.fixture
def schedule(settings):
    def every(seconds: int, work="tell_ada", catch_up="all"):
        settings.SCHEDULE = {"test": (seconds, f"{STEPS}.{work}", catch_up)}

    return every


@pytest.fixture
def same_hour(db, monkeypatch):
    """No slot becomes due while a test looks at the one before."""
    now = beat.database_time()
    monkeypatch.setattr(beat, "database_time", lambda: now)


def test_a_slot_runs_once_however_many_schedulers_there_are(ada, schedule, same_hour):
    schedule(3600)
    first, second = beat.Beat(), beat.Beat()
    assert (first.turn(), second.turn(), first.turn()) == (1, 0, 0)
    run = PeriodicRun.objects.get()
    assert int(run.slot.timestamp()) % 3600 == 0
    assert Notification.objects.get().at == run.slot


def test_missed_slots_are_caught_up_one_by_one(ada, schedule):
    schedule(60)
    present = int(beat.database_time()) // 60 * 60
    PeriodicRun.objects.create(name="test", slot=datetime.fromtimestamp(present - 300, UTC))
    assert beat.Beat().turn() in {5, 6}
    assert Notification.objects.count() == PeriodicRun.objects.count() - 1


def test_nobody_goes_past_a_slot_that_another_does_and_then_fails_at(ada, schedule):
    schedule(60)
    present = int(beat.database_time()) // 60 * 60
    PeriodicRun.objects.create(name="test", slot=datetime.fromtimestamp(present - 180, UTC))
    with closing(connection.copy()) as other:
        other.set_autocommit(False)
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('slot:test'), 0)")

        def killed_meanwhile(execute, sql, *more):
            done = execute(sql, *more)
            if "pg_try_advisory" in sql:
                other.rollback()
            return done

        with connection.execute_wrapper(killed_meanwhile):
            assert beat.Beat().turn() == 0
    assert PeriodicRun.objects.count() == 1
    assert beat.Beat().turn() in {3, 4}


def test_a_slot_that_fails_leaves_nothing_and_is_tried_again(ada, schedule, same_hour):
    schedule(3600, "fail")
    scheduler = beat.Beat()
    scheduler._pause["test"] = (0.0, 600.0)
    assert scheduler.turn() == 0
    assert not PeriodicRun.objects.exists()
    assert not Notification.objects.exists()
    assert "ZeroDivisionError" in Heartbeat.objects.get(name="slot:test").detail["error"]
    schedule(3600)
    assert scheduler.turn() == 0, "it waits a moment first"
    assert beat.Beat().turn() == 1


def test_periodic_work_by_hand(ada, schedule):
    schedule(3600)
    said = StringIO()
    call_command("run_periodic", stdout=said)
    assert "test: every 3600 s" in said.getvalue()
    call_command("run_periodic", "test")
    assert Notification.objects.count() == 1
    with pytest.raises(CommandError):
        call_command("run_periodic", "nothing")


# --- upkeep --------------------------------------------------------------------------------


def test_tidy_forgets_what_is_old_and_keeps_the_newest_slot(ada):
    at = timezone.now()
    for days in (100, 50, 20):
        PeriodicRun.objects.create(name="rare", slot=at - timedelta(days=days))
    InboundEvent.objects.store("test", "old", b"", {})
    InboundEvent.objects.update(state="done", done_at=at - timedelta(days=91))
    told = Notification.objects.tell(ada, cause="c", sentence="s", at=at)
    Notification.objects.filter(pk=told.pk).update(read_at=at - timedelta(days=91))
    tidy(at=at)
    assert PeriodicRun.objects.get().slot == at - timedelta(days=20)
    assert not InboundEvent.objects.exists()
    assert not Notification.objects.exists()


def test_commands_do_one_pass(ada, mail):
    mail()
    stored()
    order()
    said = StringIO()
    call_command("send_outbox", stdout=said)
    call_command("read_inbound", stdout=said)
    call_command("advance_jobs", stdout=said)
    assert said.getvalue().splitlines() == [
        "Mail: 1 attempted.",
        "Webhook: 0 attempted.",
        "1 read.",
        "1 taken further.",
    ]


def test_a_drain_ends_quietly_when_the_database_goes_away(monkeypatch):
    monkeypatch.setattr(drains.connection, "close", lambda: None)
    monkeypatch.setattr(drains.time, "sleep", lambda seconds: None)

    def gone() -> bool:
        raise OperationalError("terminating connection")

    assert drains.drain("outbox.mail", gone) == 0


# --- the journal and a restore ---------------------------------------------------------------


def test_the_journal_passes_over_a_line_cut_short(journal_of_its_own):
    journal.note("one", "mail", "a@x.example")
    journal.note("two", "mail", "b@x.example")
    (path,) = journal_of_its_own.glob("*.jsonl")
    with path.open("a") as lines:
        lines.write('{"key": "thr')
    assert journal.sent(["one", "two", "three"]) == {"one", "two"}
    assert journal.sent([]) == set()


def test_the_journal_keeps_forty_days(journal_of_its_own):
    journal_of_its_own.mkdir()
    for day in range(45):
        (journal_of_its_own / f"2026-{day:02}.jsonl").touch()
    assert journal.prune() == 5


def test_after_a_restore_what_was_sent_is_not_sent_again(mail):
    before, after = mail(cause="a"), mail(cause="b")
    journal.note(str(before.key), "mail", before.recipient)
    assert hold_all() == 2
    assert claims.claim_delivery("mail") is None
    assert reconcile() == (1, 1)
    before.refresh_from_db()
    after.refresh_from_db()
    assert (before.state, after.state) == (DeliveryState.SENT, DeliveryState.PENDING)


def test_reconcile_by_hand(mail):
    mail()
    said = StringIO()
    call_command("reconcile_outbox", "--hold", stdout=said)
    call_command("reconcile_outbox", stdout=said)
    assert "1 held." in said.getvalue()
    assert "0 were sent before the restore; 1 released." in said.getvalue()
    assert Delivery.objects.get().state == DeliveryState.PENDING
