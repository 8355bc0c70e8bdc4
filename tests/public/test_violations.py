"""What browsers say the policy blocked: kept without addresses, counted, never many rows."""

import json
from datetime import timedelta

import pytest
from django.core.handlers.wsgi import WSGIRequest
from django.http.request import UnreadablePostError
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from apps.public import rules
from apps.public.allowance import Allowance
from apps.public.models import Violation, violation
from apps.public.views import violations
from tests.make import NOW

LINK = "/t/7-7-1.AbC_d-efghijklmnopqrstuv/"
FORMATS = ("application/csp-report", "application/reports+json")


def old(**said: str) -> bytes:
    """As `report-uri` sends it."""
    report = {
        "document-uri": f"http://testserver{LINK}?done=reply",
        "referrer": "",
        "violated-directive": "img-src 'self'",
        "blocked-uri": "https://user:pass@evil.test/pixel?who=mira@demo.test",
        "source-file": "http://testserver/static/portal/js/desk.js",
    }
    return json.dumps({"csp-report": report | said}).encode()


def new(*pages: str) -> bytes:
    """As `report-to` sends it, several in one."""
    body = {"effectiveDirective": "script-src-elem", "blockedURL": "inline", "sample": "Dear Mira"}
    return json.dumps(
        [{"type": "csp-violation", "body": body | {"documentURL": page}} for page in pages]
    ).encode()


@pytest.fixture(autouse=True)
def allowed(monkeypatch):
    monkeypatch.setattr(violations, "ALLOWED", Allowance(30, 60))


@pytest.fixture
def tell(db):
    """Anybody's browser, without a cookie."""
    browser = Client(enforce_csrf_checks=True)

    def told(body: bytes, content_type: str = FORMATS[0]) -> int:
        return browser.post("/csp/", body, content_type=content_type).status_code

    return told


def kept() -> list[tuple]:
    return list(
        Violation.objects.values_list("directive", "blocked", "page", "source", "count").order_by(
            "directive"
        )
    )


def test_both_formats_are_counted_and_no_address_is_kept(tell):
    assert {tell(old()), tell(old()), tell(new(f"http://testserver{LINK}"), FORMATS[1])} == {204}
    page = "public:contact-ticket"
    assert kept() == [
        ("img-src", "https://evil.test", page, "/static/portal/js/desk.js", 2),
        ("script-src-elem", "inline", page, "", 1),
    ]
    everything = str(Violation.objects.values())
    assert [word for word in ("mira", "pass", "AbC_d") if word in everything] == []


@pytest.mark.parametrize(
    ("said", "what"),
    [
        ({"blocked-uri": "data"}, "data"),
        ({"blocked-uri": "blob:http://testserver/1"}, "blob"),
        ({"blocked-uri": f"http://testserver{LINK}files/7/"}, "self"),
        ({"blocked-uri": "chrome-extension://abcdef/x.js"}, "chrome-extension"),
        ({"blocked-uri": "https://[::1/"}, "other"),
        ({"blocked-uri": "https://a\x00b.test/"}, "https"),
        ({"blocked-uri": "Ünï cöde"}, "other"),
        ({"blocked-uri": ""}, "other"),
    ],
)
def test_what_was_blocked_is_said_in_few_words(said, what):
    (found,) = rules.read(old(**said), "testserver")
    assert found.what == what


@pytest.mark.parametrize(
    ("address", "source"),
    [
        (f"http://testserver{LINK}", "self"),
        ("http://testserver/static/a b", "self"),
        ("chrome-extension://abcdef/x.js", "chrome-extension"),
        ("", ""),
    ],
)
def test_who_wanted_it_is_a_file_of_ours_or_an_origin(address, source):
    (found,) = rules.read(old(**{"source-file": address}), "testserver")
    assert found.source == source


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff",
        b"{}",
        b"[1, null, {}]",
        b'{"csp-report": []}',
        b"[" * 100_000,
        b'{"csp-report": {"document-uri": 7, "violated-directive": null}}',
        old(**{"violated-directive": "dance-src"}),
        old(**{"document-uri": "https://elsewhere.test/"}),
    ],
)
def test_anything_else_is_nothing(body):
    assert rules.read(body, "testserver") == []


JSON = st.recursive(
    st.none() | st.integers() | st.text(),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.sampled_from(["body", "csp-report", "x"]), inner)
    ),
)


@given(JSON)
def test_any_json_is_read_or_left(told):
    assert rules.read(json.dumps(told).encode(), "testserver") == []


def test_a_body_has_an_end(tell, monkeypatch):
    pages = [f"http://testserver/tickets/{number}/" for number in range(rules.MOST_IN_A_BODY + 5)]
    assert tell(new(*pages), FORMATS[1]) == 204
    assert [count for *_, count in kept()] == [rules.MOST_IN_A_BODY]
    assert tell(b" " * (violations.LARGEST + 1)) == 413
    assert tell(old(), "application/json") == 415
    assert Client().get("/csp/").status_code == 405

    def broken(self, *_):
        raise UnreadablePostError("gone")

    monkeypatch.setattr(WSGIRequest, "read", broken)
    assert tell(old()) == 400


def test_nobody_fills_the_database(tell, monkeypatch):
    monkeypatch.setattr(violation, "MOST", 2)
    for number in range(4):
        assert tell(old(**{"blocked-uri": f"https://{number}.test/"})) == 204
    tell(old(**{"blocked-uri": "https://0.test/"}))
    assert sorted(count for *_, count in kept()) == [1, 2]
    monkeypatch.setattr(violations, "ALLOWED", Allowance(1, 60))
    assert [tell(old()), tell(old())] == [204, 429]


def test_an_allowance_comes_back_with_time():
    clock = iter([0.0, 1.0, 59.0, 60.0])
    allowance = Allowance(2, 60, clock=lambda: next(clock))
    assert [allowance.take() for _ in range(4)] == [True, True, False, True]


def test_what_does_not_happen_any_more_is_forgotten(tell, as_admin):
    tell(old())
    (found,) = Violation.objects.all()
    assert str(found) == "img-src: https://evil.test on public:contact-ticket"
    page = as_admin.get("/admin/public/violation/").content.decode()
    assert "https://evil.test" in page
    assert as_admin.get("/admin/public/violation/add/").status_code == 403
    assert as_admin.get(f"/admin/public/violation/{found.pk}/change/").status_code == 200
    Violation.objects.update(last_at=NOW)
    assert violation.tidy(at=NOW + timedelta(days=29)) == 0
    assert violation.tidy(at=NOW + timedelta(days=31)) == 1
    assert violation.name_of("/nowhere/at/all/") == violation.NOWHERE


@pytest.mark.parametrize("page", ["/accounts/login/", "/t/", "/nowhere/"])
def test_a_page_says_where_to_tell_it(client, db, page):
    answer = client.get(page)
    policy = answer["Content-Security-Policy"]
    assert "report-uri /csp/" in policy and "report-to csp" in policy
    assert answer["Reporting-Endpoints"] == 'csp="/csp/"'
