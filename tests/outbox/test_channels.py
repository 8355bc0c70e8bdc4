"""Mail to a real SMTP server that says what it is told to; webhooks to a real listener."""

import http.server
import json
import socket
import threading
import time
from datetime import UTC, datetime

import pytest
from django.core import mail as outgoing
from django.utils import timezone

from apps.outbox import dispatch, rules
from apps.outbox.channels import Failure, carrier
from apps.outbox.channels import mail as mail_channel
from apps.outbox.channels.webhook import envelope
from apps.outbox.models import Delivery, Endpoint, Host, StoppedAddress

from .smtp import Server

pytestmark = pytest.mark.django_db


class Sink:
    """An SMTP server's mind."""

    def __init__(self) -> None:
        self.got: list[bytes] = []
        self.rcpt = "250 OK"
        self.data = "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.rcpt.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.rcpt

    async def handle_DATA(self, server, session, envelope):
        if self.data.startswith("250"):
            self.got.append(envelope.content)
        return self.data


@pytest.fixture
def smtp(settings):
    sink = Sink()
    controller = Server(sink)
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = controller.hostname, controller.port
    yield sink
    controller.stop()


def attempt() -> Delivery:
    with carrier("mail") as carried:
        assert dispatch.send_next("mail", carried)
    return Delivery.objects.get()


def test_a_mail_arrives_with_its_message_id(smtp, mail):
    delivery = mail()
    assert attempt().state == "sent"
    assert f"Message-ID: <{delivery.key}@demo.test>".encode() in smtp.got[0]


def test_one_connection_serves_a_drain(smtp, mail, monkeypatch):
    opened = []
    original = mail_channel.get_connection
    monkeypatch.setattr(
        mail_channel, "get_connection", lambda **o: opened.append(1) or original(**o)
    )
    mail()
    mail()
    with carrier("mail") as carried:
        assert dispatch.send_next("mail", carried)
        assert dispatch.send_next("mail", carried)
    assert (len(smtp.got), len(opened)) == (2, 1)


@pytest.mark.parametrize(
    ("field", "answer", "state", "trouble"),
    [
        ("rcpt", "550 No such user", "dead", "SMTP 550"),
        ("rcpt", "451 Greylisted", "pending", "SMTP 451"),
        ("data", "554 Spam", "dead", "SMTP 554"),
        ("data", "452 Full", "pending", "SMTP 452"),
        ("data", "421 Going down", "pending", "SMTP 421"),
    ],
)
def test_what_the_server_says(smtp, mail, field, answer, state, trouble):
    mail()
    setattr(smtp, field, answer)
    after = attempt()
    assert (after.state, after.trouble, after.stage) == (state, trouble, "")
    assert after.tries.get().code == int(answer[:3])


def test_no_server_is_a_failure_of_the_host(settings, mail):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    mail()
    assert attempt().trouble == "Mail server unreachable"
    assert Host.objects.get().failures == 1


def test_a_server_that_drips_is_cut_off(settings, mail, monkeypatch):
    monkeypatch.setattr(rules, "WORK", 0.7)
    held = socket.create_server(("127.0.0.1", 0))

    def drip():
        line, _ = held.accept()
        line.sendall(b"220 hello\r\n")
        line.recv(1000)
        try:
            while True:
                line.sendall(b"250-still here\r\n")
                time.sleep(0.1)
        except OSError:
            line.close()

    threading.Thread(target=drip, daemon=True).start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = held.getsockname()
    mail()
    began = time.monotonic()
    after = attempt()
    assert time.monotonic() - began < 15  # the usual 20 seconds would let it go on
    assert (after.state, after.trouble) == ("pending", "Mail server hung up")
    held.close()


def test_an_idle_connection_is_opened_anew(mail, monkeypatch):
    monkeypatch.setattr(mail_channel, "IDLE", -1.0)
    mail()
    mail()
    with carrier("mail") as carried:
        assert dispatch.send_next("mail", carried)
        assert dispatch.send_next("mail", carried)
    assert len(outgoing.outbox) == 2


# --- webhooks ------------------------------------------------------------------------------


@pytest.fixture
def listener(settings):
    """A program that answers `listener.status` and keeps what it was told."""

    class Ear(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            server.told.append((dict(self.headers), body))
            self.send_response(server.status)
            self.end_headers()
            self.wfile.write(b"x" * server.size)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Ear)
    server.told, server.status, server.size = [], 204, 0
    threading.Thread(target=server.serve_forever, daemon=True).start()
    server.place = f"127.0.0.1:{server.server_port}"
    settings.INTERNAL_HOSTS = [server.place]
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def told(listener) -> Delivery:
    endpoint = Endpoint(name="Ear", url=f"http://{listener.place}/hook")
    listener.secret = endpoint.renew_secret()
    endpoint.save()
    return Delivery.objects.enqueue(
        channel="webhook",
        cause="ticket:7",
        recipient=endpoint.url,
        payload={"event": "ticket.reported", "data": {"number": 7}},
    )


def post() -> Delivery:
    with carrier("webhook") as carried:
        assert dispatch.send_next("webhook", carried)
    return Delivery.objects.get()


def test_a_webhook_is_signed_and_names_its_key(listener, told):
    assert post().state == "sent"
    headers, body = listener.told[0]
    assert headers["Idempotency-Key"] == headers["Afterlaunch-Event-Id"] == str(told.key)
    at = int(headers["Afterlaunch-Signature"].split(",")[0].removeprefix("t="))
    assert headers["Afterlaunch-Signature"] == rules.signature(listener.secret, at, body)
    assert abs(at - time.time()) < 60
    assert json.loads(body)["data"] == {"number": 7}
    assert body == envelope(told)


@pytest.mark.parametrize(
    ("status", "state", "trouble"),
    [(500, "pending", "HTTP 500"), (302, "pending", "HTTP 302"), (410, "dead", "HTTP 410")],
)
def test_what_a_listener_answers(listener, told, status, state, trouble):
    listener.status = status
    after = post()
    assert (after.state, after.trouble) == (state, trouble)


def test_an_answer_too_large_is_a_failure(listener, told):
    listener.status, listener.size = 200, 200_000
    assert post().trouble == "Answer too large"


def test_an_address_that_became_internal_is_refused(listener, told, settings):
    settings.INTERNAL_HOSTS = []
    after = post()
    assert (after.state, after.trouble) == ("dead", "Address not allowed")
    assert listener.told == []


def test_a_listener_that_is_gone_is_tried_again(listener, told):
    listener.server_close()
    assert post().trouble == "Unreachable"


def test_a_removed_endpoint_hears_nothing_more(listener, told):
    Endpoint.objects.update(active=False)
    assert post().trouble == "Endpoint removed"


def test_a_secret_no_key_opens_waits_for_somebody(listener, told, settings):
    settings.SECRET_KEY = "another-" + "y" * 50
    after = post()
    assert (after.state, after.trouble) == ("pending", "Secret sealed")
    assert not Host.objects.exists()


def test_endpoints_choose_their_events_and_refuse_internal_addresses(endpoint):
    from django.core.exceptions import ValidationError

    picky = Endpoint.objects.create(name="P", url="https://p.example/", events=["ticket.replied"])
    assert set(Endpoint.objects.hearing("ticket.replied")) == {endpoint, picky}
    assert set(Endpoint.objects.hearing("ticket.reported")) == {endpoint}
    with pytest.raises(ValidationError):
        Endpoint(name="I", url="http://127.0.0.1/").full_clean()
    Endpoint(name="I", url="https://nowhere.invalid/").clean()
    assert str(picky) == "P"


def test_a_failure_says_what_happened():
    failure = Failure("why", verdict=rules.FAILED, trouble="t", code=5)
    assert (str(failure), failure.code) == ("why", 5)


def test_a_mailbox_that_is_none_is_not_written_to_again(smtp, mail):
    mail("Gone@Harbour.example")
    smtp.rcpt = "550 5.1.1 No such user"
    assert attempt().state == "dead"
    stop = StoppedAddress.objects.get()
    assert (stop.address, stop.reason) == ("gone@harbour.example", "5.1.1 No such user")
    smtp.rcpt = "250 OK"
    Delivery.objects.all().delete()
    mail("gone@harbour.example")
    told = attempt()
    assert (told.state, told.trouble) == ("dead", "Address stopped") and not smtp.got
    assert told.last_error == stop.sentence and "because “5.1.1 No such user”" in stop.sentence
    stop.let_go(by=None, at=timezone.now())
    told.retry(by=None, at=timezone.now())
    assert attempt().state == "sent" and len(smtp.got) == 1


def test_a_refusal_for_other_reasons_stops_nobody(smtp, mail):
    mail()
    smtp.rcpt = "550 5.7.1 Blocked by policy"
    assert attempt().state == "dead" and not StoppedAddress.objects.exists()


def test_a_stop_of_another_year_names_it(db):
    stop = StoppedAddress.objects.stop("A@b.test", reason="user\r\n unknown", at=timezone.now())
    assert str(timezone.now().year) not in stop.sentence and "“user unknown”" in stop.sentence
    stop.since = datetime(2019, 5, 12, 12, tzinfo=UTC)
    assert "stopped on 12 May 2019 because" in stop.sentence
