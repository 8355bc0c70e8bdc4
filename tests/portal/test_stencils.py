"""A stencil is written once and filled in each time; nothing of one ticket is on another."""

import re
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.urls import reverse

from apps.customers.models import CustomerNote
from apps.outbox.models import Delivery
from apps.portal.addresses import address_of
from apps.portal.stencils import MARK, Hole
from apps.portal.templatetags import clocks
from apps.sla.explain import ClockPanel
from apps.surveys.models import Survey
from apps.tickets.choices import Mode
from apps.tickets.models import Draft, Ticket
from tests import make

EVIL = "<script>alert(\"1\")</script> & 'x' {{ x.pk }} zebra"
NAME = EVIL.replace("zebra", "")  # of what stands on every page
PROSE = re.compile(r'<div class="body prose".*?</div>', re.DOTALL)  # quotes are words there
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


def page(browser, ticket: Ticket, query: str = "") -> str:
    answer = browser.get(ticket.get_absolute_url() + query)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.fixture
def evil(ada, sol):
    """A ticket on which everybody wrote markup wherever they could."""
    component = make.component(EVIL)
    queue = make.queue("Evil", insists=True)
    queue.fields.create(key="what", label=EVIL)
    customer = make.customer(EVIL, plan=EVIL)
    contact = make.contact(EVIL, customer=customer, email="evil@x.test")
    ticket = Ticket.objects.report(
        subject=EVIL, body=EVIL, contact=contact, queue=queue, component=component, at=make.NOW
    )
    other = Ticket.objects.report(subject=EVIL, body=EVIL, contact=contact, at=make.NOW)
    ticket.link_to(other, "related", by=ada, at=make.NOW)
    ticket.add_item(EVIL, by=ada, at=make.NOW)
    ticket.note(EVIL, by=sol, at=make.NOW)
    reply = ticket.reply(EVIL, by=sol, at=make.NOW, cc=["copy@x.test"])
    Delivery.objects.filter(cause=reply.cause).update(trouble=EVIL, last_error=EVIL)
    make.message(ticket, EVIL, quoted=EVIL, remarks=EVIL, stranger=True, author_label=EVIL)
    called = make.message(ticket, EVIL, channel="phone", duration=timedelta(minutes=4))
    called.attachments.create(name=EVIL, content_type="text/plain", size=9, digest="0" * 64)
    called.attachments_count = 1
    called.save()
    ticket.write_aside(EVIL, to="aside@x.test", subject=EVIL, by=sol, at=make.NOW)
    CustomerNote.objects.create(
        customer=customer, body=EVIL, author=sol, at=make.NOW, pinned_at=make.NOW
    )
    ticket.status = "resolved"
    Survey.objects.rate(ticket, 2, at=make.NOW, comment=EVIL)
    other.reply("Here.", by=sol, at=make.NOW)
    other.resolve(by=sol, at=make.NOW)
    Survey.objects.rate(other, 2, at=make.NOW, comment=EVIL)
    for mode in Mode:
        draft = Draft.objects.keep(ticket, ada, mode=mode, body=EVIL, at=make.NOW)
        draft.files.create(name=EVIL, content_type="text/plain", size=9, digest="1" * 64)
    for person in (ada, sol):
        person.name = f"{NAME} {person.pk}"
        person.save()
    queue.name = NAME
    queue.save()
    Ticket.objects.filter(pk=ticket.pk).update(
        assignee=sol, tags=[EVIL], fields={"what": EVIL, EVIL: EVIL}, has_attachment=True
    )
    return ticket


@pytest.mark.parametrize("who", ["support", "support_lead", "product", "leadership"])
def test_what_people_wrote_is_escaped_in_every_part(who, evil, everybody, signed_in):
    browser = signed_in(everybody[who])
    for query in ("", '?in=tickets&q="<script>alert&mode=note'):
        html = page(browser, evil, query)
        assert "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#x27;x&#x27; {{" in html
        assert "<script>alert" not in html
        assert 'alert("1")' not in PROSE.sub("", html)
        assert "&amp;lt;" not in html  # nor twice
        assert MARK not in html


def test_what_people_wrote_about_a_clock_is_escaped(sol):
    waiver = SimpleNamespace(by=EVIL, reason=EVIL)
    part = SimpleNamespace(
        x=0, width=9, tone="calm", begin=make.NOW, why="x", words=EVIL, seconds=9
    )
    one = ClockPanel(
        kind="resolution",
        cycle=2,
        state="breached_open",
        reason=EVIL,
        started_at=make.NOW,
        due_at=make.NOW,
        breach_at=make.NOW,
        stopped_at=None,
        breached_at=make.NOW,
        breach_cause="",
        target=60,
        elapsed=90,
        paused=0,
        by_hand=True,
        policy=EVIL,
        calendar=EVIL,
        waiver=waiver,
        parts=(part,),
        zone="UTC",
        until=make.NOW,
        hand=EVIL,
        update=(1, 2),
    )
    context = {
        "request": SimpleNamespace(user=sol),
        "panel": SimpleNamespace(ticket=7),
        "csrf_token": "secret",
    }
    html = clocks.clock(context, one)
    assert html.count("lert(&quot;1&quot;)") == 7
    assert "<script" not in html
    assert reverse("portal:sla-set-due", args=[7, "resolution"]) in html
    assert TOKEN.findall(html) == ["secret"]


def test_a_stencil_keeps_nothing_of_the_ticket_before(as_ada, evil, mara):
    plain = Ticket.objects.report(subject="Plain", body="Plain words.", contact=mara, at=make.NOW)
    for _ in range(2):
        assert "script&gt;alert" in page(as_ada, evil)
        html = page(as_ada, plain)
        assert "zebra" not in html
        assert str(evil.pk) not in re.findall(r'(?:id|action)="[^"]*?(\d+)', html)


def test_every_form_of_a_ticket_has_the_token_of_its_own_page(as_ada, as_sol, ticket):
    found = [set(TOKEN.findall(page(one, ticket))) for one in (as_ada, as_sol, as_ada)]
    assert all(len(tokens) == 1 for tokens in found)
    assert len(set.union(*found)) == 3


def test_everybody_sees_their_own_keys_and_may_do_what_is_theirs(as_ada, as_lea, ada, ticket):
    before = page(as_ada, ticket)
    ada.keys = {"r": "x"}
    ada.save()
    assert "Reply <kbd>r</kbd>" in before
    assert "Reply <kbd>x</kbd>" in page(as_ada, ticket)
    assert "composer" not in page(as_lea, ticket)


@pytest.mark.parametrize(
    ("parts", "like"),
    [
        ((4,), ("ticket-why", "/tickets/4/why/")),
        ((4, "note"), ("ticket-draft", None)),
    ],
)
def test_a_hole_stands_in_an_address_like_a_number(parts, like):
    name, expected = like
    expected = expected or reverse(f"portal:{name}", args=parts)
    hole = Hole(f"{MARK}pk{MARK}")
    assert address_of(name, *parts) == expected
    assert address_of(name, hole, *parts[1:]).replace(hole, "4") == expected
