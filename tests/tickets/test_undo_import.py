"""What an import did is taken back: the tables are as before, and nobody's work is lost."""

import json
from contextlib import contextmanager
from datetime import timedelta
from io import StringIO
from threading import Barrier, Thread

import pgtrigger
import pytest
from django.core.management import call_command
from django.db import connection
from django.urls import reverse
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.accounts.models import User
from apps.customers.models import Contact, Customer
from apps.features.models import FeatureRequest
from apps.outbox import jobs
from apps.outbox.models import Job
from apps.privacy.forgetting.tickets import forget_tickets
from apps.privacy.models import Hold
from apps.privacy.subject import Subject
from apps.reports.keeping import keep
from apps.reports.models import Stand
from apps.sla.clocks import reassess
from apps.sla.models import Clock, StepFired
from apps.tickets import admin as ticket_admin
from apps.tickets import intake, upkeep, withdrawing
from apps.tickets.models import (
    ImportBefore,
    ImportedTicket,
    ImportRun,
    ImportSeen,
    SearchDoc,
    StandIn,
    Ticket,
)
from apps.tickets.withdrawing import undo_import
from apps.timeline import seals
from apps.timeline.models import Activity, Removal, Seal
from apps.timeline.refusal import Refused
from tests.make import NOW

from .test_import import csv_file, jsonl, media, row, take  # noqa: F401  (fixtures among them)

pytestmark = pytest.mark.django_db

# Numbers that only ever grow, and how a derived row was last counted, say nothing of a record.
DUMPED = {
    "tickets_ticket": "to_jsonb(t) - 'version'",
    "tickets_message": "to_jsonb(t)",
    "tickets_importedticket": "to_jsonb(t)",
    "tickets_importbefore": "to_jsonb(t) - 'id'",
    "tickets_importseen": "to_jsonb(t)",
    "tickets_standin": "to_jsonb(t)",
    "tickets_searchdoc": "jsonb_build_array(ticket_id, vector::text)",
    "tickets_searchword": "to_jsonb(t)",
    "sla_clock": "to_jsonb(t) - 'id' - 'assessed_at' - 'elapsed' - 'paused' - 'noticed_at'",
    "reports_stand": "to_jsonb(t)",
    "reports_stretch": "to_jsonb(t)",
    "reports_solve": "to_jsonb(t)",
    "accounts_user": "to_jsonb(email)",
    "customers_contact": "to_jsonb(t)",
    "customers_customer": "to_jsonb(t)",
    "timeline_activity": "to_jsonb(t)",
}
WHERE = {"tickets_searchword": "WHERE tickets > 0"}  # a word once learnt may stay, uncounted


def dump():
    """Every affected table, once whatever follows by itself has followed."""
    while upkeep.gather_some():
        pass
    keep(at=NOW)
    found = {}
    with connection.cursor() as cursor:
        for table, what in DUMPED.items():
            cursor.execute(
                f"SELECT coalesce(jsonb_agg(said ORDER BY said::text), '[]') FROM"
                f" (SELECT {what} AS said FROM {table} t {WHERE.get(table, '')}) x"
            )
            (rows,) = cursor.fetchone()
            found[table] = json.loads(rows) if isinstance(rows, str) else rows
    found["timeline_activity"] = [
        one
        for one in found["timeline_activity"]
        if one["verb"] != "import_undone" and one["kind"] not in ("ticket_import", "job", "policy")
    ]
    return found


def run_of(report):
    return ImportRun.objects.get(pk=report.run.removeprefix("tickets-"))


def undo(report, **options):
    return undo_import(run_of(report), at=NOW, **options)


def rows(count, **changes):
    return [
        row(
            external_id=f"N-{n}",
            contact={"email": f"p{n % 3}@acme.test", "name": f"P{n % 3}"},
            **changes,
        )
        for n in range(count)
    ]


def sealed():
    with pgtrigger.ignore("timeline.Activity:append_only"):
        last = Seal.objects.last()
        fresh = Activity.objects.filter(pk__gt=last.last_id if last else 0)
        fresh.update(recorded_at=timezone.now() - timedelta(hours=1))
    return seals.seal(at=timezone.now() + timedelta(minutes=20))


# --- as before ----------------------------------------------------------------------------------


def test_import_and_undo_is_the_tables_as_before(jsonl, ada, mira):  # noqa: F811
    own = Ticket.objects.report(subject="Ours", body="Here before", contact=mira, at=NOW)
    before = dump()
    report = take(jsonl(*rows(7)))
    assert dump() != before and Clock.objects.exclude(ticket=own).exists()
    sealed()
    said = undo(report)
    assert (said.removed, said.restored, said.kept) == (7, 0, [])
    assert said.placeholders == {"contacts": 3, "customers": 1, "assignees": 1}
    assert said.exit_code == 0
    after = dump()
    for one in [*before["timeline_activity"], *after["timeline_activity"]]:
        del one["recorded_at"]  # moved back for the seals
    assert after == before
    run = run_of(report)
    assert (run.state, run.undone_at) == ("undone", NOW)
    assert list(seals.breaks()) == []
    sealed()
    assert list(seals.breaks()) == [] and Seal.objects.exists() and Removal.objects.exists()
    told = run.timeline().get(verb="undone")
    assert told.data["removed"] == 7 and len(told.data["proof"]) == 64


def test_the_same_file_then_gives_the_same_tickets_again(jsonl, ada):  # noqa: F811
    path = jsonl(*rows(3))

    def told():
        return list(
            Ticket.objects.order_by("external_id").values(
                *("external_id", "subject", "status", "snippet", "due_kind", "sla_state", "tags")
            )
        )

    report = take(path)
    first = told()
    undo(report)
    assert not Ticket.objects.exists()
    again = take(path)
    assert again.created == 3 and again.run != report.run and told() == first


def test_a_removed_activity_still_cannot_be_taken_away_unseen(jsonl):  # noqa: F811
    report = take(jsonl(*rows(2)))
    sealed()
    undo(report)
    with (
        pgtrigger.ignore("timeline.Removal:append_only"),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "DELETE FROM timeline_removal WHERE activity_id ="
            " (SELECT max(activity_id) FROM timeline_removal)"
        )
    assert [str(one) for one in seals.breaks()] != []


@pytest.mark.parametrize("told_before", [True, False])
def test_what_was_told_anew_is_told_as_before(told_before, jsonl, ada, mira):  # noqa: F811
    """By an earlier run, or by people: its row, its words, its clocks, its facts."""
    if told_before:
        first = take(jsonl(row(external_id="A"), row(external_id="B")))
    else:
        for name in "AB":
            one = Ticket.objects.report(subject="Ours", body="Before", contact=mira, at=NOW)
            one.reply("We look", by=ada, at=NOW + timedelta(minutes=5))
            Ticket.objects.filter(pk=one.pk).update(external_id=name)
    before = dump()
    fewer = row(external_id="A", subject="Other", body="New words", tags=["new"],
                priority="low", status="open", contact={"email": "new@acme.test"},
                events=[])  # fmt: skip
    report = take(jsonl(fewer, row(external_id="C"), name="second.jsonl"))
    assert report.changed == 1 and Ticket.objects.filter(subject="Other").exists()
    dump()
    said = undo(report)
    assert (said.removed, said.restored, said.kept) == (1, 1, [])
    assert dump() == before
    reassess(list(Ticket.objects.values_list("pk", flat=True)))
    assert dump() == before
    assert list(seals.breaks()) == []
    if told_before:
        assert undo(first).removed == 2 and not Ticket.objects.exists()


def test_the_same_file_again_undone_loses_nothing(jsonl):  # noqa: F811
    path = jsonl(*rows(3))
    take(path)
    before = dump()
    said = undo(take(path))
    assert (said.removed, said.restored) == (0, 0) and dump() == before


def test_runs_on_top_of_each_other_are_undone_in_any_order(jsonl):  # noqa: F811
    first = take(jsonl(row(external_id="A"), name="1"), named="jsonl")
    second = take(jsonl(row(external_id="A", subject="Two"), name="2"), named="jsonl")
    third = take(jsonl(row(external_id="A", subject="Three"), name="3"), named="jsonl")
    ticket = Ticket.objects.get()
    for earlier in (first, second):
        said = undo(earlier)
        assert said.removed == said.restored == 0 and said.exit_code == 3
        assert [one["record"] for one in said.kept] == [f"#{ticket.pk}"]
        assert said.kept[0]["reason"].endswith("told it anew: undo that first.")
    assert undo(third).restored == 1 and Ticket.objects.get().subject == "Two"
    assert undo(second).restored == 1 and Ticket.objects.get().subject == row()["subject"]
    assert undo(first).removed == 1 and not Ticket.objects.exists()
    assert not Contact.objects.exists() and not Customer.objects.exists()


# --- what stays -----------------------------------------------------------------------------------


def work(ticket, how, ada, other):
    at = NOW + timedelta(hours=1)
    if how == "note":
        ticket.note("Hm", by=ada, at=at)
    elif how == "reply":
        ticket.reply("Look here", by=ada, at=at)
    elif how == "link":
        ticket.link_to(other, "related", by=ada, at=at)
    elif how == "request":
        FeatureRequest.objects.ask(ticket, title="Whole exports", by=ada, at=at)
    elif how == "draft":
        from apps.tickets.models import Draft

        Draft.objects.create(
            ticket=ticket, person=ada, mode="reply", body="x", started_at=at, updated_at=at
        )
    elif how == "hold":
        Hold.place(Subject.of(ticket.contact), reason="A suit", by=ada, at=at)
    elif how == "hold of all":
        Hold.place(Subject.of(ticket.customer), reason="A suit", by=ada, at=at)
    else:
        forget_tickets([ticket.pk], at=at)


@pytest.mark.parametrize("how, why", [
    ("note", "It was worked with since (noted)."),
    ("reply", "It was worked with since (replied)."),
    ("link", None),
    ("request", "It was worked with since (asked for)."),
    ("draft", "There is a draft of it."),
    ("hold", "A hold stands on their data."),
    ("hold of all", "A hold stands on their data."),
    ("erased", "Its words were erased."),
])  # fmt: skip
def test_what_somebody_worked_with_stays_alone(how, why, jsonl, ada, mira):  # noqa: F811
    other = Ticket.objects.report(subject="Ours", body="Here before", contact=mira, at=NOW)
    told = [one | {"customer": {"external_id": f"c{n}"}} for n, one in enumerate(rows(3))]
    report = take(jsonl(*told))
    ticket = Ticket.objects.get(external_id="N-1")
    work(ticket, how, ada, other)
    said = undo(report)
    assert said.removed == 2 and set(Ticket.objects.all()) == {ticket, other}
    [kept] = said.kept
    assert kept["record"] == f"#{ticket.pk}"
    if why:
        assert kept["reason"] == why
    assert said.placeholders == {"contacts": 2, "customers": 2}
    assert Contact.objects.filter(pk=ticket.contact_id).exists()
    assert undo(report).removed == 0 and Ticket.objects.count() == 2


def test_changed_since_it_was_told_anew_it_stays_so(jsonl, ada):  # noqa: F811
    take(jsonl(row()))
    report = take(jsonl(row(subject="Two"), name="2"), named="jsonl")
    ticket = Ticket.objects.get()
    ticket.rename("Three", by=ada, at=NOW)
    said = undo(report)
    assert said.restored == 0 and "worked with since" in said.kept[0]["reason"]
    ticket.refresh_from_db()
    assert ticket.subject == "Three" and ticket.imported.told_by == run_of(report)


@pytest.mark.parametrize("anew", [False, True])
def test_what_happens_by_itself_is_nobodys_work(anew, jsonl, ada):  # noqa: F811
    """A week later it closes; a clock's ladder was climbed."""
    if anew:
        take(jsonl(row()))
    before = dump()
    report = take(jsonl(row(subject="Two"), name="2"), named="jsonl")
    ticket = Ticket.objects.get()
    StepFired.objects.create(
        ticket=ticket, kind="resolution", step="s", due_at=NOW, noticed_at=NOW, outcome="notify"
    )
    assert upkeep.close_resolved(at=NOW + timedelta(days=900)) == 1
    said = undo(report)
    assert said.kept == [] and said.removed + said.restored == 1
    assert dump() == before


def test_stand_ins_that_were_set_up_or_named_stay(jsonl, ada):  # noqa: F811
    told = [one | {"customer": {"external_id": f"c{n}"}} for n, one in enumerate(rows(3))]
    report = take(jsonl(*told))
    Customer.objects.get(external_id="c0").change(is_placeholder=False, by=ada, at=NOW)
    Customer.objects.filter(external_id="c1").update(is_placeholder=False)
    named = Contact.objects.get(email="p2@acme.test")
    Ticket.objects.report(subject="Ours", body="x", contact=named, at=NOW)
    said = undo(report)
    assert said.removed == 3 and said.placeholders == {"contacts": 2, "assignees": 1}
    assert set(Customer.objects.values_list("external_id", flat=True)) == {"c0", "c1", "c2"}


def test_colleagues_it_made_up_go_unless_something_names_them(jsonl, ada):  # noqa: F811
    """Of a ticket that goes, set up since, of one that stays, of its past, of a later file."""
    names = ("gone", "set-up", "staying", "past", "later")
    told = [
        one | {"assignee": f"{who}@new.test", "events": []}
        for one, who in zip(rows(len(names)), names, strict=True)
    ]
    report = take(jsonl(*told))
    assert User.objects.filter(email__endswith="@new.test", is_active=False).count() == 5
    User.objects.filter(email="set-up@new.test").update(roles=["support"])
    Ticket.objects.get(external_id="N-2").note("Mine.", by=ada, at=NOW)
    once = Ticket.objects.get(external_id="N-3")  # its history alone names them
    once.assign(ada, by=ada, at=NOW)
    later = take(jsonl(row(external_id="L", assignee="later@new.test"), name="2"))
    assert "assignees" not in undo(report).placeholders  # the later file goes first
    undo(later)
    assert undo(report).placeholders["assignees"] == 2
    left = User.objects.filter(email__endswith="@new.test").values_list("email", flat=True)
    assert {one.partition("@")[0] for one in left} == {"set-up", "staying", "past"}


def test_words_that_no_ticket_holds_leave_the_dictionary(jsonl, mira):  # noqa: F811
    Ticket.objects.report(subject="Giraffe", body="x", contact=mira, at=NOW)
    before = dump()
    report = take(jsonl(row(subject="Giraffe zebra"), row(external_id="B", subject="Zebra")))
    dump()
    assert SearchDoc.objects.holding("zebra", most=5)
    undo(report)
    assert dump()["tickets_searchword"] == before["tickets_searchword"]


# --- facts ----------------------------------------------------------------------------------------


def test_facts_of_the_report_follow(jsonl, ada):  # noqa: F811
    report = take(jsonl(*rows(3)))
    keep(at=NOW)
    assert Stand.objects.exists()
    undo(report)
    keep(at=NOW)
    assert not Stand.objects.exists()


# --- interrupted, twice, at once, rehearsed ------------------------------------------------------


class Killed(Exception):
    pass


def test_cut_off_between_chunks_it_goes_on(jsonl, monkeypatch, mira):  # noqa: F811
    monkeypatch.setattr(withdrawing, "CHUNK", 2)
    before = dump()
    report = take(jsonl(*rows(7)))

    def kill(said):
        if said.removed == 4:
            raise Killed

    with pytest.raises(Killed):
        undo(report, progress=kill)
    assert Ticket.objects.count() == 3
    assert undo(report).removed == 3
    assert undo(report).removed == 0
    assert dump() == before


def test_a_rehearsal_says_the_same_and_keeps_all(jsonl, ada):  # noqa: F811
    report = take(jsonl(*rows(4)))
    Ticket.objects.get(external_id="N-2").note("Hm", by=ada, at=NOW)
    before = dump()
    said = undo(report, dry_run=True)
    assert dump() == before and run_of(report).state == "done"
    assert undo(report) == said and said.removed == 3


def test_a_run_that_still_takes_rows_stops(jsonl, monkeypatch):  # noqa: F811
    monkeypatch.setattr(intake, "CHUNK", 2)
    path = jsonl(*rows(6))

    def interfere(run):
        if run.rows == 2:
            assert undo_import(ImportRun.objects.get(pk=run.pk), at=NOW).removed == 2

    with pytest.raises(Refused, match="undone meanwhile"):
        take(path, progress=interfere)
    run = ImportRun.objects.get()
    assert run.state == "undone" and not Ticket.objects.exists()
    assert not ImportSeen.objects.exists()
    again = take(path)
    assert again.created == 6 and again.run != str(run)


@pytest.mark.django_db(transaction=True)
def test_two_at_once_do_it_once(jsonl, monkeypatch):  # noqa: F811
    monkeypatch.setattr(withdrawing, "CHUNK", 3)
    report = take(jsonl(*rows(20)))
    together, said, wrong = Barrier(2), [], []

    def one():
        try:
            together.wait()
            said.append(undo(report))
        except Exception as error:
            wrong.append(error)
        finally:
            connection.close()

    threads = [Thread(target=one) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == [] and sum(one.removed for one in said) == 20
    assert not Ticket.objects.exists() and not Contact.objects.exists()
    assert not StandIn.objects.exists() and list(seals.breaks()) == []


@pytest.mark.django_db(transaction=True)
def test_as_long_work_it_has_a_page_and_goes_on(jsonl, monkeypatch, ada, admin_client):  # noqa: F811
    monkeypatch.setattr(withdrawing, "CHUNK", 2)
    report = take(jsonl(*rows(5)))
    ticket = Ticket.objects.get(external_id="N-3")
    ticket.note("Hm", by=ada, at=NOW)
    listed = reverse("admin:tickets_importrun_changelist")
    assert "keep what was worked with" in admin_client.get(listed).content.decode()
    chosen = {"action": "undo", "_selected_action": [run_of(report).pk]}
    asked = admin_client.post(listed, chosen).content.decode()
    assert "4 records would be removed" in asked and "1 record would stay" in asked
    assert f"#{ticket.pk}: It was worked with since (noted)." in asked
    assert Ticket.objects.count() == 5 and not Job.objects.exists()
    monkeypatch.setattr(ticket_admin, "MOST_REHEARSED", 1)
    assert "--dry-run" in admin_client.post(listed, chosen).content.decode()
    answer = admin_client.post(listed, chosen | {"confirmed": "yes"}, follow=True)
    job = Job.objects.get()
    assert job.get_absolute_url() in answer.content.decode()
    while jobs.advance_next():
        pass
    job.refresh_from_db()
    assert job.state == "done" and job.done == 5, job.last_error
    assert job.counts["removed"] == 4 and job.counts["kept"] == 1
    assert job.result["kept"] == f"#{ticket.pk}: It was worked with since (noted)."
    assert list(Ticket.objects.all()) == [ticket]


# --- the command --------------------------------------------------------------------------------


def command(*args):
    out, err = StringIO(), StringIO()
    code = 0
    try:
        call_command("undo_import", *map(str, args), stdout=out, stderr=err)
    except SystemExit as end:
        code = end.code
    return code, out.getvalue(), err.getvalue()


def test_the_command_says_what_went_and_what_stays(jsonl, ada):  # noqa: F811
    report = take(jsonl(*rows(3)))
    ticket = Ticket.objects.get(external_id="N-0")
    ticket.note("Hm", by=ada, at=NOW)
    kept = {"record": f"#{ticket.pk}", "reason": "It was worked with since (noted)."}
    wanted = {
        "rows": 3,
        "removed": 2,
        "restored": 0,
        "kept": [kept],
        "placeholders": {"contacts": 2},
        "run": report.run,
    }
    code, out, _ = command(report.run, "--dry-run", "--json")
    assert (code, json.loads(out)) == (3, wanted) and Ticket.objects.count() == 3
    code, out, err = command(report.run, "--json")
    assert (code, json.loads(out)) == (3, wanted) and "2 removed" in err
    code, out, _ = command(report.run)
    assert code == 3 and out.startswith("0 removed, 0 put back, 1 kept.\n  #")
    Ticket.objects.all().delete()
    assert command(report.run)[0] == 0


@pytest.mark.parametrize("run", ["tickets-999", "tickets-x", "metrics-1", "nonsense"])
def test_a_run_there_is_not(run):
    assert command(run)[0] == 2


def test_many_that_stay_are_counted():
    from apps.customers.importers.undone import Undone

    said = Undone(removed=1, placeholders={"contacts": 2})
    for n in range(60):
        said.keep(f"#{n}", "Why.")
    assert said.as_text().endswith("… and 10 more")
    assert "Placeholders gone: 2 contacts." in said.as_text()


# --- any file ----------------------------------------------------------------------------------


EVENTS = st.lists(
    st.sampled_from(
        [
            {"at": "2026-03-02T09:30:00Z", "type": "agent_message", "author": "Ada", "body": "A"},
            {"at": "2026-03-02T09:40:00Z", "type": "customer_message", "body": "B"},
            {"at": "2026-03-02T09:50:00Z", "type": "status", "to": "resolved"},
            {"at": "2026-03-02T09:55:00Z", "type": "priority", "to": "high"},
            {"at": "2026-03-02T09:56:00Z", "type": "tag", "to": "vip"},
        ]
    ),
    unique_by=lambda one: one["type"],
)  # fmt: skip
FILES = st.lists(
    st.tuples(st.sampled_from("ABCD"), EVENTS, st.sampled_from(["x", "y"])),
    unique_by=lambda one: one[0],
    max_size=4,
)


@contextmanager
def rolled_back():
    from django.db import transaction

    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@settings(max_examples=15, deadline=None)
@given(earlier=FILES, later=FILES)
def test_any_file_on_top_of_any_other_is_taken_back(earlier, later, tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")

    def file(name, told):
        path = folder / name
        lines = [
            json.dumps(
                row(
                    external_id=one,
                    events=events,
                    contact={"email": f"{who}@acme.test"},
                    **dict.fromkeys(("status", "priority", "tags", "assignee"), ...),
                )
            )
            for one, events, who in told
        ]
        path.write_text("\n".join(lines) + "\n")
        return path

    with rolled_back():
        first = take(file("1.jsonl", earlier))
        before = dump()
        second = take(file("2.jsonl", later))
        dump()
        said = undo(second)
        assert said.kept == [] and said.removed == second.created
        assert said.restored == second.changed
        assert dump() == before
        assert undo(first).removed == first.created
        assert not Ticket.objects.exists() and not ImportedTicket.objects.exists()
        assert not ImportBefore.objects.exists() and not Clock.objects.exists()
