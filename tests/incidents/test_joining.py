"""Two incidents that are one: nothing is lost on the way there, nor on the way back."""

from datetime import timedelta

import pytest
from django.urls import reverse

from apps.incidents.models import Incident, IncidentTicket, IncidentUpdate
from apps.tickets import listing
from apps.tickets.models import OwedAnswer
from apps.tickets.rules.words import ask
from apps.timeline.refusal import Refused
from tests import make
from tests.make import NOW

LATER = NOW + timedelta(minutes=10)
LAST = NOW + timedelta(minutes=20)


@pytest.fixture
def other(tickets, those, otto) -> Incident:
    """The same, declared by somebody else a moment later; the last two tickets are of it."""
    make.cadences()
    made = Incident.objects.declare(
        "Exports are slow", severity="SEV3", by=otto, at=NOW, tickets=those(tickets[1:])
    )
    made.acknowledge(by=otto, at=NOW)
    made.update("customers", "We look.", by=otto, at=NOW)
    made.update("internal", "Hm.", by=otto, at=NOW)
    return made


@pytest.fixture
def hit(incident, tickets, those, otto) -> Incident:
    """The first two tickets are of it."""
    incident.link(those(tickets[:2]), by=otto, at=NOW)
    return incident


def standing() -> tuple:
    """Who has which tickets and updates, and what is promised."""
    return (
        set(IncidentTicket.objects.values_list("incident", "ticket", "origin")),
        set(IncidentUpdate.objects.values_list("incident", "text", "origin", "answered_at")),
        set(Incident.objects.values_list("pk", "state", "merged_into")),
        set(OwedAnswer.objects.owed().values_list("subject_id", "became", "ticket")),
    )


def linked(incident) -> set[int]:
    return set(incident.links.values_list("ticket", flat=True))


def test_tickets_updates_and_promises_go_on_in_the_other(hit, other, tickets, otto):
    before = standing()
    told = other.merge(hit, by=otto, at=LATER)
    assert told.data["state"] == ["active", "merged"] and told.data["merged_into"] == [None, hit.pk]
    assert linked(hit) == {one.pk for one in tickets}
    assert {one.text for one in hit.updates.promised()} == {"We look.", "Hm."}
    assert hit.merged_here() == [other] and other.goes_on == hit
    moved = tickets[2].timeline().get(verb="incident_moved")
    assert moved.data["incident"] == [other.pk, hit.pk]
    assert set(listing.asked(ask(f"incident:{other.pk}"), otto)) == set(tickets[1:])
    hit.update("customers", "It is repaired.", by=otto, at=LATER)
    assert not hit.updates.promised().filter(text="We look.").exists()
    hit.update("customers", "Really.", by=otto, at=LATER)
    other.unmerge(by=otto, at=LAST)
    IncidentUpdate.objects.filter(text__in=["It is repaired.", "Really."]).delete()
    after = standing()
    assert (after[0], after[2], after[3]) == (before[0], before[2], before[3])


def test_it_is_taken_back_as_if_it_had_not_been(hit, other, otto):
    before = standing()
    other.merge(hit, by=otto, at=LATER)
    other.unmerge(by=otto, at=LAST)
    assert standing() == before
    with pytest.raises(Refused, match="not merged"):
        other.unmerge(by=otto, at=LAST)
    with pytest.raises(Refused, match="cannot be taken back"):
        other.undo(other.timeline().latest("pk").pk, by=otto, at=LAST)


def test_through_later_merges_each_has_its_own_again(hit, other, tickets, those, otto):
    third = Incident.objects.declare(
        "Everything", severity="SEV1", by=otto, at=NOW, tickets=those(tickets[:1])
    )
    before = standing()
    other.merge(hit, by=otto, at=LATER)
    between = standing()
    hit.merge(third, by=otto, at=LATER)
    assert linked(third) == {one.pk for one in tickets} and other.goes_on.pk == third.pk
    assert [one.pk for one in third.merged_here()] == [hit.pk, other.pk]
    hit.unmerge(by=otto, at=LAST)
    assert standing() == between
    hit.merge(third, by=otto, at=LAST)
    Incident.objects.get(pk=other.pk).unmerge(by=otto, at=LAST)
    assert tickets[2].pk in linked(other) and tickets[2].pk not in linked(third)
    Incident.objects.get(pk=hit.pk).unmerge(by=otto, at=LAST)
    assert standing() == before


def test_into_one_that_is_over_nothing_more_is_promised_and_all_are_told(hit, other, tickets, otto):
    hit.resolve(by=otto, at=NOW)
    before = standing()
    other.merge(hit, by=otto, at=LATER)
    assert not hit.updates.promised().exists()
    owed = OwedAnswer.objects.owed().filter(subject_id=hit.pk)
    assert set(owed.values_list("ticket", flat=True)) == {one.pk for one in tickets}
    other.unmerge(by=otto, at=LAST)
    assert standing() == before


def test_one_that_is_over_ends_again_where_it_goes_on(hit, other, tickets, otto):
    other.resolve(by=otto, at=NOW)
    before = standing()
    other.merge(hit, by=otto, at=LATER)
    assert not OwedAnswer.objects.owed().exists()
    other.unmerge(by=otto, at=LAST)
    assert standing() == before
    other.merge(hit, by=otto, at=LAST)
    hit.resolve(by=otto, at=LAST)
    assert OwedAnswer.objects.owed().count() == len(tickets)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [("itself", "itself"), ("merged", "goes on"), ("twice", "goes on"), ("private", "private")],
)
def test_what_cannot_be_merged(wrong, said, hit, other, otto):
    third = Incident.objects.declare("Third", severity="SEV3", by=otto, at=NOW)
    if wrong in ("merged", "twice"):
        other.merge(third, by=otto, at=NOW)
    if wrong == "private":
        hit.edit(private=True, by=otto, at=NOW)
    merging, into = {
        "itself": (hit, Incident.objects.get(pk=hit.pk)),
        "merged": (hit, other),
        "twice": (other, hit),
        "private": (other, hit),
    }[wrong]
    with pytest.raises(Refused, match=said):
        merging.merge(into, by=otto, at=LATER)


@pytest.mark.parametrize("verb", ["resolve", "acknowledge", "link", "update"])
def test_on_a_merged_one_nothing_is_done(verb, hit, other, tickets, those, otto):
    other.merge(hit, by=otto, at=LATER)
    asked = {
        "link": lambda: other.link(those(tickets), by=otto, at=LAST),
        "update": lambda: other.update("internal", "Hm", by=otto, at=LAST),
    }.get(verb, lambda: getattr(other, verb)(by=otto, at=LAST))
    with pytest.raises(Refused, match=f"goes on in incident {hit.pk}"):
        asked()


def test_its_number_leads_to_where_it_goes_on(hit, other, client, otto, tickets):
    client.force_login(otto)
    asking = reverse("portal:incident-merge", args=[other.pk])
    page = client.get(asking).content.decode()
    assert "Exports fail" in page and "Merge into this" in page
    assert "Nothing alike" in client.get(asking, {"q": "no such"}).content.decode()
    assert "Exports fail" in client.get(asking, {"q": str(hit.pk)}).content.decode()
    assert client.post(asking, {"into": 0}).status_code == 422
    assert client.post(asking, {"into": other.pk}).status_code == 422
    hit.edit(private=True, by=otto, at=LATER)
    assert "private" in client.post(asking, {"into": hit.pk}).content.decode()
    hit.edit(private=False, by=otto, at=LATER)
    shown = client.post(asking, {"into": hit.pk}, follow=True)
    words = shown.content.decode()
    assert "is merged into this" in words and "Merged here" in words
    assert f"of incident {other.pk}" in words
    assert client.get(other.get_absolute_url()).url == hit.get_absolute_url()
    linking = reverse("portal:ticket-incident", args=[tickets[0].pk])
    assert "already" in client.post(linking, {"incident": other.pk}).content.decode()
    listed = client.get(reverse("portal:incidents")).content.decode()
    assert "Exports fail" in listed and "Exports are slow" not in listed
    back = reverse("portal:incident-unmerge", args=[other.pk])
    assert "was taken back" in client.post(back, follow=True).content.decode()
    assert client.get(other.get_absolute_url()).status_code == 200
