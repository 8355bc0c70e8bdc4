"""Merging, splitting, linking and undoing: nothing lost, and the clocks as if it never was."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.outbox.models import Delivery
from apps.sla.models import Clock
from apps.tickets.models import Ticket, TicketLink
from apps.timeline.refusal import Lost, Refused
from tests import make
from tests.make import NOW

pytestmark = pytest.mark.django_db


def after(minutes: float):
    return NOW + timedelta(minutes=minutes)


@pytest.fixture
def first(mira) -> Ticket:
    """Mira cannot export."""
    return Ticket.objects.report(subject="Export fails", body="It stops.", contact=mira, at=NOW)


@pytest.fixture
def second(mira) -> Ticket:
    """Mira asks the same again, ten minutes later."""
    return Ticket.objects.report(
        subject="Export again", body="Still stops.", contact=mira, at=after(10)
    )


FIELDS = (
    *("status", "label_id", "waiting_since", "first_replied_at", "resolved_at", "closed_at"),
    *("snoozed_until", "merged_into_id", "absorbed", "has_attachment", "assignee_id", "snippet"),
    *("due_at", "due_kind", "sla_state", "sla_left", "breached"),
)


def standing(ticket: Ticket) -> dict:
    """The record as it stands."""
    ticket.refresh_from_db()
    return {name: getattr(ticket, name) for name in FIELDS}


def clocks(ticket: Ticket) -> list[tuple]:
    """Its clocks, but for the time that went on."""
    told = ("kind", "cycle", "state", "reason", "started_at", "due_at", "breach_at", "stopped_at")
    return list(Clock.objects.filter(ticket=ticket).order_by("kind", "cycle").values_list(*told))


def told(ticket: Ticket) -> str:
    return ticket.timeline().latest("id").verb


# --- merging ------------------------------------------------------------------------------------


def test_a_merge_ends_one_in_the_other(first, second, ada):
    first.reply("On it.", by=ada, at=after(5))
    second.merge(first, by=ada, at=after(20))
    assert (second.status, second.merged_into, second.waiting_since) == ("merged", first, after(10))
    first.refresh_from_db()
    assert (first.status, first.waiting_since, first.absorbed) == ("open", after(10), 1)
    assert (told(second), told(first)) == ("merged", "joined")
    assert {(kind, state) for kind, _, state, *_ in clocks(second)} == {
        ("first_response", "cancelled"),
        ("resolution", "cancelled"),
    }
    states = {(kind, state, started) for kind, _, state, _, started, *_ in clocks(first)}
    assert ("first_response", "met", NOW) in states
    assert ("next_response", "running", after(10)) in states  # since the earliest unanswered
    assert [said.body for said in first.talk().order_by("at")] == [
        *("It stops.", "On it.", "Still stops."),
    ]


def test_taking_a_merge_back_restores_both(first, second, ada, sol):
    first.reply("On it.", by=ada, at=after(5))
    second.snooze(after(600), by=sol, at=after(12))
    before = [(standing(one), clocks(one)) for one in (first, second)]
    second.merge(first, by=ada, at=after(20))
    second.unmerge(by=sol, at=after(90))
    assert [(standing(one), clocks(one)) for one in (first, second)] == before
    assert (told(second), told(first)) == ("unmerged", "parted")
    with pytest.raises(Refused, match="not merged"):
        second.unmerge(by=ada, at=after(91))


def test_what_came_through_it_meanwhile_goes_back_to_it(first, second, ada):
    first.reply("On it.", by=ada, at=after(5))
    second.reply("Here too.", by=ada, at=after(15))
    second.merge(first, by=ada, at=after(20))
    through = second.hear("Any news?", at=after(30))
    assert through.ticket_id == first.pk
    own = first.hear("And here?", at=after(40))
    first.refresh_from_db()
    assert first.waiting_since == after(30)
    second.unmerge(by=ada, at=after(60))
    assert [said.pk for said in first.messages.order_by("at")][-1] == own.pk
    assert standing(first)["waiting_since"] == after(40)
    assert standing(second)["status"] == "open"
    assert standing(second)["waiting_since"] == after(30)
    turns = [row[4] for row in clocks(second) if row[0] == "next_response"]
    assert turns == [after(30)]
    turns = [row[4] for row in clocks(first) if row[0] == "next_response"]
    assert turns == [after(40)]


def test_merges_may_follow_each_other(first, second, mira, ada):
    third = Ticket.objects.report(subject="Third", body="Third.", contact=mira, at=after(12))
    before = [(standing(one), clocks(one)) for one in (first, second, third)]
    third.merge(second, by=ada, at=after(20))
    second.merge(first, by=ada, at=after(25))
    first.refresh_from_db()
    assert first.absorbed == 2 and sorted(first.family()) == [first.pk, second.pk, third.pk]
    said = third.hear("Hello?", at=after(30))
    assert said.ticket_id == first.pk
    second.unmerge(by=ada, at=after(40))
    said.refresh_from_db()
    assert said.ticket_id == second.pk and standing(first) == before[0][0]
    third.unmerge(by=ada, at=after(50))
    said.refresh_from_db()
    assert said.ticket_id == third.pk
    assert standing(second) == before[1][0] and clocks(second) == before[1][1]
    assert standing(third)["waiting_since"] == after(12)


def test_a_resolved_ticket_opens_for_a_customer_who_waits(first, second, ada):
    first.reply("Done.", by=ada, at=after(5), after="resolve")
    before = standing(first), clocks(first)
    second.merge(first, by=ada, at=after(20))
    assert standing(first)["status"] == "open"
    second.unmerge(by=ada, at=after(30))
    assert (standing(first), clocks(first)) == before


def test_what_was_done_since_is_kept(first, second, ada):
    first.reply("Done.", by=ada, at=after(5), after="resolve")
    second.merge(first, by=ada, at=after(20))
    first.reply("Both done?", by=ada, at=after(25))
    second.unmerge(by=ada, at=after(30))
    assert standing(first)["status"] == "waiting_customer"


@pytest.mark.parametrize("ended", ["close", "mark_spam"])
def test_nothing_is_merged_into_what_has_ended(first, second, ada, ended):
    if ended == "close":
        first.resolve(by=ada, at=after(5))
    getattr(first, ended)(by=ada, at=after(6))
    with pytest.raises(Refused) as refused:
        second.merge(first, by=ada, at=after(20))
    assert refused.value.field == "into"
    assert standing(second)["status"] == "new"


def test_who_cannot_be_merged(first, second, ada):
    with pytest.raises(Refused, match="into itself"):
        first.merge(first, by=ada, at=after(1))
    second.merge(first, by=ada, at=after(20))
    with pytest.raises(Refused, match="merged already"):
        second.merge(first, by=ada, at=after(21))
    with pytest.raises(Refused, match="is merged"):
        first.merge(second, by=ada, at=after(21))
    other = Ticket.objects.report(subject="Else", contact=make.contact("Cem"), at=NOW)
    with pytest.raises(Refused, match="different customers") as refused:
        other.merge(first, by=ada, at=after(22))
    assert refused.value.code == "across"
    other.merge(first, by=ada, at=after(22), across=True)
    assert other.status == "merged"


STEPS = st.lists(
    st.sampled_from(["reply", "hear", "hear through", "note", "resolve", "wait", "no reply"]),
    max_size=4,
)


def live(ticket: Ticket, other: Ticket, steps: list[str], ada, start: float) -> None:
    """Let things happen on a ticket, a few minutes apart; what is refused does not."""
    for n, step in enumerate(steps):
        at = after(start + 3 * n)
        ticket.refresh_from_db()
        try:
            match step:
                case "reply":
                    ticket.reply("A reply.", by=ada, at=at)
                case "hear":
                    ticket.hear("A word.", at=at)
                case "hear through":
                    other.hear("A word to the other.", at=at)
                case "note":
                    ticket.note("A note.", by=ada, at=at)
                case "resolve":
                    ticket.resolve(by=ada, at=at)
                case "wait":
                    ticket.move("waiting_third_party", by=ada, at=at)
                case "no reply":
                    ticket.need_no_reply(by=ada, at=at)
        except Refused:
            continue


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(STEPS, STEPS)
def test_merge_and_undo_are_nothing_at_all(ada, one, two):
    mira = make.contact("Mira")
    a = Ticket.objects.report(subject="A", body="a", contact=mira, at=NOW)
    b = Ticket.objects.report(subject="B", body="b", contact=mira, at=after(1))
    live(a, b, [s for s in one if s != "hear through"], ada, 10)
    live(b, a, [s for s in two if s != "hear through"], ada, 11)
    before = [(standing(ticket), clocks(ticket)) for ticket in (a, b)]
    b.merge(a, by=ada, at=after(100))
    b.unmerge(by=ada, at=after(200))
    assert [(standing(ticket), clocks(ticket)) for ticket in (a, b)] == before


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(STEPS, STEPS)
def test_whatever_happens_in_between_no_message_is_lost(ada, before, between):
    mira = make.contact("Mira")
    a = Ticket.objects.report(subject="A", body="a", contact=mira, at=NOW)
    b = Ticket.objects.report(subject="B", body="b", contact=mira, at=after(1))
    live(a, b, [s for s in before if s != "hear through"], ada, 10)
    b.merge(a, by=ada, at=after(100))
    live(a, b, between, ada, 110)
    there = set(a.talk().values_list("pk", flat=True))
    a.refresh_from_db(), b.refresh_from_db()
    b.unmerge(by=ada, at=after(200))
    here = (
        set(a.messages.values_list("pk", flat=True)),
        set(b.messages.values_list("pk", flat=True)),
    )
    assert here[0] | here[1] == there and not here[0] & here[1]


# --- splitting ----------------------------------------------------------------------------------


def test_a_second_matter_becomes_a_ticket_of_its_own(first, ada):
    first.reply("On it.", by=ada, at=after(5))
    asked = first.hear("By the way: dark mode?", at=after(30))
    fresh = first.split(asked, by=ada, at=after(40), subject="Dark mode")
    assert (fresh.subject, fresh.reported_at, fresh.contact) == (
        "Dark mode",
        after(30),
        first.contact,
    )
    assert standing(fresh)["waiting_since"] == after(30)
    assert [said.pk for said in fresh.messages.all()] == [asked.pk]
    assert {(row[0], row[2], row[4]) for row in clocks(fresh)} == {
        ("first_response", "running", after(30)),
        ("resolution", "running", after(30)),
    }
    assert standing(first)["waiting_since"] is None
    assert not [row for row in clocks(first) if row[0] == "next_response"]
    ((words, other, _),) = first.linked()
    assert (words, other) == ("Split off into", fresh)


def test_an_answered_message_is_promised_from_now_on(first, ada):
    asked = first.hear("And dark mode?", at=after(3))
    first.reply("On it.", by=ada, at=after(5))
    fresh = first.split(asked, by=ada, at=after(40))
    assert fresh.reported_at == after(40)


def test_everything_after_it_goes_along(first, ada):
    first.reply("On it.", by=ada, at=after(5))
    asked = first.hear("And dark mode?", at=after(10))
    first.reply("Next spring.", by=ada, at=after(20))
    first.note("She likes it dark.", by=ada, at=after(21))
    fresh = first.split(asked, by=ada, at=after(40), later=True)
    assert fresh.messages.count() == 3 and first.messages.count() == 2
    assert standing(fresh)["status"] == "waiting_customer"
    met = next(row for row in clocks(fresh) if row[0] == "first_response")
    assert (met[2], met[4], met[7]) == ("met", after(10), after(20))


def test_a_split_is_put_back_with_what_came_since(first, ada):
    first.reply("On it.", by=ada, at=after(5))
    asked = first.hear("And dark mode?", at=after(10))
    before = standing(first), clocks(first)
    fresh = first.split(asked, by=ada, at=after(40))
    fresh.unsplit(by=ada, at=after(45))
    assert (standing(first), clocks(first)) == before
    assert standing(fresh)["status"] == "merged"
    fresh = first.split(asked, by=ada, at=after(50))
    fresh.reply("Next spring.", by=ada, at=after(55))
    fresh.unsplit(by=ada, at=after(60))
    assert first.messages.count() == 4 and standing(first)["waiting_since"] is None
    answered = next(row for row in clocks(first) if row[0] == "next_response")
    assert (answered[2], answered[4], answered[7]) == ("met", after(10), after(55))
    with pytest.raises(Refused, match="not split off"):
        fresh.unsplit(by=ada, at=after(61))
    with pytest.raises(Refused, match="split it off again"):
        fresh.unmerge(by=ada, at=after(61))


def test_what_is_put_back_breaks_no_promise(first, ada):
    first.reply("On it.", by=ada, at=after(5))
    asked = first.hear("And dark mode?", at=after(10))
    fresh = first.split(asked, by=ada, at=after(2880))
    fresh.unsplit(by=ada, at=after(2881))
    assert {row[2] for row in clocks(fresh)} == {"cancelled"}


def test_what_cannot_be_split(first, second, ada):
    begins = first.messages.get()
    note = first.note("Hm.", by=ada, at=after(2))
    asked = first.hear("And?", at=after(3))
    first.reply("Yes.", by=ada, at=after(4))
    for message, later, at, why in (
        (begins, False, after(40), "begins the ticket"),
        (note, False, after(40), "Only a customer's"),
        (second.messages.get(), False, after(40), "another ticket"),
        (asked, True, after(4), "still leaving"),
    ):
        with pytest.raises(Refused, match=why):
            first.split(message, by=ada, at=at, later=later)
    first.mark_spam(by=ada, at=after(50))
    with pytest.raises(Refused, match="stays as it is"):
        first.split(asked, by=ada, at=after(51))


# --- a call that was written down ----------------------------------------------------------------


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    STEPS,
    st.lists(st.sampled_from(["reply", "hear", "note"]), max_size=3),  # what nothing refuses
    st.booleans(),
    st.booleans(),
    st.integers(1, 45),
)
def test_a_call_that_is_taken_back_was_never_there(ada, one, two, ours, answered, minute):
    mira = make.contact("Mira")
    with_it, without = (
        Ticket.objects.report(subject="A", body="a", contact=mira, at=NOW) for _ in range(2)
    )
    for ticket in (with_it, without):
        live(ticket, ticket, [step for step in one if step != "hear through"], ada, 10)
    call = with_it.log_call(
        "He called.",
        by=ada,
        at=after(40),
        happened_at=after(minute),
        from_us=ours,
        answered=answered,
    )
    for ticket in (with_it, without):
        live(ticket, ticket, two, ada, 50)
    with_it.take_back(call, by=ada, at=after(90))
    assert standing(with_it) == standing(without)
    assert clocks(with_it) == clocks(without)
    assert call.undone_at and told(with_it) == "undone"


def test_a_call_wakes_a_ticket_and_taken_back_it_sleeps_on(first, ada):
    first.reply("On it.", by=ada, at=after(5))
    first.snooze(after(900), by=ada, at=after(6))
    before = standing(first), clocks(first)
    first.log_call("She called.", by=ada, at=after(20), happened_at=after(19))
    assert standing(first)["snoozed_until"] is None and first.status == "open"
    call = first.timeline().latest("id")
    assert first.undo(call.pk, by=ada, at=after(60)) == call
    assert (standing(first), clocks(first)) == before
    assert "She called" not in [said.body for said in first.last_said()]
    for again in (call, first.timeline().latest("id")):
        with pytest.raises(Refused):
            first.undo(again.pk, by=ada, at=after(61))


def test_what_somebody_wrote_since_keeps_a_ticket_open(first, ada):
    first.resolve(by=ada, at=after(5))
    call = first.log_call("It is not.", by=ada, at=after(20), happened_at=after(19))
    first.hear("I mean it.", at=after(30))
    first.take_back(call, by=ada, at=after(60))
    assert (standing(first)["status"], first.waiting_since) == ("open", after(30))


def test_two_calls_are_taken_back_one_after_the_other(first, ada):
    new = standing(first), clocks(first)
    first.resolve(by=ada, at=after(5))
    before = standing(first), clocks(first)
    calls = [first.log_call("It is not.", by=ada, at=after(minute)) for minute in (20, 21)]
    for call in reversed(calls):
        first.take_back(call, by=ada, at=after(60))
    assert (standing(first), clocks(first)) == before
    first.undo(first.last_move().pk, by=ada, at=after(62))
    assert (standing(first), clocks(first)) == new


def test_which_calls_are_not_taken_back(first, second, ada):
    begins, said = first.messages.get(), first.hear("A mail.", at=after(1))
    call = first.log_call("He called.", by=ada, at=after(20), happened_at=after(18))
    told = first.timeline().latest("id").pk
    fresh = first.split(call, by=ada, at=after(30))
    for ticket, message in ((first, begins), (first, said), (fresh, call)):
        with pytest.raises(Refused, match="Only a call"):
            ticket.take_back_call(message, by=ada, at=after(31))
    with pytest.raises(Lost):
        first.undo(told, by=ada, at=after(31))
    fresh.unsplit(by=ada, at=after(32))
    first.resolve(by=ada, at=after(33))
    first.close(by=ada, at=after(34))
    with pytest.raises(Refused, match="closed"):
        first.take_back(call, by=ada, at=after(35))


# --- who has it -----------------------------------------------------------------------------------


@pytest.mark.parametrize("verb", ["assign", "hand_to_team", "snooze"])
def test_a_new_ticket_that_is_given_back_is_new(first, ada, sol, verb):
    give = getattr(first, verb)
    given, again = {
        "assign": (ada, sol),
        "hand_to_team": (make.team("Tier 2"), None),
        "snooze": (after(600), after(900)),
    }[verb]
    before = standing(first), clocks(first)
    first.undo(give(given, by=sol, at=after(1)).pk, by=sol, at=after(2))
    assert (standing(first), clocks(first)) == before
    told = give(given, by=sol, at=after(3))
    urgent = first.prioritise("urgent", by=ada, at=after(3))
    for one in (urgent, told):
        first.undo(one.pk, by=sol, at=after(3.5))
    assert (standing(first), clocks(first)) == before
    told = give(given, by=sol, at=after(3.7))
    first.note("Looking.", by=ada, at=after(4))  # by itself this would have opened it
    first.undo(told.pk, by=sol, at=after(5))
    assert standing(first) == before[0] | {"status": "open"}
    told = give(given, by=sol, at=after(6))
    between = standing(first)
    first.undo(give(again, by=sol, at=after(7)).pk, by=sol, at=after(8))
    assert standing(first) == between
    give(again, by=sol, at=after(9))
    with pytest.raises(Lost):
        first.undo(told.pk, by=sol, at=after(10))
    first.resolve(by=sol, at=after(11))
    first.close(by=sol, at=after(12))
    with pytest.raises(Refused, match="closed"):
        first.undo(told.pk, by=sol, at=after(13))


# --- links --------------------------------------------------------------------------------------


def test_links_are_seen_from_both_ends(first, second, ada):
    link = first.link_to(second, "blocked", by=ada, at=after(20))
    assert str(link) == f"#{first.pk} blocked by #{second.pk}"
    assert [(words, other) for words, other, _ in first.linked()] == [("Blocked by", second)]
    assert [(words, other) for words, other, _ in second.linked()] == [("Blocks", first)]
    assert told(first) == told(second) == "linked"
    with pytest.raises(Refused, match="linked already"):
        second.link_to(first, "related", by=ada, at=after(21))
    second.unlink(link, by=ada, at=after(22))
    assert not first.linked() and told(first) == "unlinked"
    with pytest.raises(Refused, match="no more"):
        second.unlink(link, by=ada, at=after(23))
    for other, relation, why in (
        (first, "related", "to itself"),
        (second, "split", "not a relation"),
    ):
        with pytest.raises(Refused, match=why):
            first.link_to(other, relation, by=ada, at=after(24))


# --- undoing ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "verb", ["resolve", "mark_spam", "mark_duplicate", "move", "reopen", "close"]
)
def test_a_move_is_taken_back_as_if_it_never_was(first, second, ada, verb):
    first.reply("On it.", by=ada, at=after(5))
    first.hear("Thanks, and?", at=after(10))
    if verb in ("reopen", "close"):
        first.resolve(by=ada, at=after(15))
    else:
        first.snooze(after(900), by=ada, at=after(15))
    before = standing(first), clocks(first)
    match verb:
        case "mark_duplicate":
            first.mark_duplicate(second, by=ada, at=after(30))
            with pytest.raises(Refused, match="goes when"):
                first.unlink(TicketLink.objects.get(), by=ada, at=after(31))
        case "move":
            first.move("waiting_customer", by=ada, at=after(30))
        case _:
            getattr(first, verb)(by=ada, at=after(30))
    move = first.last_move()
    first.undo(move.pk, by=ada, at=after(90))
    assert (standing(first), clocks(first)) == before
    assert not TicketLink.objects.exists()
    with pytest.raises(Lost):
        first.undo(move.pk, by=ada, at=after(91))


def test_only_the_last_move_is_taken_back(first, ada):
    first.reply("Done.", by=ada, at=after(5), after="resolve")
    replied = first.last_move()
    with pytest.raises(Refused, match="another way"):
        first.undo(replied.pk, by=ada, at=after(6))
    first.reopen(by=ada, at=after(10))
    reopened = first.last_move()
    first.resolve(by=ada, at=after(20))
    with pytest.raises(Lost):
        first.undo(reopened.pk, by=ada, at=after(21))
    first.undo(first.last_move().pk, by=ada, at=after(22))
    first.undo(reopened.pk, by=ada, at=after(23))
    assert standing(first)["status"] == "resolved"
    assert standing(first)["resolved_at"] == after(5)
    assert Delivery.objects.exists()
