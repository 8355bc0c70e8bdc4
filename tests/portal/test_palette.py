"""The palette: what is found, what can be done to the tickets one looks at, and by whom."""

import json
import re
from datetime import timedelta
from html import unescape

import pytest
from django.urls import reverse
from django.utils import timezone

from apps.incidents.models import Incident
from apps.portal import deeds
from apps.tickets.models import Macro, Ticket, View
from tests import make

URL = reverse("portal:palette")


def options(browser, **query) -> list[tuple[str, str, dict]]:
    """What is offered: its words, where it is sent, with what."""
    html = browser.get(URL, query).content.decode()
    return [
        (unescape(title), url, json.loads(unescape(values)))
        for url, values, title in re.findall(
            r'hx-post="([^"]+)" hx-vals="([^"]+)".*?<span>([^<]+)</span>', html
        )
    ]


def test_it_is_a_listbox_whose_options_have_ids(as_ada, ticket):
    html = as_ada.get(URL, {"q": "export"}).content.decode()
    assert 'role="listbox"' in html
    ids = re.findall(r'role="option"[^>]* id="([^"]+)"', html)
    assert ids and len(ids) == len(set(ids))
    assert 'data-answers="|export"' in html


def test_a_verb_on_one_ticket_is_sent_to_it(as_ada, ada, ticket):
    assert options(as_ada, deed="assign", on=ticket.pk)[0] == (
        "Ada Lovelace (you)",
        f"/tickets/{ticket.pk}/assign/",
        {"assignee": ada.pk},
    )


def test_a_verb_on_many_is_sent_with_all_their_numbers(as_ada, ticket):
    [(title, url, values)] = options(as_ada, deed="priority", on=f"{ticket.pk},7,x", q="ur")
    assert (title, url) == ("Urgent", "/tickets/bulk/")
    assert values == {"priority": "urgent", "pick": [str(ticket.pk), "7"]}


@pytest.mark.parametrize("deed", deeds.DEEDS, ids=lambda deed: deed.name)
def test_what_is_offered_for_one_ticket_is_taken(deed, as_ada, ada, ticket, in_place):
    make.ticket("Export is slow", tags=["export"])
    make.person("Bo", "support")
    ticket.note("Seen.", by=ada, at=make.NOW)
    said = {"tag": "exp", "assign": "bo", "snooze": "in 2 h"}.get(deed.name, "")
    if deed.name == "macro":
        steps = [{"do": "priority", "to": "urgent"}]
        Macro.add(by=ada, at=make.NOW, title="Urgent", steps=steps)
    if deed.name == "duplicate":
        said = str(make.ticket("The same").pk)
    if deed.name == "queue":
        make.queue("Billing")
    if deed.name == "split":
        ticket.hear("By the way: dark mode?", at=make.NOW)
    if deed.name == "incident":
        Incident.objects.declare("Exports fail", severity="SEV4", by=ada, at=make.NOW)
    offered = options(as_ada, deed=deed.name, on=ticket.pk, q=said)
    assert offered
    answer = in_place(as_ada).post(offered[0][1], offered[0][2], headers={"x-beside": "list"})
    if deed.name == "split":  # which leads to the new one
        assert Ticket.objects.latest("pk").subject == "By the way: dark mode?"
    elif deed.name != "status":  # which is open already
        assert answer.status_code == 200
        assert answer["HX-Trigger"] == "tickets-changed"
        assert answer["HX-Reswap"] == "none"


def test_typing_a_verb_and_what_follows_is_enough(as_ada, ticket):
    assert ("Urgent", f"/tickets/{ticket.pk}/prioritise/", {"priority": "urgent"}) in options(
        as_ada, q="priority urg", on=ticket.pk
    )


@pytest.mark.parametrize("press", deeds.PRESSES, ids=lambda press: press.name)
def test_what_asks_nothing_further_is_there_by_its_name(press, as_ada, ticket):
    html = as_ada.get(URL, {"q": press.title.split(":")[0], "on": ticket.pk}).content.decode()
    url = reverse(f"portal:ticket-{press.name}", args=[ticket.pk])
    assert f'href="{url}"' in html if press.page else f'hx-post="{url}" hx-vals="{{}}"' in html
    assert url not in as_ada.get(URL, {"q": press.title, "on": f"{ticket.pk},7"}).content.decode()


def test_who_may_not_is_offered_nothing(as_pia, ticket):
    assert options(as_pia, deed="priority", on=ticket.pk) == []
    assert "Priority…" not in as_pia.get(URL, {"on": ticket.pk}).content.decode()


def test_without_a_ticket_there_is_nothing_to_do_to_it(as_ada):
    html = as_ada.get(URL, {"deed": "priority"}).content.decode()
    assert "Type which one" in html


def test_the_time_in_words_is_said_before_it_is_done(as_ada, ada, ticket):
    [(title, _, values)] = options(as_ada, deed="snooze", on=ticket.pk, q="tomorrow 9")
    assert title.startswith("Until ")
    assert "T09:00:00" in values["until"]
    ticket.snooze(timezone.now() + timedelta(days=2), by=ada, at=timezone.now())
    assert options(as_ada, deed="snooze", on=ticket.pk)[0][0] == "As long as last time"


def test_what_one_worked_on_last_comes_first(as_ada, ada, ticket):
    ticket.note("Looking.", by=ada, at=make.NOW)
    html = as_ada.get(URL).content.decode()
    assert html.index("Recent") < html.index("Pages")
    assert f"#{ticket.pk} Export stops" in html


def test_snoozing_again_is_undone_to_the_time_before(as_ada, ada, ticket):
    before = (timezone.now() + timedelta(days=1)).replace(microsecond=0)
    ticket.snooze(before, by=ada, at=timezone.now())
    html = as_ada.post(
        reverse("portal:ticket-snooze", args=[ticket.pk]), {"until": "in 3 days"}, follow=True
    ).content.decode()
    undo = html.split('class="toast"')[1].split('action="')[1].split('"')[0]
    as_ada.post(unescape(undo))
    ticket.refresh_from_db()
    assert ticket.snoozed_until == before


@pytest.mark.parametrize(("words", "said"), [("fri 9", "Friday"), ("x", "No time"), ("", "until")])
def test_a_form_says_what_it_understood(as_ada, words, said):
    assert said in as_ada.get(reverse("portal:until"), {"until": words}).content.decode()


@pytest.mark.parametrize("words", ["0000-00-00T00:00Z", "2300-01-01T00:00:00+00:00", "x" * 9999])
def test_no_time_is_refused_in_a_sentence(as_ada, ticket, words):
    answer = as_ada.post(reverse("portal:ticket-snooze", args=[ticket.pk]), {"until": words})
    assert answer.status_code == 409
    assert "no time to come" in answer.content.decode()


@pytest.mark.parametrize("of", ["", "x", "999999", "9" * 30])
def test_a_duplicate_of_nothing_is_refused(as_ada, ticket, of):
    answer = as_ada.post(reverse("portal:ticket-duplicate", args=[ticket.pk]), {"of": of})
    assert answer.status_code == 409


@pytest.mark.parametrize(
    ("said", "title", "url"),
    [
        ("late", "Late", "/inbox/?view=late"),
        ("my exp", "My exports", "/tickets/?view={view}"),
        ("keyboard", "Your keys", "/settings/keys/"),
        ("theme", "Your settings", "/settings/"),
        ("authenticator", "Second factor", "/accounts/2fa/"),
    ],
)
def test_views_and_settings_are_found_by_what_they_are_called(as_ada, ada, said, title, url):
    view = View.objects.keep("My exports", "export", by=ada, at=make.NOW)
    html = unescape(as_ada.get(URL, {"q": said}).content.decode())
    assert f'href="{url.format(view=view.pk)}"' in html and f"<span>{title}</span>" in html
    assert "My exports" not in as_ada.get(URL).content.decode()  # only once something is typed


def test_views_are_found_by_those_they_are_for(as_ada, as_lea, sol):
    View.objects.keep("Of Sol", "export", by=sol, at=make.NOW)
    for browser in (as_ada, as_lea):
        assert "Of Sol" not in browser.get(URL, {"q": "of sol"}).content.decode()
