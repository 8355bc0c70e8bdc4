"""The pages of actions and decisions."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from apps.actions.models import Action, Decision
from tests.make import NOW, person

SOON = timezone.now().date() + timedelta(days=3)
LATER = SOON + timedelta(days=7)


@pytest.fixture
def action(sol, ada) -> Action:
    """Ada writes the runbook, soon."""
    return Action.objects.agree("Write the runbook", owner=ada, due=SOON, by=sol, at=NOW)


@pytest.fixture
def decision(pia) -> Decision:
    """Build or buy?"""
    return Decision.objects.ask("Build or buy?", options=["Build", "Buy"], by=pia, at=NOW)


def text(response) -> str:
    return response.content.decode()


def test_my_list_is_mine_and_the_others_are_a_tab_away(as_ada, as_pia, action):
    assert "Write the runbook" in text(as_ada.get("/actions/"))
    assert "Write the runbook" not in text(as_pia.get("/actions/"))
    assert "Write the runbook" in text(as_pia.get("/actions/?show=all"))
    assert "Write the runbook" not in text(as_pia.get("/actions/?show=overdue"))
    Action.objects.update(due=date(2020, 1, 1))
    assert "Write the runbook" in text(as_pia.get("/actions/?show=overdue"))
    action.refresh_from_db()
    action.finish(by=action.owner, at=NOW)
    assert "Write the runbook" in text(as_pia.get("/actions/?show=ended"))


def test_a_long_list_has_pages_and_costs_the_same(as_ada, ada, django_assert_max_num_queries):
    for n in range(120):
        Action.objects.agree(
            f"Do {n:03}", owner=ada, due=SOON + timedelta(days=n // 3), by=ada, at=NOW
        )
    seen, address = [], "/actions/"
    while address:
        with django_assert_max_num_queries(12):
            response = as_ada.get(address)
        seen += [row.title for row in response.context["keyset"].rows]
        after = response.context["keyset"].after
        address = f"/actions/?after={after}" if after else ""
    assert seen == [f"Do {n:03}" for n in range(120)]


@pytest.mark.parametrize("cursor", ["x", "2026-13-01.5", "2026-11-27.x", ".", "2026-11-27.1e5"])
def test_a_cursor_that_is_none_starts_over(as_ada, action, cursor):
    assert "Write the runbook" in text(as_ada.get("/actions/", {"after": cursor}))


def test_agreeing_by_the_form(as_sol, ada):
    assert as_sol.get("/actions/new/").status_code == 200
    words = {"title": "Call them", "owner": ada.pk, "due": SOON.isoformat()}
    response = as_sol.post("/actions/new/", words, follow=True)
    assert "Call them" in text(response)
    made = Action.objects.get()
    assert response.redirect_chain[-1][0] == f"/actions/{made.pk}/"


@pytest.mark.parametrize(
    "words",
    [
        {},
        {"title": "x" * 201, "owner": "1", "due": "2026-11-27"},
        {"title": "a\x00b", "owner": "1", "due": "2026-11-27"},
        {"title": "a", "owner": "999999", "due": "2026-11-27"},
        {"title": "a", "owner": "x", "due": "soon"},
        {"title": " \u202e ", "owner": "", "due": "99999-01-01"},
    ],
)
def test_a_form_that_is_wrong_comes_back_as_it_was_typed(as_sol, words):
    response = as_sol.post("/actions/new/", words)
    assert response.status_code == 422
    assert not Action.objects.exists()


def test_every_verb_by_its_button(as_ada, action, sol):
    at = f"/actions/{action.pk}/"
    for verb, words, said in (
        ("carry", {"due": LATER.isoformat()}, "Carried."),
        ("hand-to", {"owner": sol.pk}, "Handed over."),
        ("finish", {}, "Done."),
        ("reopen", {}, "Open again."),
        ("drop", {"why": "Not needed"}, "Dropped."),
    ):
        response = as_ada.post(f"{at}{verb}/", words, follow=True)
        assert said in text(response), verb
    assert "Not needed" in text(as_ada.get(at))


def test_a_card_comes_back_in_place(as_ada, action):
    response = as_ada.post(f"/actions/{action.pk}/finish/", headers={"hx-request": "true"})
    assert response.status_code == 200
    assert text(response).lstrip().startswith(f'<li id="action-{action.pk}"')
    assert "Reopen" in text(response)


@pytest.mark.parametrize(
    ("verb", "words", "status"),
    [
        ("reopen", {}, 409),
        ("carry", {"due": "2020-01-01"}, 409),
        ("carry", {"due": "x"}, 422),
        ("drop", {"why": ""}, 422),
        ("hand-to", {"owner": "999999"}, 422),
    ],
)
def test_a_refusal_is_a_sentence_and_changes_nothing(as_ada, action, verb, words, status):
    assert as_ada.post(f"/actions/{action.pk}/{verb}/", words).status_code == status
    fresh = Action.objects.get()
    assert (fresh.state, fresh.due, fresh.owner_id) == ("open", SOON, action.owner_id)


def test_asking_and_deciding(as_pia, as_lea, pia):
    assert as_pia.get("/actions/decisions/ask/").status_code == 200
    response = as_pia.post(
        "/actions/decisions/ask/", {"question": "Which?", "options": "One\nTwo\n\n"}, follow=True
    )
    decision = Decision.objects.get()
    assert decision.options == ["One", "Two"] and "Which?" in text(response)
    at = f"/actions/decisions/{decision.pk}/"
    wrong = as_lea.post(at, {"choice": "One", "why": "fit", "review_on": "2020-01-01"})
    assert wrong.status_code == 422
    assert as_lea.post(at, {"choice": "Three", "why": "fit"}).status_code == 422
    assert as_lea.post(at, {"choice": "One", "why": "It fits"}).status_code == 302
    assert "It fits" in text(as_lea.get(at))
    assert "One" in text(as_lea.get("/actions/decisions/"))
    assert as_lea.post(f"{at}reopen/").status_code == 302
    assert as_lea.post(f"{at}reopen/").status_code == 409


def test_a_question_without_options_comes_back(as_pia):
    response = as_pia.post("/actions/decisions/ask/", {"question": "Which?", "options": "One"})
    assert response.status_code == 422
    assert "2 to 20" in text(response)


def test_who_may(signed_in, action, decision):
    nobody = signed_in(person("No Role"))
    for address in ("/actions/", f"/actions/{action.pk}/", "/actions/decisions/"):
        assert nobody.get(address).status_code == 403
    assert nobody.post(f"/actions/{action.pk}/finish/").status_code == 403
    assert nobody.post(f"/actions/decisions/{decision.pk}/").status_code == 403


def test_one_may_read_and_not_decide(as_ada, ada, decision, monkeypatch):
    from apps.accounts.models import User

    reads = frozenset({"actions.read"})
    monkeypatch.setattr(User, "permissions", property(lambda self: reads))
    at = f"/actions/decisions/{decision.pk}/"
    assert "Build, Buy" in text(as_ada.get(at))
    assert as_ada.post(at, {"choice": "Buy", "why": "x"}).status_code == 403
