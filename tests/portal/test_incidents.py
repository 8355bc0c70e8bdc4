"""Incidents in the portal: declared, linked, told, taken back; by form and in place."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from apps.features.models import FeatureRequest
from apps.incidents.models import Incident
from apps.outbox.models import Delivery
from apps.sla.models import Clock
from apps.tickets.models import Ticket
from tests import make
from tests.make import NOW


@pytest.fixture
def incident(otto) -> Incident:
    return make.incident(otto)


@pytest.fixture
def linked(incident, ticket, ada):
    incident.link(Ticket.objects.filter(pk=ticket.pk), by=ada, at=NOW)
    return incident


def url(name, *parts):
    return reverse(f"portal:{name}", args=parts)


def text(answer):
    return " ".join(answer.content.decode().split())


def test_ada_declares_one_from_a_ticket_and_the_ticket_shows_it(as_ada, ticket):
    part = make.component("Exporter")
    form = text(as_ada.get(url("incident-declare") + f"?tickets={ticket.pk}"))
    assert f"{part} <small>{part.product}</small>" in form
    assert f'value="{ticket.subject}"' in form and f"#{ticket.pk}" in form
    sent = {"title": "Exports <fail>", "severity": "SEV1", "type": "outage"}
    answer = as_ada.post(url("incident-declare"), sent | {"tickets": str(ticket.pk)})
    made = Incident.objects.get()
    assert answer["Location"] == made.get_absolute_url()
    assert made.links.get().ticket == ticket
    page = text(as_ada.get(ticket.get_absolute_url()))
    assert "Exports &lt;fail&gt;" in page and "SEV1" in page and "Triage" in page
    listed = text(as_ada.get(url("tickets") + "?q=is:incident"))
    assert f'id="row-{ticket.pk}"' in listed and "Of an incident that goes on" in listed
    assert f'id="row-{ticket.pk}"' in text(as_ada.get(url("tickets") + f"?q=incident:{made.pk}"))
    assert f'id="row-{ticket.pk}"' not in text(as_ada.get(url("tickets") + "?q=incident:999"))


def test_what_is_wrong_in_a_form_is_said_there(as_ada, as_otto, incident):
    answer = as_ada.post(url("incident-declare"), {"title": "", "severity": "SEV1"})
    assert answer.status_code == 422
    sent = {"title": "X", "severity": "SEV2", "type": "outage", "started_at": "2099-01-01T10:00"}
    answer = as_ada.post(url("incident-declare"), sent)
    assert answer.status_code == 422 and "in the future" in text(answer)
    edited = {"title": "X", "severity": "SEV2", "type": "outage"}
    at = {"started_at": "2026-11-23T09:00", "detected_at": "2026-11-23T08:00"}
    answer = as_otto.post(
        url("incident-edit", incident.pk), edited | at | {"acknowledged_at": "2026-11-23T09:00"}
    )
    assert answer.status_code == 422 and "before it was started" in text(answer)


def test_otto_edits_it_and_undo_brings_it_back(as_otto, incident, ada):
    assert "Acknowledged" in text(as_otto.get(url("incident-edit", incident.pk)))
    sent = {
        **{"title": "All exports", "severity": "SEV1", "type": "data", "commander": ada.pk},
        **{"started_at": "2026-11-23T08:00", "detected_at": "2026-11-23T09:00"},
        **{"acknowledged_at": "2026-11-23T09:00"},
    }
    answer = as_otto.post(url("incident-edit", incident.pk), sent, follow=True)
    assert "All exports" in text(answer)
    incident.refresh_from_db()
    assert incident.commander == ada and incident.detected_at == NOW
    undo = incident.timeline().get(verb="edited").pk
    as_otto.post(url("incident-undo", incident.pk, undo))
    incident.refresh_from_db()
    assert incident.title == "Exports fail"


def test_each_verb_answers_with_the_card_and_an_undo(as_otto, in_place, linked):
    page = text(as_otto.get(linked.get_absolute_url()))
    assert "Resolve" in page and "Mitigate" in page and "Customers hit" in page
    for verb, state in (
        ("mitigate", "Mitigated"),
        ("resolve", "Resolved"),
        ("review", "Reviewed"),
        ("reopen", "Active"),
    ):
        answer = in_place(as_otto).post(url(f"incident-{verb}", linked.pk))
        assert f'id="incident-{linked.pk}"' in text(answer) and state in text(answer)
        assert "/undo/" in text(answer)
    assert in_place(as_otto).post(url("incident-acknowledge", linked.pk)).status_code == 409


def test_customers_are_told_only_after_a_look_at_whom_it_reaches(as_otto, linked, ticket, mara):
    nobody = make.ticket("Nobody asks")
    linked.link(Ticket.objects.filter(pk=nobody.pk), by=None, at=NOW)
    sent = {"audience": "customers", "text": "We repair exports.", "minutes": "45"}
    look = text(as_otto.post(url("incident-update", linked.pk), sent))
    assert "Send to 1 person" in look and "Nobody is known to write to." in look
    assert "We repair exports." in look and not linked.updates.exists()
    answer = as_otto.post(url("incident-update", linked.pk), sent | {"sure": "1"}, follow=True)
    update = linked.updates.get()
    assert "Update for 1 customer contact on 1 ticket." in text(answer)
    assert "1 response clock stopped" in text(answer)
    assert (update.next_at - update.at).total_seconds() // 60 == 45
    assert Delivery.objects.filter(channel="mail", recipient=mara.email).count() == 1
    reached = text(as_otto.get(url("incident-reached", linked.pk, update.pk)))
    assert "First response" in reached and "1 response clock stopped" in reached
    page = text(as_otto.get(ticket.get_absolute_url()))
    assert f'Answered by an update of <a href="{linked.get_absolute_url()}">' in page
    assert "Next update promised" in page
    as_otto.post(url("incident-take-back", linked.pk, update.pk))
    assert Clock.objects.get(ticket=ticket, kind="first_response").stopped_at is None
    assert "Taken back" in text(as_otto.get(linked.get_absolute_url()))


def test_many_are_told_by_a_job_that_one_can_watch(as_otto, linked, monkeypatch):
    monkeypatch.setattr("apps.incidents.models.update.AT_ONCE", 0)
    sent = {"audience": "customers", "text": "We repair exports.", "sure": "1"}
    page = text(as_otto.post(url("incident-update", linked.pk), sent, follow=True))
    assert "It begins in fifteen seconds." in page
    update = linked.updates.get()
    reached = url("incident-reached", linked.pk, update.pk)
    assert f'id="job-{update.job.pk}"' in text(as_otto.get(reached))


def test_other_audiences_are_told_at_once_and_a_late_promise_is_red(as_otto, incident):
    empty = as_otto.post(url("incident-update", incident.pk), {"audience": "internal", "text": " "})
    assert empty.status_code == 422
    sent = {"audience": "internal", "text": "We look.", "last": "on"}
    as_otto.post(url("incident-update", incident.pk), sent)
    assert incident.updates.get().next_at is None
    incident.updates.update(next_at=timezone.now(), at=NOW)
    assert "is overdue" in text(as_otto.get(incident.get_absolute_url()))
    assert "overdue since" in text(as_otto.get(url("incidents")))
    incident.resolve(by=None, at=timezone.now())
    page = text(as_otto.get(incident.get_absolute_url()))
    assert "kept late" in page and "Next update in minutes" not in page


def test_picked_tickets_are_linked_and_undo_unlinks_them(as_ada, incident, ticket):
    other = make.ticket("Other")
    asked = as_ada.post(url("bulk-incident"), {"pick": [ticket.pk, other.pk]})
    assert "Link 2 tickets to an incident" in text(asked) and "Exports fail" in text(asked)
    numbers = f"{ticket.pk},{other.pk}"
    sent = {"tickets": numbers, "chosen": "1"}
    assert as_ada.post(url("bulk-incident"), sent).status_code == 422
    answer = as_ada.post(url("bulk-incident"), sent | {"incident": incident.pk}, follow=True)
    assert "2 tickets linked to incident" in text(answer)
    again = as_ada.post(url("bulk-incident"), sent | {"incident": incident.pk})
    assert again.status_code == 422 and "linked to it already" in text(again)
    undo = incident.timeline().get(verb="linked").pk
    as_ada.post(url("incident-undo-link", incident.pk, undo))
    assert not incident.links.exists()
    assert as_ada.post(url("bulk-incident"), {"all": "1", "q": "is:late"}).status_code == 409
    every = as_ada.post(url("bulk-incident"), {"all": "1", "q": ""})
    assert "Link 2 tickets" in text(every)


def test_more_than_can_be_linked_are_refused(as_ada, incident, ticket, monkeypatch):
    monkeypatch.setattr("apps.portal.views.incidents.linking.MOST", 0)
    answer = as_ada.post(url("bulk-incident"), {"all": "1", "q": ""})
    assert answer.status_code == 409 and "the most at once" in text(answer)


def test_a_ticket_is_linked_from_its_own_page_and_from_the_incident(as_ada, incident, ticket):
    assert "Exports fail" in text(as_ada.get(url("ticket-link", ticket.pk)))
    assert as_ada.post(url("ticket-incident", ticket.pk), {"incident": "x"}).status_code == 409
    as_ada.post(url("ticket-incident", ticket.pk), {"incident": incident.pk})
    assert incident.links.get().ticket == ticket
    as_ada.post(url("incident-unlink", incident.pk), {"ticket": ticket.pk})
    assert not incident.links.exists()
    wrong = as_ada.post(url("incident-link", incident.pk), {"tickets": "0, 999999"})
    assert wrong.status_code == 409
    as_ada.post(url("incident-link", incident.pk), {"tickets": f"#{ticket.pk}"})
    assert incident.links.get().ticket == ticket


def test_a_private_one_is_hidden_from_who_may_not_see_it(as_ada, as_otto, linked, ticket):
    Incident.objects.filter(pk=linked.pk).update(private=True)
    assert as_ada.get(linked.get_absolute_url()).status_code == 404
    listed = text(as_ada.get(url("tickets")))
    assert f'id="row-{ticket.pk}"' in listed and "Of an incident" not in listed
    for question in ("is:incident", f"incident:{linked.pk}"):
        found = text(as_ada.get(url("tickets") + f"?q={question}"))
        assert f'id="row-{ticket.pk}"' not in found
    for page in (url("incidents"), ticket.get_absolute_url(), url("search") + "?q=exports"):
        assert "Exports fail" not in text(as_ada.get(page))
        assert "Exports fail" in text(as_otto.get(page))
    sent = {"audience": "customers", "text": "Hm", "sure": "1"}
    assert as_otto.post(url("incident-update", linked.pk), sent).status_code == 422


def test_the_customer_page_says_what_hit_them_and_what_they_were_told(as_ada, linked, mara, otto):
    linked.update("customers", "We repair exports.", by=otto, at=NOW)
    page = text(as_ada.get(url("customer", mara.customer_id)))
    assert "Incidents that hit them" in page and "We repair exports." in page


def test_past_incidents_are_turned_page_by_page(as_ada, otto):
    for n in range(55):
        Incident.objects.declare(f"Past {n}", severity="SEV4", by=otto, at=NOW).resolve(
            by=otto, at=NOW
        )
    first = text(as_ada.get(url("incidents")))
    assert first.count("data-row") == 50 and 'rel="next"' in first and "Going on" in first
    after = first.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    second = text(as_ada.get(after))
    assert second.count("data-row") == 5 and "Going on" not in second


def test_its_page_costs_the_same_for_few_and_for_many(as_otto, linked, otto):
    def cost():
        with CaptureQueriesContext(connection) as queries:
            as_otto.get(linked.get_absolute_url())
        return len(queries)

    linked.update("customers", "One", by=otto, at=NOW)
    as_otto.get(linked.get_absolute_url())
    few = cost()
    for n in range(5):
        one = Ticket.objects.report(subject=f"T{n}", body="x", contact=make.contact(), at=NOW)
        linked.link(Ticket.objects.filter(pk=one.pk), by=otto, at=NOW)
        linked.update("customers", f"More {n}", by=otto, at=NOW)
    assert cost() == few <= 17


def test_without_any_the_pages_say_so(as_ada, ticket):
    assert "Nothing is wrong that we know of" in text(as_ada.get(url("incidents")))
    assert "No incident goes on" in text(as_ada.get(url("ticket-link", ticket.pk)))
    asked = text(as_ada.post(url("bulk-incident"), {"pick": ticket.pk}))
    assert "No incident goes on" in asked and "Declare a new one" in asked


def test_the_palette_links_one_ticket_or_many(as_ada, in_place, ada, incident, ticket):
    from apps.portal.deeds import Subject, deed_of

    other = make.ticket("Other")
    deed = deed_of("incident", ada)
    for numbers in ((ticket.pk,), (ticket.pk, other.pk)):
        [choice] = deed.choices("exp", Subject(ada, timezone.now(), numbers))
        assert choice.title == "Exports fail" and choice.aside == "SEV2"
        answer = in_place(as_ada).post(choice.url, choice.values, headers={"X-Beside": "list"})
        assert answer["HX-Trigger"] == "tickets-changed" and "linked" in text(answer).lower()
    assert incident.links.count() == 2
    assert not list(deed.choices("import", Subject(ada, timezone.now(), (ticket.pk,))))


# --- today ----------------------------------------------------------------------------------------


@pytest.fixture
def morning(ada, otto, pia):
    """`morning(n)`: incidents that go on, one that ended, and a request that shipped."""

    def begin(count):
        make.cadences()
        for n in range(count):
            one = Incident.objects.declare(f"Trouble {n}", severity="SEV3", by=ada, at=make.ago())
            said = timezone.now() - timedelta(days=n)
            one.update("internal", "We look.", by=otto, at=said)
        ended = Incident.objects.declare("Over", severity="SEV3", by=ada, at=make.ago())
        wish = FeatureRequest.objects.open("Dark mode", by=pia, at=make.ago())
        for n in range(count):
            ticket = make.ticket(f"Dark {n}", contact=make.contact())
            ticket.assign(ada, by=ada, at=make.ago())
            wish.add_insight(ticket, by=ada, at=make.ago())
            ended.link(Ticket.objects.filter(pk=ticket.pk), by=ada, at=make.ago())
        ended.resolve(by=otto, at=make.ago())
        wish.ship(by=pia, at=make.ago())

    return begin


SEEN = {  # who sees, on Today, incidents, tickets to be told, and loops of which records
    "ada": ("Incidents going on", "To be told</h2>"),
    "sol": ("Incidents going on", "To be told</h2>"),
    "otto": ("Incidents going on", "Loops to close", "Over"),
    "pia": ("Incidents going on", "Loops to close", "Dark mode"),
    "cora": ("Incidents going on", "Loops to close", "Over", "Dark mode"),
}


@pytest.mark.parametrize("who", SEEN)
def test_today_shows_what_goes_on_and_whom_to_tell(who, morning, client, request):
    client.force_login(request.getfixturevalue(who))

    def queries():
        with CaptureQueriesContext(connection) as asked:
            page = client.get("/").content.decode()
        return len(asked), page

    morning(1)
    queries()
    few, page = queries()
    for words in SEEN[who]:
        assert words in page, words
    assert ("Loops to close" in page) == ("Loops to close" in SEEN[who])
    morning(4)
    many, page = queries()
    assert many == few
    assert page.index("overdue since") < page.index("next update")
