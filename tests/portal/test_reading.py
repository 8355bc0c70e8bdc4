"""Looking changes nothing, costs the same for few and for many, and never fails on odd input."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.features.models import FeatureRequest
from apps.tickets.models import Ticket
from tests import make

from .addresses import portal
from .test_doors import DOORS

WRITES = re.compile(r"^\s*(INSERT|UPDATE|DELETE|WITH\b.*\b(INSERT|UPDATE|DELETE))\b", re.S | re.I)
OWN = re.compile(r"django_session|usersessions|accounts_user\b.*last_login")

BUDGETS = {  # queries a page may need, session and person included
    "today": 9,
    "today-numbers": 60,
    "inbox": 5,
    "tickets": 8,
    "bulk-changes": 4,
    "ticket": 8,
    "ticket-merge": 5,
    "ticket-ask": 9,
    "ticket-link": 9,  # with the requests that may be meant and the incidents that go on
    "incidents": 5,
    "incident-declare": 5,
    "requests": 5,
    "request": 26,
    "request-new": 5,
    "request-edit": 6,
    "request-ship": 9,
    "request-merge": 5,
    "ticket-news": 6,
    "ticket-earlier": 8,
    "ticket-canned": 5,
    "ticket-macros": 5,
    "ticket-people": 5,
    "canned-replies": 4,
    "canned-reply-new": 4,
    "macros": 4,
    "macro-new": 7,
    "ticket-preview": 6,
    "ticket-new": 5,
    "mailroom": 5,
    "mailroom-senders": 5,
    "ticket-call": 4,
    "ticket-change": 4,
    "customers": 5,
    "customer": 15,  # with the incidents that hit them and what they ask us to build
    "customer-change": 4,
    "contact-change": 5,
    "contact-merge": 5,
    "sla": 8,
    "sla-clocks": 4,
    "sla-policies": 12,
    "sla-calendars": 4,
    "search": 12,  # incidents and feature requests too
    "mails": 5,
    "palette": 12,  # views that are kept too
    "settings": 3,
    "settings-keys": 3,
    "sessions": 4,
    "tokens": 4,
    "counts": 3,
}
DECIDED = {"request-edit", "request-ship", "request-merge"}  # support only reads of it
QUERIES = {"search": "?q=export", "palette": "?q=export", "tickets": "?q=export"}


@pytest.fixture
def wish(ada) -> FeatureRequest:
    """What the tickets of the desk ask for."""
    return FeatureRequest.objects.open("Export everything", by=ada, at=make.NOW)


@pytest.fixture
def desk(ticket, mara, ada, sol, wish):
    """`desk(20)` adds twenty tickets with a talk, of people who all ask for the same."""

    def fill(count: int) -> None:
        for n in range(count):
            one = Ticket.objects.report(
                subject=f"Export {n}",
                body="Please look.",
                contact=mara,
                at=make.NOW + timedelta(minutes=n),
                assignee=ada,
                tags=["vip"],
            )
            one.belong_to(make.contact(customer=mara.customer), by=sol, at=make.NOW)
            wish.add_insight(one, snippet="All of it.", by=ada, at=make.NOW)
            one.note("Looking.", by=sol, at=make.NOW + timedelta(minutes=n + 1))
            ticket.hear(f"Any news? {n}", at=make.NOW + timedelta(hours=1, minutes=n))

    return fill


def count_queries(browser, url) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert browser.get(url).status_code == 200, url
    return len(captured)


def test_a_page_needs_as_many_queries_for_many_as_for_few(
    as_ada, as_admin, ticket, mara, desk, wish
):
    numbers = {"customer": mara.customer_id, "contact": mara.pk, "request": wish.pk}
    pages = {
        one.name: one.url(pk=numbers.get(one.name.partition("-")[0], ticket.pk))
        + QUERIES.get(one.name, "")
        for one in portal()
        if one.name in BUDGETS
    }
    assert pages.keys() == BUDGETS.keys()

    def queries() -> dict[str, int]:
        found = {}
        for name, url in pages.items():
            browser = as_admin if name in DECIDED else as_ada
            browser.get(url)  # what is kept in the process is kept now
            found[name] = count_queries(browser, url)
        return found

    desk(2)
    few = queries()
    desk(12)
    many = queries()
    assert {name: (few[name], many[name]) for name in pages if few[name] != many[name]} == {}
    assert {name: few[name] for name in pages if few[name] > BUDGETS[name]} == {}


@pytest.mark.parametrize("name", [name for name, (method, _) in DOORS.items() if method == "get"])
def test_looking_changes_nothing(name, as_admin, ticket):
    address = next(one for one in portal() if one.name == name)
    with CaptureQueriesContext(connection) as captured:
        as_admin.get(address.url(pk=ticket.pk))
    written = [
        query["sql"]
        for query in captured
        if WRITES.match(query["sql"]) and not OWN.search(query["sql"])
    ]
    assert not written


@pytest.mark.parametrize(
    "query",
    [
        "after=nonsense",
        "after=9999999999999999999999.1",
        "before=-1.1",
        "sort=drop",
        "q=%00",
        "q=status:nothing",
        "q=" + "x" * 5000,
        "q=%22%22%22",
        "view=nothing",
        "status=",
        "in=inbox&view=late",
        "tier=%F0%9F%92%A9",
    ],
)
@pytest.mark.parametrize("name", ["inbox", "tickets", "customers", "search", "palette"])
def test_odd_questions_are_answered(name, query, as_ada, ticket):
    answer = as_ada.get(f"{reverse(f'portal:{name}')}?{query}")
    assert answer.status_code in (200, 302, 400)


def test_a_select_of_the_filter_bar_becomes_a_word_of_the_question(as_ada, ticket):
    answer = as_ada.get(reverse("portal:tickets") + "?status=open&q=invoice")
    assert answer["Location"] == reverse("portal:tickets") + "?q=status%3Aopen+invoice"


def test_a_list_is_walked_page_by_page_and_back(as_ada, mara):
    for n in range(120):
        make.ticket(f"Matter {n}", contact=mara, reported_at=make.ago(minutes=n))
    seen, url, pages = [], reverse("portal:tickets"), []
    while url:
        html = as_ada.get(url).content.decode()
        pages.append(html)
        seen += re.findall(r'id="row-(\d+)"', html)
        following = re.search(r'rel="next" href="([^"]+)"', html)
        url = following[1].replace("&amp;", "&") if following else ""
    assert len(seen) == len(set(seen)) == 120
    back = re.search(r'rel="prev" href="([^"]+)"', pages[-1])[1].replace("&amp;", "&")
    assert re.findall(r'id="row-(\d+)"', as_ada.get(back).content.decode()) == seen[50:100]


def test_customers_are_walked_page_by_page_and_back(as_ada, db):
    for n in range(120):
        make.customer(f"Customer {n:03}")
    names, url, pages = [], reverse("portal:customers"), []
    while url:
        html = as_ada.get(url).content.decode()
        pages.append(html)
        names += re.findall(r">(Customer \d+)</a>", html)
        following = re.search(r'rel="next" href="([^"]+)"', html)
        url = following[1].replace("&amp;", "&") if following else ""
    assert names == sorted(names)
    assert len(set(names)) == 120
    back = re.search(r'rel="prev" href="([^"]+)"', pages[-1])[1].replace("&amp;", "&")
    assert re.findall(r">(Customer \d+)</a>", as_ada.get(back).content.decode()) == names[50:100]


def test_a_ticket_knows_its_place_in_the_list_it_was_opened_from(as_ada, ada, mara):
    for n in range(3):
        make.ticket(f"Matter {n}", contact=mara, assignee=ada, due_at=make.ago(hours=-n))
    middle = Ticket.objects.get(subject="Matter 1")
    html = as_ada.get(reverse("portal:ticket", args=[middle.pk]) + "?in=inbox").content.decode()
    assert "2 of 3" in html
    assert 'rel="next"' in html


def test_htmx_gets_the_part_and_the_browser_the_page(as_ada, ticket, in_place):
    url = reverse("portal:ticket", args=[ticket.pk])
    whole = as_ada.get(url)
    assert b"<!doctype html>" in whole.content
    assert "HX-Request" in whole["Vary"]
    part = in_place(as_ada).get(url)
    assert part.content.lstrip().startswith(f'<article id="ticket-{ticket.pk}"'.encode())
    restored = as_ada.get(url, headers={"hx-history-restore-request": "true"})
    assert b"<!doctype html>" in restored.content


def test_signed_in_pages_are_stored_by_nobody(as_ada):
    assert as_ada.get("/")["Cache-Control"] == "no-store"
