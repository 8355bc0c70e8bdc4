"""Merging, splitting, linking and undoing through the portal and the API."""

import re

import pytest
from django.urls import reverse

from apps.portal import thread
from apps.tickets.models import BulkChange, Ticket, TicketLink
from tests import make
from tests.make import NOW


@pytest.fixture
def pair(db) -> tuple[Ticket, Ticket]:
    """Mira's ticket, and one more of hers."""
    mira = make.contact("Mira Köhler")
    return tuple(
        Ticket.objects.report(subject=f"Export fails {n}", body="It stops.", contact=mira, at=NOW)
        for n in (1, 2)
    )


@pytest.fixture
def as_ada(signed_in, ada):
    return signed_in(ada)


def address(name: str, *args: int) -> str:
    return reverse(f"portal:ticket-{name}", args=args)


def test_a_merge_is_made_and_taken_back(as_ada, pair):
    one, two = pair
    page = as_ada.get(address("merge", two.pk))
    assert f"Merge into #{one.pk}".encode() in page.content
    page = as_ada.post(address("merge", two.pk), {"into": f"#{one.pk}"}, follow=True)
    assert page.redirect_chain[-1][0] == one.get_absolute_url()
    assert address("unmerge", two.pk).encode() in page.content  # the toast's Undo
    page = as_ada.get(two.get_absolute_url())
    assert b"Take the merge back" in page.content
    as_ada.post(address("unmerge", two.pk))
    two.refresh_from_db()
    assert two.status == "new"


@pytest.mark.parametrize(
    "typed, why",
    [
        ("999999", "no ticket of that number"),
        ("x", "no ticket of that number"),
        ("Export", "Choose the one that is meant"),
        ("", "required"),
    ],
)
def test_a_merge_that_is_refused_keeps_what_was_typed(as_ada, pair, typed, why):
    page = as_ada.post(address("merge", pair[0].pk), {"into": typed}).content.decode()
    assert why in page
    field = re.search(r'<input[^>]* name="into"[^>]*>', page)[0]
    assert typed == "" or f'value="{typed}"' in field
    assert not Ticket.objects.filter(status="merged").exists()


def test_the_other_ticket_is_found_by_number_by_words_and_by_likeness(as_ada, pair):
    one, two = pair
    hers = make.ticket("Else", contact=make.contact("Cem"))
    stranger = make.ticket("Export fails 3")
    theirs = make.contact(customer=one.customer)
    colleague = Ticket.objects.report(subject="Invoice", contact=theirs, at=NOW)
    make.ticket("Export fails", contact=one.contact, status="spam")
    page = as_ada.get(address("merge", one.pk)).content.decode()
    offers = [page.index(f"Merge into #{ticket.pk}") for ticket in (two, colleague, stranger)]
    assert offers == sorted(offers)
    for why in ("the same person", "the same customer", "a similar subject"):
        assert page.count(why) == 1
    for typed, found in (("invoice", colleague), (f"#{hers.pk}", hers), ("it stops", two)):
        live = as_ada.get(
            address("merge", one.pk),
            {"into": typed},
            headers={"HX-Request": "true", "HX-Target": "joinable"},
        ).content.decode()
        assert live.startswith('<section id="joinable"') and live.count("<button") == 1
        assert f"Merge into #{found.pk}" in live and ("another customer" in live) == (found == hers)
    alone = make.ticket("Zebra", contact=make.contact())
    assert b"Nothing alike" in as_ada.get(address("merge", alone.pk)).content
    none = as_ada.get(address("merge", one.pk), {"into": "wombat"})
    assert b"No ticket that goes on has this number" in none.content


def test_two_customers_are_asked_about(as_ada, pair):
    other = Ticket.objects.report(subject="Else", contact=make.contact("Cem"), at=NOW)
    page = as_ada.post(address("merge", other.pk), {"into": pair[0].pk})
    assert page.status_code == 422 and b"different customers" in page.content
    as_ada.post(address("merge", other.pk), {"into": pair[0].pk, "across": "on"})
    other.refresh_from_db()
    assert other.merged_into == pair[0]


def test_a_message_is_split_off_and_put_back(as_ada, pair):
    one = pair[0]
    said = one.hear("By the way: dark mode?", at=NOW)
    page = as_ada.get(address("split", one.pk, said.pk))
    assert b"By the way" in page.content
    page = as_ada.post(address("split", one.pk, said.pk), {"subject": ""})
    assert page.status_code == 422
    page = as_ada.post(address("split", one.pk, said.pk), {"subject": "Dark"}, follow=True)
    fresh = Ticket.objects.latest("pk")
    assert fresh.subject == "Dark" and b"Put it back" in page.content
    as_ada.post(address("unsplit", fresh.pk))
    said.refresh_from_db()
    assert said.ticket == one


def test_what_begins_a_ticket_is_not_offered_to_be_split_off(as_ada, pair, monkeypatch):
    one, two = pair
    first, then = one.messages.get(), one.hear("By the way: dark mode?", at=NOW)
    brought = two.hear("Light mode!", at=NOW)
    two.merge(one, by=None, at=NOW)
    here, nowhere = address("split", one.pk, then.pk), address("split", one.pk, first.pk)
    html = as_ada.get(one.get_absolute_url()).content.decode()
    assert here in html and nowhere not in html
    offered = as_ada.get(
        reverse("portal:palette"), {"deed": "split", "on": one.pk}
    ).content.decode()
    assert here in offered and nowhere not in offered and f"/{brought.pk}/split/" not in offered
    for page in (as_ada.get(nowhere), as_ada.post(nowhere, {"subject": "All"})):
        html = page.content.decode()
        assert page.status_code == 409 and "begins the ticket" in html
        assert 'id="split"' not in html
    assert "All" in html  # what was typed
    monkeypatch.setattr(thread, "PAGE", 2)  # it is on an earlier page
    html = as_ada.get(one.get_absolute_url()).content.decode()
    assert here in html and nowhere not in html


def test_a_call_that_was_written_down_is_taken_back(as_ada, pair):
    one, two = pair
    page = as_ada.post(address("call", one.pk), {"channel": "phone", "body": "Hm."}, follow=True)
    call = one.messages.latest("pk")
    back = address("take-back", one.pk, call.pk)
    toast = page.content.decode().split('class="toast"')[1]
    assert f'action="{back}"' in toast
    html = page.content.decode().split('class="toast"')[0]
    assert f'action="{back}"' in html and "Take back" in html
    page = as_ada.post(back, follow=True).content.decode()
    assert "is taken back" in page and "took back what was written down" in page
    assert "taken back, not sent" not in page and f'action="{back}"' not in page
    assert as_ada.post(back).status_code == 409
    typed = {
        **{"into": two.pk, "subject": "Same", "body": "Again.", "origin": "logged"},
        **{"channel": "phone", "priority": "normal"},
    }
    page = as_ada.post(reverse("portal:ticket-new"), typed, follow=True).content.decode()
    call = two.messages.latest("pk")
    assert address("take-back", two.pk, call.pk) in page.split('class="toast"')[1]


def test_links_are_made_and_taken_away(as_ada, pair):
    one, two = pair
    assert as_ada.get(address("link", one.pk)).status_code == 200
    sent = {"relation": "blocked", "other": two.pk}
    page = as_ada.post(address("link", one.pk), sent, follow=True)
    assert b"Blocked by" in page.content
    page = as_ada.post(address("link", one.pk), sent)
    assert page.status_code == 422 and b"linked already" in page.content
    as_ada.post(address("unlink", two.pk, TicketLink.objects.get().pk))
    assert not TicketLink.objects.exists()


def test_the_other_ticket_of_a_link_is_found_where_requests_are(as_ada, pair):
    one, two = pair
    closed = Ticket.objects.report(subject="Invoice", contact=make.contact("Cem"), at=NOW)
    Ticket.objects.filter(pk=closed.pk).update(status="closed")
    for typed, found in (("", two), (f"#{two.pk}", two), ("invoice", closed)):
        page = as_ada.get(address("link", one.pk), {"q": typed}).content.decode()
        assert page.count('aria-label="Link to #') == 1
        assert (
            f'formnovalidate name="other" value="{found.pk}" aria-label="Link to #{found.pk}"'
            in page
        )
    assert "another customer" in page
    button = page.index('data-kind="primary">Link<')
    assert button < page.index('name="other" value=')  # Enter in the field presses the first
    nothing = as_ada.get(address("link", one.pk), {"q": "wombat"}).content.decode()
    assert "No ticket has this number" in nothing and "No request holds" in nothing
    as_ada.post(address("link", one.pk), {"relation": "related", "other": ["", closed.pk]})
    assert TicketLink.objects.count() == 1


def test_a_form_about_a_ticket_leads_back_into_the_list_it_was_opened_in(as_ada, pair):
    """By the page it was opened from, then by what it says itself."""
    one, two = pair
    said = one.hear("By the way: dark mode?", at=NOW)
    listed = "in=inbox&view=late"
    forms = {
        ("call", one.pk): {"body": "They called.", "channel": "phone"},
        ("change", one.pk): {"subject": "Better"},
        ("ask", one.pk): {"to": "x@else.test", "subject": "x", "body": "Why?", "hours": "0"},
        ("link", one.pk): {"relation": "related", "other": two.pk},
        ("split", one.pk, said.pk): {"subject": "Dark"},
        ("merge", one.pk): {"into": two.pk},
    }
    for place, values in forms.items():
        form = as_ada.get(
            address(*place), headers={"referer": f"http://testserver/tickets/{one.pk}/?{listed}"}
        ).content.decode()
        kept = listed.replace("&", "&amp;")
        assert f'name="opened_in" value="{kept}"' in form
        assert f'href="/tickets/{one.pk}/?{kept}" data-key="u"' in form
        sent_to = address("rename", one.pk) if place[0] == "change" else address(*place)
        page = as_ada.post(
            sent_to,
            values | {"opened_in": listed},
            headers={"referer": f"http://testserver{address(*place)}"},
        )
        assert page.status_code == 302, place
        assert page["Location"].partition("?")[2].startswith(listed), place
    alone = as_ada.get(address("call", two.pk)).content.decode()
    assert "opened_in" not in alone and f'href="/tickets/{two.pk}/" data-key="u"' in alone


def test_every_move_offers_to_be_taken_back(as_ada, pair):
    one = pair[0]
    for verb, values, became in (
        ("resolve", {}, "resolved"),
        ("close", {}, "closed"),
    ):
        page = as_ada.post(address(verb, one.pk), values, follow=True)
        one.refresh_from_db()
        assert one.status == became
        undo = address("undo", one.pk, one.last_move().pk)
        assert undo.encode() in page.content
    as_ada.post(undo)
    one.refresh_from_db()
    assert one.status == "resolved"
    assert as_ada.post(undo).status_code == 409


def test_the_same_over_the_api(program, ada, pair):
    one, two = pair
    client = program(ada)

    def post(pk: int, verb: str, **words):
        url = f"/api/v1/tickets/{pk}/{verb}/"
        return client.post(url, words, content_type="application/json")

    assert post(two.pk, "merge", into=one.pk).json()["merged_into"] == one.pk
    assert client.get(f"/api/v1/tickets/{one.pk}/").json()["absorbed"] == 1
    assert post(two.pk, "undo-merge").json()["status"] == "new"
    said = one.hear("Dark mode?", at=NOW)
    fresh = post(one.pk, "split", message=said.pk, subject="Dark").json()
    assert fresh["subject"] == "Dark"
    (link,) = client.get(f"/api/v1/tickets/{one.pk}/links/").json()["results"]
    assert (link["ticket"], link["relation"]) == (fresh["id"], "split")
    assert post(fresh["id"], "undo-split").json()["id"] == one.pk
    assert post(one.pk, "split", message=1).status_code == 400
    assert post(one.pk, "link-to", other=two.pk, relation="part").status_code == 200
    made = TicketLink.objects.get()
    assert post(two.pk, "unlink", link=made.pk).status_code == 200
    assert post(one.pk, "resolve").json()["status"] == "resolved"
    assert post(one.pk, "undo").json()["status"] == "new"
    assert post(one.pk, "undo").status_code == 409
    for undo in ("take-back", "undo"):
        assert post(one.pk, "log-call", body="Hm.", from_us=True).json()["status"] == "open"
        call = client.get(f"/api/v1/tickets/{one.pk}/timeline/").json()["results"][-1]
        number = {"message": call["data"]["message"]} if undo == "take-back" else {}
        number = number or {"activity": call["id"]}
        assert post(one.pk, undo, **number).json()["status"] == "new"
        assert post(one.pk, undo, **number).status_code == 409


@pytest.fixture
def mira(db):
    return make.contact("Mira Köhler")


def test_many_are_merged_after_one_is_chosen(as_ada, mira):
    tickets = [
        Ticket.objects.report(subject=f"Same {n}", body="x", contact=mira, at=make.ago(hours=n + 1))
        for n in range(3)
    ]
    picks = {"pick": [one.pk for one in tickets]}
    there = as_ada.post(reverse("portal:bulk-merge"), picks)["Location"]
    shown = as_ada.get(there).content.decode()
    assert shown.index("Same 2") < shown.index("Same 0")  # what was asked first is offered first
    numbers = there.split("=")[1]
    words = {"tickets": numbers, "into": tickets[2].pk}
    answer = as_ada.post(reverse("portal:bulk-merge"), words)
    assert answer["Location"] == tickets[2].get_absolute_url()
    page = as_ada.get(answer["Location"]).content.decode()
    change = BulkChange.objects.get()
    assert "2 tickets merged into" in page
    assert reverse("portal:bulk-undo", args=[change.pk]) in page
    as_ada.post(reverse("portal:bulk-undo", args=[change.pk]))
    assert not Ticket.objects.filter(status="merged").exists()


def test_merging_asks_for_two_and_for_a_word_across_customers(as_ada, mira):
    one = Ticket.objects.report(subject="One", body="x", contact=mira, at=make.ago(hours=1))
    there = as_ada.post(reverse("portal:bulk-merge"), {"pick": [one.pk]})["Location"]
    assert there == reverse("portal:ticket-merge", args=[one.pk])
    assert as_ada.get(reverse("portal:bulk-merge") + f"?tickets={one.pk}").status_code == 409
    crowd = ",".join(map(str, range(1, 130)))
    assert as_ada.get(reverse("portal:bulk-merge") + f"?tickets={crowd}").status_code == 409
    other = Ticket.objects.report(
        subject="Two", body="x", contact=make.contact(), at=make.ago(hours=1)
    )
    words = {"tickets": f"{one.pk},{other.pk}", "into": one.pk}
    answer = as_ada.post(reverse("portal:bulk-merge"), words)
    assert answer["Location"] == BulkChange.objects.get().get_absolute_url()  # one was refused
    assert as_ada.post(reverse("portal:bulk-merge"), words | {"across": "on"})["Location"] == (
        one.get_absolute_url()
    )
    one.mark_spam(by=None, at=make.NOW)
    refused = as_ada.post(reverse("portal:bulk-merge"), words)
    assert refused.status_code == 422 and "is spam" in refused.content.decode()


def test_on_a_merged_ticket_nobody_says_that_no_reply_is_needed(ticket, as_ada, ada):
    assert "No reply needed" in as_ada.get(ticket.get_absolute_url()).content.decode()
    ticket.merge(make.ticket(contact=ticket.contact), by=ada, at=make.NOW)
    properties = as_ada.get(ticket.get_absolute_url()).content.decode()
    assert "ticket-need-no-reply" not in properties and "/need-no-reply/" not in properties
