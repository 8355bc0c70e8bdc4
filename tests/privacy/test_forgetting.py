"""Whoever is forgotten is found nowhere; everybody else, and every number, stays."""

import io
import json
from datetime import timedelta

import pgtrigger
import pytest
from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.search import SearchVectorField
from django.db import connection, models
from django.utils import timezone

from apps.actions.models import Action, Decision
from apps.api.models import ApiRequest
from apps.customers.models import Contact
from apps.customers.models import ImportRun as PeopleRun
from apps.features.models import FeatureRequest
from apps.figures.registry import compute
from apps.outbox import jobs, journal
from apps.outbox.models import Delivery, DeliveryAttempt, InboundEvent, Notification, StoppedAddress
from apps.privacy.columns import COLUMNS, FORGET
from apps.privacy.models import Erasure, Hold
from apps.privacy.subject import Subject
from apps.sla.clocks import reassess
from apps.sla.models import Clock, StepFired, Waiver
from apps.surveys.models import Response, Survey
from apps.tickets import files
from apps.tickets.models import (
    Attachment,
    Cause,
    Draft,
    DraftFile,
    ImportBefore,
    ImportedTicket,
    ImportRejection,
    ImportRun,
    ImportSeen,
    InboundMail,
    OwedAnswer,
    RawMail,
    SearchDoc,
    SenderRule,
    SideConversation,
    SideDraft,
    Ticket,
)
from apps.tickets.uniting import merge_contacts, unmerge_contacts
from apps.timeline import seals
from apps.timeline.models import Activity, Redaction
from apps.timeline.refusal import Refused
from tests import make

from .conftest import EMAIL, TOKEN

pytestmark = pytest.mark.django_db
WORDS = (
    models.CharField,
    models.TextField,
    models.JSONField,
    models.BinaryField,
    ArrayField,
    SearchVectorField,
    models.FileField,
)


def columns(model):
    return [field for field in model._meta.concrete_fields if isinstance(field, WORDS)]


def test_every_column_that_can_hold_words_is_decided():
    undecided = []
    for model in apps.get_models(include_auto_created=True):
        found = columns(model)
        decided = COLUMNS.get(model._meta.label)
        if found and decided is None:
            undecided.append(model._meta.label)
        if isinstance(decided, dict):
            undecided += [
                f"{model._meta.label}.{field.name}" for field in found if field.name not in decided
            ]
    assert undecided == []
    for label, decided in COLUMNS.items():
        names = {field.name for field in columns(apps.get_model(label))}
        if isinstance(decided, dict):
            assert set(decided) == names, label


def everywhere():
    """Table, column and count wherever the token stands, and files that hold it."""
    found = []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name, data_type FROM information_schema.columns"
            " WHERE table_schema = 'public' AND data_type IN"
            " ('text', 'character varying', 'jsonb', 'bytea', 'ARRAY', 'tsvector')"
        )
        for table, column, kind in cursor.fetchall():
            if kind == "bytea":
                test, value = f'position(%s in "{column}") > 0', TOKEN.encode()
            else:
                test, value = f'"{column}"::text ILIKE %s', f"%{TOKEN}%"
            cursor.execute(f'SELECT count(*) FROM "{table}" WHERE {test}', [value])
            if count := cursor.fetchone()[0]:
                found.append((table, column, count))
    return sorted(found)


def on_disk(storage):
    return [
        str(path.relative_to(storage))
        for path in storage.rglob("*")
        if path.is_file() and TOKEN.encode() in path.read_bytes().lower()
    ]


@pytest.fixture
def planted(ticket, mira, ada, sol, storage):
    """The token in every column that is to be forgotten; what plants it names its column."""
    now = timezone.now()
    message = ticket.messages.first()
    kept = files.keep(io.BytesIO(f"Hello {TOKEN}".encode()), f"{TOKEN}.txt")
    Attachment.objects.create(
        message=message,
        name=kept.name,
        content_type=kept.content_type,
        size=kept.size,
        digest=kept.digest,
    )
    type(message).objects.filter(pk=message.pk).update(
        author_label=TOKEN,
        cc=[EMAIL],
        quoted=TOKEN,
        html=TOKEN,
        headers=f"From: {EMAIL}",
        message_id=TOKEN,
        remarks=TOKEN,
    )
    SideConversation.objects.create(
        ticket=ticket, subject=TOKEN, address=EMAIL, started_by=ada, started_at=now
    )
    Ticket.objects.filter(pk=ticket.pk).update(
        external_id=TOKEN, fields={"who": TOKEN}, snippet=TOKEN
    )
    ticket.record("noted_by_hand", by=None, at=now, label=TOKEN, words=TOKEN, deep=[None, TOKEN])
    delivery = Delivery.objects.enqueue(
        channel="mail",
        cause=f"letter:{ticket.pk}",
        recipient=EMAIL,
        payload={"subject": TOKEN, "text": TOKEN},
        about=("ticket", ticket.pk),
    )
    Delivery.objects.filter(pk=delivery.pk).update(
        last_error=TOKEN, host=f"{TOKEN}.test", next_at=now + timedelta(days=9)
    )
    DeliveryAttempt.objects.create(
        delivery=delivery, n=1, started_at=now, finished_at=now, outcome="accepted", response=TOKEN
    )
    event = InboundEvent.objects.store(
        "mail", f"<{EMAIL}>", f"From: {EMAIL}".encode(), {"f": EMAIL}
    )
    InboundEvent.objects.filter(key=f"<{EMAIL}>").update(last_error=TOKEN)
    assert event
    Notification.objects.create(
        person=ada, cause="x", sentence=TOKEN, url=f"/tickets/{ticket.pk}/#last", at=now
    )
    draft = Draft.objects.create(
        ticket=ticket,
        person=sol,
        mode="reply",
        body=TOKEN,
        cc=[EMAIL],
        earlier=TOKEN,
        started_at=now,
        updated_at=now,
    )
    SideDraft.objects.keep(ticket, None, ada, to=TOKEN, subject=TOKEN, body=TOKEN, at=now)
    DraftFile.objects.create(
        draft=draft, name=TOKEN, content_type="text/plain", size=1, digest=kept.digest
    )
    raw = storage / "media" / "imports" / "raw"
    raw.parent.mkdir()
    raw.write_bytes(f'{{"contact": {{"email": "{EMAIL.upper()}"}}}}'.encode())
    run = ImportRun.objects.create(
        name="f", digest="0", format="jsonl", path=str(raw), size=1, state="done", reason=EMAIL
    )
    ImportRejection.objects.create(run=run, row=1, reason=f"{EMAIL} is odd")
    ImportSeen.objects.create(run=run, external_id=TOKEN)
    ImportedTicket.objects.create(ticket=ticket, told_by=run, digest=TOKEN.encode()[:16])
    ImportBefore.objects.create(
        run=run,
        ticket=ticket,
        seen=0,
        digest=TOKEN.encode()[:16],
        row={"subject": TOKEN},
        messages=[{"body": TOKEN}],
    )
    PeopleRun.objects.create(name="p", digest="0", rejected=[{"reason": EMAIL}])
    Waiver.objects.create(ticket=ticket, kind="resolution", reason=TOKEN, by=sol)
    cause = Cause("feature_request", 1, "shipped", "Export")
    (owed,) = OwedAnswer.objects.owe([ticket.pk], cause, by=sol, at=now)
    request = FeatureRequest.objects.open("Export", by=sol, at=now)
    request.add_insight(ticket, snippet=TOKEN, by=sol, at=now)
    ticket.waive_answer(owed.pk, reason=TOKEN, by=sol, at=now)
    StepFired.objects.create(
        ticket=ticket, kind="resolution", step="s", due_at=now, noticed_at=now, outcome=TOKEN
    )
    LogEntry.objects.create(
        user=ada,
        content_type=ContentType.objects.get_for_model(Contact),
        object_id=str(mira.pk),
        object_repr=TOKEN,
        action_flag=2,
        change_message=TOKEN,
    )
    from apps.accounts.models import ApiToken

    token, _ = ApiToken.issue(ada, "t", expires_at=now + timedelta(days=1))
    ApiRequest.objects.create(
        token=token, key="k", fingerprint=b"0", status=200, body=TOKEN.encode(), created_at=now
    )
    Action.objects.create(
        title=f"Call {EMAIL}",
        due=now.date(),
        owner=ada,
        created_by=ada,
        created_at=now,
        why_dropped=EMAIL,
    )
    Decision.objects.create(
        question=f"Answer {EMAIL}?", why=EMAIL, options=["yes", "no"], asked_by=sol, asked_at=now
    )
    mira.change(by=ada, at=now, name=f"Mira K {TOKEN}")
    mira.customer.change(by=ada, at=now, name=f"Acme B {TOKEN}")
    StoppedAddress.objects.stop(EMAIL, reason=f"{TOKEN} is full", at=now).let_go(by=ada, at=now)
    StoppedAddress.objects.stop(EMAIL, reason=f"{TOKEN} is full", at=now)
    mail = RawMail.objects.create(digest="1" * 64, body=f"From: {EMAIL}".encode())
    arrived = InboundMail.objects.create(
        digest=mail.digest,
        raw=mail,
        size=1,
        way="imap",
        arrived_at=now,
        state="filed",
        detail=TOKEN,
        remarks=TOKEN,
        sender=EMAIL,
        sender_name=TOKEN,
        recipient=TOKEN,
        subject=TOKEN,
        header_id=TOKEN,
        fingerprint=TOKEN,
        ticket=ticket,
    )
    arrived.record("quarantined", at=now, why=TOKEN)
    rule = SenderRule.objects.create(pattern=EMAIL, effect="allow", decided_by=ada, decided_at=now)
    rule.record("decided", by=ada, at=now, pattern=EMAIL)
    survey = Survey.objects.filter(ticket=ticket).first() or Survey.objects.create(
        ticket=ticket, contact=mira, asked_at=now
    )
    Response.objects.create(survey=survey, score=5, comment=TOKEN, at=now)
    exported = storage / "media" / "exports" / "tickets-1.csv"
    exported.parent.mkdir()
    exported.write_text(EMAIL)
    journal.note("key", "mail", EMAIL)
    return ticket


def test_the_token_stands_in_every_column_that_is_to_be_forgotten(planted, storage):
    stood = {(table, column) for table, column, _ in everywhere()}
    wanted = {
        (apps.get_model(label)._meta.db_table, name)
        for label, decided in COLUMNS.items()
        if isinstance(decided, dict)
        for name, what in decided.items()
        if what == FORGET
    }
    assert (
        wanted
        - stood
        - {
            ("tickets_importedticket", "digest"),
            ("tickets_importbefore", "digest"),
        }
        == set()
    )
    assert len(on_disk(storage)) == 4  # the attachment, the raw file, the export, the journal


def forget(record, *, asks, approves):
    erasure = Erasure.ask(Subject.of(record), reason="They asked.", by=asks, at=timezone.now())
    erasure.approve(by=approves, at=timezone.now())
    while jobs.advance_next():
        pass
    erasure.refresh_from_db()
    erasure.job.refresh_from_db()
    assert erasure.job.state == "done", erasure.job.last_error
    return erasure


@pytest.mark.parametrize("whole", [False, True])
def test_nobody_finds_them_again(planted, mira, other, sol, admin, storage, whole):
    later = timezone.now() + timedelta(minutes=20)
    with pgtrigger.ignore("timeline.Activity:append_only"):
        Activity.objects.update(recorded_at=timezone.now() - timedelta(hours=1))
    assert seals.seal(at=later)
    record = mira.customer if whole else mira
    erasure = forget(record, asks=sol, approves=admin)
    left = everywhere()
    if not whole:  # the organisation stays
        own = {("customers_customer", name) for name in ("name", "domain", "external_id")}
        left = [
            one for one in left if one[:2] not in own and one[:2] != ("timeline_activity", "data")
        ]
    assert left == []
    assert on_disk(storage) == []
    assert list(seals.breaks()) == []
    assert erasure.stand == "done"
    assert erasure.counts["tickets"] == 1
    other.refresh_from_db()
    assert other.subject == "Invoice"
    assert other.messages.first().body == "Where is it?"


def test_whoever_was_merged_into_them_is_forgotten_with_them(planted, mira, ada, sol, admin):
    mia = make.contact("Mia", email="mia@acme.test", customer=mira.customer)
    merge_contacts(mira, mia, by=ada, at=timezone.now())
    forget(mia, asks=sol, approves=admin)
    own = {("customers_customer", name) for name in ("name", "domain", "external_id")}
    left = [one for one in everywhere() if one[:2] not in own]
    assert [one for one in left if one[:2] != ("timeline_activity", "data")] == []
    assert not Activity.objects.filter(kind="contact", data__icontains=TOKEN).exists()
    mira.refresh_from_db()
    assert mira.name == "" and TOKEN not in mira.email
    with pytest.raises(Refused, match="was erased"):
        unmerge_contacts(mira, by=ada, at=timezone.now())


def test_a_hold_on_whoever_was_merged_holds_both(planted, mira, ada, sol, admin):
    mia = make.contact("Mia", email="mia@acme.test", customer=mira.customer)
    Hold.place(Subject.of(mira), reason="A lawsuit.", by=admin, at=timezone.now())
    merge_contacts(mira, mia, by=ada, at=timezone.now())
    with pytest.raises(Refused, match="A lawsuit"):
        forget(mia, asks=sol, approves=admin)


def test_clocks_and_figures_read_as_before(planted, mira, sol, admin):
    at = timezone.now()
    keys = ("support.created", "support.solved", "sla.compliance", "support.zero_touch")
    before = [compute(key, at=at) for key in keys]
    clocks = list(Clock.objects.order_by("pk").values("kind", "state", "elapsed", "due_at"))
    forget(mira, asks=sol, approves=admin)
    assert [compute(key, at=at) for key in keys] == before
    reassess([planted.pk])
    again = list(Clock.objects.order_by("pk").values("kind", "state", "elapsed", "due_at"))
    assert again == clocks


def test_what_was_redacted_cannot_be_changed_unseen(planted, mira, sol, admin):
    forget(mira, asks=sol, approves=admin)
    with pgtrigger.ignore("timeline.Activity:append_only"):
        Activity.objects.update(recorded_at=timezone.now() - timedelta(hours=1))
    with pgtrigger.ignore("timeline.Redaction:append_only"):
        Redaction.objects.all().delete()  # as if recorded_at had been so all along
    Activity.objects.none()
    assert seals.seal(at=timezone.now() + timedelta(minutes=20))
    one = Activity.objects.filter(kind="ticket").first()
    seals.redact(Activity.objects.filter(pk=one.pk), keep=(), at=timezone.now())
    assert list(seals.breaks()) == []
    with pgtrigger.ignore("timeline.Activity:append_only"):
        Activity.objects.filter(pk=one.pk).update(actor_label="Somebody")
    [broken] = seals.breaks()
    assert "redaction" in str(broken)


def test_an_erasure_is_asked_for_once_and_approved_by_another(ticket, mira, sol, admin):
    at = timezone.now()
    subject = Subject.of(mira)
    with pytest.raises(Refused, match="why"):
        Erasure.ask(subject, reason=" ", by=sol, at=at)
    erasure = Erasure.ask(subject, reason="They asked.", by=sol, at=at)
    with pytest.raises(Refused, match="already"):
        Erasure.ask(subject, reason="Again.", by=sol, at=at)
    with pytest.raises(Refused, match="Somebody else"):
        erasure.approve(by=sol, at=at)
    with pytest.raises(Refused, match="reason"):
        erasure.refuse(why="", by=admin, at=at)
    erasure.refuse(why="The contract runs.", by=admin, at=at)
    with pytest.raises(Refused, match="decided"):
        erasure.approve(by=admin, at=at)
    assert str(erasure) == f"Erasure {erasure.pk}"


def test_a_hold_or_an_open_question_keeps_the_data(ticket, mira, sol, admin, ada):
    at = timezone.now()
    person, organisation = Subject.of(mira), Subject.of(mira.customer)
    with pytest.raises(Refused, match="reason"):
        Hold.place(organisation, reason="", by=admin, at=at)
    hold = Hold.place(organisation, reason="A lawsuit.", by=admin, at=at)
    with pytest.raises(Refused, match="already"):
        Hold.place(organisation, reason="Another.", by=admin, at=at)
    for subject in (person, organisation):
        with pytest.raises(Refused, match="lawsuit"):
            Erasure.ask(subject, reason="They asked.", by=sol, at=at)
    hold.lift(by=admin, at=at)
    with pytest.raises(Refused, match="lifted"):
        hold.lift(by=admin, at=at)
    Hold.place(person, reason="A dispute.", by=admin, at=at).lift(by=admin, at=at)
    ticket.reopen(by=ada, at=at)
    with pytest.raises(Refused, match="1 ticket is not resolved"):
        Erasure.ask(person, reason="They asked.", by=sol, at=at)
    assert str(hold) == "A lawsuit."


def test_what_they_said_on_tickets_of_others_goes_too(ticket, other, mira, sol, admin):
    said = other.messages.create(
        direction="in", contact=mira, at=timezone.now(), body=f"I am {TOKEN} too"
    )
    forget(mira, asks=sol, approves=admin)
    said.refresh_from_db()
    assert said.body == "Erased"
    assert SearchDoc.objects.get(ticket=other).stale
    assert json.dumps(Erasure.objects.get().counts)


def test_what_they_answered_aside_goes_too(other, mira, sol, admin, ada):
    at = timezone.now()
    asked = other.write_aside("Do you see it?", to=mira.email, by=ada, at=at)
    answer = other.hear_aside(asked.side, f"I am {TOKEN}", at=at, sender=str(mira))
    forget(mira, asks=sol, approves=admin)
    answer.refresh_from_db()
    assert (answer.body, answer.author_label, answer.side.address) == ("Erased", "", "")
