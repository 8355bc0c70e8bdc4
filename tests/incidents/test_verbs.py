"""What is done to an incident, and taken back."""

from datetime import timedelta

import pytest

from apps.incidents.models import Cadence, Incident
from apps.outbox.models import Notification
from apps.timeline.models import Activity
from apps.timeline.refusal import Refused
from tests import make
from tests.make import NOW, ago

LATER = NOW + timedelta(minutes=10)


def verbs(record):
    return [one.verb for one in record.timeline().order_by("pk")]


def test_it_is_declared_in_triage_and_who_is_on_call_hears(ada, otto):
    part = make.component("Exports")
    made = Incident.objects.declare(
        " Exports fail ",
        severity="SEV1",
        by=ada,
        at=NOW,
        components=[part],
        started_at=ago(minutes=5),
    )
    assert (made.title, made.state, made.commander) == ("Exports fail", "triage", None)
    assert (made.started_at, made.detected_at) == (ago(minutes=5), NOW)
    assert list(made.components.all()) == [part] and verbs(made) == ["declared"]
    [line] = Notification.objects.filter(person=otto)
    assert "SEV1 declared by" in line.sentence and line.url == made.get_absolute_url()


def test_a_small_one_wakes_nobody(ada, otto):
    Incident.objects.declare("Typo", severity="SEV4", by=ada, at=NOW)
    assert not Notification.objects.exists()


@pytest.mark.parametrize(
    ("words", "field"),
    [
        ({"title": " "}, "title"),
        ({"severity": "SEV9"}, "severity"),
        ({"type": "bad"}, "type"),
        ({"started_at": LATER}, "started_at"),
    ],
)
def test_what_cannot_be_declared_is_refused_by_its_field(words, field, ada):
    with pytest.raises(Refused) as refused:
        Incident.objects.declare(
            **{"title": "Exports", "severity": "SEV2", "by": ada, "at": NOW} | words
        )
    assert refused.value.field == field and not Incident.objects.exists()


def test_it_goes_its_way_and_each_step_is_told(incident, otto):
    assert (incident.state, incident.commander) == ("active", otto)
    assert incident.verbs == ["mitigate", "resolve"]
    incident.mitigate(by=otto, at=LATER)
    incident.resolve(by=otto, at=LATER)
    assert (incident.mitigated_at, incident.resolved_at, incident.is_open) == (LATER, LATER, False)
    incident.review(by=otto, at=LATER)
    assert incident.state == "reviewed" and incident.instants["reviewed"] == LATER
    with pytest.raises(Refused, match="reviewed already"):
        incident.review(by=otto, at=LATER)
    assert verbs(incident) == ["declared", "acknowledged", "mitigated", "resolved", "reviewed"]
    incident.reopen(by=otto, at=LATER)
    assert incident.state == "active"
    assert (incident.mitigated_at, incident.resolved_at, incident.reviewed_at) == (None,) * 3


def test_a_move_is_taken_back_as_if_it_never_was(incident, otto, ada):
    incident.update("customers", "We look.", by=otto, at=NOW)
    told = incident.resolve(by=otto, at=LATER)
    assert not incident.updates.promised().exists()
    incident.undo(told.pk, by=otto, at=LATER)
    assert (incident.state, incident.resolved_at) == ("active", None)
    assert incident.updates.promised().exists()
    with pytest.raises(Refused, match="changed again since"):
        incident.undo(told.pk, by=otto, at=LATER)
    told = incident.resolve(by=otto, at=LATER)
    back = incident.reopen(by=otto, at=LATER)
    assert incident.updates.promised().exists()
    incident.undo(back.pk, by=otto, at=LATER)
    assert incident.resolved_at == LATER and not incident.updates.promised().exists()


def test_what_was_never_done_or_began_it_is_not_taken_back(incident, otto):
    with pytest.raises(Refused, match="not changed so"):
        incident.undo(0, by=otto, at=LATER)
    declared = incident.timeline().get(verb="declared")
    with pytest.raises(Refused, match="cannot be taken back"):
        incident.undo(declared.pk, by=otto, at=LATER)


def test_it_is_edited_and_edits_are_told_and_taken_back(incident, otto, ada):
    part = make.component("Exports")
    told = incident.edit(
        by=ada,
        at=LATER,
        title="All exports fail",
        severity="SEV1",
        commander=ada,
        started_at=ago(hours=1),
        components=[part],
    )
    assert told.data["severity"] == ["SEV2", "SEV1"]
    assert told.data["components"] == [[], ["Exports"]]
    assert told.data["commander"] == [otto.pk, ada.pk]
    incident.undo(told.pk, by=ada, at=LATER)
    assert (incident.title, incident.severity, incident.commander) == ("Exports fail", "SEV2", otto)
    assert incident.started_at == NOW


def test_an_edit_that_cannot_be_is_refused_and_changes_nothing(incident, otto, ada):
    ada.is_active = False
    ada.save()
    for words, field in (
        ({"mitigated_at": NOW}, "mitigated_at"),
        ({"acknowledged_at": None}, "acknowledged_at"),
        ({"detected_at": ago(hours=1)}, "detected_at"),
        ({"commander": ada}, "commander"),
        ({"title": ""}, "title"),
    ):
        with pytest.raises(Refused) as refused:
            incident.edit(by=otto, at=LATER, **words)
        assert refused.value.field == field
    with pytest.raises(Refused, match="Nothing was changed"):
        incident.edit(by=otto, at=LATER, title="Exports fail")
    assert verbs(incident) == ["declared", "acknowledged"]


# --- tickets --------------------------------------------------------------------------------------


def test_tickets_are_linked_and_both_remember(incident, tickets, those, ada):
    told = incident.link(those(tickets), by=ada, at=LATER)
    assert told.data["tickets"]["numbers"] == [one.pk for one in tickets]
    assert incident.links.count() == 3
    for ticket in tickets:
        [mine] = ticket.timeline().filter(verb="incident_linked")
        assert mine.data == {"incident": incident.pk} and mine.actor == ada
    with pytest.raises(Refused, match="all linked to it already"):
        incident.link(those(tickets), by=ada, at=LATER)
    with pytest.raises(Refused, match="It is linked to it already"):
        incident.link(those(tickets[:1]), by=ada, at=LATER)
    with pytest.raises(Refused, match="Pick some tickets"):
        incident.link(those([]), by=ada, at=LATER)


def test_a_link_is_taken_back_and_only_what_it_linked(incident, tickets, those, ada):
    incident.link(those(tickets[:1]), by=ada, at=LATER)
    told = incident.link(those(tickets), by=ada, at=LATER)
    incident.undo(told.pk, by=ada, at=LATER)
    assert list(incident.links.values_list("ticket", flat=True)) == [tickets[0].pk]
    gone = incident.unlink(those(tickets[:1]), by=ada, at=LATER)
    assert not incident.links.exists()
    incident.undo(gone.pk, by=ada, at=LATER)
    assert incident.links.count() == 1
    with pytest.raises(Refused, match="not linked"):
        incident.unlink(those(tickets[1:]), by=ada, at=LATER)


def test_it_is_declared_from_a_ticket_and_linked_to_it(tickets, those, ada):
    made = Incident.objects.declare(
        "Exports", severity="SEV3", by=ada, at=LATER, tickets=those(tickets)
    )
    assert made.links.count() == 3 and verbs(made) == ["declared", "linked"]


def test_more_tickets_than_one_word_links_are_refused(incident, tickets, those, ada, monkeypatch):
    monkeypatch.setattr("apps.incidents.models.linking.MOST", 2)
    with pytest.raises(Refused, match="2 tickets are the most"):
        incident.link(those(tickets), by=ada, at=LATER)


# --- who sees it ----------------------------------------------------------------------------------


def test_a_private_one_is_seen_by_who_may_and_by_whoever_leads_it(ada, otto, lea, pia):
    made = Incident.objects.declare("Breach", severity="SEV1", private=True, by=otto, at=NOW)
    Incident.objects.filter(pk=made.pk).update(commander=pia)
    made.refresh_from_db()
    sees = {one: made.is_visible_to(one) for one in (ada, otto, lea, pia)}
    assert sees == {ada: False, otto: True, lea: True, pia: True}
    for person, seen in sees.items():
        assert Incident.objects.visible_to(person).exists() is seen


def test_incidents_are_found_by_number_and_by_words(incident):
    found = Incident.objects.named_like
    assert found("export").get() == found(f"#{incident.pk}").get() == incident
    assert not found("import").exists()


# --- what is promised -----------------------------------------------------------------------------


def test_an_update_promises_the_next_as_its_severity_asks(incident, otto, ada, lea):
    first = incident.update("internal", "We look.", by=otto, at=NOW)
    assert first.next_at == NOW + timedelta(minutes=30) and first.state == "active"
    second = incident.update("internal", "We found it.", by=otto, at=LATER, next_at=None)
    first.refresh_from_db()
    assert first.answered_at == LATER and second.next_at is None
    third = incident.update("support", "Say so.", by=otto, at=LATER, next_at=LATER + (LATER - NOW))
    assert third.next_at == LATER + timedelta(minutes=10)
    assert Notification.objects.get(cause=f"incident-update:{third.pk}").person == ada
    fourth = incident.update("leadership", "Two customers.", by=otto, at=LATER)
    assert Notification.objects.get(cause=f"incident-update:{fourth.pk}").person == lea
    found = Incident.objects.with_promise().get()
    assert found.promised_at == third.next_at
    assert Incident.objects.with_promise("leadership").get().promised_at == fourth.next_at
    assert Activity.objects.filter(kind="incident", verb="updated").count() == 4
    assert str(Cadence.objects.first()) == "SEV1, customers: 30 min"


def test_what_cannot_be_said_is_refused(incident, otto):
    for words, field in (
        ({"audience": "everybody"}, "audience"),
        ({"text": "  "}, "text"),
        ({"next_at": NOW}, "next_at"),
        ({"next_at": LATER + timedelta(days=31)}, "next_at"),
    ):
        with pytest.raises(Refused) as refused:
            incident.update(
                **{"audience": "internal", "text": "Hm", "by": otto, "at": LATER} | words
            )
        assert refused.value.field == field
    incident.edit(private=True, by=otto, at=LATER)
    with pytest.raises(Refused, match="told to no customer"):
        incident.update("customers", "Hm", by=otto, at=LATER)
    assert not incident.updates.exists()


def test_after_its_end_nothing_is_promised(incident, otto):
    incident.resolve(by=otto, at=LATER)
    assert incident.update("internal", "It was the disk.", by=otto, at=LATER).next_at is None


def test_how_long_it_took_and_what_it_is_called(incident, otto):
    assert incident.took is None and str(incident) == f"Incident {incident.pk}: Exports fail"
    incident.resolve(by=otto, at=LATER)
    assert incident.took == 600


def test_one_that_is_led_is_led_by_the_same_after_it_is_taken_up(ada, otto):
    made = Incident.objects.declare("Slow", severity="SEV3", by=ada, at=NOW)
    made.edit(commander=ada, by=otto, at=NOW)
    made.acknowledge(by=otto, at=NOW)
    assert made.commander == ada


def test_what_came_back_after_it_was_mitigated_is_active_again(incident, otto):
    incident.mitigate(by=otto, at=LATER)
    incident.reopen(by=otto, at=LATER)
    assert (incident.state, incident.mitigated_at) == ("active", None)
