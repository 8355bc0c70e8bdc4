"""Whoever asked is told what became of it: owed, told, taken back, waived, through merges."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.outbox.models import Notification, StoppedAddress
from apps.sla.models import Clock
from apps.tickets.listing import built_in_counts, page_of
from apps.tickets.models import Cause, OwedAnswer, Ticket
from apps.tickets.rules.words import ask
from apps.timeline.refusal import Lost, Refused
from tests import make
from tests.make import NOW

pytestmark = pytest.mark.django_db
SHIPPED = Cause(
    "feature_request", 7, "shipped", "Export to Excel", "Hello {{ contact.first_name }}."
)


def after(minutes: float):
    return NOW + timedelta(minutes=minutes)


@pytest.fixture
def asked(mira, ada) -> Ticket:
    """Mira asked for something, was answered, and her ticket is resolved."""
    ticket = Ticket.objects.report(subject="Export", body="As Excel?", contact=mira, at=NOW)
    ticket.reply("It is on our list.", by=ada, at=after(5), after="resolve")
    return ticket


@pytest.fixture
def other(db) -> Ticket:
    """Somebody else asked the same."""
    return Ticket.objects.report(
        subject="Excel", body="Please.", contact=make.contact("Nils"), at=after(1)
    )


def owe(*tickets, by, at=None, cause=SHIPPED):
    return OwedAnswer.objects.owe([one.pk for one in tickets], cause, by=by, at=at or after(60))


def why_not(*tickets, cause=SHIPPED) -> list[str]:
    return [one.why_not for one in OwedAnswer.objects.weigh([one.pk for one in tickets], cause)]


def clocks(ticket) -> list[tuple]:
    told = ("kind", "cycle", "state", "started_at", "due_at", "stopped_at")
    return list(Clock.objects.filter(ticket=ticket).order_by("kind", "cycle").values_list(*told))


def looped(person) -> set[int]:
    rows = page_of(ask("is:loop"), person, sort="due").rows
    assert built_in_counts(person)["loop"] == len(rows)
    return {row.id for row in rows}


def test_what_became_of_it_brings_the_ticket_back_without_its_clocks(asked, pia, ada):
    before = clocks(asked), asked.status
    (owed,) = owe(asked, by=pia)
    asked.refresh_from_db()
    assert (asked.loop_since, owed.ticket, owed.said) == (
        after(60),
        asked,
        "Export to Excel: shipped",
    )
    assert (clocks(asked), asked.status) == before
    assert looped(ada) == {asked.pk}
    told = asked.timeline().latest("id")
    assert (told.verb, told.actor) == ("owed_answer", pia)
    assert told.data == {"answer": owed.pk, "about": [None, "Export to Excel: shipped"]}
    notice = Notification.objects.get(person=ada, cause__startswith="loop:")
    assert notice.sentence == "Export to Excel: shipped. A customer of yours waits to hear it."
    assert notice.url == "/inbox/?view=loop"


def test_owing_twice_owes_once(asked, other, pia):
    assert len(owe(asked, other, by=pia)) == 2
    assert owe(asked, other, by=pia, at=after(61)) == []
    assert OwedAnswer.objects.count() == 2


def test_a_reply_tells_it_and_taking_it_back_owes_it_again(asked, pia, ada):
    (owed,) = owe(asked, by=pia)
    said = asked.reply("It is there.", by=ada, at=after(70))
    owed.refresh_from_db()
    assert (owed.state, owed.message, owed.settled_by) == ("told", said, ada)
    assert asked.timeline().latest("id").data["told"] == {"answers": [owed.pk]}
    assert asked.loop_since is None and not looped(ada)
    asked.take_back(said, by=ada, at=after(70))
    owed.refresh_from_db()
    assert (owed.state, owed.message, owed.settled_by) == ("owed", None, None)
    assert looped(ada) == {asked.pk} and asked.loop_since == after(60)


def test_a_reply_that_comes_back_told_nobody(asked, pia, ada):
    (owed,) = owe(asked, by=pia)
    said = asked.reply("It is there.", by=ada, at=after(70))
    asked.bounce(said, at=after(80))
    owed.refresh_from_db()
    assert owed.state == "owed" and looped(ada) == {asked.pk}
    asked.send_again(said, by=ada, at=after(90))
    owed.refresh_from_db()
    assert owed.state == "told" and owed.message == said and not looped(ada)


def test_a_reply_tells_only_what_it_says_it_tells(asked, pia, ada):
    (one,) = owe(asked, by=pia)
    (two,) = owe(asked, by=pia, at=after(61), cause=Cause("incident", 3, "resolved", "Outage"))
    asked.reply("Please send the log.", by=ada, at=after(70), tells=())
    asked.refresh_from_db()
    assert asked.loop_since == after(60)
    asked.reply("It is there.", by=ada, at=after(80), tells=[one.pk])
    two.refresh_from_db()
    asked.refresh_from_db()
    assert two.state == "owed" and asked.loop_since == after(61)


def test_notes_and_programs_tell_nobody(asked, pia, ada):
    owe(asked, by=pia)
    asked.note("Wait for the docs.", by=ada, at=after(70))
    asked.auto_reply("We are closed.", at=after(71))
    assert looped(ada) == {asked.pk}


def test_no_word_is_needed_with_a_reason_and_after_all(asked, pia, ada):
    (owed,) = owe(asked, by=pia)
    with pytest.raises(Refused, match="Say why"):
        asked.waive_answer(owed.pk, reason=" ", by=ada, at=after(70))
    asked.waive_answer(owed.pk, reason="Told on the phone.", by=ada, at=after(70))
    assert not looped(ada) and why_not(asked) == ["No word needed: Told on the phone."]
    with pytest.raises(Refused, match="Nothing of that kind"):
        asked.waive_answer(owed.pk, reason="Again.", by=ada, at=after(71))
    asked.owe_anew(owed.pk, by=ada, at=after(72))
    assert looped(ada) == {asked.pk}
    with pytest.raises(Refused, match="not waived"):
        asked.owe_anew(owed.pk, by=ada, at=after(73))


def test_what_did_not_come_to_that_is_owed_no_more(asked, other, pia, ada):
    owe(asked, other, by=pia)
    other.reply("It is there.", by=ada, at=after(65))
    (gone,) = OwedAnswer.objects.withdraw("feature_request", 7, "shipped", by=pia, at=after(70))
    assert gone.asked_on == asked and not looped(ada)
    assert asked.timeline().latest("id").verb == "withdrew_answer"
    assert why_not(asked, other) == ["", f"Told already, on #{other.pk}"]
    (again,) = owe(asked, other, by=pia, at=after(80))
    assert again.asked_on == asked and looped(ada) == {asked.pk}
    assert OwedAnswer.objects.about("feature_request", 7).standing().count() == 2


def test_other_answers_of_a_ticket_stay_owed(asked, pia, ada):
    owe(asked, by=pia)
    owe(asked, by=pia, at=after(61), cause=Cause("incident", 3, "resolved", "Outage"))
    OwedAnswer.objects.withdraw("feature_request", 7, "shipped", by=pia, at=after(70))
    asked.refresh_from_db()
    assert asked.loop_since == after(61)


def test_who_cannot_be_told_is_named_with_the_reason(asked, other, ada, pia):
    spam = Ticket.objects.report(subject="Win", body="!", contact=make.contact(), at=NOW)
    spam.mark_spam(by=ada, at=after(2))
    twice = Ticket.objects.report(subject="Same", body="?", contact=make.contact(), at=NOW)
    twice.mark_duplicate(other, by=ada, at=after(2))
    nobody = Ticket.objects.report(subject="Nobody", body="?", at=NOW)
    away = Ticket.objects.report(subject="Gone", body="?", contact=make.contact("Old"), at=NOW)
    StoppedAddress.objects.create(address=away.contact.email, reason="hard", since=NOW)
    tickets = [asked, spam, twice, nobody, away]
    assert why_not(*tickets) == [
        "",
        f"#{spam.pk} is spam",
        f"#{twice.pk} is a duplicate",
        f"#{nobody.pk} has no contact",
        "Mail to Old comes back",
    ]
    assert [one.ticket for one in owe(*tickets, by=pia)] == [asked]


def test_somebody_who_asked_twice_is_told_once(asked, mira, pia, ada):
    again = Ticket.objects.report(subject="Excel?", body="And?", contact=mira, at=after(10))
    assert why_not(asked, again) == [f"Is told on #{again.pk}, where they asked too", ""]
    owe(asked, again, by=pia)
    again.reply("There.", by=ada, at=after(70))
    third = Ticket.objects.report(subject="Excel!", body="And?", contact=mira, at=after(80))
    assert why_not(third) == [f"Told already, on #{again.pk}"]
    assert not looped(ada)


def test_a_merged_ticket_is_told_where_it_went(asked, other, pia, ada):
    other.merge(asked, by=ada, at=after(20), across=True)
    (owed,) = owe(other, by=pia)
    assert (owed.asked_on, owed.ticket) == (other, asked)
    assert looped(ada) == {asked.pk}
    other.unmerge(by=ada, at=after(90))
    assert looped(ada) == {other.pk}
    other.refresh_from_db()
    assert other.loop_since == after(60)


def test_what_is_owed_goes_along_with_a_merge_and_back(asked, other, pia, ada):
    owe(asked, other, by=pia)
    other.merge(asked, by=ada, at=after(70), across=True)
    asked.refresh_from_db()
    assert looped(ada) == {asked.pk} and asked.owed_answers.owed().count() == 2
    other.unmerge(by=ada, at=after(80))
    assert looped(ada) == {asked.pk, other.pk}
    assert asked.owed_answers.get().asked_on == asked


def test_a_merge_that_brought_nothing_takes_nothing_back(asked, other, pia, ada):
    (owed,) = owe(asked, by=pia)
    assert str(owed) == f"Export to Excel: shipped to #{asked.pk}"
    other.merge(asked, by=ada, at=after(70), across=True)
    other.unmerge(by=ada, at=after(80))
    assert looped(ada) == {asked.pk}


def test_it_goes_back_with_what_was_split_off(asked, mira, pia, ada):
    asked.reopen(by=ada, at=after(6))
    said = asked.hear("And as PDF?", at=after(7))
    fresh = asked.split(said, by=ada, at=after(8))
    owe(fresh, by=pia)
    fresh.unsplit(by=ada, at=after(90))
    assert looped(ada) == {asked.pk}


def test_a_closed_ticket_is_told_on_one_that_follows_it(asked, pia, ada):
    asked.close(by=ada, at=after(30))
    owe(asked, by=pia)
    assert looped(ada) == {asked.pk}
    with pytest.raises(Refused, match="closed"):
        asked.reply("There.", by=ada, at=after(70))
    fresh = asked.follow_up(by=ada, at=after(71))
    assert (fresh.follows, fresh.origin, fresh.assignee) == (asked, "agent", ada)
    assert looped(ada) == {fresh.pk}
    fresh.reply("There.", by=ada, at=after(72))
    assert OwedAnswer.objects.get().state == "told" and not looped(ada)
    assert not clocks(fresh) or all(state != "running" for _, _, state, *_ in clocks(fresh)[:1])


def test_only_a_closed_ticket_that_owes_is_followed(asked, ada):
    with pytest.raises(Refused, match="Only a closed"):
        asked.follow_up(by=ada, at=after(70))
    asked.close(by=ada, at=after(71))
    with pytest.raises(Refused, match="Nothing is owed"):
        asked.follow_up(by=ada, at=after(72))


def test_when_they_write_again_it_is_told_there(asked, pia, ada):
    asked.close(by=ada, at=after(30))
    owe(asked, by=pia)
    said = asked.hear("Any news?", at=after(70))
    assert looped(ada) == {said.ticket_id}


def test_spam_is_in_no_loop(other, pia, ada):
    owe(other, by=pia)
    moved = other.mark_spam(by=ada, at=after(70))
    assert not looped(ada)
    other.undo(moved.pk, by=ada, at=after(71))
    assert looped(ada) == {other.pk}


def test_what_is_owed_is_not_closed_by_itself(asked, pia):
    assert asked in Ticket.objects.to_close(after(300))
    owe(asked, by=pia)
    assert asked not in Ticket.objects.to_close(after(300))


def test_a_macro_knows_of_nothing_that_is_owed(asked, pia, ada):
    from apps.tickets.models import Macro

    owe(asked, by=pia)
    macro = Macro.add(by=ada, at=NOW, title="Thanks", steps=[{"do": "reply", "text": "Thank you."}])
    macro.apply(asked, by=ada, at=after(70))
    assert looped(ada) == {asked.pk}


@pytest.mark.parametrize("draft", ["{{ nothing }}", "{{ contact.name", "{{ about.title }} }}"])
def test_words_that_cannot_be_filled_in_are_refused(draft):
    with pytest.raises(Refused):
        Cause("feature_request", 7, "shipped", "Export", draft)


def test_a_merge_in_between_owes_nothing(asked, other, pia, ada, monkeypatch):
    """The way of each ticket is read before its lock: somebody was quicker."""
    from apps.tickets.models import owed_answer

    way = owed_answer._way_of
    seen = []

    def first_without(numbers):
        seen.append(1)
        found = way(numbers)
        return {other.pk: other.pk} if len(seen) == 1 else found

    other.merge(asked, by=ada, at=after(20), across=True)
    monkeypatch.setattr(owed_answer, "_way_of", first_without)
    with pytest.raises(Lost):
        owe(other, by=pia)
    assert not OwedAnswer.objects.exists()


def test_many_are_owed_in_as_many_statements_as_few(pia, ada):
    def statements(count: int, number: int) -> int:
        tickets = [
            Ticket.objects.report(
                subject=f"Excel {n}", body="Please.", contact=make.contact(), assignee=ada, at=NOW
            )
            for n in range(count)
        ]
        cause = Cause("feature_request", number, "shipped", "Excel")
        with CaptureQueriesContext(connection) as captured:
            assert len(owe(*tickets, by=pia, cause=cause)) == count
        return len(captured)

    statements(1, 1)
    assert statements(20, 2) == statements(2, 3)
