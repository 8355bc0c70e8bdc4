"""What an agent asks a list for: owed answers, mentions, links, what customers said."""

from datetime import timedelta

import pytest

from apps.surveys.models import Survey
from apps.tickets.choices import Relation
from apps.tickets.listing import asked, built_in_counts
from apps.tickets.models import Mention, Ticket
from apps.tickets.rules.words import ask
from tests.make import NOW

pytestmark = pytest.mark.django_db


def after(minutes: float):
    return NOW + timedelta(minutes=minutes)


def found(words: str, person) -> set[int]:
    question = ask(words)
    assert not question.problems
    return set(asked(question, person).values_list("pk", flat=True))


@pytest.fixture
def some(mira):
    return [
        Ticket.objects.report(subject=f"Matter {n}", body="Please look.", contact=mira, at=NOW)
        for n in range(4)
    ]


def test_what_is_owed_is_whatever_the_customer_said_last(some, ada):
    asked_once, answered, again, thanks = some
    answered.reply("Done?", by=ada, at=after(1))
    again.reply("Done?", by=ada, at=after(1))
    again.hear("No.", at=after(2))
    thanks.reply("Done.", by=ada, at=after(1))
    thanks.hear("Thank you!", at=after(2))
    thanks.need_no_reply(by=ada, at=after(3))
    assert found("is:owed", ada) == {asked_once.pk, again.pk}
    again.snooze(after(600), by=ada, at=after(4))
    assert again.pk in found("is:owed", ada)  # asleep or not, they wait
    again.resolve(by=ada, at=after(5))
    assert found("is:owed", ada) == {asked_once.pk}
    assert built_in_counts(ada)["owed"] == 1


def test_a_bounced_answer_is_owed_again(some, ada):
    said = some[0].reply("Here.", by=ada, at=after(1))
    assert some[0].pk not in found("is:owed", ada)
    some[0].bounce(said, at=after(2))
    assert some[0].pk in found("is:owed", ada)


def test_whoever_was_mentioned_finds_it_again(some, ada, sol):
    some[0].note("@sol please look, @ada too", by=ada, at=after(1))
    some[0].note("@sol again", by=ada, at=after(2))
    assert found("is:mentioned", sol) == found("is:mentioned", ada) == {some[0].pk}
    some[0].unfollow(by=sol, at=after(3))
    assert found("is:mentioned", sol) == {some[0].pk}  # that they follow no more changes nothing
    assert found("-is:mentioned", sol) == {one.pk for one in some[1:]}
    assert Mention.objects.count() == 2


def test_links_are_asked_for_from_either_end(some, ada):
    one, two, three, four = some
    one.link_to(two, Relation.BLOCKED, by=ada, at=after(1))
    three.mark_duplicate(of=one, by=ada, at=after(2))
    assert found("linked:yes", ada) == {one.pk, two.pk, three.pk}
    assert found("linked:no", ada) == found("-linked:yes", ada) == {four.pk}
    assert found("linked:blocked", ada) == {one.pk, two.pk}
    assert found("linked:duplicate", ada) == {one.pk, three.pk}
    assert found("linked:part", ada) == set()
    assert "known" in ask("linked:cousin").problems[0]


def test_what_they_said_of_it(some, ada):
    for ticket, score in zip(some, (5, 3, None), strict=False):
        ticket.reply("Done.", by=ada, at=after(1))
        ticket.resolve(by=ada, at=after(2))
        survey = Survey.objects.ask(ticket, at=after(3))
        if score:
            survey.respond(score, at=after(4))
    assert found("csat:good", ada) == {some[0].pk}
    assert found("csat:bad", ada) == {some[1].pk}
    assert found("csat:none", ada) == {some[2].pk, some[3].pk}
    assert found("csat:good,bad is:done", ada) == {some[0].pk, some[1].pk}
