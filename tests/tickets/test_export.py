"""What leaves as a file comes back as the same, byte for byte."""

import io
import json
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.outbox import jobs
from apps.outbox.models import Job
from apps.sla import explain, publishing
from apps.sla.audit import run as audit
from apps.sla.models import Policy
from apps.tickets import exporting, files
from apps.tickets.intake import import_tickets
from apps.tickets.models import Attachment, Ticket
from apps.timeline.refusal import Refused
from tests import make

pytestmark = pytest.mark.django_db
NOW = make.NOW


def hours(n: float):
    return NOW + timedelta(hours=n)


@pytest.fixture
def lived(mira, ada, sol):
    """Tickets that lived through every verb a file can tell of."""
    queue = make.queue("Billing")
    other = make.contact("Jon Aker", customer=make.customer("Southwind", external_id="s-1"))
    long = Ticket.objects.report(
        subject="=Export stops",
        body="Since Monday.",
        contact=mira,
        at=hours(0),
        priority="high",
        assignee=ada,
        tags=["vip", "export"],
        queue=queue,
        channel="mail",
    )
    long.note("Hm.", by=sol, at=hours(1))
    long.prioritise("urgent", by=sol, at=hours(1.5))
    reply = long.reply("Try again.", by=ada, at=hours(2), after="keep_open")
    long.take_back(reply, by=ada, at=hours(2) + timedelta(seconds=5))
    long.reply("Try once more.", by=ada, at=hours(3))
    long.hear("It fails.", at=hours(4))
    long.hear("Out of office", at=hours(4.2), automatic=True)
    lost = long.reply("Is it so?", by=ada, at=hours(4.3))
    long.bounce(lost, at=hours(4.4))
    resolved = long.resolve(by=ada, at=hours(4.5))
    long.undo(resolved.pk, by=ada, at=hours(4.6))
    long.assign(sol, by=ada, at=hours(5))
    long.tag(["vip", "data"], by=sol, at=hours(5))
    taken_back = long.need_no_reply(by=sol, at=hours(5.5))
    long.undo(taken_back.pk, by=sol, at=hours(5.6))
    long.need_no_reply(by=sol, at=hours(6))
    long.resolve(by=sol, at=hours(7))
    long.hear("Again!", at=hours(8))
    long.reply("Fixed now.", by=sol, at=hours(9), after="resolve")
    long.close(by=None, at=hours(200))
    logged = Ticket.objects.report(
        subject="Called about the invoice",
        body="Told how.",
        contact=other,
        by=ada,
        at=hours(1),
        origin="logged",
        answered_in_contact=True,
        channel="phone",
    )
    logged.resolve(by=ada, at=hours(2))
    ours = Ticket.objects.report(
        subject="We will move your data", body="On Sunday.", contact=other, by=sol,
        at=hours(2), origin="agent",
    )  # fmt: skip
    marked = ours.mark_spam(by=ada, at=hours(3))
    ours.undo(marked.pk, by=ada, at=hours(3.1))
    ours.merge(logged, by=ada, at=hours(3.2))
    ours.unmerge(by=ada, at=hours(3.3))
    spam = Ticket.objects.report(subject="Win!", body="Click", contact=mira, at=hours(3))
    oops = spam.reply("Congratulations!", by=ada, at=hours(3.5))
    spam.take_back(oops, by=ada, at=hours(3.5) + timedelta(seconds=5))
    spam.mark_spam(by=ada, at=hours(4))
    bare = Ticket.objects.report(subject="No words", body="", contact=other, at=hours(4))
    incident = make.incident(sol)
    incident.link(Ticket.objects.filter(pk=bare.pk), by=sol, at=hours(4))
    incident.update("customers", "We repair it.", by=sol, at=hours(5), next_at=None)
    return [long, logged, ours, spam, bare]


def forget_everything():
    tables = (
        "tickets_ticket, tickets_importrun, customers_contact, customers_customer,"
        " timeline_activity, outbox_delivery, outbox_notification"
    )
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"TRUNCATE {tables} CASCADE")


@pytest.mark.parametrize("kind", ["jsonl", "csv"])
def test_out_and_in_and_out_again_is_the_same(kind, lived, tmp_path):
    first, second = tmp_path / f"first.{kind}", tmp_path / f"second.{kind}"
    assert exporting.export(Ticket.objects.all(), first, kind) == 5
    forget_everything()
    report = import_tickets(first, now=hours(1000))
    assert (report.created, report.rejected) == (5, [])
    assert exporting.export(Ticket.objects.all(), second, kind) == 5
    assert second.read_text() == first.read_text()
    assert Ticket.objects.filter(subject="=Export stops").exists()


@pytest.mark.parametrize("counts", [True, False], ids=["updates answer", "updates do not"])
def test_the_clocks_are_those_they_were(counts, tmp_path, sol, request):
    policy = Policy.objects.default()
    if not counts:
        policy.edit(incident_updates=False, by=sol, at=NOW)
        publishing.publish_policy(policy, by=sol, at=NOW)
    request.getfixturevalue("lived")

    def clocks():
        found = Ticket.objects.order_by("reported_at", "subject")
        return [
            (one.kind, one.state, one.stopped_at and one.elapsed, one.started_at, one.stopped_at)
            for ticket in found
            for one in ticket.clocks.order_by("kind", "cycle")
        ]

    before = clocks()
    exporting.export(Ticket.objects.all(), tmp_path / "all.jsonl", "jsonl")
    forget_everything()
    import_tickets(tmp_path / "all.jsonl", now=hours(1000))
    assert clocks() == before
    bare = Ticket.objects.get(subject="No words")
    assert bare.clocks.get(kind="first_response").state == ("met" if counts else "running")
    told = bare.timeline().get(verb="replied")
    assert (told.data["incident"], told.data["update"]) == (0, 0)
    assert not any(one.update for one in explain.panel(bare, at=hours(1000)))
    assert audit(at=hours(1000)).differences == 0


def test_a_file_is_written_in_chunks_with_as_many_queries_each(lived, tmp_path, monkeypatch):
    monkeypatch.setattr(exporting, "CHUNK", 2)
    with CaptureQueriesContext(connection) as captured:
        exporting.export(Ticket.objects.all(), tmp_path / "a.jsonl", "jsonl")
    assert len(captured) <= 7 * 3 + 1


def test_what_came_with_messages_is_listed_beside(lived, tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.MEDIA_ROOT.mkdir()
    kept = files.keep(io.BytesIO(b"Hello"), "hello.txt")
    message = lived[0].messages.order_by("pk").first()
    Attachment.objects.create(
        message=message,
        name=kept.name,
        content_type=kept.content_type,
        size=kept.size,
        digest=kept.digest,
    )
    call_command("export_tickets", str(tmp_path / "all.jsonl"), stdout=io.StringIO())
    [line] = (tmp_path / "all.jsonl.files.jsonl").read_text().splitlines()
    assert json.loads(line)["sha256"] == kept.digest


def test_the_command_exports_what_the_words_ask_for(lived, tmp_path):
    said = io.StringIO()
    call_command("export_tickets", str(tmp_path / "a.csv"), words="is:late", stdout=said)
    assert said.getvalue().strip() == "0 tickets"
    with pytest.raises(CommandError):
        call_command("export_tickets", str(tmp_path / "a.csv"), words="status:nonsense")
    with pytest.raises(CommandError, match="cannot be written"):
        call_command("export_tickets", str(tmp_path / "no" / "a.csv"))


@pytest.mark.parametrize("kind", ["jsonl", "csv"])
def test_as_long_work_it_is_the_same_file(kind, lived, sol, tmp_path, settings, monkeypatch):
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr(exporting, "CHUNK", 2)
    job = exporting.start("", kind, by=sol, at=NOW)
    while jobs.advance_next():
        pass
    job.refresh_from_db()
    assert (job.state, job.done, job.total) == ("done", 5, 5)
    exporting.export(Ticket.objects.all(), tmp_path / "direct", kind)
    assert exporting.path_of(job).read_text() == (tmp_path / "direct").read_text()
    with pytest.raises(Refused):
        exporting.start("", "xlsx", by=sol, at=NOW)


def test_whoever_ordered_the_file_fetches_it(lived, sol, lea, signed_in, tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path
    desk = signed_in(sol)
    ordered = desk.post("/tickets/export/", {"q": "", "format": "csv"})
    job = Job.objects.get(work="tickets.export")
    here = f"/tickets/exports/{job.pk}/"
    assert ordered["Location"] == job.get_absolute_url() and desk.get(here).status_code == 404
    while jobs.advance_next():
        pass
    assert here in desk.get(job.get_absolute_url()).content.decode()
    fetched = desk.get(here)
    assert b"".join(fetched.streaming_content) == exporting.path_of(job).read_bytes()
    assert signed_in(lea).get(here).status_code in (403, 404)
    exporting.path_of(job).unlink()
    assert desk.get(here).status_code == 404
