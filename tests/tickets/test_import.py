"""Tickets from files: good rows in, bad rows explained, nothing half applied."""

import json
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.accounts.models import User
from apps.calendars.models import Calendar
from apps.customers.importers.reading import Malformed, Unusable
from apps.customers.models import Contact, Customer
from apps.sla.clocks import reassess
from apps.sla.models import Clock, Policy, Terms
from apps.tickets import intake
from apps.tickets.importers import rows
from apps.tickets.importers.history import story_of
from apps.tickets.intake import import_tickets
from apps.tickets.models import ImportRun, ImportSeen, Message, SearchDoc, Ticket
from apps.tickets.searching import search
from apps.timeline.models import Activity
from apps.timeline.refusal import Refused
from tests import make
from tests.make import NOW

pytestmark = pytest.mark.django_db

ROW = {
    "external_id": "A-1",
    "subject": "Invoice is wrong",
    "body": "The sum is\nwrong.",
    "reported_at": "2026-03-02T09:00:00Z",
    "priority": "urgent",
    "status": "resolved",
    "channel": "mail",
    "contact": {"email": "Mira@Acme.test", "name": "Mira Köhler"},
    "customer": {"external_id": "acme", "name": "Acme GmbH"},
    "assignee": "ada@demo.test",
    "tags": ["VIP", "refund"],
    "fields": {"invoice": "R-17", "amount": 19.9},
    "events": [
        {"at": "2026-03-02T09:01:00Z", "type": "automatic_message", "body": "We got it"},
        {"at": "2026-03-02T09:05:00Z", "type": "assign", "to": "sol@demo.test"},
        {"at": "2026-03-02T09:06:00Z", "type": "assign", "to": "ada@demo.test"},
        {"at": "2026-03-02T09:30:00.900Z", "type": "agent_message", "author": "ada@demo.test",
         "body": "Looking"},
        {"at": "2026-03-02T09:30:00Z", "type": "status", "to": "waiting_customer"},
        {"at": "2026-03-02T12:00:00+02:00", "type": "customer_message", "body": "And?"},
        {"at": "2026-03-02T10:10:00Z", "type": "note", "author": "Ada", "body": "Hm \\ tab\t!"},
        {"at": "2026-03-02T10:11:00Z", "type": "priority", "to": "urgent"},
        {"at": "2026-03-02T10:12:00Z", "type": "tag", "to": "vip"},
        {"at": "2026-03-02T10:12:00Z", "type": "tag", "to": "refund"},
        {"at": "2026-03-02T10:13:00Z", "type": "tag", "to": "x"},
        {"at": "2026-03-02T10:14:00Z", "type": "tag", "remove": "x"},
        {"at": "2026-03-02T11:00:00Z", "type": "agent_message", "author": "ada@demo.test",
         "body": "Fixed"},
        {"at": "2026-03-02T11:00:00Z", "type": "status", "to": "resolved"},
    ],
}  # fmt: skip


def row(**changes):
    return {k: v for k, v in (ROW | changes).items() if v is not ...}


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path / "media")


@pytest.fixture
def jsonl(tmp_path):
    def write(*said, name="tickets.jsonl"):
        path = tmp_path / name
        lines = (
            one if isinstance(one, bytes) else json.dumps(one, ensure_ascii=False).encode()
            for one in said
        )
        path.write_bytes(b"\n".join(lines) + b"\n")
        return path

    return write


@pytest.fixture
def csv_file(tmp_path):
    def write(text, name="tickets.csv"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


def take(path, **options):
    return import_tickets(path, now=NOW, **options)


def verbs(ticket):
    return list(ticket.timeline().values_list("verb", flat=True))


# --- one good row -----------------------------------------------------------------------------


def test_a_ticket_comes_with_its_history(jsonl, ada):
    report = take(jsonl(row()))
    assert (report.rows, report.created, report.rejected, report.exit_code) == (1, 1, [], 0)
    ticket = Ticket.objects.get(external_id="A-1")
    assert (ticket.status, ticket.priority, ticket.assignee) == ("resolved", "urgent", ada)
    assert ticket.tags == ["vip", "refund"] and ticket.fields == {"invoice": "R-17", "amount": 19.9}
    assert (ticket.customer.name, ticket.contact.email) == ("Acme GmbH", "mira@acme.test")
    assert ticket.reported_at == datetime(2026, 3, 2, 9, tzinfo=UTC)
    assert ticket.first_replied_at == datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
    assert ticket.resolved_at == ticket.updated_at == datetime(2026, 3, 2, 11, tzinfo=UTC)
    assert ticket.snippet == "Fixed" and ticket.waiting_since is None
    assert verbs(ticket) == [
        *("reported", "auto_replied", "assigned", "assigned", "replied", "moved", "heard"),
        *("noted", "prioritised", "tagged", "tagged", "tagged", "tagged", "replied", "resolved"),
    ]
    said = list(ticket.messages.order_by("at", "id"))
    assert [one.direction for one in said] == ["in", "out", "out", "in", "note", "out"]
    assert [one.who for one in said[2:5]] == ["Ada Lovelace", "Mira Köhler", "Ada"]
    assert said[0].body == "The sum is\nwrong." and said[4].body == "Hm \\ tab\t!"
    assert said[0].shown == "<p>The sum is<br>\nwrong.</p>\n"
    heard = ticket.timeline().get(verb="heard")
    assert heard.data["status"] == ["waiting_customer", "open"]
    assert heard.at == datetime(2026, 3, 2, 10, tzinfo=UTC) and heard.who == "Mira Köhler"
    assert heard.data["message"] == said[3].pk
    assigned = ticket.timeline().filter(verb="assigned").first()
    assert assigned.data["assignee"][0] is None


def test_who_nobody_knows_stands_in_and_is_counted(jsonl, ada):
    report = take(
        jsonl(row(), row(external_id="A-2", events=[], status=..., assignee="new@x.test"))
    )
    assert report.placeholders == {"assignees": 2, "customers": 1}  # sol and new
    assert not User.objects.get(email="new@x.test").is_active
    assert Customer.objects.get().is_placeholder
    assert Contact.objects.get().customer == Customer.objects.get()


def test_a_row_that_only_refers_to_somebody_takes_no_name_away(jsonl):
    mira = {"email": "mira@acme.test"}
    take(
        jsonl(
            row(contact=mira, customer=...),
            row(external_id="A-2"),
            row(external_id="A-3", contact=mira, customer={"external_id": "acme"}),
            row(external_id="A-4", contact=mira, customer=...),
        )
    )
    contact = Contact.objects.get()
    assert (contact.name, contact.customer.name) == ("Mira Köhler", "Acme GmbH")
    assert {ticket.customer for ticket in Ticket.objects.all()} == {contact.customer}


def test_the_same_file_again_changes_nothing(jsonl):
    path = jsonl(row(), row(external_id="A-2"))
    first = take(path)
    before = set(Activity.objects.values_list("pk", flat=True))
    again = take(path)
    assert (again.rows, again.created, again.changed, again.unchanged) == (2, 0, 0, 2)
    assert set(Activity.objects.values_list("pk", flat=True)) == before
    assert again.run != first.run and again.placeholders == {}


def test_a_longer_history_is_told_anew_and_counts_alone(jsonl):
    take(jsonl(row()))
    ticket = Ticket.objects.get()
    more = [*ROW["events"], {"at": "2026-03-03T08:00:00Z", "type": "customer_message", "body": "?"}]
    report = take(jsonl(row(events=more, status="open", subject="Invoice R-17")))
    assert (report.created, report.changed) == (0, 1)
    ticket.refresh_from_db()
    assert (ticket.status, ticket.subject) == ("open", "Invoice R-17")
    assert ticket.waiting_since == datetime(2026, 3, 3, 8, tzinfo=UTC)
    assert ticket.resolved_at is None
    assert verbs(ticket).count("reported") == 1 and verbs(ticket)[-1] == "heard"
    assert Activity.objects.filter(kind="ticket", verb="reported").count() == 2  # none taken away
    assert ticket.messages.count() == 7
    assert (take(jsonl(row(events=more, status="open", subject="Invoice R-17"))).unchanged) == 1


def test_imported_words_are_found_once_gathered(jsonl):
    take(jsonl(row()))
    assert SearchDoc.objects.gather() == 1
    assert [hit.row.id for hit in search("invoice").tickets] == [Ticket.objects.get().pk]


def test_a_dry_run_reports_the_same_and_keeps_nothing(jsonl):
    path = jsonl(row(), row(external_id="A-2", subject=...), row())
    said = take(path, dry_run=True)
    assert not Ticket.objects.exists() and not Activity.objects.exists()
    assert not ImportRun.objects.exists() and not User.objects.exists()
    done = take(path)
    assert (said.rows, said.created, said.rejected) == (done.rows, done.created, done.rejected)
    assert said.run == "" and done.run.startswith("tickets-")


def test_nothing_in_a_bare_row_is_invented(jsonl):
    bare = {"external_id": "B", "subject": "S", "reported_at": "2026-03-02T09:00:00Z"}
    assert take(jsonl(bare)).created == 1
    ticket = Ticket.objects.get()
    assert (ticket.status, ticket.priority, ticket.channel) == ("new", "normal", "import")
    assert ticket.customer is None and ticket.contact is None and ticket.assignee is None
    assert ticket.messages.count() == 0 and ticket.waiting_since == ticket.reported_at


def test_a_settled_status_without_history_says_so(jsonl):
    take(jsonl(row(events=..., status="closed")))
    assert Ticket.objects.get().status == "closed"
    assert Activity.objects.filter(kind="ticket").last().data["without_history"] is True


def test_a_customer_may_be_known_by_name_alone(jsonl):
    acme = make.customer("ACME")
    globex = {"name": "Globex"}
    take(
        jsonl(
            row(customer={"name": "acme"}),
            row(external_id="A-2", customer=globex),
            row(external_id="A-3", customer=globex, contact=...),
        )
    )
    assert Ticket.objects.get(external_id="A-1").customer == acme
    assert Customer.objects.count() == 2


def test_a_queue_must_be_there_and_its_fields_fit(jsonl):
    billing = make.queue("Billing")
    billing.fields.create(key="amount", label="Amount", type="number")
    report = take(
        jsonl(
            row(queue="BILLING", fields={"amount": "12"}),
            row(external_id="A-2", queue="sales"),
            row(external_id="A-3", queue="billing", fields={"amount": "much"}),
        )
    )
    assert [(r["row"], r["column"]) for r in report.rejected] == [
        (2, "queue"),
        (3, "fields.amount"),
    ]
    assert Ticket.objects.get().fields == {"amount": 12} and Ticket.objects.get().queue == billing


# --- bad rows ---------------------------------------------------------------------------------

LATER = "2027-01-01T00:00:00Z"


def event(**said):
    return row(events=[{"at": "2026-03-02T10:00:00Z"} | said], status=..., priority=..., tags=...)


BAD = [
    (row(external_id=...), "external_id", "missing"),
    (row(external_id=" "), "external_id", "missing"),
    (row(external_id=7), "external_id", "Text"),
    (row(external_id="x" * 201), "external_id", "201"),
    (row(subject=...), "subject", "missing"),
    (row(subject="x" * 999), "subject", "999"),
    (row(subject="a\x00b"), "subject", "NUL"),
    (row(body="a\x00b"), "body", "NUL"),
    (row(body="\x07"), "body", "U+0007"),
    (row(body=["a"]), "body", "Text"),
    (row(contact={"name": "a\x00"}), "contact.name", "NUL"),
    (row(fields={"a": "\x00"}), "fields.a", "NUL"),
    (row(events=[{"at": "2026-03-02T10:00:00Z", "type": "note", "body": "\x00"}]), "events[0].body",
     "NUL"),
    (row(reported_at=...), "reported_at", "instant"),
    (row(reported_at="2026-03-02"), "reported_at", "instant"),
    (row(reported_at="2026-03-02T09:00:00"), "reported_at", "no zone"),
    (row(reported_at="2026-02-30T09:00:00Z"), "reported_at", "calendar"),
    (row(reported_at="0001-01-01T00:00:00+14:00"), "reported_at", "calendar"),
    (row(reported_at="1969-12-31T23:59:59Z"), "reported_at", "living memory"),
    (row(reported_at=LATER), "reported_at", "later than now"),
    (row(priority="extreme"), "priority", "not one of"),
    (row(status="done"), "status", "not one of"),
    (row(status="open"), "status", "after the last event"),
    (row(priority="low"), "priority", "after the last event"),
    (row(assignee="sol@demo.test"), "assignee", "another"),
    (row(channel="pigeon"), "channel", "not one of"),
    (row(contact="mira"), "contact", "object"),
    (row(contact={"email": "no"}), "contact.email", "e-mail"),
    (row(contact={"mail": "x"}), "contact.mail", "not known"),
    (row(customer={"id": 1}), "customer.id", "not known"),
    (row(assignee="ada"), "assignee", "e-mail"),
    (row(tags="vip"), "tags", "list"),
    (row(tags=[1]), "tags[0]", "Text"),
    (row(tags=["x" * 61]), "tags", "60"),
    (row(fields={"a": {"b": 1}}), "fields.a", "several"),
    (row(colour="red"), "colour", "not known"),
    (row(answered_in_contact=True), "answered_in_contact", "logged"),
    (row(answered_in_contact="yes"), "answered_in_contact", "true or false"),
    (row(events={}), "events", "list"),
    (row(events=[1]), "events[0]", "object"),
    (event(), "events[0].type", "missing"),
    (event(type="reply"), "events[0].type", "not a type"),
    (event(type="policy", to={}), "events[0].type", "portal"),
    (event(type="note", colour=1), "events[0].colour", "not known"),
    (event(type="note", at="yesterday"), "events[0].at", "instant"),
    (event(type="note", at="2026-03-01T00:00:00Z"), "events[0].at", "before reported_at"),
    (event(type="note", at=LATER), "events[0].at", "later than now"),
    (event(type="status"), "events[0].to", "missing"),
    (event(type="note", incident_update=True), "events[0].incident_update", "agent_message"),
    (event(type="agent_message", incident_update=1), "events[0].incident_update", "true or"),
    (event(type="status", to="gone"), "events[0].to", "not one of"),
    (event(type="assign"), "events[0].to", "missing"),
    (event(type="assign", to="ada"), "events[0].to", "e-mail"),
    (event(type="tag"), "events[0].to", "either"),
    (event(type="tag", to="a", remove="b"), "events[0].to", "either"),
    (event(type="tag", to="x" * 61), "events[0].to", "60"),
    (event(type="undo"), "events[0].of", "instant"),
    (event(type="undo", of="2026-03-02T09:30:00Z"), "events[0].of", "No event"),
    (event(type="bounce", of="2026-03-02T10:00:00Z"), "events[0].of", "No message"),
    (b"{", "", "JSON"),
    (b"[]", "", "object"),
    (b'{"a": 1, "a": 2}', "a", "twice"),
    (b'{"a": NaN}', "", "NaN"),
    (b'{"subject": "\xff"}', "", "UTF-8"),
    (b"[" * 100_000, "", "nested"),
    (b'{"a": ' + b"1" * 5000 + b"}", "", "JSON"),
    (b'{"external_id": "S", "subject": "\\ud800", "reported_at": "2026-03-02T09:00:00Z"}',
     "subject", "Unicode"),
]  # fmt: skip


@pytest.mark.parametrize("bad, column, why", BAD)
def test_a_bad_row_is_explained_and_the_good_ones_go_in(jsonl, bad, column, why):
    good = row(external_id="good")
    report = take(jsonl(good, bad, row(external_id="also good")))
    assert [one["row"] for one in report.rejected] == [2]
    assert report.rejected[0]["column"] == column
    assert why in report.rejected[0]["reason"]
    assert (report.rows, report.created, report.exit_code) == (3, 2, 3)
    assert Ticket.objects.count() == 2


def test_a_rehearsal_of_many_chunks_keeps_nothing(jsonl, monkeypatch):
    monkeypatch.setattr(intake, "CHUNK", 2)
    report = import_tickets(jsonl(*(row(external_id=f"R-{n}") for n in range(5))), dry_run=True)
    assert (report.created, Ticket.objects.count(), Activity.objects.count()) == (5, 0, 0)


def test_a_second_row_of_one_id_is_rejected_wherever_it_stands(jsonl, monkeypatch):
    monkeypatch.setattr(intake, "CHUNK", 2)
    report = take(jsonl(row(), row(), row(external_id="B"), row(external_id="C"), row()))
    assert [(one["row"], one["column"]) for one in report.rejected] == [
        (2, "external_id"),
        (5, "external_id"),
    ]
    assert report.created == 3 and not ImportSeen.objects.exists()


def test_a_subject_of_998_characters_fits_whole(jsonl):
    take(jsonl(row(subject="ü" * 998)))
    assert Ticket.objects.get().subject == "ü" * 998


def test_lines_count_as_an_editor_counts_them(jsonl):
    report = take(jsonl(b"\xef\xbb\xbf" + json.dumps(row()).encode(), b"", b"{", b"", b"!"))
    assert [one["row"] for one in report.rejected] == [3, 5]
    assert (report.rows, report.created) == (3, 1)


def test_a_line_too_long_is_one_bad_row(jsonl, monkeypatch):
    from apps.customers.importers import reading

    monkeypatch.setattr(reading, "LONGEST_LINE", 5000)
    report = take(jsonl(row(body="x" * 20_000), row(external_id="B")))
    assert [(one["row"], "longer" in one["reason"]) for one in report.rejected] == [(1, True)]
    assert report.created == 1


# --- undo, bounce, and what they do to the end ------------------------------------------------


def lived(*events, **more):
    values = row(events=list(events), status=..., priority=..., assignee=..., tags=...) | more
    return story_of(rows.read(1, values, now=NOW))


def at(minute, **said):
    return {"at": f"2026-03-02T10:{minute:02}:00Z"} | said


def test_what_is_taken_back_does_not_last():
    story = lived(
        at(0, type="agent_message"),
        at(0, type="status", to="resolved"),
        at(5, type="undo", of="2026-03-02T10:00:00Z"),
    )
    assert (story.status, story.first_replied_at, story.resolved_at) == ("new", None, None)
    assert [one.verb for one in story.happened] == ["reported", "replied", "resolved", "undone"]


def test_a_bounced_answer_answered_nothing():
    story = lived(at(0, type="agent_message"), at(5, type="bounce", of="2026-03-02T10:00:00Z"))
    assert story.first_replied_at is None and story.waiting_since == story.happened[0].at


def test_a_customer_opens_what_waits_and_an_end_stays_an_end():
    story = lived(
        at(0, type="status", to="resolved"),
        at(1, type="customer_message"),
        at(2, type="status", to="open"),
        at(3, type="no_reply_needed"),
        at(4, type="status", to="resolved"),
        at(5, type="status", to="open"),
        at(6, type="spam"),
    )
    assert [one.verb for one in story.happened[1:]] == [
        *("resolved", "heard", "needed_no_reply", "resolved", "reopened", "marked_spam"),
    ]
    assert story.status == "spam" and story.waiting_since is None
    assert lived(at(0, type="merge")).status == "merged"
    closed = lived(at(0, type="status", to="closed"))
    assert closed.closed_at == closed.resolved_at


def test_the_order_of_the_file_holds_within_a_second_only():
    story = lived(
        at(5, type="note", body="b"), at(0, type="note", body="a"), at(5, type="note", body="c")
    )
    assert [one.event.body for one in story.happened[1:]] == ["a", "b", "c"]


# --- CSV --------------------------------------------------------------------------------------

HEAD = "external_id,subject,body,reported_at,status,contact.email,customer_name,tags,fields.size"


def test_a_table_has_the_same_names_flattened(csv_file):
    report = take(
        csv_file(
            f'\ufeff{HEAD}\r\nA-1,"Two\nlines, one ""quote""",,2026-03-02T09:00:00Z,open,'
            "m@x.test,Acme,vip;new,XL\r\n\r\nA-2,S,b,2026-03-02T09:00:00Z,,,,,\r\n"
            "A-3,,b,2026-03-02T09:00:00Z,,,,,\nA-4,too,few\n"
        )
    )
    assert [(one["row"], one["column"]) for one in report.rejected] == [(6, "subject"), (7, "")]
    ticket = Ticket.objects.get(external_id="A-1")
    assert ticket.subject == 'Two lines, one "quote"' and ticket.status == "open"
    assert (ticket.tags, ticket.fields) == (["vip", "new"], {"size": "XL"})
    assert ticket.customer.name == "Acme" and ticket.contact.email == "m@x.test"
    assert report.created == 2


@pytest.mark.parametrize(
    "text, row_, column, why",
    [
        ("A,S,2026-03-02T09:00:00Z,x\x00", 2, "body", "NUL"),
        (b"A,S,2026-03-02T09:00:00Z,\xff", 2, "body", "Unicode"),
        ('A,S,2026-03-02T09:00:00Z,"never ends', 2, "", "cannot be read"),
        ("A,S,2026-03-02,x", 2, "reported_at", "instant"),
    ],
)
def test_a_bad_cell_is_explained(csv_file, text, row_, column, why):
    text = text if isinstance(text, bytes) else text.encode()
    report = take(csv_file(b"external_id,subject,reported_at,body\n" + text))
    [rejected] = report.rejected
    assert (rejected["row"], rejected["column"]) == (row_, column) and why in rejected["reason"]


@pytest.mark.parametrize(
    "text, why",
    [
        ("", "empty"),
        ("\n", "missing"),
        ("external_id,subject\n", "“reported_at” is missing"),
        ("external_id,subject,reported_at,colour\n", "“colour” is not known"),
        ("external_id,subject,reported_at,subject\n", "stands twice"),
        ("external_id,subject,reported_at,events\n", "“events” is not known"),
        ('"external_id', "cannot be read"),
    ],
)
def test_a_table_nothing_can_be_taken_from(csv_file, text, why):
    with pytest.raises(Unusable, match=why):
        take(csv_file(text))


def test_what_is_no_file(tmp_path):
    for path, why in ((tmp_path, "directory"), (tmp_path / "none.csv", "No such file")):
        with pytest.raises(Unusable, match=why):
            take(path)
    with pytest.raises(Unusable, match="formats"):
        take(tmp_path, named="xml")


def test_the_format_shows(csv_file):
    one = json.dumps(row()).encode()
    assert take(csv_file(one, name="a.txt")).created == 1
    head = b"external_id,subject,reported_at\nB,S,2026-03-02T09:00:00Z\n"
    assert take(csv_file(head, name="b.txt")).created == 1
    assert take(csv_file(head.replace(b"B,", b"C,"), name="c.jsonl"), named="csv").created == 1


# --- a run that is cut off --------------------------------------------------------------------


def test_of_two_processes_one_takes_a_file(jsonl, monkeypatch):
    monkeypatch.setattr(intake, "CHUNK", 1)
    place = []

    def overtake(run):
        place.append(run.cursor)
        ImportRun.objects.update(cursor=run.size)

    with pytest.raises(Refused, match="another process"):
        take(jsonl(row(), row(external_id="A-2")), progress=overtake)
    ImportRun.objects.update(cursor=place[0])
    run, other = ImportRun.objects.get(), connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s, %s)", [intake._LOCK, run.pk])
        with pytest.raises(Refused, match="another process"):
            intake.go_on(run, now=NOW)
        cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [intake._LOCK, run.pk])
    assert Ticket.objects.count() == 1
    other.close()
    assert intake.go_on(run, now=NOW).created == 2


def test_a_run_goes_on_where_it_was_cut_off(jsonl, monkeypatch):
    monkeypatch.setattr(intake, "CHUNK", 2)
    path = jsonl(*(row(external_id=f"N-{n}", subject=... if n == 1 else "S") for n in range(7)))

    class Killed(Exception):
        pass

    def kill(run):
        if run.rows == 4:
            raise Killed

    with pytest.raises(Killed):
        take(path, progress=kill)
    assert Ticket.objects.count() == 3
    left = ImportRun.objects.get()
    assert left.state == "running" and 0 < left.share < 1
    report = take(path)
    assert report.run == str(left) and ImportRun.objects.count() == 1
    assert (report.rows, report.created, report.unchanged) == (7, 6, 0)
    assert [one["row"] for one in report.rejected] == [2]
    assert Path(left.path).read_bytes() == path.read_bytes()


# --- the command ------------------------------------------------------------------------------


def command(*args):
    out, err = StringIO(), StringIO()
    code = 0
    try:
        call_command("import_tickets", *map(str, args), stdout=out, stderr=err)
    except SystemExit as end:
        code = end.code
    return code, out.getvalue(), err.getvalue()


def test_the_command_says_what_was_taken(jsonl, tmp_path):
    code, out, err = command(jsonl(row()), "--json")
    said = json.loads(out)
    assert code == 0 and list(said)[:6] == [
        *("rows", "created", "changed", "unchanged", "rejected", "run"),
    ]
    assert said["run"] == str(ImportRun.objects.get()) and "100%" in err
    code, out, _ = command(jsonl(row(), row(subject=1)))
    assert code == 3 and "line 2: subject: Text is wanted here." in out
    assert f"This was run {ImportRun.objects.latest('pk')}." in out
    code, out, err = command(tmp_path / "nowhere.csv", "--json")
    assert (code, out) == (2, "") and "cannot be read" in err
    code, out, _ = command(jsonl(row(external_id="Z")), "--dry-run", "--json")
    assert code == 0 and json.loads(out)["created"] == 1 and Ticket.objects.count() == 1


# --- anything at all --------------------------------------------------------------------------

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)
columns = st.sampled_from(sorted(rows.NAMES))
mutations = st.dictionaries(columns, anything, min_size=1, max_size=3)
event_mutations = st.fixed_dictionaries(
    {
        "at": anything | st.just("2026-03-02T10:00:00Z"),
        "type": st.sampled_from(sorted(rows.EVENTS)),
    },
    optional={
        "to": anything,
        "of": anything,
        "remove": anything,
        "author": anything,
        "body": anything,
    },
)


@given(mutations)
@settings(max_examples=200)
def test_any_row_is_taken_or_explained(changes):
    _taken_or_explained(row(**changes))


@given(st.lists(event_mutations, max_size=4))
@settings(max_examples=200)
def test_any_history_is_taken_or_explained(events):
    _taken_or_explained(row(events=events, status=..., priority=..., assignee=..., tags=...))


def _taken_or_explained(values):
    try:
        story_of(rows.read(1, values, now=NOW))
    except Malformed as fault:
        assert (fault.reason and fault.column.isprintable()) or fault.column


@given(
    lines=st.lists(
        st.binary(max_size=60) | mutations.map(lambda m: json.dumps(row(**m)).encode()), max_size=4
    )
)
@settings(max_examples=25, deadline=None)
def test_any_file_is_taken_or_explained(lines, tmp_path_factory):
    path = tmp_path_factory.mktemp("any") / "any.jsonl"
    path.write_bytes(json.dumps(row(external_id="good")).encode() + b"\n" + b"\n".join(lines))
    before = Ticket.objects.count()
    report = take(path)
    assert report.rows == report.created + report.changed + report.unchanged + len(report.rejected)
    assert Ticket.objects.count() == before + report.created
    assert Message.objects.exists()


def test_rows_with_and_without_a_queue_stand_in_one_file(jsonl):
    """And whoever else of theirs wrote is named, without being taken for their contact."""
    queue = make.queue("Billing")
    events = [{"at": "2026-03-02T10:00:00Z", "type": "customer_message", "author": "Kim \\ Ö"}]
    bare = {"status": ..., "priority": ..., "assignee": ..., "tags": ...}
    report = import_tickets(
        jsonl(
            row(**bare, external_id="Q-1", queue="billing", events=events),
            row(**bare, external_id="Q-2", events=[]),
        )
    )
    assert (report.created, report.rejected) == (2, [])
    with_it, without = Ticket.objects.order_by("external_id")
    assert (with_it.queue, without.queue) == (queue, None)
    heard = Message.objects.get(ticket=with_it, at=datetime(2026, 3, 2, 10, tzinfo=UTC))
    assert (heard.author_label, heard.contact) == ("Kim \\ Ö", None)
    assert Activity.objects.get(subject_id=with_it.pk, verb="heard").who == "Kim \\ Ö"


def test_seconds_of_a_file_go_by_rank_and_what_is_lived_since_by_its_order(jsonl, ada):
    """A file does not say what came first within a second; our own verbs do."""
    at = "2026-03-02T10:00:00Z"
    events = [{"at": at, "type": "status", "to": to} for to in ("waiting_customer", "open")]
    take(jsonl(row(events=events, status=..., priority=..., assignee=..., tags=...)))
    ticket, clock = Ticket.objects.get(), Clock.objects.filter(kind="resolution")
    assert (ticket.status, clock.get().state) == ("open", "paused")
    ticket.move("waiting_customer", by=ada, at=NOW)
    ticket.move("open", by=ada, at=NOW)
    assert clock.get().state == "running"


LIVES = (
    [],
    [("10:00", {"type": "agent_message", "author": "ada@demo.test"}),
     ("10:00", {"type": "status", "to": "waiting_customer"}),
     ("11:00", {"type": "customer_message"}),
     ("11:30", {"type": "bounce", "of": "2026-03-02T10:00:00Z"}),
     ("15:00", {"type": "agent_message", "author": "Somebody"}),
     ("16:00", {"type": "status", "to": "closed"})],
    [("10:00", {"type": "priority", "to": "urgent"}),
     ("10:30", {"type": "priority", "to": "low"}),
     ("10:40", {"type": "tag", "to": "vip"}),
     ("10:45", {"type": "assign", "to": "ada@demo.test"}),
     ("11:00", {"type": "note"}),
     ("12:00", {"type": "undo", "of": "2026-03-02T10:30:00Z"})],
    [("10:00", {"type": "agent_message"}), ("10:10", {"type": "status", "to": "resolved"}),
     ("12:00", {"type": "customer_message"}), ("12:30", {"type": "no_reply_needed"}),
     ("13:00", {"type": "merge"})],
    [("10:00", {"type": "spam"})],
)  # fmt: skip


@pytest.mark.parametrize("told", [{}, {"status": "resolved"}, {"origin": "agent"}])
def test_clocks_that_were_foretold_are_those_the_story_tells(jsonl, ada, told):
    """Whatever happened, under policies that ask for priority, tier and tag, in their hours."""
    make.customer("Acme GmbH", external_id="acme", tier="business")
    office = Calendar.objects.create(name="Office")
    for name, asked in (
        ("Urgent", {"priorities": ["urgent"], "around_the_clock": {"targets": ["resolution"]}}),
        ("Important", {"tags": ["vip"]}),
        ("Paying", {"tiers": ["business"]}),
    ):
        targets = {"first_response": 1800, "resolution": 36_000}
        policy = Policy.objects.create(name=name, targets=targets, calendar=office, **asked)
        policy.publish(by=None, at=NOW)
    bare = {"subject": "Wrong", "reported_at": "2026-03-02T09:00:00Z"}
    whole = [
        bare
        | {"external_id": f"L-{number}", "customer": {"external_id": "acme"}}
        | (told if told.get("status") is None or not life else {})
        | {"events": [{"at": f"2026-03-02T{at}:00Z"} | event for at, event in life]}
        for number, life in enumerate(LIVES)
    ]
    report = import_tickets(jsonl(*whole))
    assert (report.created, report.rejected) == (len(LIVES), [])
    foretold = standing()
    Clock.objects.all().delete()
    Terms.objects.all().delete()
    Ticket.objects.update(due_at=None, due_kind="", sla_state="", sla_left=None, breached=False)
    with transaction.atomic():
        reassess(Ticket.objects.values_list("pk", flat=True))
    assert foretold == standing()


def standing() -> list[tuple]:
    """Everything the clocks say, of them, their terms and their tickets."""
    told = ("due_at", "due_kind", "sla_state", "sla_left", "breached")
    return [
        *Ticket.objects.order_by("pk").values_list("pk", *told),
        *Terms.objects.order_by("pk").values_list(),
        *(
            tuple(clock.values())[1:]
            for clock in Clock.objects.order_by("ticket", "kind", "cycle").values()
        ),
        *Activity.objects.filter(verb="policy_changed")
        .order_by("pk")
        .values_list("subject_id", "at", "data"),
    ]
