"""Structured logs: JSON lines in UTC, escaped, carrying the request id."""

import logging
import re
from collections.abc import MutableMapping
from typing import Any

import structlog

SECRET_ADDRESS = re.compile(r"/(t|csat|unsubscribe|hooks/[a-z]+)/[^/\s\"']+")


def hide_links(_: Any, __: str, said: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """An address that lets somebody in is a secret: the log has its page, not its token."""
    for name, value in said.items():
        if isinstance(value, str) and "/" in value:
            said[name] = SECRET_ADDRESS.sub(r"/\1/…", value)
    return said


BEFORE = [
    structlog.contextvars.merge_contextvars,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
]

FORMATTER = {
    "()": structlog.stdlib.ProcessorFormatter,
    "processors": [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.format_exc_info,
        hide_links,
        structlog.processors.JSONRenderer(),
    ],
    "foreign_pre_chain": BEFORE,
}

structlog.configure(
    processors=[
        *BEFORE,
        structlog.processors.format_exc_info,
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)


def logging_settings(level: str) -> dict:
    """The LOGGING setting."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": FORMATTER},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json"}},
        "root": {"handlers": ["console"], "level": logging.getLevelName(level)},
    }
