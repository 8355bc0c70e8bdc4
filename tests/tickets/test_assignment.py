"""Tickets find somebody by themselves: by rules, skills, limits, hours; once, with the reason."""

import threading
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.calendars.models import Calendar
from apps.outbox.models import Notification
from apps.tickets import balancing
from apps.tickets.models import AssignmentRule, Duty, SearchDoc, Ticket, Unplaced
from apps.timeline.refusal import Refused
from tests import make

NOW = make.NOW


@pytest.fixture
def bo(db):
    return make.person("Bo Berg", "support")


@pytest.fixture
def team(ada, bo):
    return make.team("Support", ada, bo)


def rule(name: str = "Everything", **fields) -> AssignmentRule:
    made = AssignmentRule(name=name, **fields)
    made.full_clean()
    made.save()
    return made


def report(subject: str = "Help", **fields) -> Ticket:
    fields.setdefault("at", NOW)
    ticket = Ticket.objects.report(subject=subject, body="Please.", **fields)
    ticket.refresh_from_db()
    return ticket


def test_without_rules_nothing_happens(ada):
    assert report().assignee is None
    assert [one.verb for one in report().timeline()] == ["reported"]


def test_tickets_go_round(team, ada, bo):
    rule(team=team)
    takers = [report(at=NOW + timedelta(minutes=n)).assignee for n in range(4)]
    assert takers == [ada, bo, ada, bo]


def test_the_reason_is_told_and_so_is_whoever_got_it(team, ada, bo):
    Duty.objects.create(person=bo, away_since=NOW, away_until=NOW + timedelta(days=3))
    rule(team=team, tags=["routed"], priority="high")
    ticket = report()
    told = ticket.why_assigned()
    assert (told.verb, told.who) == ("shared_out", "Assignment rules")
    assert told.data["why"] == "round robin in Support"
    assert told.data["rules"] == ["Everything"]
    [[name, why]] = told.data["passed"]
    assert (name, why[:10]) == ("Bo Berg", "away until")
    assert told.data["assignee"] == [None, ada.pk]
    assert (ticket.priority, ticket.tags, ticket.team) == ("high", ["routed"], team)
    assert ticket.status == "new"  # nobody has looked at it yet
    assert "round robin" in Notification.objects.get(person=ada).sentence


def test_the_first_rule_that_fits_ends_unless_it_goes_on(team, ada):
    billing = make.queue("Billing")
    rule("Refunds", words="refund", queue=billing, position=1, goes_on=True)
    rule("Urgent", words="priority:urgent", assignee=ada, position=2)
    rule("Rest", tags=["rest"], position=3)
    ticket = report("A refund, please", priority="urgent")
    assert (ticket.queue, ticket.assignee, ticket.tags) == (billing, ada, [])
    assert ticket.why_assigned().data["rules"] == ["Refunds", "Urgent"]
    assert report("Other").tags == ["rest"]


@pytest.mark.parametrize(
    ("words", "fits"),
    [
        ("channel:phone", True),
        ("channel:mail", False),
        ("tier:enterprise", True),
        ("-tier:enterprise", False),
        ("tag:vip", True),
        ("queue:billing", True),
        ("invoice", True),
        ("invoice refund", False),
        ("has:customer -tag:spam invoice", True),
        ("请", False),
        ("...", False),
    ],
)
def test_a_rule_asks_in_the_words_of_the_filter(words, fits, db):
    rule("Asked", words=words, tags=["fits"])
    mira = make.contact("Mira", customer=make.customer(tier="enterprise"))
    ticket = report(
        "An invoice", contact=mira, channel="phone", tags=["vip"], queue=make.queue("Billing")
    )
    assert ("fits" in ticket.tags) == fits


def test_skills_are_needed(team, ada, bo):
    Duty.objects.create(person=bo, skills=["billing"])
    rule(team=team, needs=["Billing"])
    assert report().assignee == bo
    assert report().assignee == bo


def test_a_limit_holds_and_what_finds_nobody_is_tried_again(team, ada, bo):
    Duty.objects.create(person=ada, cap=1)
    Duty.objects.create(person=bo, cap=2)
    rule(team=team)
    given = [report(priority="normal") for _ in range(4)]
    assert [one.assignee for one in given] == [ada, bo, bo, None]
    told = given[3].why_assigned()
    assert told.data["why"] == "nobody in Support is free"
    assert told.data["passed"] == [
        ["Ada Lovelace", "carries 1 of 1"],
        ["Bo Berg", "carries 2 of 2"],
    ]
    assert balancing.place_waiting(at=NOW) == 0
    assert [one.ticket for one in balancing.unplaced()] == [given[3]]
    given[0].resolve(by=ada, at=NOW)
    assert balancing.place_waiting(at=NOW + timedelta(minutes=1)) == 1
    given[3].refresh_from_db()
    assert given[3].assignee == ada
    assert not Unplaced.objects.exists()


def test_an_urgent_ticket_fits_only_where_there_is_room_for_three(team, ada, bo):
    Duty.objects.create(person=ada, cap=2)
    Duty.objects.create(person=bo, cap=3)
    rule(team=team)
    assert report(priority="urgent").assignee == bo


def test_what_somebody_took_by_hand_waits_no_longer(team, ada, bo):
    Duty.objects.create(person=ada, cap=1)
    rule(assignee=ada)
    report()
    waiting = report()
    assert waiting.why_assigned().data["why"] == "Ada Lovelace is not free"
    waiting.assign(bo, by=ada, at=NOW)
    assert balancing.place_waiting(at=NOW) == 0
    assert not Unplaced.objects.exists()


def test_outside_of_their_hours_nobody_is_given_anything(team, ada, bo):
    office = Calendar.objects.create(
        name="Office", timezone="UTC", weekly={"mon": [["09:00", "17:00"]]}
    )
    office.publish(reason="First")
    Duty.objects.create(person=ada, calendar=office)
    rule(team=team)
    assert report(at=NOW).assignee == ada  # Monday, nine
    evening = NOW + timedelta(hours=9)
    later = [report(at=evening + timedelta(minutes=n)) for n in range(2)]
    assert {one.assignee for one in later} == {bo}
    assert later[0].why_assigned().data["passed"] == [["Ada Lovelace", "not at work now"]]


def test_whoever_answered_a_contact_before_gets_them_again(team, ada, bo):
    mira = make.contact("Mira")
    make.ticket(contact=mira, assignee=bo, status="resolved")
    rule(team=team)
    ticket = report(contact=mira)
    assert ticket.assignee == bo
    assert ticket.why_assigned().data["why"] == "answered them before"
    AssignmentRule.objects.update(sticky=False)
    assert report(contact=mira).assignee == ada


def test_least_loaded_by_share_of_the_limit(team, ada, bo):
    Duty.objects.create(person=ada, cap=10)
    Duty.objects.create(person=bo, cap=2)
    make.ticket(assignee=ada, status="open")
    make.ticket(assignee=bo, status="open")
    rule(team=team, way="least_loaded")
    assert report().assignee == ada


def test_a_ticket_that_is_given_when_it_is_reported_stays_with_them(team, ada, bo):
    rule(team=team, tags=["sorted"])
    ticket = report(assignee=bo)
    assert (ticket.assignee, ticket.tags) == (bo, ["sorted"])


def test_a_reopened_ticket_stays_unless_they_are_away(team, ada, bo):
    rule(team=team)
    ticket = report()
    assert ticket.assignee == ada
    ticket.resolve(by=ada, at=NOW)
    ticket.hear("Again!", at=NOW + timedelta(hours=1))
    assert ticket.assignee == ada
    ticket.resolve(by=ada, at=NOW + timedelta(hours=2))
    balancing.duty_of(ada).leave(None, by=ada, at=NOW)
    ticket.hear("And again!", at=NOW + timedelta(hours=3))
    ticket.refresh_from_db()
    assert ticket.assignee == bo
    ticket.resolve(by=bo, at=NOW + timedelta(hours=4))
    bo.is_active = False
    bo.save()
    ticket.refresh_from_db()
    ticket.reopen(by=ada, at=NOW + timedelta(hours=5))
    ticket.refresh_from_db()
    assert ticket.assignee == bo  # nobody is left
    assert Unplaced.objects.filter(ticket=ticket).exists()


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_gets_the_last_free_slot():
    """Ten threads, two people with room for three between them: three are placed, never more."""
    from apps.sla.models import Policy

    if not Policy.objects.filter(is_default=True).exists():
        policy = Policy.objects.create(name="Default", is_default=True)
        policy.publish(by=None, at=NOW, reason="First")
    one, other = make.person("One", "support"), make.person("Other", "support")
    rule(team=make.team("Support", one, other))
    Duty.objects.create(person=one, cap=1)
    Duty.objects.create(person=other, cap=2)
    barrier, wrong = threading.Barrier(10), []

    def come(n: int) -> None:
        try:
            barrier.wait(300)
            Ticket.objects.report(subject=f"Ticket {n}", body="Now.", at=NOW)
        except Exception as error:
            wrong.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=come, args=[n]) for n in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert Ticket.objects.filter(assignee=one).count() == 1
    assert Ticket.objects.filter(assignee=other).count() == 2
    assert Unplaced.objects.count() == 7


# --- duties --------------------------------------------------------------------------------------


def test_a_duty_changes_by_its_verbs(ada, sol):
    duty = balancing.duty_of(ada)
    duty.limit(8, by=sol, at=NOW)
    duty.learn(["German", "billing"], by=sol, at=NOW)
    duty.leave(NOW + timedelta(days=1), by=ada, at=NOW)
    assert duty.is_away(NOW) and not duty.is_away(NOW + timedelta(days=1))
    assert duty.absent(NOW).startswith("away until")
    duty.come_back(by=ada, at=NOW + timedelta(hours=1))
    assert (duty.cap, duty.skills, duty.away_since) == (8, ["billing", "german"], None)
    assert [one.verb for one in duty.timeline()] == ["limited", "learnt", "left", "came_back"]
    duty.leave(None, by=sol, at=NOW)
    assert duty.absent(NOW) == "away"


@pytest.mark.parametrize(
    ("act", "said"),
    [
        (lambda duty, ada, sol: duty.limit(0, by=sol, at=NOW), "between 1"),
        (lambda duty, ada, sol: duty.limit(8, by=ada, at=NOW), "A lead"),
        (lambda duty, ada, sol: duty.learn(["x" * 70], by=sol, at=NOW), "60"),
        (lambda duty, ada, sol: duty.learn([], by=sol, at=NOW), "already"),
        (lambda duty, ada, sol: duty.leave(NOW, by=sol, at=NOW), "still to come"),
        (lambda duty, ada, sol: duty.come_back(by=sol, at=NOW), "not away"),
    ],
)
def test_what_a_duty_refuses(act, said, ada, sol):
    with pytest.raises(Refused, match=said):
        act(balancing.duty_of(ada), ada, sol)


@pytest.mark.parametrize(
    "fields",
    [
        {"words": "status:never"},
        {"words": "assignee:me"},
        {"words": "is:mine"},
        {"tags": ["x" * 61]},
    ],
)
def test_a_rule_that_cannot_be_asked_is_not_kept(fields, db):
    with pytest.raises(ValidationError):
        rule(**fields)


def test_a_rule_says_what_it_does(team, ada):
    made = rule(
        queue=make.queue("Billing"), priority="high", tags=["money"], team=team, needs=["billing"]
    )
    assert made.does() == (
        "queue Billing; priority high; tags money; to Support, round robin; needs billing"
    )
    assert rule("Ada's", assignee=ada).does() == "to Ada Lovelace"
    empty = rule("Nothing")
    assert (empty.does(), empty.way) == ("nothing", "")


# --- the lead's page ------------------------------------------------------------------------------


def test_a_dry_run_changes_nothing_and_asks_all_at_once(team, ada, bo):
    rule("Refunds", words="refund", team=team)
    tickets = [make.ticket(f"refund {n}", reported_at=make.ago(hours=n)) for n in range(4)]
    for one in tickets:
        SearchDoc.objects.begin(one.pk, one.subject, "", "")
    with CaptureQueriesContext(connection) as few:
        trials = balancing.dry_run(at=NOW, most=2)
    with CaptureQueriesContext(connection) as many:
        trials = balancing.dry_run(at=NOW)
    assert len(many) <= len(few) + 1
    assert [trial.to for trial in trials] == ["Bo Berg", "Ada Lovelace"] * 2
    assert not Ticket.objects.exclude(assignee=None).exists()


def test_what_if_is_what_happens(team, ada, bo, sol):
    cy = make.person("Cy", "support")
    team.members.add(cy)
    for person, cap in ((ada, 9), (bo, 2), (cy, 9)):
        balancing.duty_of(person).limit(cap, by=sol, at=NOW)
    tickets = [make.ticket(assignee=ada, status="open", priority="high") for _ in range(3)]
    numbers = [one.pk for one in tickets]
    shown = balancing.what_if(numbers, team=team, at=NOW)
    moved, refused = balancing.reassign(numbers, team=team, by=sol, at=NOW)
    assert (len(moved), refused) == (3, [])
    assert [move.to for move in shown.moves] == [
        str(Ticket.objects.get(pk=move.ticket.id).assignee) for move in shown.moves
    ]
    loads = {str(one.person): one.load for one in balancing.loads(at=NOW)}
    assert {name: then for name, _, then, _ in shown.loads} == {
        name: loads[name] for name in ("Ada Lovelace", "Bo Berg", "Cy")
    }
    assert shown.loads[0][1:] == (6, 0, 9)


def test_what_cannot_be_moved_says_why(team, ada, bo, sol):
    balancing.duty_of(bo).limit(1, by=sol, at=NOW)
    tickets = [make.ticket(assignee=ada, status="open") for _ in range(2)]
    moved, refused = balancing.reassign([one.pk for one in tickets], team=team, by=sol, at=NOW)
    assert len(moved) == 1
    assert "Bo Berg carries 1 of 1" in refused[0]
    shown = balancing.what_if([tickets[1].pk], team=team, at=NOW)
    assert shown.moves[0].to == ""
    assert balancing.reassign([tickets[1].pk], to=bo, by=sol, at=NOW)[0]


def test_loads_weigh_and_count_what_is_late(ada, sol):
    make.ticket(assignee=ada, status="open", priority="urgent", breached=True,
                sla_state="breached_open", due_kind="resolution", due_at=NOW)  # fmt: skip
    make.ticket(assignee=ada, status="waiting_customer")
    make.ticket(assignee=ada, status="open", snoozed_until=NOW)
    balancing.duty_of(ada).limit(2, by=sol, at=NOW)
    one = next(one for one in balancing.loads(at=NOW) if one.person == ada)
    assert (one.open, one.load, one.late, one.share, one.is_over) == (1, 3, 1, 150, True)
    team = make.team("Others", sol)
    assert [str(one.person) for one in balancing.loads(team, at=NOW)] == [str(sol)]
