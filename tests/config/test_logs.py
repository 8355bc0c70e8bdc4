"""What the logs say, and what they must not."""

import json
import logging

import pytest
import structlog

from config.logs import FORMATTER


@pytest.fixture
def said(capsys):
    """`said(...)` is a line of the log as it is written."""
    settings = {key: value for key, value in FORMATTER.items() if key != "()"}
    formatter = structlog.stdlib.ProcessorFormatter(**settings)

    def write(message: str, *arguments: object) -> dict:
        record = logging.LogRecord("django", logging.WARNING, __file__, 1, message, arguments, None)
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
