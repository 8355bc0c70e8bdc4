"""Closing the loop from the page: the list, the strip above the editor, the drafted answer."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from apps.portal import loops
from apps.tickets.models import Cause, Draft, OwedAnswer, Ticket

DRAFT = "Hello {{ contact.first_name }},\n\n{{ about.title }} is there.\n\n{{ agent.first_name }}"


def url(name: str, ticket: Ticket, **more) -> str:
    return reverse(f"portal:ticket-{name}", kwargs={"pk": ticket.pk, **more})


@pytest.fixture
def owe(ticket, pia):
    """`owe("Excel")` is one more answer that is owed to Mara."""

    def one(title: str = "Export to Excel", **more) -> OwedAnswer:
        number = OwedAnswer.objects.count() + 1
        cause = Cause("something", number, "shipped", title, more.pop("draft", DRAFT))
        return OwedAnswer.objects.owe([ticket.pk], cause, by=pia, at=timezone.now())[0]

    return one


def page(browser, ticket) -> str:
    return browser.get(reverse("portal:ticket", args=[ticket.pk])).content.decode()


def test_the_list_names_whom_to_tell_and_the_ticket_says_so(as_ada, ticket, owe):
    inbox = reverse("portal:inbox") + "?view=loop"
    assert "Everybody was told" in as_ada.get(inbox).content.decode()
    owed = owe("Export <to> Excel")
    html = as_ada.get(inbox).content.decode()
    assert f'id="row-{ticket.pk}"' in html and "To be told what became of it" in html
    assert "1 to be told" in html
    html = page(as_ada, ticket)
    assert "to be told</a>" in html and "Export &lt;to&gt; Excel" in html
    assert f'name="tells" value="{owed.pk}" form="composer-{ticket.pk}" checked' in html


def test_the_drafted_answer_is_put_under_what_was_begun(as_ada, ada, ticket, owe):
    owed = owe()
    Draft.objects.keep(ticket, ada, mode="reply", body="Good news!", at=timezone.now())
    answer = as_ada.post(url("answer-use", ticket, answer=owed.pk), {"mode": "reply"})
    assert answer.status_code == 302
    draft = Draft.objects.get()
    assert draft.body == "Good news!\n\nHello Mara,\n\nExport to Excel is there.\n\nAda"
    assert as_ada.post(url("answer-use", ticket, answer=owed.pk + 1)).status_code == 404


def test_without_drafted_words_nothing_is_offered(as_ada, ticket, owe):
    owed = owe(draft="")
    assert "/use/" not in page(as_ada, ticket)
    as_ada.post(url("answer-use", ticket, answer=owed.pk))
    assert not Draft.objects.exists()


def test_a_reply_tells_what_is_ticked(as_ada, ticket, owe):
    one, two = owe(), owe("Dark mode")
    seen = ticket.messages.latest("pk").pk
    words = {"mode": "reply", "body": "It is there.", "seen": seen, "owes": "1", "tells": [one.pk]}
    assert as_ada.post(url("answer", ticket), words).status_code == 302
    assert [answer.state for answer in OwedAnswer.objects.order_by("pk")] == ["told", "owed"]
    words |= {"seen": ticket.messages.latest("pk").pk, "tells": []}
    as_ada.post(url("answer", ticket), words)
    two.refresh_from_db()
    assert two.state == "owed"
    del words["owes"]  # a page that asked nothing
    as_ada.post(url("answer", ticket), words | {"seen": ticket.messages.latest("pk").pk})
    two.refresh_from_db()
    assert two.state == "told"


def test_no_word_is_needed_and_that_is_taken_back(as_ada, ticket, owe):
    owed = owe()
    refused = as_ada.post(url("answer-waive", ticket, answer=owed.pk), {"reason": " "})
    assert refused.status_code == 409
    as_ada.post(url("answer-waive", ticket, answer=owed.pk), {"reason": "Told on the phone."})
    assert "to be told</a>" not in page(as_ada, ticket)
    as_ada.post(url("answer-owe-anew", ticket, answer=owed.pk))
    assert "to be told</a>" in page(as_ada, ticket)


def test_a_closed_ticket_is_told_on_a_new_one(as_ada, ada, ticket, owe):
    at = timezone.now()
    ticket.resolve(by=ada, at=at - timedelta(minutes=2))
    ticket.close(by=ada, at=at - timedelta(minutes=1))
    owe(), owe("Dark mode")
    assert "Tell it on a new ticket" in page(as_ada, ticket)
    answer = as_ada.post(url("follow-up", ticket))
    fresh = Ticket.objects.latest("pk")
    assert answer["Location"] == fresh.get_absolute_url() and fresh.follows == ticket
    assert "Dark mode is there." in Draft.objects.get(ticket=fresh).body
    assert "to be told</a>" in page(as_ada, fresh)
    assert as_ada.post(url("follow-up", ticket)).status_code == 409


def test_who_may_not_answer_reads_what_is_owed(as_pia, as_ada, ada, ticket, owe):
    owe()
    html = page(as_pia, ticket)
    assert "Export to Excel" in html and "/use/" not in html
    ticket.mark_spam(by=ada, at=timezone.now())
    assert "to be told</a>" not in page(as_ada, ticket)


def test_it_goes_to_the_page_it_is_about(as_ada, ticket, owe, monkeypatch):
    monkeypatch.setitem(loops.PAGES, "something", "action")
    owe()
    assert f'href="{reverse("portal:action", args=[1])}"' in page(as_ada, ticket)
