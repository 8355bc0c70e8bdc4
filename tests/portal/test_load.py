"""The lead's page: who carries how much, who is away, what moving would do, why somebody has it."""

import re
from html import unescape

import pytest
from django.urls import reverse

from apps.tickets.models import AssignmentRule, Duty, Ticket
from tests import make


@pytest.fixture
def bo(db):
    return make.person("Bo Berg", "support")


@pytest.fixture
def theirs(ada, mara) -> list[Ticket]:
    return [make.ticket(f"Matter {n}", contact=mara, assignee=ada, status="open") for n in (1, 2)]


def page(person) -> str:
    return reverse("portal:load-person", args=[person.pk])


def url(name: str, person) -> str:
    return reverse(f"portal:load-{name}", args=[person.pk])


def test_the_page_says_who_carries_what(as_sol, ada, theirs):
    Duty.objects.create(person=ada, cap=1, skills=["billing"])
    html = as_sol.get(reverse("portal:load")).content.decode()
    assert "2 open tickets" in html
    assert "over the limit" in html
    assert "billing" in html
    team = make.team("Billing")
    assert "Nobody answers" in as_sol.get(f"/load/?team={team.pk}").content.decode()


def test_its_numbers_open_the_very_tickets(as_sol, ada, bo, theirs, mara):
    make.ticket("Another's", contact=mara, assignee=bo, status="open")
    late = {"breached": True, "sla_state": "breached_open", "due_kind": "resolution"}
    Ticket.objects.filter(pk=theirs[0].pk).update(**late)
    html = as_sol.get(reverse("portal:load")).content.decode()
    links = re.findall(r'<a [^>]*href="(/tickets/\?q=[^"]+)">(\d+)</a>', html)
    assert [number for _, number in links] == ["2", "1", "1"]
    for address, number in links:
        listed = as_sol.get(unescape(address)).content.decode()
        assert listed.count("<tr data-row") == int(number), address


def test_what_moving_does_is_shown_then_done_then_undone(as_sol, ada, bo, theirs):
    Duty.objects.create(person=bo, cap=1)
    picked = [one.pk for one in theirs]
    html = as_sol.get(page(ada), {"pick": picked, "to": f"person-{bo.pk}"}).content.decode()
    assert "What moving 2 tickets would do" in html
    assert "<b>2</b>" in html
    assert "over the limit" in html
    assert set(Ticket.objects.values_list("assignee", flat=True)) == {ada.pk}
    sent = {"pick": picked, "to": f"person-{bo.pk}"}
    html = as_sol.post(url("reassign", ada), sent, follow=True).content.decode()
    assert set(Ticket.objects.values_list("assignee", flat=True)) == {bo.pk}
    undo = unescape(html.split('class="toast"')[1].split('action="')[1].split('"')[0])
    as_sol.post(undo)
    assert set(Ticket.objects.values_list("assignee", flat=True)) == {ada.pk}


def test_a_team_without_room_says_so(as_sol, ada, bo, theirs):
    team = make.team("Support", ada, bo)
    Duty.objects.create(person=bo, cap=1)
    sent = {"pick": [one.pk for one in theirs], "to": f"team-{team.pk}"}
    assert "nobody in Support is free" in as_sol.get(page(ada), sent).content.decode()
    html = as_sol.post(url("reassign", ada), sent, follow=True).content.decode()
    assert "1 ticket moved. 1 stays" in html


@pytest.mark.parametrize(
    "sent", [{}, {"pick": "1"}, {"pick": "1", "to": "person-x"}, {"pick": "x", "to": "team-1"}]
)
def test_moving_nothing_or_to_nobody_is_refused(as_sol, ada, sent):
    assert as_sol.post(url("reassign", ada), sent).status_code == 409


@pytest.mark.parametrize(
    ("name", "sent", "said"),
    [
        ("limit", {"cap": "8"}, "carries 8 at most"),
        ("learn", {"skills": "Billing, german"}, "billing, german"),
        ("leave", {"until": "in 2 weeks"}, "is away until"),
        ("leave", {"until": ""}, "is away."),
    ],
)
def test_what_somebody_can_take_on_is_set(as_sol, ada, name, sent, said):
    assert said in as_sol.post(url(name, ada), sent, follow=True).content.decode()


def test_limits_go_and_people_come_back(as_sol, ada):
    as_sol.post(url("limit", ada), {"cap": "8"})
    said = as_sol.post(url("limit", ada), {"cap": ""}, follow=True).content.decode()
    assert "has no limit" in said
    as_sol.post(url("leave", ada), {})
    assert "There again" in as_sol.get(page(ada)).content.decode()
    assert "is there again" in as_sol.post(url("back", ada), follow=True).content.decode()


@pytest.mark.parametrize(
    ("name", "sent"),
    [("limit", {"cap": "many"}), ("limit", {"cap": "0"}), ("leave", {"until": "whenever"})],
)
def test_odd_words_are_refused(as_sol, ada, name, sent):
    assert as_sol.post(url(name, ada), sent).status_code == 409
    in_place = as_sol.post(url(name, ada), sent, headers={"HX-Request": "true"})
    assert in_place.status_code == 409 and in_place["X-Refused"] in {"", *sent}


def test_anybody_who_answers_says_that_they_are_away(as_ada, ada):
    away = reverse("portal:own-leave")
    assert "You are" not in as_ada.post(away, {"until": "tomorrow"}, follow=True).content.decode()
    assert Duty.objects.get(person=ada).away_until
    assert "there again" in as_ada.post(away, {"back": "1"}, follow=True).content.decode()
    assert as_ada.post(away, {"back": "1"}).status_code == 409


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        ("limit", {"cap": "8"}),
        ("learn", {"skills": "billing"}),
        ("leave", {"until": "tomorrow"}),
    ],
)
def test_what_a_lead_says_of_somebody_is_undone_once(as_sol, as_ada, ada, name, sent):
    duty = Duty.objects.create(person=ada, cap=5, skills=["sso"])
    before = (duty.cap, duty.skills, duty.away_since, duty.away_until)
    page = as_sol.post(url(name, ada), sent, follow=True).content.decode()
    undo = reverse("portal:load-undo", args=[ada.pk, duty.last_change()])
    assert undo in page
    if name != "leave":
        assert as_ada.post(undo).status_code == 409  # only a lead says that
    as_sol.post(undo)
    duty.refresh_from_db()
    assert (duty.cap, duty.skills, duty.away_since, duty.away_until) == before
    assert as_sol.post(undo).status_code == 409


def test_being_away_is_undone_by_oneself_with_the_day_one_had_said(as_ada, ada):
    away = reverse("portal:own-leave")
    as_ada.post(away, {"until": "tomorrow"})
    duty = Duty.objects.get(person=ada)
    until = duty.away_until
    as_ada.post(away, {"back": "1"})
    undo = reverse("portal:load-undo", args=[ada.pk, duty.last_change()])
    assert "as before" in as_ada.post(undo, follow=True).content.decode()
    duty.refresh_from_db()
    assert duty.away_until == until


def test_the_rules_are_tried_on_the_last_tickets(as_sol, ada, mara):
    url = reverse("portal:load-rules")
    assert "No rules yet" in as_sol.get(url).content.decode()
    AssignmentRule.objects.create(
        name="Exports", words="channel:mail", team=make.team("Support", ada), way="round_robin"
    )
    AssignmentRule.objects.create(name="Off", is_active=False, assignee=ada)
    make.ticket("Export stops", contact=mara)
    html = as_sol.get(url, {"tried": "50"}).content.decode()
    assert "1 of 1 fit a rule" in html
    assert "round robin in Support" in html


def test_a_ticket_says_why_somebody_has_it(as_ada, ada, bo, sol, mara, ticket):
    why = reverse("portal:ticket-why", args=[ticket.pk])
    assert "no rule fits it" in as_ada.get(why).content.decode()
    Duty.objects.create(person=bo, cap=1, away_since=make.NOW)
    AssignmentRule.objects.create(name="All", team=make.team("Support", ada, bo), way="round_robin")
    fresh = Ticket.objects.report(subject="Help", body="Now", contact=mara, at=make.NOW)
    html = as_ada.get(reverse("portal:ticket-why", args=[fresh.pk])).content.decode()
    assert "Round robin in Support." in html
    assert re.search(r"Bo Berg</span><span class=\"end\">away", html)
    assert "Why?" in as_ada.get(fresh.get_absolute_url()).content.decode()
    fresh.assign(bo, by=sol, at=make.NOW)
    assert (
        "Sol Martínez gave it away by hand"
        in as_ada.get(reverse("portal:ticket-why", args=[fresh.pk])).content.decode()
    )
