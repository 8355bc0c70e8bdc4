"""Pictures in mails: those that came with one are drawn from our own address, no other ever is."""

import base64
import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from apps.outbox.models import Delivery
from apps.tickets import filing
from apps.tickets.importers.mail import read
from apps.tickets.models import InboundMail, Ticket
from apps.tickets.rules import pictures
from apps.tickets.writing import html_of_mail
from tests import make

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
DIGEST = "ab" * 32
CAME = {"one": ("shot.png", DIGEST), "text": ("notes.txt", "")}
KEPT = f'<img src="cid:{DIGEST}" alt="shot.png">'


@pytest.mark.parametrize(
    ("markup", "becomes"),
    [
        ("<p>no picture</p>", "<p>no picture</p>"),
        ('<img src="cid:one">', KEPT),
        ("<IMG SRC=cid:one alt='x'>", KEPT),
        ('<img src="CID:&lt;one&gt;">', KEPT),
        (
            '<img width="640" height="10%" src="cid:one">',
            f'<img src="cid:{DIGEST}" alt="shot.png" width="640">',
        ),
        ('<img src="cid:text">', "<em>[notes.txt]</em>"),
        ('<img src="cid:none" alt=" a &lt; b ">', "<em>[a &lt; b]</em>"),
        ('<img src="cid:none">', "<em>[picture]</em>"),
        (
            '<img src="https://x.test/a.png?b=1&amp;c" alt="Bill">',
            '<a href="https://x.test/a.png?b=1&amp;c">[Bill, at x.test]</a>',
        ),
        ("<img src=http://x.test/a>", '<a href="http://x.test/a">[picture, at x.test]</a>'),
        ('<a href="y"><img src="http://x.test/a" alt="Go"></a>', '<a href="y">Go</a>'),
        ('<a href="y"><img src="http://x.test/a"></a>', '<a href="y">[picture]</a>'),
        ('<a href="y">z</a><img src="http://[a" alt="b">', '<a href="y">z</a>b'),
        ('<img src="http://" alt="b">', '<a href="http://">b</a>'),
        ('<img src="http://x.test/track" width="1" height="1">', ""),
        ('<img src="http://x.test/track" height=1px>', ""),
        ('<img src="http://x.test/line" alt="">', ""),
        ('<img src="data:image/png;base64,AA" alt="dots">', "dots"),
        ('<img src="javascript:alert(1)">', ""),
        ("<img>", ""),
    ],
)
def test_what_becomes_of_a_picture(markup, becomes):
    assert pictures.place(markup, CAME) == becomes


def test_the_sanitiser_lets_only_kept_pictures_through():
    clean = html_of_mail(
        f"{KEPT}<img src='https://x.test/a' onerror=go()><img src='cid:short' srcset='https://x'>"
        "<img src='data:image/svg+xml,x' style='a:b'>"
    )
    assert clean == f"{KEPT}<img><img><img>"


def test_a_kept_picture_is_drawn_or_named():
    safe = f'<p>{KEPT}<a href="https://y.test">{KEPT}</a><img alt="lost"></p>'
    shown = '<img src="/x/" loading="lazy" alt="shot.png">'
    assert pictures.draw(safe, lambda digest: "/x/") == (
        f'<p><a class="picture" href="/x/">{shown}</a><a href="https://y.test">{shown}</a></p>'
    )
    assert pictures.as_words(KEPT) == "<em>[shot.png]</em>"
    assert pictures.drawn(safe) == {DIGEST} and pictures.drawn("<p>") == frozenset()
    assert pictures.draw("<img>", str) == pictures.as_words("<img>") == "<img>"


@given(st.text(alphabet="<>img src=\"'cid:oneax/ht.p&;\\", max_size=80))
def test_nothing_anybody_writes_is_loaded_from_elsewhere(words):
    safe = html_of_mail(pictures.place(f"<img {words}>{words}", CAME))
    drawn = pictures.draw(safe, lambda digest: f"/here/{digest}/")
    assert all(said == f"/here/{DIGEST}/" for said in re.findall(r'<img[^>]*src="([^"]*)', drawn))


# --- from the mail to the pages ---------------------------------------------------------------

MAIL = (
    b"From: Mira <mira@acme.test>\nTo: support@demo.test\nSubject: Broken\n"
    b'Message-ID: <p1@acme.test>\nContent-Type: multipart/related; boundary="b"\n\n--b\n'
    b'Content-Type: text/html\n\n<p>See <img src="cid:shot@x"> and '
    b'<img src="https://elsewhere.test/logo.png" alt="Logo"></p>\n--b\n'
    b"Content-Type: image/png; name=shot.png\nContent-ID: <shot@x>\n"
    b"Content-Transfer-Encoding: base64\n\n" + base64.b64encode(PNG) + b"\n--b\n"
    b"Content-Type: text/plain; name=notes.txt\nContent-Disposition: attachment\n\nnotes\n--b--\n"
)


@pytest.fixture
def ticket(db, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    make.queue("Support", address="support@demo.test")
    make.contact("Mira", email="mira@acme.test")
    InboundMail.objects.receive(MAIL, way="hook:1")
    filing.file_mail()
    return Ticket.objects.get()


def test_a_picture_is_drawn_among_the_words(ticket, as_ada):
    said = ticket.messages.get()
    digest = said.attachments.get(name="shot.png").digest
    page = as_ada.get(ticket.get_absolute_url()).content.decode()
    where = reverse("portal:ticket-picture", args=[ticket.pk, digest])
    assert f'<img src="{where}" loading="lazy" alt="shot.png">' in page
    assert "shot.png ·" not in page and "notes.txt ·" in page
    assert '<img src="https' not in page and 'href="https://elsewhere.test/logo.png"' in page
    answer = as_ada.get(where)
    assert b"".join(answer.streaming_content) == PNG
    assert answer["Content-Type"] == "image/png"
    assert "sandbox" in answer["Content-Security-Policy"] and "private" in answer["Cache-Control"]


def test_only_pictures_of_the_ticket_are_shown_in_place(ticket, as_ada):
    notes = ticket.messages.get().attachments.get(name="notes.txt")
    shot = ticket.messages.get().attachments.get(name="shot.png")
    for number, digest in ((ticket.pk, notes.digest), (make.ticket().pk, shot.digest)):
        where = reverse("portal:ticket-picture", args=[number, digest])
        assert as_ada.get(where).status_code == 404


def test_the_contact_sees_it_below_their_own_link(ticket, client, ada):
    shot = ticket.messages.get().attachments.get(name="shot.png")
    page = reverse("public:contact-ticket", args=[ticket.token])
    assert f'<img src="{page}pictures/{shot.digest}/"' in client.get(page).content.decode()
    answer = client.get(f"{page}pictures/{shot.digest}/")
    assert b"".join(answer.streaming_content) == PNG
    assert "sandbox" in answer["Content-Security-Policy"]
    notes = ticket.messages.get().attachments.get(name="notes.txt")
    inside = ticket.note("Look", by=ada, at=timezone.now())
    inside.attachments.create(name="x.png", content_type="image/png", size=1, digest="c" * 64)
    for digest in (notes.digest, "c" * 64, "d" * 64):
        assert client.get(f"{page}pictures/{digest}/").status_code == 404


def test_an_answer_quotes_it_by_name(ticket, ada):
    ticket.reply("We look.", by=ada, at=timezone.now() + timedelta(seconds=1))
    html = Delivery.objects.get().payload["html"]
    assert "<em>[shot.png]</em>" in html and "cid:" not in html and "<img" not in html


def test_what_only_says_it_is_a_picture_is_a_file():
    letter = read(MAIL.replace(base64.b64encode(PNG), base64.b64encode(b"<svg onload=a()>")))
    assert "<em>[shot.png]</em>" in letter.html and "cid:" not in letter.html
