"""Rows of a list: what people wrote is escaped, every state has its pill, each band its rows."""

import re
from datetime import UTC, timedelta
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import User
from apps.outbox.models import Delivery
from apps.portal import bands, rows
from apps.portal.desk import Desk
from apps.portal.templatetags.ui import clock_pill
from apps.portal.thread import Names, part_of, weave
from apps.tickets import listing
from apps.tickets.choices import Column
from apps.tickets.listing import ListRow
from apps.tickets.models import Draft, Presence, Queue, Ticket
from apps.timeline.models import Activity
from tests import make

BROKEN = {"breached": True, "due_kind": "resolution"}
EVIL = "<script>alert(\"1\")</script> & 'x'"


def row(**fields) -> ListRow:
    """A row as a list reads it."""
    usual = dict.fromkeys(ListRow._fields)
    usual |= {
        "id": 7,
        "subject": "Export stops",
        "snippet": "",
        "status": "open",
        "priority": "normal",
        "channel": "mail",
        "tags": [],
        "reported_at": make.ago(hours=3),
        "updated_at": make.ago(hours=2),
        "due_kind": "",
        "sla_state": "",
        "breached": False,
        "has_attachment": False,
        "version": 1,
    }
    return ListRow(**usual | fields)


@pytest.mark.parametrize(
    "field", ["subject", "snippet", "customer", "contact", "email", "assignee", "label"]
)
def test_what_people_wrote_is_escaped(field):
    html = rows.draw([row(**{field: EVIL})], now=make.NOW)
    assert "<script" not in html
    assert 'alert("1")' not in html


def test_tags_and_the_way_back_are_escaped():
    html = rows.draw([row(tags=[EVIL])], now=make.NOW, back=f'?q="{EVIL}')
    assert "<script" not in html
    assert '?q="' not in html


def test_a_row_shows_what_its_list_wants():
    full = rows.draw([row(customer="Northwind", tier="enterprise")], now=make.NOW)
    assert "<span>Northwind</span> <small>enterprise</small>" in full
    assert 'name="pick"' in full
    bare = rows.draw(
        [row(customer="Northwind", email="a@b.test")], now=make.NOW, show=("number", "contact")
    )
    assert "Northwind" not in bare
    assert "a@b.test" in bare
    assert 'name="pick"' not in bare


@pytest.mark.parametrize(
    ("state", "due", "left", "tone", "said"),
    [
        ("running", timedelta(minutes=18), None, "warn", "18 m"),
        ("running", timedelta(hours=5), None, "good", "5 h"),
        ("breached_open", timedelta(minutes=-40), None, "bad", "−40 m"),
        ("breached_open", timedelta(minutes=14), None, "bad", "14 m"),
        ("running", timedelta(days=-3), None, "bad", "−3 d"),
        ("paused", None, 4200, "muted", "paused 1 h 10 m"),
        ("paused", None, None, "muted", "paused"),
        ("met", None, None, "good", "met"),
        ("breached_closed", None, None, "bad", "breached"),
    ],
)
def test_a_clock_in_a_pill(state, due, left, tone, said):
    at = None if due is None else make.NOW + due
    pill = clock_pill(at, "first_response", state, left, make.NOW)
    assert f'data-tone="{tone}"' in pill
    assert f">{said}<" in pill
    assert '<abbr title="First response">F</abbr>' in pill


def test_no_clock_is_said_and_never_green():
    pill = clock_pill(None, "", "", None, make.NOW)
    assert "no clock" in pill
    assert "good" not in pill


def test_rows_stand_in_bands_in_the_order_they_came():
    work = bands.Shifts(
        ends=make.NOW + timedelta(hours=8),
        back=make.NOW + timedelta(days=1),
        after=make.NOW + timedelta(days=2),
    )
    listed = [
        row(id=1, due_at=make.ago(hours=1)),
        row(id=2, due_at=make.NOW + timedelta(hours=1)),
        row(id=3, due_at=make.NOW + timedelta(hours=23)),  # in the night: nobody is there then
        row(id=4, due_at=make.NOW + timedelta(days=1)),
        row(id=5, due_at=make.NOW + timedelta(days=9)),
        row(id=6, sla_state="paused"),
        row(id=7, status="waiting_customer"),
    ]
    found = [
        (name, [one.id for one in held])
        for name, held in bands.banded(listed, now=make.NOW, work=work)
    ]
    assert found == [
        (bands.LATE, [1]),
        ("Before you log off, 17:00", [2, 3]),
        ("Tomorrow", [4]),
        (bands.LATER, [5]),
        (bands.UNDUE, [6]),
        (bands.WAITING, [7]),
    ]
    html = bands.draw_bands(
        listed, now=make.NOW, work=work, back="", counted=True, show=("due", "number")
    )
    assert "Before you log off, 17:00 · 2" in html
    assert 'colspan="3"' in html


@pytest.mark.parametrize("column", [*Column.values])
def test_every_column_has_a_head_or_stands_in_another(column):
    shown = rows.columns([column])
    html = rows.draw([row(tags=["vip"], queue="Billing")], now=make.NOW, show=shown)
    assert html.count("<td") == rows.head(shown).count("<th") == rows.width(shown)


def test_a_head_says_by_what_it_is_ordered():
    html = rows.head(("pick", "due"), {"due": ("?sort=due&x=1", "ascending")})
    assert '<th aria-sort="ascending"><a href="?sort=due&amp;x=1">Due</a></th>' in html


def test_a_new_reply_has_a_dot_and_what_nobody_touched_is_bold():
    html = rows.draw([row(waiting_since=make.NOW, first_replied_at=make.NOW)], now=make.NOW)
    assert "New reply" in html
    assert "class=fresh" in rows.draw([row(status="new")], now=make.NOW)


def test_a_row_is_bold_until_this_person_has_opened_what_is_newest(ada, sol, mara):
    at = timezone.now()
    ticket = Ticket.objects.report(subject="Export", body="Stops.", contact=mara, at=at)
    done = Ticket.objects.report(subject="Old", body="Stops.", contact=mara, at=at)
    done.mark_spam(by=ada, at=at)

    def bold(person):
        listed = listing.page(Ticket.objects.all()).rows
        return rows.marks_of(listed, person, at).unread

    assert bold(ada) == bold(sol) == {ticket.pk}  # nobody has to read what is over
    Presence.objects.sign(ticket, ada, at=at, read_to=ticket.messages.latest("pk").pk)
    assert (bold(ada), bold(sol)) == (set(), {ticket.pk})
    ticket.reply("On it.", by=ada, at=at)
    assert bold(ada) == set()  # one's own words are no news
    ticket.hear("And now?", at=at)
    assert bold(ada) == {ticket.pk}
    html = rows.draw(
        listing.page(Ticket.objects.filter(pk=ticket.pk)).rows,
        now=at,
        marks=rows.marks_of(listing.page(Ticket.objects.all()).rows, ada, at),
    )
    assert "class=fresh" in html and "Unread: " in html


def test_a_list_shows_where_a_draft_waits_and_who_writes(ada, sol, mara):
    at = timezone.now()
    ticket = Ticket.objects.report(subject="Export", body="Stops.", contact=mara, at=at)
    Draft.objects.keep(ticket, ada, mode="reply", body="Hello", at=at)
    Presence.objects.sign(ticket, sol, at=at, writing=True)
    listed = listing.page(Ticket.objects.all()).rows
    with CaptureQueriesContext(connection) as captured:
        dots = rows.marks_of(listed, ada, at).dots[ticket.pk]
    assert len(captured) == 1
    assert "You have a draft" in dots and "Sol Martínez is drafting" in dots
    assert "You have a draft" not in rows.marks_of(listed, sol, at).dots.get(ticket.pk, "")
    Draft.objects.get().discard(at=at)
    assert "You have a draft" not in rows.marks_of(listed, ada, at).dots[ticket.pk]


def test_a_desk_is_counted_in_one_statement(ada, sol, mara):
    make.ticket(contact=mara, assignee=ada)
    make.ticket(contact=mara, assignee=ada, sla_state="breached_open", **BROKEN)
    make.ticket(contact=mara, assignee=sol)
    make.ticket(contact=mara)
    make.ticket(contact=mara, status="waiting_customer", assignee=ada)
    make.ticket(contact=mara, snoozed_until=make.NOW, assignee=ada)
    with CaptureQueriesContext(connection) as captured:
        counts = Desk.of(ada, whole=True).counts
    assert len(captured) == 1
    names = ("mine", "unassigned", "todo", "late", "late_mine", "waiting", "snoozed")
    assert [counts[name] for name in names] == [2, 1, 4, 1, 1, 1, 1]
    railed = Desk.of(ada).counts
    assert {name: counts[name] for name in railed} == railed
    assert "late_mine" in railed and "late" not in railed  # hers; a lead is told of all
    assert "late" in Desk.of(make.person("Lu Lead", "support_lead")).counts


@pytest.mark.parametrize(
    "roles, late, numbers",
    [
        (["support"], True, {"inbox": 1, "tickets": 4}),
        (["support"], False, {"inbox": 1, "tickets": 3}),
        (["support_lead"], True, {"inbox": 2, "tickets": 4}),
        (["on_call"], False, {"inbox": 1, "tickets": 3, "deliveries": 1}),
    ],
)
def test_a_number_of_the_rail_opens_exactly_what_it_counts(roles, late, numbers, signed_in, mara):
    robin, sam = make.person("Robin", *roles), make.person("Sam", "support")
    make.ticket(contact=mara, assignee=robin)
    make.ticket(contact=mara, assignee=robin, status="waiting_customer")
    make.ticket(contact=mara)
    broken = {"sla_state": "breached_open", **BROKEN}
    make.ticket(contact=mara, assignee=sam, **broken)
    if late:
        make.ticket(contact=mara, assignee=robin, **broken)
    elif "deliveries" in numbers:
        for state in ("dead", "sent"):
            Delivery.objects.enqueue(
                channel="webhook", cause=state, recipient="https://x.test/", payload={}
            )
            Delivery.objects.filter(cause=state).update(state=state)
    door = signed_in(robin)
    html = door.get("/").content.decode()
    links = re.findall(r'id="count-(\w+)" class="count" href="([^"]+)"[^>]*>(\d+)', html)
    assert {name: int(said) for name, _, said in links} == numbers
    for name, url, _ in links:
        page = door.get(unescape(url)).content.decode()
        assert len(re.findall(r"<tr[^>]* data-row", page)) == numbers[name], url
    again = door.get(reverse("portal:counts")).content.decode()
    assert re.findall(r'class="count" href="([^"]+)"', again) == [url for _, url, _ in links]


@pytest.mark.parametrize(
    "roles",
    [["support"], ["support_lead"], ["leadership"], ["administrator"], ["product", "on_call"], []],
)
def test_today_is_for_whoever_looks(roles, signed_in, mara):
    make.ticket(
        "Late one", contact=mara, sla_state="breached_open", due_at=make.ago(hours=1), **BROKEN
    )
    person = make.person("Robin Doe", *roles)
    html = signed_in(person).get("/").content.decode()
    assert "Robin" in html
    assert ("Next for you" in html) == bool({"support", "support_lead", "administrator"} & {*roles})
    assert ("Who carries what" in html) == bool(
        {"support_lead", "leadership", "administrator"} & {*roles}
    )
    assert signed_in(person).get(reverse("portal:today-numbers")).status_code == 200


def test_an_empty_portal_says_where_to_begin(as_admin, as_sol):
    assert "Begin here" not in as_sol.get("/").content.decode()
    make.queue("Billing")
    html = as_admin.get("/").content.decode()
    steps = re.findall(r'class="badge"[^>]*>.*?(done|to do)</span><a href="([^"]+)">', html)
    assert [said for said, _ in steps] == ["done", "done", "to do", "to do", "to do"]
    assert {as_admin.get(url).status_code for _, url in steps} == {200}
    make.ticket(status="closed")
    assert "Begin here" not in as_admin.get("/").content.decode()


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("/inbox/?view=todo", "Tickets come by mail"),
        ("/inbox/?view=unassigned", "Everything is taken"),
        ("/inbox/?view=waiting", "We wait for nobody"),
        ("/inbox/?view=snoozed", "Nothing is asleep"),
        ("/customers/", "No customers yet"),
        ("/customers/?q=zzz", "No customer fits"),
        ("/deliveries/", "Nothing has left yet"),
        ("/deliveries/?state=dead", "No delivery fits"),
    ],
)
def test_what_is_empty_says_why(as_ada, address, says):
    assert says in as_ada.get(address).content.decode()


def test_without_sources_nothing_is_called_fresh(as_otto):
    html = as_otto.get("/").content.decode()
    assert "No source is set up" in html
    assert "Every source is fresh" not in html


def test_the_thread_weaves_words_and_changes(ticket, ada, sol):
    ticket.assign(sol, by=ada, at=make.NOW + timedelta(minutes=1))
    ticket.prioritise("high", by=ada, at=make.NOW + timedelta(minutes=2))
    ticket.reply("On it.", by=sol, at=make.NOW + timedelta(minutes=3))
    entries = weave(
        list(ticket.messages.order_by("at")),
        list(ticket.timeline()),
        Names.of(User.objects.all(), Queue.objects.all()),
    )
    assert [bool(entry.message) for entry in entries] == [True, False, True]
    assigned, raised = entries[1].events
    assert [(c.name, c.before, c.after) for c in assigned.changes][-1] == (
        "assignee",
        "nobody",
        "Sol Martínez",
    )
    assert raised.verb == "changed the priority"
    assert ("status", "open", "waiting for the customer") in [
        (c.name, c.before, c.after) for c in entries[2].became
    ]


@pytest.mark.parametrize(
    ("data", "said", "fields"),
    [
        (
            {"assignee": [None, 1], "team": [None, 2], "passed": [["B", "b"], ["C", "c"]]},
            "gave it",
            {"assignee": "Ada", "team": "Support"},
        ),
        (
            {"team": [None, 2], "why": "nobody is free", "passed": [["A", "a"], ["B", "b"]]},
            "found nobody for it: nobody is free",
            {"team": "Support"},
        ),
        (
            {"priority": ["low", "high"], "rules": ["One", "Two"]},
            "sorted it",
            {"priority": "high"},
        ),
    ],
)
def test_what_the_rules_of_assignment_did_is_said_in_words(data, said, fields):
    told = Activity(verb="shared_out", at=make.NOW, data=data)
    [entry] = weave([], [told], Names({1: "Ada"}, {}, {2: "Support"}))
    [event] = entry.events
    assert (event.verb, {one.name: one.after for one in event.changes}) == (said, fields)


def test_what_was_done_to_the_checklist_names_it(ticket, ada):
    item = ticket.add_item("Send {the} link", by=ada, at=make.NOW)
    ticket.tick(item, by=ada, at=make.NOW)
    [_, entry] = weave(ticket.messages.all(), ticket.timeline(), Names({}, {}))
    assert [event.verb for event in entry.events] == [
        "added “Send {the} link” to the checklist",
        "ticked “Send {the} link”",
    ]


def test_a_call_that_one_has_written_down_is_news_to_others_alone(ticket, ada, sol):
    ticket.log_call("They called.", by=ada, at=make.NOW + timedelta(minutes=4))
    for person, news in ((ada, []), (sol, ["They called."])):
        part = part_of(ticket, Names({}, {}))
        part.mark_new(ticket.messages.earliest("pk").pk, person)
        assert [one.message.body for one in part.entries if one.is_new] == news


def test_names_of_those_who_are_gone():
    names = Names({}, {})
    assert names.say("assignee", 99) == "somebody who has left"
    assert names.say("queue", 99) == "queue 99"
    assert names.say("team", 99) == "a team"
    assert names.say("tags", ["a", "b"]) == "a, b"
    assert names.say("tags", []) == "none"
    assert make.NOW.tzinfo is UTC
