"""What the logs say, and what they must not."""

import json
import logging
from typing import Any

import pytest
import structlog

from config import edge
from config.logs import FORMATTER


@pytest.fixture
def said(capsys):
    """`said(...)` is a line of the log as it is written."""
    settings = {key: value for key, value in FORMATTER.items() if key != "()"}
    formatter = structlog.stdlib.ProcessorFormatter(**settings)

    def write(message: str, *arguments: object, trace: Any = None) -> dict:
        level, place = logging.WARNING, __file__
        record = logging.LogRecord("django", level, place, 1, message, arguments, trace)
        return json.loads(formatter.format(record))

    return write


@pytest.mark.parametrize(
    ("address", "written"),
    [
        ("/t/7-7-1.AbC_d-efghijklmnopqrstuv/reply/", "/t/…/reply/"),
        ("/csat/9.AbC_d-efghijklmnopqrstuv/?score=5", "/csat/…/?score=5"),
        ("/hooks/mail/abcdefghijklmnopqrstuvwx/", "/hooks/mail/…/"),
        ("/tickets/7/", "/tickets/7/"),
        ("/t/", "/t/"),
    ],
)
def test_a_link_that_lets_somebody_in_is_not_logged(said, address, written):
    line = said("Not Found: %s", address)
    assert line["event"] == f"Not Found: {written}"
    assert line["level"] == "warning"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("address", "code", "level"), [("/", 200, "INFO"), ("/x/", 404, "WARNING")]
)
def test_a_request_is_one_line(as_ada, ada, caplog, address, code, level):
    with caplog.at_level(logging.INFO, logger="config.edge"):
        as_ada.get(address, headers={"user-agent": "a browser"})
    (line,) = [record for record in caplog.records if record.name == "config.edge"]
    said = line.msg
    assert (line.levelname, said["event"], said["code"]) == (level, "request", code)
    assert (said["request"], said["user_id"], said["ip"]) == (f"GET {address}", ada.pk, "127.0.0.1")
    assert said["request_id"] and said["seconds"] > 0 and said["user_agent"] == "a browser"
    assert structlog.contextvars.get_contextvars() == {}


@pytest.mark.django_db
def test_a_line_that_nobody_wants_is_not_written(as_ada, caplog):
    with caplog.at_level(logging.ERROR, logger="config.edge"):
        as_ada.get("/")
    assert [record for record in caplog.records if record.name == "config.edge"] == []


@pytest.mark.parametrize(
    ("proxies", "passed", "came"),
    [
        (0, "6.6.6.6", "127.0.0.1"),
        (1, "6.6.6.6, 9.9.9.9", "9.9.9.9"),
        (2, "6.6.6.6, 9.9.9.9", "6.6.6.6"),
        (3, "6.6.6.6, 9.9.9.9", "127.0.0.1"),
        (1, "", "127.0.0.1"),
    ],
)
def test_an_address_is_the_one_our_outermost_proxy_saw(rf, settings, proxies, passed, came):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies
    assert edge._came_from(rf.get("/", headers={"x-forwarded-for": passed})) == came


def test_a_fault_is_logged_with_where_it_was(said):
    try:
        raise ValueError("/t/7-7-1.AbC_d-efghijklmnopqrstuv/")
    except ValueError as error:
        trace = (type(error), error, error.__traceback__)
    line = said("Internal Server Error: %s", "/x/", trace=trace)
    assert "test_logs.py" in line["exception"]
    assert "AbC" not in line["exception"]
