"""Answers on the wire: to a real SMTP server, and read back as another mail program would."""

import hashlib
from datetime import timedelta
from email.utils import getaddresses
from io import BytesIO

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from apps.outbox import dispatch, rules
from apps.outbox.channels import carrier
from apps.outbox.channels.letter import compose, one_line
from apps.outbox.models import Delivery
from apps.tickets.files import keep, path_of
from apps.tickets.keys import keys
from apps.tickets.models import Ticket
from apps.tickets.rules.mail import mailbox, read_message_id, read_reply_address
from apps.timeline.refusal import Refused
from tests import make
from tests.make import NOW
from tests.outbox.smtp import listening

LATER = NOW + timedelta(hours=1)
CAME = (
    "From: =?utf-8?q?Mira_K=C3=B6hler?= <mira@acme.test>\r\n"
    "To: Support <help@demo.test>, Jon Ivers <jon@acme.test>\r\n"
    'Cc: "Álvaro, Núñez" <alvaro@bücher.example>, help+t7.aaaaaaaaaaaaaaaa@demo.test\r\n'
    "References: <first@acme>\r\n <second@acme>\r\n"
    "Subject: Bill\r\n"
)


@pytest.fixture
def smtp(settings):
    with listening(settings) as sink:
        yield sink


@pytest.fixture
def mira(db):
    acme = make.customer("Acme")
    return make.contact("Mira Köhler", customer=acme, email="mira@acme.test")


@pytest.fixture
def queue(db):
    return make.queue(
        "Support",
        address="help@demo.test",
        sender_name="{{agent.first_name}} at Tidewater",
        signature="{{agent.name}}\nTidewater, https://tidewater.example\n{{customer.name}}",
    )


@pytest.fixture
def ticket(mira, queue) -> Ticket:
    return Ticket.objects.report(
        subject="Re: Größe der Rechnung",
        body="The sum\nis off.",
        contact=mira,
        queue=queue,
        at=NOW,
        message_id="<third@acme>",
        headers=CAME,
    )


def leave() -> None:
    """Everything that waits leaves now."""
    Delivery.objects.filter(state="pending").update(next_at=NOW)
    with carrier("mail") as open_carrier:
        while dispatch.send_next("mail", open_carrier):
            pass


def part(mail, kind: str) -> str:
    return mail.get_body((kind,)).get_content()


def test_an_answer_reads_back_as_it_was_written(smtp, ticket, ada):
    words = "Dear Mira,\n\n**Sorry** for the wait: " + "ß" * 2000 + "\n\n.\nFrom here on, fine. \n"
    message = ticket.reply(words, by=ada, at=LATER)
    Delivery.objects.exclude(recipient="mira@acme.test").delete()
    leave()
    (mail,) = smtp.mails()
    text = part(mail, "plain").replace("\r\n", "\n")
    assert text.startswith(words)
    assert "\n-- \nAda Lovelace\nTidewater, https://tidewater.example\nAcme\n" in text
    assert text.rstrip().endswith("> The sum\n> is off.")
    html = part(mail, "html")
    assert "<strong>Sorry</strong>" in html and '<blockquote type="cite">' in html
    assert ticket.link in text and ticket.link in html
    assert mail["Subject"] == f"Re: Größe der Rechnung [#{ticket.pk}]"
    assert mail["From"].addresses[0].display_name == "Ada at Tidewater"
    assert mail["From"].addresses[0].addr_spec == "help@demo.test"
    assert mail["To"].addresses[0].display_name == "Mira Köhler"
    assert read_message_id(mail["Message-ID"], keys()) == (ticket.pk, message.pk)
    assert read_reply_address(mail["Reply-To"].addresses[0].addr_spec, keys()) == ticket.pk
    assert mail["In-Reply-To"] == "<third@acme>"
    assert mail["References"].split() == ["<first@acme>", "<second@acme>", "<third@acme>"]
    assert mail["Auto-Submitted"] is None
    sender, recipients = smtp.envelopes[0]
    assert read_reply_address(sender, keys()) == ticket.pk  # a bounce finds its ticket
    assert recipients == ["mira@acme.test"]
    assert all(len(line) <= 78 for line in smtp.got[0].split(b"\r\n"))
    assert smtp.got[0].isascii()


def test_everybody_on_the_mail_gets_a_copy_and_only_the_contact_the_link(smtp, ticket, ada):
    ticket.reply("Here.", by=ada, at=LATER)
    leave()
    mails = {to[0]: mail for (_, to), mail in zip(smtp.envelopes, smtp.mails(), strict=True)}
    assert set(mails) == {"mira@acme.test", "jon@acme.test", "alvaro@xn--bcher-kva.example"}
    assert len({mail["Message-ID"] for mail in mails.values()}) == 1
    for recipient, mail in mails.items():
        copied = {address for _, address in getaddresses([str(mail["Cc"])])}
        assert copied == {"jon@acme.test", "alvaro@xn--bcher-kva.example"}
        assert (ticket.link in part(mail, "plain")) == (recipient == "mira@acme.test")
        assert (ticket.link in part(mail, "html")) == (recipient == "mira@acme.test")
    shown = mails["jon@acme.test"]["Cc"].addresses[1].display_name
    assert shown == "Álvaro, Núñez"


def test_a_link_they_quote_is_a_key_for_nobody_else(ticket, ada, mira):
    html = f'<p>On <a href="{ticket.link}">your page</a> I see it.</p>'
    ticket.hear(
        f"On {ticket.link} I see it.", html=html, contact=mira, at=LATER, message_id="<4@acme>",
        headers=CAME,
    )  # fmt: skip
    ticket.reply("Good.", by=ada, at=LATER)
    carried = {one.recipient: str(one.payload) for one in Delivery.objects.filter(channel="mail")}
    assert len(carried) == 3 and all("I see it." in said for said in carried.values())
    assert [who for who, said in carried.items() if ticket.token in said] == ["mira@acme.test"]


def test_nobody_gets_it_twice_whoever_is_named(ticket, ada):
    named = ["jon@acme.test", "MIRA@acme.test", "Jon@acme.test", "eve@acme.test"]
    ticket.reply("Here.", by=ada, at=LATER, cc=named)
    got = Delivery.objects.order_by("pk")
    assert [one.recipient for one in got] == ["mira@acme.test", "jon@acme.test", "eve@acme.test"]
    assert got[0].payload["cc"] == ["jon@acme.test", "eve@acme.test"]


CONTENTS = {
    "notes.txt": b"one\r\ntwo\nthree\rend without a line end",
    "Übersicht – März.txt": b"\xef\xbb\xbf" + "ü".encode() * 50,
    "photo.png": b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20,
    'quo"te\\.pdf': b"%PDF-1.7 " + b"\x00" * 3000,
}


def test_files_arrive_byte_for_byte(smtp, ticket, ada, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    kept = [keep(BytesIO(content), name) for name, content in CONTENTS.items()]
    ticket.reply("Attached.", by=ada, at=LATER, attachments=kept)
    Delivery.objects.exclude(recipient="mira@acme.test").delete()
    leave()
    (mail,) = smtp.mails()
    got = {one.get_filename(): one.get_payload(decode=True) for one in mail.iter_attachments()}
    assert set(got) == {file.name for file in kept}
    for file in kept:
        assert hashlib.sha256(got[file.name]).hexdigest() == file.digest
    assert all(one.get_content_disposition() == "attachment" for one in mail.iter_attachments())


@pytest.mark.parametrize("spoil", [lambda path: path.unlink(), lambda path: path.write_bytes(b"x")])
def test_a_spoiled_file_stops_the_mail_and_says_so(smtp, ticket, ada, settings, tmp_path, spoil):
    settings.MEDIA_ROOT = tmp_path
    kept = keep(BytesIO(b"content"), "a.txt")
    ticket.reply("Attached.", by=ada, at=LATER, attachments=[kept])
    spoil(path_of(kept.digest))
    leave()
    assert not smtp.got
    dead = Delivery.objects.get(recipient="mira@acme.test")
    assert (dead.state, dead.trouble) == ("dead", "Attachment missing")


@pytest.mark.parametrize(
    ("answer", "state", "trouble"),
    [
        ("554 Spam", "dead", "SMTP 554"),
        ("452 Full", "pending", "SMTP 452"),
        ("disconnect", "pending", "Mail server hung up"),
        ("hang", "pending", "Mail server hung up"),
    ],
)
def test_what_goes_wrong_in_the_middle_is_tried_again_under_the_same_id(
    smtp, ticket, ada, monkeypatch, answer, state, trouble
):
    monkeypatch.setattr(rules, "WORK", 2.0)
    ticket.reply("Here.", by=ada, at=timezone.now())
    Delivery.objects.exclude(recipient="mira@acme.test").delete()
    smtp.data = answer
    Delivery.objects.update(next_at=NOW)
    with carrier("mail") as open_carrier:
        assert dispatch.send_next("mail", open_carrier)
    after = Delivery.objects.get()
    assert (after.state, after.trouble) == (state, trouble)
    if state == "pending":
        smtp.data = "250 OK"
        leave()
        (mail,) = smtp.mails()
        assert mail["Message-ID"] == after.message_id
        assert Delivery.objects.get().state == "sent"


def test_one_recipient_refused_is_no_trouble_of_the_others(smtp, ticket, ada):
    smtp.rcpt = {"jon@acme.test": "550 No such user", "mira@acme.test": "451 Later"}
    ticket.reply("Here.", by=ada, at=timezone.now())
    Delivery.objects.update(next_at=NOW)
    with carrier("mail") as open_carrier:
        for _ in range(3):
            assert dispatch.send_next("mail", open_carrier)
    states = dict(Delivery.objects.values_list("recipient", "state"))
    assert states == {
        "jon@acme.test": "dead",
        "mira@acme.test": "pending",
        "alvaro@bücher.example": "sent",
    }


@pytest.mark.parametrize("knows", [True, False])
def test_an_address_beyond_ascii_needs_a_server_that_knows_it(settings, mira, ada, queue, knows):
    with listening(settings, enable_SMTPUTF8=knows) as smtp:
        mira.email = "mirä@acme.test"
        mira.save()
        ticket = Ticket.objects.report(subject="ä", body="?", contact=mira, queue=queue, at=NOW)
        ticket.reply("Größe.", by=ada, at=LATER)
        leave()
        delivery = Delivery.objects.get()
        assert (delivery.state, delivery.trouble) == (
            ("sent", "") if knows else ("dead", "No SMTPUTF8")
        )
        if knows:
            (mail,) = smtp.mails()
            assert "<mirä@acme.test>".encode() in smtp.got[0]
            assert part(mail, "plain").startswith("Größe.")
            assert smtp.envelopes[0][1] == ["mirä@acme.test"]


def test_nothing_anybody_is_called_adds_a_header(smtp, mira, ada, queue):
    mira.name = 'Eve"\r\nBcc: all@acme.test\r\n\r\nBody \x85\u2028 "<x@y>'
    mira.save()
    queue.sender_name = "A\nX-Evil: 1"
    queue.save()
    ticket = Ticket.objects.report(subject="S", body="?", contact=mira, queue=queue, at=NOW)
    Ticket.objects.filter(pk=ticket.pk).update(subject="S\r\nX-Evil: 1")
    ticket.reply("Here.", by=ada, at=LATER)
    leave()
    (mail,) = smtp.mails()
    assert mail["Bcc"] is None and mail["X-Evil"] is None
    assert [address.addr_spec for address in mail["To"].addresses] == ["mira@acme.test"]
    assert smtp.envelopes[0][1] == ["mira@acme.test"]


@given(st.text(max_size=300))
def test_a_header_is_one_line_whatever_it_is_made_of(value):
    said = one_line(value)
    assert len(said.splitlines()) <= 1 and not any(ord(char) < 32 for char in said)


@given(st.text(max_size=200), st.text(max_size=80), st.text(max_size=80))
def test_any_words_make_a_mail(body, subject, name):
    from email import message_from_bytes, policy

    from django.utils import timezone

    clean = "".join(char for char in body if char == "\n" or char.isprintable())
    delivery = Delivery(
        channel="mail",
        recipient="a@b.test",
        payload={"subject": subject, "text": clean, "to": [mailbox(name, "a@b.test")]},
        created_at=timezone.now(),
    )
    try:
        raw = compose(delivery).as_bytes()
    except UnicodeEncodeError:
        assert any("\ud800" <= char <= "\udfff" for char in subject + name)
        return
    mail = message_from_bytes(raw, policy=policy.default)
    assert mail.get_content().replace("\r\n", "\n").rstrip("\n") == clean.rstrip("\n")
    assert len(mail.keys()) == len(set(map(str.lower, mail.keys())))


def test_what_a_program_says_is_marked_and_bounces_to_nobody(smtp, ticket):
    ticket.auto_reply("We got it.", at=LATER)
    leave()
    (mail,) = smtp.mails()
    assert mail["Auto-Submitted"] == "auto-replied"
    assert mail["X-Auto-Response-Suppress"] == "All"
    assert smtp.envelopes == [("<>", ["mira@acme.test"])]
    assert mail["Cc"] is None
    assert mail["From"].addresses[0].display_name == "at Tidewater"
    assert "[agent" not in part(mail, "plain")


@pytest.mark.parametrize(
    "line",
    [
        "Auto-Submitted: auto-replied",
        "Auto-Submitted: auto-generated; type=x",
        "Precedence: bulk",
        "List-Id: <news.acme>",
        "Return-Path: <>",
    ],
)
def test_a_program_is_not_answered_by_a_program(ticket, line):
    ticket.hear("Out of office", at=LATER, headers=f"From: mira@acme.test\n{line}\n")
    with pytest.raises(Refused, match="A program wrote last"):
        ticket.auto_reply("We got it.", at=LATER)


def test_a_program_s_message_is_not_answered_by_a_program(ticket):
    ticket.hear("Away", at=LATER, automatic=True)
    with pytest.raises(Refused, match="A program wrote last"):
        ticket.auto_reply("We got it.", at=LATER)


def test_two_programs_fall_silent(ticket, mira):
    said = 0
    for n in range(12):
        at = LATER + timedelta(hours=6 * n)
        try:
            ticket.auto_reply("We got it.", at=at)
            said += 1
        except Refused as refused:
            assert refused.code == "loop"
        ticket.hear("Thank you for your message!", at=at + timedelta(minutes=1))
    assert said == 3


def test_an_answer_follows_our_own_when_they_never_wrote_by_mail(mira, ada):
    ticket = Ticket.objects.report(subject="Web", body="?", contact=mira, channel="web", at=NOW)
    first = ticket.reply("One.", by=ada, at=LATER)
    ticket.reply("Two.", by=ada, at=LATER + timedelta(minutes=1))
    one, two = (
        Delivery.objects.get(cause=f"message:{pk}").payload
        for pk in ticket.messages.filter(direction="out")
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    assert one["headers"] == {}
    assert read_message_id(two["headers"]["In-Reply-To"], keys()) == (ticket.pk, first.pk)
    assert one["from"] == "support@demo.test"


def test_an_answer_finds_the_mail_behind_words_from_the_page(ticket, ada):
    ticket.hear("By the page.", at=LATER, channel="web")
    ticket.reply("Here.", by=ada, at=LATER + timedelta(minutes=1))
    payload = Delivery.objects.get(recipient="mira@acme.test").payload
    assert payload["headers"]["In-Reply-To"] == "<third@acme>"
    assert "> By the page." in payload["text"]


def test_a_chain_without_references_begins_with_what_it_answered(mira, ada):
    head = "Subject: x\r\nIn-Reply-To: <zero@acme>\r\n\t(comment)\r\n"
    ticket = Ticket.objects.report(
        subject="x", body="?", contact=mira, at=NOW, message_id="<one@acme>", headers=head
    )
    ticket.reply("Here.", by=ada, at=LATER)
    assert Delivery.objects.get().payload["headers"]["References"] == "<zero@acme> <one@acme>"


def test_solving_asks_whether_it_is_and_keeping_open_says_until_when(ticket, ada):
    def text(after: str) -> str:
        ticket.reply("Here.", by=ada, at=LATER, after=after)
        return Delivery.objects.filter(recipient="mira@acme.test").latest("pk").payload["text"]

    assert "We expect to have it solved by Wednesday, 25 November 2026" in text("keep_open")
    solved = text("resolve")
    assert f"{ticket.link}?solved=yes" in solved and f"{ticket.link}?solved=no" in solved


def test_a_zone_the_machine_forgot_is_utc(ticket, ada, mira):
    mira.timezone = "Moon/Base"
    mira.save()
    ticket.reply("Here.", by=ada, at=LATER)
    assert "(UTC), Mira" in Delivery.objects.get(recipient=mira.email).payload["text"]


def test_taking_it_back_takes_every_copy_back(smtp, ticket, ada):
    message = ticket.reply("Too soon.", by=ada, at=LATER)
    ticket.take_back(message, by=ada, at=LATER + timedelta(seconds=14))
    leave()
    assert not smtp.got
    assert set(Delivery.objects.values_list("state", flat=True)) == {"cancelled"}


def test_a_reply_bounces_once(ticket, ada):
    message = ticket.reply("Here.", by=ada, at=LATER)
    ticket.bounce(message, at=LATER, reason="No such mailbox")
    with pytest.raises(Refused, match="came back"):
        ticket.bounce(message, at=LATER)
