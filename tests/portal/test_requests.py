"""Feature requests on their pages: asked for on a ticket, decided with a look first, told."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from apps.features.models import FeatureRequest, Insight
from apps.portal.views.requests import deciding
from apps.tickets.models import OwedAnswer, Ticket
from tests import make


def url(name: str, pk: int, **more) -> str:
    return reverse(f"portal:{name}", kwargs={"pk": pk, **more})


def page(browser, name: str, pk: int, query: str = "") -> str:
    return browser.get(url(name, pk) + query).content.decode()


@pytest.fixture
def excel(pia) -> FeatureRequest:
    return FeatureRequest.objects.open(
        "Export <all> rows", problem="Ten thousand.", terms=["row limit"], by=pia, at=make.NOW
    )


@pytest.fixture
def asked(excel, ticket, ada) -> FeatureRequest:
    """Mara asks for it."""
    excel.add_insight(ticket, importance=2, snippet="by two", by=ada, at=timezone.now())
    return excel


# --- on the ticket --------------------------------------------------------------------------------


def test_a_ticket_is_linked_in_two_presses(as_ada, ticket, excel):
    html = page(as_ada, "ticket", ticket.pk)
    assert "Feature requests" in html and url("ticket-link", ticket.pk) in html
    html = page(as_ada, "ticket-link", ticket.pk)
    assert "Export &lt;all&gt; rows" in html and "Same since Monday" in html
    said = ticket.messages.get()
    sent = {"request": excel.pk, "importance": 3, "snippet": "at two", "message": said.pk}
    answer = as_ada.post(url("ticket-asks", ticket.pk), sent)
    assert answer["Location"] == ticket.get_absolute_url()
    one = Insight.objects.get()
    assert (one.request, one.importance, one.snippet, one.message) == (excel, 3, "at two", said)
    html = page(as_ada, "ticket", ticket.pk)
    assert "Export &lt;all&gt; rows" in html and "blocks them" in html
    assert "linked</span>" in page(as_ada, "ticket-link", ticket.pk)
    came = f"http://testserver/tickets/{ticket.pk}/?in=inbox"
    gone = as_ada.post(url("insight-remove", one.pk), headers={"referer": came})
    assert gone["Location"] == f"/tickets/{ticket.pk}/?in=inbox"
    as_ada.post(url("insight-restore", one.pk))
    assert as_ada.post(url("ticket-asks", ticket.pk), sent).status_code == 409


def test_the_words_of_a_chosen_message_are_kept(as_ada, ticket, excel):
    ticket.hear("Later words.", at=make.NOW + timedelta(minutes=1))
    first = ticket.messages.earliest("pk")
    assert "Later words." in page(as_ada, "ticket-link", ticket.pk)
    html = page(as_ada, "ticket-link", ticket.pk, f"?message={first.pk}")
    assert "Same since Monday" in html and f'name="message" value="{first.pk}"' in html
    assert "Same since" not in page(as_ada, "ticket-link", ticket.pk, "?message=999999999")


def test_another_request_is_searched_for(as_ada, ticket, excel, ada):
    FeatureRequest.objects.open("Dark mode", by=ada, at=make.NOW)
    assert "Dark mode" not in page(as_ada, "ticket-link", ticket.pk)
    assert "Dark mode" in page(as_ada, "ticket-link", ticket.pk, "?q=dark")
    assert "No request holds" in page(as_ada, "ticket-link", ticket.pk, "?q=zzz")


def test_what_nobody_asked_for_is_opened_there(as_ada, ticket):
    words = {"title": "Whole exports", "problem": "Cut.", "importance": 1, "snippet": "all rows"}
    as_ada.post(url("ticket-asks-new", ticket.pk), words)
    made = FeatureRequest.objects.get()
    assert (made.title, made.problem, made.contacts) == ("Whole exports", "Cut.", 1)
    wrong = as_ada.post(url("ticket-asks-new", ticket.pk), words | {"title": ""})
    assert wrong.status_code == 422 and "all rows" in wrong.content.decode()
    wrong = as_ada.post(url("ticket-asks-new", ticket.pk), words | {"title": "nul \x00"})
    assert wrong.status_code == 422
    wrong = as_ada.post(url("ticket-asks", ticket.pk), {"request": made.pk, "importance": 7})
    assert wrong.status_code == 422
    for request in ("", "x", 10**20, 12345):
        assert as_ada.post(url("ticket-asks", ticket.pk), {"request": request}).status_code == 404


def test_who_may_link_but_not_change_links_requests_only(as_pia, ticket, excel):
    html = page(as_pia, "ticket-link", ticket.pk)
    assert "A feature request" in html and "Another ticket" not in html
    answer = as_pia.post(url("ticket-link", ticket.pk), {"relation": "related", "other": "1"})
    assert answer.status_code == 403


def test_it_was_not_this_that_they_asked_for(as_ada, ticket, asked):
    one = Insight.objects.get()
    answer = as_ada.post(
        url("insight-remove", one.pk),
        headers={"referer": f"http://testserver/tickets/{ticket.pk}/"},
    )
    assert answer["Location"] == ticket.get_absolute_url()
    assert "no longer" not in page(as_ada, "ticket", ticket.pk)
    answer = as_ada.post(url("insight-restore", one.pk))
    assert answer["Location"] == asked.get_absolute_url()
    as_ada.post(url("insight-change", one.pk), {"importance": "3"})
    one.refresh_from_db()
    assert one.importance == 3
    assert as_ada.post(url("insight-change", one.pk), {"importance": "x"}).status_code == 409


# --- the list and the page ------------------------------------------------------------------------


def test_the_list_is_narrowed_and_ordered(as_ada, asked, ada):
    FeatureRequest.objects.open("Dark mode", by=ada, at=make.NOW)
    address = reverse("portal:requests")

    def titles(query: str = "") -> list[str]:
        html = as_ada.get(address + query).content.decode()
        return [one for one in ("Export &lt;all", "Dark mode") if f"<bdi>{one}" in html]

    assert len(titles()) == len(titles("?status=under_review")) == len(titles("?sort=worth")) == 2
    assert titles("?q=dark") == ["Dark mode"] and titles("?q=limit") == ["Export &lt;all"]
    assert titles("?status=shipped") == titles("?capability=1") == []
    assert len(titles("?status=nonsense&sort=nonsense&capability=x&after=x.y")) == 2
    for odd in ("x.5", "-1.5", "99999999999999999999.5", "5", ".", "1.x"):
        assert len(titles(f"?after={odd}")) == 2
    assert len(titles("?sort=changed&after=2026-01-01.5")) == 2


@pytest.mark.parametrize("sort", ["demand", "worth", "changed"])
def test_the_list_is_walked_page_by_page(sort, as_ada, ada):
    for n in range(60):
        FeatureRequest.objects.open(f"Wish {n:02}", by=ada, at=make.NOW + timedelta(minutes=n % 7))
    first = as_ada.get(reverse("portal:requests"), {"sort": sort})
    after = first.context["keyset"].after
    second = as_ada.get(reverse("portal:requests"), {"sort": sort, "after": after})
    found = [one.pk for page in (first, second) for one in page.context["keyset"].rows]
    assert len(found) == len(set(found)) == 60 and not second.context["keyset"].after


def test_the_page_says_who_asks(as_ada, asked, ticket):
    html = page(as_ada, "request", asked.pk)
    assert "Mara Holt" in html and "by two" in html and f"#{ticket.pk}" in html
    assert "Ship" not in html  # support reads
    assert "/figures/features.contacts/" in html


def test_a_request_is_opened_and_said_better(as_pia, pia):
    assert as_pia.post(reverse("portal:request-new"), {"title": ""}).status_code == 422
    words = {"title": "Dark mode", "problem": "", "visibility": "internal", "terms": "night\nnight"}
    as_pia.post(reverse("portal:request-new"), words)
    made = FeatureRequest.objects.get()
    assert made.terms == ["night"]
    many = {**words, "terms": "\n".join(map(str, range(30)))}
    assert as_pia.post(reverse("portal:request-new"), many).status_code == 422
    assert "night" in page(as_pia, "request-edit", made.pk)
    as_pia.post(url("request-edit", made.pk), words | {"title": "Darkness"})
    made.refresh_from_db()
    assert made.title == "Darkness"
    again = as_pia.post(url("request-edit", made.pk), words | {"title": "Darkness"})
    assert again.status_code == 422


# --- decided --------------------------------------------------------------------------------------


def test_shipping_shows_first_who_is_told(as_pia, asked, ticket, ada):
    spam = Ticket.objects.report(subject="Win", contact=make.contact(), at=make.NOW)
    asked.add_insight(spam, by=ada, at=timezone.now())
    spam.mark_spam(by=ada, at=timezone.now())
    html = page(as_pia, "request-ship", asked.pk)
    assert "1 ticket back on the desk" in html and f"#{spam.pk} is spam" in html
    assert "As Mara Holt would read it" in html and "Hello Mara," in html
    looked = as_pia.post(
        url("request-ship", asked.pk), {"words": "Dear {{ contact.name }}", "look": "1"}
    )
    assert "Dear Mara Holt" in looked.content.decode() and not OwedAnswer.objects.exists()
    wrong = as_pia.post(url("request-ship", asked.pk), {"words": "{{ nobody }}"})
    assert wrong.status_code == 422 and "no variable" in wrong.content.decode()
    answer = as_pia.post(url("request-ship", asked.pk), {"words": "It is there."}, follow=True)
    assert "Shipped. 1 customer is to be told." in answer.content.decode()
    assert OwedAnswer.objects.get().draft == "It is there."
    html = page(as_pia, "request", asked.pk)
    assert "to be told" in html and "Not to be told" in html and f"#{spam.pk} is spam" in html
    assert "shipped already" in page(as_pia, "request-ship", asked.pk)
    assert as_pia.post(url("request-tell", asked.pk)).status_code == 409
    shipped = asked.timeline().filter(verb="shipped").get()
    as_pia.post(url("request-undo", asked.pk, activity=shipped.pk))
    assert not OwedAnswer.objects.owed().exists()


def test_of_very_many_the_first_are_shown_and_the_rest_is_counted(as_pia, asked, monkeypatch):
    other = Ticket.objects.report(subject="Me too", contact=make.contact(), at=make.NOW)
    asked.add_insight(other, by=None, at=timezone.now())
    monkeypatch.setattr(deciding, "SHOWN", 1)
    html = page(as_pia, "request-ship", asked.pk)
    assert "2 tickets back on the desk" in html and "and 1 ticket more" in html


def test_the_rest_is_told_later(as_pia, asked, ticket, ada):
    spam = ticket.mark_spam(by=ada, at=timezone.now())
    asked.ship(by=None, at=timezone.now())
    ticket.undo(spam.pk, by=ada, at=timezone.now())
    answer = as_pia.post(url("request-tell", asked.pk), follow=True)
    assert "1 customer more is to be told." in answer.content.decode()


def test_saying_no_needs_a_reason(as_pia, asked):
    wrong = as_pia.post(url("request-decline", asked.pk), {"words": "No.", "reason": ""})
    assert wrong.status_code == 422
    as_pia.post(
        url("request-decline", asked.pk), {"words": "No: {{ about.reason }}", "reason": "Old."}
    )
    asked.refresh_from_db()
    assert (asked.status, asked.reason) == ("declined", "Old.")
    assert OwedAnswer.objects.get().draft == "No: Old."
    assert "Old." in page(as_pia, "request", asked.pk)


def test_nobody_waits_for_what_nobody_asked_for(as_pia, excel):
    assert "Nobody who asked waits" in page(as_pia, "request-park", excel.pk)
    assert "Nobody asks for it yet" in page(as_pia, "request", excel.pk)


def test_it_goes_its_way(as_pia, excel):
    for name, status in (
        ("request-plan", "planned"),
        ("request-begin", "in_progress"),
    ):
        as_pia.post(url(name, excel.pk))
        excel.refresh_from_db()
        assert excel.status == status
    assert as_pia.post(url("request-begin", excel.pk)).status_code == 409
    excel.ship(by=None, at=timezone.now())
    as_pia.post(url("request-reopen", excel.pk))
    excel.refresh_from_db()
    assert excel.status == "under_review"


def test_two_that_are_one_are_merged_and_taken_apart(as_pia, asked, pia):
    other = FeatureRequest.objects.open("Export <all> the rows", by=pia, at=make.NOW)
    assert "Export &lt;all&gt; rows" in page(as_pia, "request-merge", other.pk)
    assert "Nothing alike" in page(as_pia, "request-merge", other.pk, "?q=zzz")
    assert as_pia.post(url("request-merge", other.pk), {"into": ""}).status_code == 422
    assert as_pia.post(url("request-merge", other.pk), {"into": other.pk}).status_code == 422
    as_pia.post(url("request-merge", other.pk), {"into": asked.pk})
    assert "goes on in" in page(as_pia, "request", other.pk)
    assert "Merged here" in page(as_pia, "request", asked.pk)
    as_pia.post(url("request-unmerge", other.pk))
    other.refresh_from_db()
    assert other.status == "under_review"


# --- elsewhere ------------------------------------------------------------------------------------


def test_search_and_the_customer_know_of_it(as_ada, asked, mara, pia):
    html = as_ada.get(reverse("portal:search") + "?q=limit").content.decode()
    assert "Export &lt;all&gt; rows" in html and "under review" in html.lower()
    asked.ship(by=pia, at=timezone.now())
    html = page(as_ada, "customer", mara.customer_id)
    assert "What they ask us to build" in html and "to be told" in html
