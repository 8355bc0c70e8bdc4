"""A real Dovecot, looked into: nothing lost, nothing twice, whatever happens between."""

import imaplib
import re

import pytest
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.tickets import fetching, filing
from apps.tickets.models import InboundMail, Mailbox, Ticket
from apps.timeline.refusal import Refused
from tests.make import NOW

from .dovecot import AVAILABLE, running

needs_dovecot = [
    pytest.mark.server,
    pytest.mark.skipif(not AVAILABLE, reason="needs dovecot-imapd, started by root"),
]
HOSTS = ("127.0.0.1", "localhost")
LETTER = (
    "From: mira@acme.test\r\nTo: support@demo.test\r\nSubject: Mail {n}\r\n"
    "Message-ID: <f{n}@acme.test>\r\n\r\nHello {n}\r\n"
)


@pytest.fixture(scope="module")
def dovecot():
    """An IMAP server of our own on a free port."""
    with running() as server:
        yield server


@pytest.fixture
def post(dovecot):
    """`post(3, "user")` puts three mails into somebody's inbox."""

    def put(count: int, user: str, start: int = 0) -> None:
        imap = imaplib.IMAP4("127.0.0.1", dovecot.port)
        imap.login(user, "open-sesame")
        for n in range(start, start + count):
            imap.append("INBOX", None, None, LETTER.format(n=n).encode())
        imap.logout()

    return put


@pytest.fixture
def box(db, dovecot, settings, request):
    places = [(host, port) for host in HOSTS for port in (dovecot.port, dovecot.secure)]
    settings.INTERNAL_HOSTS = [f"{host}:{port}" for host, port in places]
    user = re.sub(r"[^a-z0-9]+", "-", request.node.name)[:40]
    box = Mailbox(name="Main", host="127.0.0.1", port=dovecot.port, security="none", user=user)
    box.put_secret("open-sesame")
    box.save()
    return box


def look(box: Mailbox) -> Mailbox:
    Mailbox.objects.filter(pk=box.pk).update(next_at=timezone.now())
    assert fetching.fetch_next()
    box.refresh_from_db()
    return box


class TestDovecot:
    """What needs a server."""

    pytestmark = needs_dovecot

    def test_mail_is_fetched_marked_and_filed(self, box, post, tmp_path, settings):
        settings.MEDIA_ROOT = tmp_path
        post(3, box.user)
        assert fetching.due() == 1 and fetching.fetch_mail() == 1
        box.refresh_from_db()
        assert (box.last_error, box.failures, box.last_uid) == ("", 0, 3) and box.looked_at
        assert fetching.due() == 0
        assert InboundMail.objects.filter(way=box.way).count() == 3
        filing.file_mail()
        assert Ticket.objects.count() == 3
        look(box)
        assert InboundMail.objects.count() == 3
        post(1, box.user, start=3)
        look(box)
        assert InboundMail.objects.count() == 4

    def test_mail_is_moved_where_one_says(self, box, post):
        Mailbox.objects.filter(pk=box.pk).update(done_folder="Taken mail")
        post(2, box.user)
        assert not look(box).last_error
        imap = imaplib.IMAP4("127.0.0.1", box.port)
        imap.login(box.user, "open-sesame")
        assert imap.select("INBOX")[1] == [b"0"] and imap.select('"Taken mail"')[1] == [b"2"]
        imap.logout()

    def test_killed_between_keeping_and_passing_nothing_is_lost_or_twice(
        self, box, post, monkeypatch
    ):
        post(3, box.user)
        aside = fetching._put_aside
        seen = []

        def die(imap, box, uid):
            seen.append(uid)
            if len(seen) == 2:
                raise KeyboardInterrupt
            aside(imap, box, uid)

        monkeypatch.setattr(fetching, "_put_aside", die)
        with pytest.raises(KeyboardInterrupt):
            fetching.fetch_next()
        monkeypatch.undo()
        Mailbox.objects.update(last_uid=1)  # as if killed a moment earlier
        look(box)
        assert InboundMail.objects.filter(way=box.way).count() == 3

    def test_a_folder_made_anew_is_read_anew(self, box, post):
        post(2, box.user)
        look(box)
        Mailbox.objects.update(uid_validity=1)
        assert look(box).uid_validity != 1
        assert InboundMail.objects.count() == 2

    def test_many_are_fetched_in_turns(self, box, post, monkeypatch):
        monkeypatch.setattr(fetching, "AT_ONCE", 2)
        post(5, box.user)
        assert fetching.fetch_mail() == 3
        assert InboundMail.objects.count() == 5

    @pytest.mark.parametrize(
        "wrong, said",
        [
            ({"user": ""}, "does not let us in"),
            ({"folder": "Nowhere"}, "no folder “Nowhere”"),
            ({"security": "tls"}, ""),
            ({"security": "starttls"}, ""),
            ({"port": 9}, "Port 9"),
            ({"secret": "rubbish"}, "FIELD_KEYS"),
        ],
    )
    def test_trouble_is_said_and_tried_later(self, box, wrong, said):
        Mailbox.objects.filter(pk=box.pk).update(**wrong)
        box = look(box)
        assert box.failures == 1 and said in box.last_error and box.last_error
        assert box.next_at > timezone.now() and not fetching.due()

    @pytest.mark.parametrize("security", ["tls", "starttls"])
    def test_over_a_private_line(self, box, post, dovecot, settings, security):
        settings.MAILBOX_CA_FILE = str(dovecot.authority)
        post(2, box.user)
        port = dovecot.secure if security == "tls" else dovecot.port
        Mailbox.objects.update(security=security, port=port)
        assert look(box).last_error == ""
        assert InboundMail.objects.filter(way=box.way).count() == 2

    @pytest.mark.parametrize("security", ["tls", "starttls"])
    @pytest.mark.parametrize(
        ("host", "trusted", "why"),
        [
            ("localhost", True, "Hostname mismatch"),
            ("127.0.0.1", False, "unable to get local issuer certificate"),
        ],
    )
    def test_a_line_to_somebody_else_is_refused(
        self, box, post, dovecot, settings, security, host, trusted, why
    ):
        settings.MAILBOX_CA_FILE = str(dovecot.authority) if trusted else ""
        post(1, box.user)
        port = dovecot.secure if security == "tls" else dovecot.port
        Mailbox.objects.update(security=security, port=port, host=host)
        box = look(box)
        said = f"Its certificate does not prove that it is {host}: {why}"
        assert box.last_error.startswith(said) and box.last_error.endswith(".")
        assert box.failures == 1 and not InboundMail.objects.exists()

    def test_by_hand(self, box, capsys):
        call_command("fetch_mail")
        assert "1 mailboxes looked into." in capsys.readouterr().out


@pytest.mark.parametrize("host", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "[::1]"])
def test_a_mailbox_inside_the_house_is_not_reached(db, host):
    box = Mailbox(name="Inside", host=host.strip("[]"), user="x")
    box.put_secret("x")
    box.save()
    box = look(box)
    assert box.failures == 1 and "INTERNAL_HOSTS" in box.last_error


def test_the_secret_is_sealed_and_the_mailbox_asked_for(db, ada):
    box = Mailbox(name="Main", host="imap.example.com", user="x")
    box.put_secret("canary-3141")
    box.save()
    assert "canary" not in box.secret and box.password() == "canary-3141"
    box.look_now(by=ada, at=NOW)
    box.active = False
    with pytest.raises(Refused):
        box.look_now(by=ada, at=NOW)


def test_a_mailbox_is_set_up_in_the_admin(db):
    boss = get_user_model().objects.create(
        email="root@demo.test", roles=["administrator"], is_staff=True, is_superuser=True
    )
    browser = Client()
    browser.force_login(boss)
    add = reverse("admin:tickets_mailbox_add")
    said = {
        "name": "Support", "host": "8.8.8.8", "port": "993", "security": "tls", "every": "60",
        "user": "support@demo.test", "folder": "INBOX", "active": "on", "queue": "",
    }  # fmt: skip
    assert b"needs a password" in browser.post(add, said).content
    inside = browser.post(add, said | {"password": "canary-2718", "host": "127.0.0.1"})
    assert b"which is internal" in inside.content
    assert browser.post(add, said | {"password": "canary-2718"}).status_code == 302
    box = Mailbox.objects.get()
    assert box.password() == "canary-2718"
    change = reverse("admin:tickets_mailbox_change", args=[box.pk])
    page = browser.get(change).content.decode()
    assert "canary" not in page and box.secret not in page
    assert browser.post(change, said | {"name": "Main"}).status_code == 302
    box.refresh_from_db()
    assert box.name == "Main" and box.password() == "canary-2718"
    looks = {"action": "look_now", "_selected_action": [box.pk]}
    listed = reverse("admin:tickets_mailbox_changelist")
    assert browser.post(listed, looks).status_code == 302
    assert {one.verb for one in box.timeline()} == {"set_up", "changed", "asked"}
    Mailbox.objects.update(active=False)
    assert b"switched off" in browser.post(listed, looks, follow=True).content
