"""Every mail of the collection becomes what its line in the table says."""

import pytest

from apps.tickets import filing
from apps.tickets.choices import MailState
from apps.tickets.models import Message
from apps.timeline.models import Activity

from .mailroom import FOLDER, TABLE, desk

pytestmark = pytest.mark.django_db


@pytest.fixture
def room(mira, ada, settings, tmp_path):
    settings.MAIL_AUTHSERV = "mx.demo.test"
    settings.MEDIA_ROOT = tmp_path
    return desk(mira, ada)


@pytest.mark.parametrize("name", TABLE)
def test_a_mail_becomes_what_the_table_says(name, room):
    want = TABLE[name]
    mail = room.receive((FOLDER / name).read_bytes())
    before = Message.objects.count()
    assert filing.file_mail() == 1
    mail.refresh_from_db()
    state, _, reason = want["becomes"].partition(":")
    assert (mail.state, mail.reason) == (state, reason), mail.detail
    assert mail.size == len(mail.content)  # whatever became of it, its bytes are kept
    if "bounced" in want:
        room.answer.refresh_from_db()
        assert bool(room.answer.bounced_at) == want["bounced"]
    if state != MailState.FILED or want.get("bounced") or name.startswith("bounces/of-a-copy"):
        assert Message.objects.count() == before
        return
    assert mail.ticket and mail.message and mail.message.direction == "in"
    if "thread" in want:
        assert (mail.ticket == room.ticket) == want["thread"]
    for field in ("stranger", "automatic"):
        if field in want:
            assert getattr(mail.message, field) == want[field]
    if "by" in want:
        assert mail.message.contact.email == want["by"]
    if "customer" in want:
        assert str(mail.ticket.customer or "") == want["customer"]
    if "queue" in want:
        assert (mail.ticket.queue.slug if mail.ticket.queue else "") == want["queue"]
    if "title" in want:
        assert mail.ticket.subject == want["title"]
    if "acknowledged" in want:
        said = mail.ticket.messages.filter(direction="out", automatic=True)
        assert said.exists() == want["acknowledged"]
    assert want.get("told", "") in mail.message.remarks
    if mail.message.automatic:
        told = Activity.objects.filter(kind="ticket", subject_id=mail.ticket.pk).latest("id")
        assert told.verb == "heard_from_program" and "status" not in told.data
