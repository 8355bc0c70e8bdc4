"""Whom we ask, once; what they answer, by looking and by sending; and what it adds up to."""

import re
from datetime import timedelta
from itertools import pairwise

import pytest
from django.db import IntegrityError
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from apps.figures.figure import Window
from apps.figures.registry import compute, definition
from apps.outbox import dispatch
from apps.outbox.channels import carrier
from apps.outbox.models import Delivery
from apps.surveys import rules
from apps.surveys.asking import ask
from apps.surveys.models import Response, Survey
from apps.tickets.models import Ticket
from apps.timeline.models import Activity
from apps.timeline.refusal import Refused
from tests import make
from tests.make import NOW

DAY = timedelta(days=1)


@pytest.fixture
def mira(db):
    return make.contact("Mira Köhler", email="mira@acme.test")


@pytest.fixture
def solved(ada, mira):
    """`solved(contact, ago=…)` is a ticket that was asked, answered and resolved."""

    def tell(contact=None, *, ago: timedelta = DAY + timedelta(minutes=1)) -> Ticket:
        at = NOW - ago
        ticket = Ticket.objects.report(
            subject="Bill", body="Wrong.", contact=contact or mira, at=at - timedelta(hours=1)
        )
        ticket.reply("Mended.", by=ada, at=at, after="resolve")
        return ticket

    return tell


@pytest.fixture
def survey(solved) -> Survey:
    return Survey.objects.ask(solved(), at=NOW)


# --- rules --------------------------------------------------------------------------------------


@pytest.mark.parametrize("said", ["", "0", "6", "05", "٣", "five", "1.0", "-1"])
def test_what_is_no_score(said):
    assert rules.read_score(said) is None


@given(st.datetimes(), st.timedeltas(timedelta(0), timedelta(60)))
def test_a_vote_is_taken_for_a_month_and_changed_for_a_week(asked_at, later):
    at = asked_at + later if asked_at.year < 9000 else asked_at
    first = rules.refusal(asked_at=asked_at, answered_at=None, at=at)
    again = rules.refusal(asked_at=asked_at, answered_at=asked_at, at=at)
    assert (first == "") == (at - asked_at < rules.ANSWERABLE)
    assert (again == "") == (at - asked_at < rules.CHANGEABLE)


# --- asking -------------------------------------------------------------------------------------


def test_a_day_after_it_was_solved_its_contact_is_asked_once(solved, mira, ada):
    ticket = solved()
    assert ask(at=NOW) == 1
    assert ask(at=NOW) == 0
    survey = Survey.objects.get()
    assert (survey.ticket, survey.contact, survey.agent) == (ticket, mira, ada)
    mail = Delivery.objects.get(cause=survey.cause)
    assert mail.recipient == "mira@acme.test"
    assert mail.payload["headers"]["Auto-Submitted"] == "auto-generated"
    links = re.findall(r"(\S+)\?score=(\d)", mail.payload["text"])
    assert [number for _, number in links] == list("54321")
    assert {link for link, _ in links} == {survey.link}
    assert Activity.objects.filter(kind="survey", verb="asked").count() == 1


@pytest.mark.parametrize("ago", [timedelta(hours=23), timedelta(days=5)])
def test_too_soon_and_too_late_nobody_is_asked(solved, ago):
    solved(ago=ago)
    assert ask(at=NOW) == 0


def test_who_was_asked_lately_is_left_in_peace(solved, mira):
    solved()
    solved(ago=DAY + timedelta(minutes=5))
    assert ask(at=NOW) == 1
    assert ask(at=NOW + timedelta(minutes=10)) == 0
    Survey.objects.update(asked_at=NOW - timedelta(days=31))
    assert ask(at=NOW) == 1


@pytest.mark.parametrize("status", ["open", "merged", "duplicate", "spam", "closed"])
def test_only_what_is_solved_is_asked_about(solved, status):
    Ticket.objects.filter(pk=solved().pk).update(status=status)
    assert ask(at=NOW) == 0


def test_what_programs_wrote_is_not_asked_about(solved):
    solved().messages.update(automatic=True)
    assert ask(at=NOW) == 0


@pytest.mark.parametrize("missing", ["contact", "first_replied_at"])
def test_nobody_and_no_answer_is_not_asked_about(solved, missing):
    ticket = solved()
    Ticket.objects.filter(pk=ticket.pk).update(**{missing: None})
    assert ask(at=NOW) == 0
    ticket.refresh_from_db()
    with pytest.raises(Refused, match="Nobody was answered"):
        Survey.objects.ask(ticket, at=NOW)


def test_surveys_can_be_switched_off(solved, settings):
    settings.SURVEYS_AFTER_HOURS = 0
    solved()
    assert ask(at=NOW) == 0


def test_a_ticket_is_asked_about_once_whoever_asks(solved):
    ticket = solved()
    assert Survey.objects.ask(ticket, at=NOW) == Survey.objects.ask(ticket, at=NOW)
    with pytest.raises(Refused, match="Only what is solved"):
        Survey.objects.ask(make.ticket(status="open"), at=NOW)


def test_who_answered_on_the_page_gets_no_mail(solved):
    Survey.objects.rate(solved(), 5, at=NOW)
    assert ask(at=NOW) == 0
    assert not Delivery.objects.filter(cause__startswith="survey:").exists()


def test_a_contact_without_a_name_is_greeted_all_the_same(solved):
    nameless = make.contact(email="n@acme.test")
    nameless.name = ""
    nameless.save()
    solved(nameless)
    assert ask(at=NOW) == 1


def test_what_arrived_is_taken_over_from_the_outbox(solved):
    solved()
    ask(at=NOW)
    Delivery.objects.exclude(cause__startswith="survey:").delete()
    with carrier("mail") as open_carrier:
        assert dispatch.send_next("mail", open_carrier)
    ask(at=NOW)
    assert Survey.objects.get().delivered_at == Delivery.objects.get().sent_at is not None


# --- answering ----------------------------------------------------------------------------------


def test_an_answer_can_be_changed_for_a_week(survey):
    answer = survey.respond(2, at=NOW, comment=" Slow. ")
    assert (answer.score, answer.comment, answer.changed_at) == (2, "Slow.", None)
    survey = Survey.objects.get()
    same = survey.respond(2, at=NOW + DAY, comment="Slow.")
    assert same.changed_at is None
    changed = survey.respond(5, at=NOW + 6 * DAY)
    assert (changed.pk, changed.at, changed.changed_at) == (answer.pk, NOW, NOW + 6 * DAY)
    with pytest.raises(Refused, match="seven days"):
        survey.respond(1, at=NOW + 7 * DAY)
    told = Activity.objects.filter(kind="survey").order_by("pk").values_list("verb", "data")
    assert list(told)[1:] == [
        ("answered", {"score": [None, 2], "commented": [False, True]}),
        ("changed", {"score": [2, 5], "commented": [True, False]}),
    ]


@pytest.mark.parametrize("score", [0, 6, -1])
def test_there_are_five_answers(survey, score):
    with pytest.raises(Refused, match="one of the five"):
        survey.respond(score, at=NOW)
    with pytest.raises(IntegrityError):
        Response.objects.create(survey=survey, score=score if score > 0 else 0, at=NOW)


def test_words_that_are_too_many_are_refused_whole(solved):
    ticket = solved()
    with pytest.raises(Refused, match="4,000 fit"):
        Survey.objects.rate(ticket, 5, at=NOW, comment="x" * 4001)
    assert not Survey.objects.exists()


def test_records_have_names(survey):
    answer = survey.respond(4, at=NOW)
    assert str(survey) == f"Survey of #{survey.ticket_id}"
    assert (str(answer), answer.words) == ("4 of 5", "Good")


# --- the page -----------------------------------------------------------------------------------


@pytest.fixture
def asked(solved) -> Survey:
    return Survey.objects.ask(solved(), at=timezone.now())


@pytest.fixture
def browser():
    return Client(enforce_csrf_checks=True)


def test_looking_chooses_and_sending_votes(browser, asked):
    link = asked.link.removeprefix("http://testserver")
    for _ in range(20):
        page = browser.get(f"{link}?score=4")
    assert 'value="4" required checked' in page.content.decode()
    assert not Response.objects.exists()
    answer = browser.post(link, {"score": "4", "comment": "Quick."})
    assert answer.status_code == 303
    assert Response.objects.get().score == 4
    thanks = browser.get(answer["Location"]).content.decode()
    assert "You said: good." in thanks and "Change my answer" in thanks
    browser.post(link, {"score": "1"})
    assert Response.objects.get().score == 1
    assert page["Cache-Control"] == "no-store"


@pytest.mark.parametrize("score", ["", "6", "x"])
def test_a_vote_for_nothing_is_refused_and_keeps_the_words(browser, asked, score):
    answer = browser.post(
        asked.link.removeprefix("http://testserver"), {"score": score, "comment": "Hm"}
    )
    assert answer.status_code == 422 and "Hm" in answer.content.decode()
    assert not Response.objects.exists()


def test_a_survey_that_is_over_says_so(browser, asked):
    Survey.objects.update(asked_at=timezone.now() - timedelta(days=31))
    link = asked.link.removeprefix("http://testserver")
    assert "takes no answers any more" in browser.get(link).content.decode()
    assert browser.post(link, {"score": "5"}).status_code == 422
    Response.objects.create(survey=asked, score=3, at=timezone.now() - timedelta(days=8))
    page = browser.get(link).content.decode()
    assert "3 of 5, so-so" in page and "<form" not in page


@pytest.mark.parametrize("token", ["1." + "A" * 24, "999999." + "B" * 24])
def test_a_made_up_link_leads_nowhere(browser, asked, token):
    assert browser.get(f"/csat/{token}/").status_code == 404


def test_the_link_of_a_ticket_is_no_link_of_a_survey(browser, asked, settings):
    from apps.tickets.rules import passes

    for numbers in ((asked.pk, 1), (asked.pk + 10,)):
        token = passes.issue("survey", numbers, [settings.SECRET_KEY])
        assert Survey.objects.behind(token) is None


def test_they_vote_on_the_page_of_their_request(browser, solved):
    ticket = solved()
    link = ticket.link.removeprefix("http://testserver")
    assert "How did we do?" in browser.get(link).content.decode()
    assert browser.post(f"{link}rate/", {"score": ""}).status_code == 422
    assert not Survey.objects.exists()
    assert browser.post(f"{link}rate/", {"score": "5"}).status_code == 303
    page = browser.get(link).content.decode()
    assert "You said 5 of 5, very good." in page
    assert Survey.objects.get().link in page
    Response.objects.update(at=timezone.now() - timedelta(days=8))
    assert "Change it" not in browser.get(link).content.decode()


# --- figures ------------------------------------------------------------------------------------


def answers(solved, scores, customer=None):
    for score in scores:
        ticket = solved(make.contact(**({"customer": customer} if customer else {})))
        Survey.objects.ask(ticket, at=NOW - DAY).respond(score, at=NOW - timedelta(hours=1))
    Survey.objects.update(delivered_at=NOW - timedelta(hours=2))


def test_content_are_the_top_two_of_five(solved):
    answers(solved, [5, 4, 4, 3, 1] * 4)
    figure = compute("support.csat", at=NOW)
    assert (figure.value, figure.n, figure.denominator) == (0.6, 20, 20)
    low, high = figure.interval
    assert 0.38 < low < 0.6 < high < 0.79
    rows, _ = definition("support.csat").rows_of(at=NOW, window=figure.window).page("")
    assert len(rows) == 20


def test_few_answers_are_judged_by_nobody(solved):
    answers(solved, [5])
    assert compute("support.csat", at=NOW).state == "low_sample"


def test_of_one_customer(solved):
    acme = make.customer("Acme")
    answers(solved, [5, 1], acme)
    answers(solved, [1])
    assert compute("support.csat", at=NOW, customer=str(acme.pk)).n == 2


def test_those_who_answer_of_those_who_were_reached(solved):
    answers(solved, [5, 2])
    Survey.objects.ask(solved(make.contact()), at=NOW)  # on its way: not reached yet
    unanswered = Survey.objects.ask(solved(make.contact()), at=NOW)
    Survey.objects.filter(pk=unanswered.pk).update(delivered_at=NOW - timedelta(hours=1))
    figure = compute("support.csat.responses", at=NOW)
    assert (figure.numerator, figure.denominator) == (2, 3)
    known = definition("support.csat.responses")
    rows, _ = known.rows_of(at=NOW, window=Window.last(timedelta(90), at=NOW)).page("")
    assert {row.cells[1] for row in rows} == {"5 of 5", "2 of 5", "—"}


def test_scores_are_in_order():
    assert all(a < b for a, b in pairwise(rules.SCORES))
