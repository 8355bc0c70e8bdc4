"""Saved views from the browser: one step to keep, the address is the view, everything is undone."""

import re
from html import unescape
from urllib.parse import quote

import pytest
from django.urls import reverse

from apps.tickets.models import Habit, Ticket, View
from tests import make

URL = reverse("portal:tickets")


def url(name: str, view: View) -> str:
    return reverse(f"portal:view-{name}" if name else "portal:view", args=[view.pk])


def undo_of(html: str) -> str:
    return unescape(html.split('class="toast"')[1].split('action="')[1].split('"')[0])


@pytest.fixture
def vip(ada) -> View:
    return View.objects.keep("VIP", "is:todo tag:vip", by=ada, at=make.NOW)


def test_what_a_list_shows_is_kept_in_one_step(as_ada, ada, mara):
    make.ticket("Urgent matter", tags=["vip"], contact=mara)
    html = as_ada.post(
        reverse("portal:view-new"),
        {"name": "VIP", "words": "tag:vip", "sort": "due", "pin": "1"},
        follow=True,
    ).content.decode()
    view = View.objects.get()
    assert (view.owner, view.words, view.sort) == (ada, "tag:vip", "due")
    assert "<h1>VIP</h1>" in html
    assert "Urgent matter" in html
    assert re.search(rf'id="count-view-{view.pk}"[^>]*>1<', html)
    as_ada.post(undo_of(html))
    assert not View.objects.visible_to(ada)


def test_the_address_is_the_view_and_a_change_can_be_kept(as_ada, vip):
    assert "Save changes" not in as_ada.get(URL, {"view": vip.pk}).content.decode()
    html = as_ada.get(URL, {"view": vip.pk, "q": "tag:vip"}).content.decode()
    assert "Save changes" in html
    assert f"in=tickets&amp;view={vip.pk}" in html or "No ticket fits" in html
    as_ada.post(url("keep", vip), {"words": "tag:vip", "sort": "oldest"})
    vip.refresh_from_db()
    assert (vip.words, vip.sort) == ("tag:vip", "oldest")


def test_a_chip_taken_away_stays_in_the_view(as_ada, vip):
    html = as_ada.get(URL, {"view": vip.pk}).content.decode()
    assert f'href="/tickets/?view={vip.pk}&amp;q=tag%3Avip" aria-label="Without is:todo"' in html


def test_somebody_elses_view_is_not_there(as_sol, vip):
    html = as_sol.get(URL, {"view": vip.pk}).content.decode()
    assert "<h1>Tickets</h1>" in html and "not there any more, or not for you" in html
    assert as_sol.get(url("", vip)).status_code == 404
    assert as_sol.post(url("delete", vip)).status_code == 404
    vip.delete_by(vip.owner, at=make.NOW)
    assert as_sol.post(url("restore", vip)).status_code == 409


@pytest.mark.parametrize("name", ["duplicate", "delete", "pin"])
def test_a_button_can_be_undone(name, as_ada, ada, vip):
    before = set(View.objects.visible_to(ada)), Habit.objects.filter(pinned=True).count()
    html = as_ada.post(url(name, vip), follow=True).content.decode()
    as_ada.post(undo_of(html))
    assert (set(View.objects.visible_to(ada)), Habit.objects.filter(pinned=True).count()) == before


def test_a_lead_shares_and_takes_back(as_sol, sol, ada):
    team = make.team("Support", ada)
    view = View.objects.keep("Billing", "tag:billing", by=sol, at=make.NOW)
    html = as_sol.post(url("share", view), {"team": team.pk}, follow=True).content.decode()
    view.refresh_from_db()
    assert (view.owner, view.team) == (None, team)
    as_sol.post(undo_of(html))
    view.refresh_from_db()
    assert (view.owner, view.team) == (sol, None)
    as_sol.post(url("share", view), {"team": team.pk})
    html = as_sol.post(url("keep-private", view), follow=True).content.decode()
    as_sol.post(undo_of(html))
    view.refresh_from_db()
    assert (view.owner, view.team) == (None, team)


def test_an_agent_may_look_at_a_shared_view_and_copy_it_but_not_change_it(as_ada):
    shared = View.objects.create(name="Everybody's", words="is:late")
    assert "changed by a lead" in as_ada.get(url("", shared)).content.decode()
    answer = as_ada.post(url("", shared), {"name": "Mine", "words": "", "sort": "due"})
    assert answer.status_code == 422
    assert as_ada.post(url("delete", shared)).status_code == 409
    assert as_ada.post(url("share", shared)).status_code == 409


def test_the_form_keeps_what_was_typed(as_ada, vip):
    new = reverse("portal:view-new")
    assert 'value="tag:x"' in as_ada.get(new, {"q": "tag:x"}).content.decode()
    answer = as_ada.post(new, {"name": "VIP", "words": "status:never", "sort": "due"})
    assert answer.status_code == 422
    assert "There is no status:never" in answer.content.decode()
    assert as_ada.post(new, {"name": "", "words": "", "sort": "due"}).status_code == 422
    edited = {"name": "Very important", "words": "tag:vip", "sort": "due", "columns": ["due"]}
    assert as_ada.post(url("", vip), edited).status_code == 302
    assert as_ada.post(url("", vip), edited).status_code == 422


def test_everybody_chooses_columns_for_themselves(as_ada, ada, vip, mara):
    make.ticket("Matter", tags=["vip"], contact=mara)
    chosen = {"view": vip.pk, "columns": ["number", "queue"], "density": "compact"}
    assert as_ada.post(reverse("portal:columns"), chosen).status_code == 302
    html = as_ada.get(URL, {"view": vip.pk}).content.decode()
    assert "Queue</th>" in html
    assert "Due</a></th>" not in html
    ada.refresh_from_db()
    assert ada.density == "compact"
    assert "Due</a></th>" in as_ada.get(URL).content.decode()
    assert as_ada.post(reverse("portal:columns"), {"columns": ["secret"]}).status_code == 409


def test_the_rail_counts_what_is_quick_and_says_since_when_the_rest_stands(as_ada, vip, mara):
    make.ticket(tags=["vip"], contact=mara)
    as_ada.post(url("pin", vip))
    Habit.objects.update(took=1, count=9)
    assert f'id="count-view-{vip.pk}">1<' in as_ada.get("/").content.decode()
    Habit.objects.update(took=10**6, count=9)
    html = as_ada.get("/").content.decode()
    assert 'title="Counted ' in html
    assert "data-stale>9<" in html
    Habit.objects.update(took=None, count=None)
    assert "Not counted yet" in as_ada.get("/").content.decode()
    assert "aria-current=page" in as_ada.get(URL, {"view": vip.pk}).content.decode()


def test_a_long_list_is_counted_after_its_rows(as_ada, mara):
    for n in range(51):
        make.ticket(f"Matter {n}", contact=mara)
    assert 'hx-get="/tickets/count/' in as_ada.get(URL).content.decode()
    assert "51 tickets" in as_ada.get(reverse("portal:tickets-count")).content.decode()


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("pri", "priority:"),
        ("status:wai", "status:waiting "),
        ("is:todo assignee:m", "is:todo assignee:me "),
        ("assignee:lovel", 'assignee:"Ada Lovelace" '),
        ("from:north", "from:Northwind "),
        ("tag:vi", "tag:vip "),
        ("queue:bill", "queue:billing "),
        ('label:"on h', 'label:"On hold" '),
        ("component:exp", "component:exports "),
        ("-tag:vi", "tag:vip "),
    ],
)
def test_conditions_are_offered_while_somebody_types(as_ada, mara, typed, first):
    make.ticket(tags=["vip"], contact=mara)
    make.queue("Billing")
    make.label("On hold", "open")
    make.component("Exports", slug="exports")
    html = unescape(as_ada.get(reverse("portal:terms"), {"q": typed}).content.decode())
    assert f'data-term="{first}"' in html.replace('""', '"')


def test_nothing_to_offer_is_no_list(as_ada):
    html = as_ada.get(reverse("portal:terms"), {"q": "customer:1"}).content.decode()
    assert "hidden" in html


def test_a_search_that_finds_nothing_offers_itself_without_one_condition(as_ada, mara):
    Ticket.objects.report(subject="Export", contact=mara, at=make.NOW)
    search = reverse("portal:search")
    [_, row] = as_ada.get(search, {"q": "export status:new"}).content.decode().split("data-row")
    assert 'class="badge"' in row and ">new<" in row
    html = as_ada.get(search, {"q": "status:new priority:urgent"}).content.decode()
    for one, rest in (("status:new", "priority:urgent"), ("priority:urgent", "status:new")):
        assert f'href="?q={quote(rest)}">without {one}<' in html
    alone = as_ada.get(search, {"q": "priority:urgent"}).content.decode()
    assert "without" not in alone and "Nothing found" in alone
