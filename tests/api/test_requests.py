"""How requests are answered: shapes, pages, limits, repeated requests."""

import json
from datetime import date, timedelta

import pytest
import time_machine
from django.db import OperationalError, connections, transaction
from django.test import Client
from django.utils import timezone

from apps.actions.models import Action
from apps.api.models import ApiMinute, ApiRequest
from apps.api.upkeep import purge
from tests.make import NOW

NEW = {"title": "Write the runbook", "owner": "ada@demo.test", "due": "2026-11-27"}


@pytest.fixture
def ten(ada) -> list[Action]:
    """Ten actions, two due on each of five days."""
    return [
        Action.objects.agree(f"Do {n}", owner=ada, due=date(2026, 12, 1 + n // 2), by=ada, at=NOW)
        for n in range(10)
    ]


def test_a_new_action_comes_back_whole(speak, ada):
    status, body = speak(ada).post("actions/", NEW)
    assert status == 201
    assert body["owner"] == {"id": ada.pk, "name": "Ada Lovelace"}
    assert (body["title"], body["due"], body["state"]) == (NEW["title"], NEW["due"], "open")


def test_a_verb_answers_with_the_record(speak, ada):
    asked = speak(ada)
    _, action = asked.post("actions/", NEW)
    status, body = asked.post(f"actions/{action['id']}/carry/", {"due": "2026-12-04"})
    assert (status, body["due"], body["carried"]) == (200, "2026-12-04", 1)
    for verb, state in (("finish", "done"), ("reopen", "open")):
        assert asked.post(f"actions/{action['id']}/{verb}/")[1]["state"] == state


def test_a_refusal_is_a_conflict_with_a_code_and_a_sentence(speak, ada):
    asked = speak(ada)
    _, action = asked.post("actions/", NEW)
    asked.post(f"actions/{action['id']}/finish/")
    status, body = asked.post(f"actions/{action['id']}/finish/")
    assert status == 409
    assert (body["code"], body["detail"]) == ("wrong_state", "This action is done.")


def test_a_field_at_fault_is_named(speak, ada):
    asked = speak(ada)
    _, action = asked.post("actions/", NEW)
    status, body = asked.post(f"actions/{action['id']}/carry/", {"due": "2026-11-01"})
    assert status == 400
    assert body["errors"] == [
        {"field": "due", "code": "not_later", "detail": "Carry it to a later day."}
    ]


def test_every_wrong_field_is_told_at_once(speak, ada):
    status, body = speak(ada).post("actions/", {"title": "", "owner": "who@x.test", "due": "soon"})
    assert status == 400
    assert [error["field"] for error in body["errors"]] == ["title", "owner", "due"]


def test_a_field_nobody_asked_for_is_refused(speak, ada):
    status, body = speak(ada).post("actions/", NEW | {"state": "done", "id": 7})
    assert status == 400
    assert [error["field"] for error in body["errors"]] == ["id", "state"]
    assert not Action.objects.exists()


def test_nested_errors_have_a_path(speak, ada):
    words = {"question": "Which?", "options": ["a", 5]}
    _, body = speak(ada).post("decisions/", words)
    assert body["errors"][0]["field"] == "options.1"


def test_decisions_over_the_api(speak, ada):
    asked = speak(ada)
    _, decision = asked.post("decisions/", {"question": "Which?", "options": ["a", "b"]})
    assert len(asked.get("decisions/?wanted=true")[1]["results"]) == 1
    status, body = asked.post(f"decisions/{decision['id']}/decide/", {"choice": "a", "why": "fit"})
    assert (status, body["choice"]) == (200, "a")
    assert asked.get("decisions/?wanted=true")[1]["results"] == []
    assert asked.post(f"decisions/{decision['id']}/reopen/")[1]["decided_at"] is None


# --- pages ------------------------------------------------------------------------------------


def walk(asked, path: str) -> list[int]:
    found = []
    while path:
        status, body = asked.get(path)
        assert status == 200
        found += [row["id"] for row in body["results"]]
        path = (body["next"] or "").partition("/api/v1/")[2]
    return found


@pytest.mark.parametrize("limit", [1, 3, 5, 10, 200])
def test_pages_hold_every_row_once_and_in_order(speak, ada, ten, limit):
    assert walk(speak(ada), f"actions/?limit={limit}") == [action.pk for action in ten]


def test_filters_travel_along(speak, ada, ten):
    ten[0].finish(by=ada, at=NOW)
    open_ones = walk(speak(ada), "actions/?state=open&limit=4")
    assert open_ones == [action.pk for action in ten[1:]]


def test_a_row_added_meanwhile_moves_nothing(speak, ada, ten):
    asked = speak(ada)
    _, first = asked.get("actions/?limit=5")
    Action.objects.agree("Early", owner=ada, due=date(2026, 11, 1), by=ada, at=NOW)
    _, second = asked.get(first["next"].partition("/api/v1/")[2])
    assert [row["id"] for row in second["results"]] == [action.pk for action in ten[5:]]


def test_a_page_costs_the_same_number_of_queries(speak, ada, ten, django_assert_num_queries):
    asked = speak(ada)
    asked.get("actions/")
    for limit in (1, 10):
        with django_assert_num_queries(3):  # the token, the limit, the rows
            asked.get(f"actions/?limit={limit}")


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=-1",
        "limit=201",
        "limit=1e9",
        "limit=abc",
        "limit=",
        "limit=١",
        "cursor=x",
        "cursor=%F0%9F%98%80",
        "cursor=W10=",
        "cursor=WyJ4IiwgIjEiXQ==",
        "cursor=WyIyMDI2LTAxLTAxIiwgIngiXQ==",
        "cursor=bnVsbA==",
        "cursor=WzEsIDJd",
        "limit=1&limit=2",
        "page=2",
        "offset=10",
        "ordering=owner__password",
        "owner__password=x",
        "state=wrong",
        "owner=99999999999999999999999",
        "owner=abc",
    ],
)
def test_a_question_that_makes_no_sense_is_refused(speak, ada, ten, query):
    status, body = speak(ada).get(f"actions/?{query}")
    assert (status, body["code"]) == (400, "invalid")


# --- what does not fit --------------------------------------------------------------------------


def test_a_body_has_a_size(speak, ada):
    response = speak(ada).raw("actions/", b'{"title":"' + b"x" * 262_144 + b'"}')
    assert response.status_code == 413
    assert response.json()["code"] == "too_large"


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json; charset=utf-7",
        "application/json; charset=bogus",
        "application/json; charset=hex",
        "application/xml",
    ],
)
def test_only_json_is_understood(speak, ada, content_type):
    response = speak(ada).raw("actions/", json.dumps(NEW).encode(), content_type)
    assert response.status_code == 415
    assert response.json()["code"] == "unsupported_media_type"
    assert not Action.objects.exists()


@pytest.mark.parametrize("body", [b"[]", b"null", b"1", b'"x"', b"true"])
def test_the_top_is_an_object(speak, ada, body):
    response = speak(ada).raw("actions/", body)
    assert (response.status_code, response.json()["code"]) == (400, "parse_error")


def test_only_json_is_spoken(program, ada):
    response = program(ada).get("/api/v1/actions/", headers={"accept": "text/csv"})
    assert response.status_code == 406
    assert response["Content-Type"] == "application/problem+json"


# --- limits -----------------------------------------------------------------------------------


def test_so_many_calls_a_minute(speak, ada, settings):
    settings.API_CALLS_A_MINUTE = 3
    asked, other = speak(ada), speak(ada)
    with time_machine.travel(NOW, tick=False):
        _run_into_the_limit(asked, other)
    with time_machine.travel(NOW + timedelta(minutes=1), tick=False):
        assert asked.get("actions/")[0] == 200


def _run_into_the_limit(asked, other):
    assert [asked.get("actions/")[0] for _ in range(5)] == [200, 200, 200, 429, 429]
    response = asked.raw("actions/", b"{}")
    assert response.status_code == 429
    assert response["Retry-After"] == "60"
    assert other.get("actions/")[0] == 200


# --- the same request twice ---------------------------------------------------------------------


def test_the_same_key_does_it_once(speak, ada):
    asked = speak(ada)
    first = asked.raw("actions/", json.dumps(NEW).encode(), idempotency_key="k1")
    again = asked.raw("actions/", json.dumps(NEW).encode(), idempotency_key="k1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert again["Idempotency-Replayed"] == "true"
    assert again["Content-Type"] == "application/json"
    assert Action.objects.count() == 1


def test_a_refusal_is_replayed_too(speak, ada):
    asked = speak(ada)
    first = asked.raw("actions/", b'{"title":""}', idempotency_key="k1")
    again = asked.raw("actions/", b'{"title":""}', idempotency_key="k1")
    assert first.status_code == again.status_code == 400
    assert first.json() == again.json()
    assert again["Content-Type"] == "application/problem+json"


def test_a_key_belongs_to_one_request_of_one_token(speak, ada, sol):
    asked = speak(ada)
    asked.post("actions/", NEW, idempotency_key="k1")
    status, body = asked.post("actions/", NEW | {"title": "Other"}, idempotency_key="k1")
    assert (status, body["code"]) == (422, "key_reused")
    assert asked.post("decisions/", NEW, idempotency_key="k1")[0] == 422
    assert speak(sol).post("actions/", NEW, idempotency_key="k1")[0] == 201


@pytest.mark.parametrize("key", ["x" * 256, "schlüssel"])
def test_a_key_is_a_short_word(speak, ada, key):
    status, body = speak(ada).post("actions/", NEW, idempotency_key=key)
    assert (status, body["errors"][0]["field"]) == (400, "Idempotency-Key")


def test_a_fault_of_ours_leaves_no_answer_behind(speak, ada, monkeypatch):
    asked = speak(ada)
    agree = Action.objects.agree
    monkeypatch.setattr(type(Action.objects), "agree", _break_after(agree))
    with pytest.raises(ZeroDivisionError):
        asked.post("actions/", NEW, idempotency_key="k1")
    monkeypatch.undo()
    assert not Action.objects.exists()
    assert asked.post("actions/", NEW, idempotency_key="k1")[0] == 201


def _break_after(agree):
    def break_after(self, *words, **more):
        agree(*words, **more)
        raise ZeroDivisionError

    return break_after


@pytest.mark.django_db(transaction=True)
def test_while_the_first_runs_the_second_waits_its_turn(speak, ada):
    asked = speak(ada)
    asked.raw("actions/", b"{}", idempotency_key="k1")
    ApiRequest.objects.update(status=None)
    rival = connections["default"].copy()
    try:
        with rival.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute("SELECT id FROM api_apirequest FOR UPDATE")
        response = asked.raw("actions/", b"{}", idempotency_key="k1")
    finally:
        rival.close()
    assert (response.status_code, response.json()["code"]) == (409, "running")
    assert response["Retry-After"] == "1"


def test_answers_are_forgotten_after_three_days(speak, ada):
    speak(ada).post("actions/", NEW, idempotency_key="k1")
    assert purge(at=timezone.now()) == 0
    assert purge(at=timezone.now() + timedelta(hours=73)) >= 2
    assert not ApiRequest.objects.exists() and not ApiMinute.objects.exists()


def test_the_database_going_away_is_no_running_request(speak, ada, monkeypatch):
    monkeypatch.setattr(transaction, "atomic", _away)
    with pytest.raises(OperationalError):
        speak(ada).post("actions/", NEW)


def _away(*_args, **_more):
    raise OperationalError("the server closed the connection")


def test_the_door_for_programs_needs_no_csrf_token(ada, speak):
    strict = Client(enforce_csrf_checks=True)
    strict.defaults = speak(ada).client.defaults
    response = strict.post("/api/v1/actions/", NEW, content_type="application/json")
    assert response.status_code == 201
