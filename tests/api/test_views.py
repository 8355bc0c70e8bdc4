"""Saved views for programs: the same verbs, the same bounds."""

import pytest

from apps.tickets.models import View
from tests import make


@pytest.fixture
def vip(ada) -> View:
    return View.objects.keep("VIP", "tag:vip", by=ada, at=make.NOW)


def call(client, path, data=None):
    answer = client.post(f"/api/v1/views/{path}", data or {}, content_type="application/json")
    return answer.status_code, answer.json()


def test_a_program_keeps_and_changes_a_view(program, ada):
    client = program(ada)
    status, made = call(client, "", {"name": "Late", "words": "is:late", "columns": ["due"]})
    assert status == 201
    assert (made["owner"], made["words"], made["columns"]) == (ada.pk, "is:late", ["due"])
    path = f"{made['id']}"
    assert call(client, f"{path}/edit/", {"name": "Too late"})[1]["name"] == "Too late"
    assert call(client, f"{path}/pin/")[0] == 200
    assert call(client, f"{path}/unpin/")[0] == 200
    assert call(client, f"{path}/duplicate/")[0] == 200
    assert call(client, f"{path}/discard/")[0] == 200
    assert client.get(f"/api/v1/views/{path}/").status_code == 404
    assert call(client, f"{path}/restore/")[0] == 200
    assert {view["name"] for view in client.get("/api/v1/views/").json()["results"]} == {
        "Too late",
        "Too late copy",
    }


def test_sharing_is_for_leads(program, ada, sol, vip):
    assert call(program(ada), f"{vip.pk}/share/", {"team": None})[0] == 403
    own = View.objects.keep("Team", "", by=sol, at=make.NOW)
    client = program(sol)
    assert call(client, f"{own.pk}/share/", {"team": None})[1]["owner"] is None
    assert call(client, f"{own.pk}/keep-private/")[1]["owner"] == sol.pk
    assert client.get(f"/api/v1/views/{vip.pk}/").status_code == 404
