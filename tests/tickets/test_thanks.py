"""A thank-you is told from everything that may want an answer."""

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from apps.tickets.models import Ticket
from apps.tickets.rules.thanks import only_thanks
from tests import make


@pytest.mark.parametrize(
    "text",
    [
        "Thanks!",
        "Thank you very much, it works now.",
        "Perfect, that fixed it. Thanks for the quick help, Ada!\n\nBest regards\nTariq Nguyen",
        "Great, thx",
        "Hi Ada,\n\ngot it, all good now. Many thanks and have a nice weekend\nMira",
        "Vielen Dank für die schnelle Hilfe, jetzt klappt alles!\n\nViele Grüße\nJörg Weiß",
        "Danke",
        "Merci beaucoup, c’est parfait. Bonne journée, Élodie",
        "That’s perfect, I appreciated the fast reply — thank you",
    ],
)
def test_a_thank_you_is_known(text):
    assert only_thanks(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "It works now.",  # good news, and perhaps a question to come
        "Thanks, but it still fails.",
        "Thanks! When will it be out?",
        "Thanks. It is not working",
        "Thank you, it works now, however the totals are off",
        "Thanks for looking into invoice 4711",
        "Thank you. Please close the other ticket too",
        "Danke, aber es geht noch nicht",
        "Danke, bitte auch für Herrn Meier einrichten",
        "Merci, mais cela ne marche pas",
        "Thanks in advance for removing every duplicated customer record tonight",
        "Thanks! https://example.com/screenshot",
        "Thank you " * 30,
        "thanks " + "x" * 600,
    ],
)
def test_what_may_want_an_answer_is_left_alone(text):
    assert not only_thanks(text)


@given(st.text(max_size=700))
def test_any_words_can_be_read(text):
    assert only_thanks(text) in (True, False)


@given(st.sampled_from(["Thanks!", "Vielen Dank", "Merci"]), st.text(max_size=80))
def test_a_question_is_never_taken_for_thanks(thanks, rest):
    assert not only_thanks(f"{thanks} {rest}?")


@pytest.fixture
def thanked(ada, db):
    """A ticket that was answered, and thanked for."""
    ticket = Ticket.objects.report(
        subject="Export stops", body="Why?", contact=make.contact("Mira"), at=make.ago(hours=3)
    )
    ticket.reply("Fixed.", by=ada, at=make.ago(hours=2))
    ticket.hear("Thank you very much, it works now!", at=make.ago(hours=1))
    return ticket


def test_whoever_wants_it_is_told_and_nothing_is_done(thanked, as_ada, ada):
    said = "reads like a thank-you"
    page = thanked.get_absolute_url()
    assert said not in as_ada.get(page).content.decode()  # nobody asked for it
    ada.suggest_thanks = True
    ada.save()
    assert said in as_ada.get(page).content.decode()
    thanked.refresh_from_db()
    assert thanked.waiting_since and thanked.status == "open"
    as_ada.post(reverse("portal:ticket-need-no-reply", args=[thanked.pk]))
    assert said not in as_ada.get(page).content.decode()


def test_a_thank_you_with_a_question_after_it_is_no_thank_you(thanked, as_ada, ada):
    ada.suggest_thanks = True
    ada.save()
    thanked.hear("And how do I export as PDF?", at=make.ago(minutes=30))
    assert "reads like a thank-you" not in as_ada.get(thanked.get_absolute_url()).content.decode()
