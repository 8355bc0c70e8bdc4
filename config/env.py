"""Typed environment variables; a missing one is named in the error."""

from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

_env = environ.Env()
_MISSING = object()


class Unusable(ImproperlyConfigured):
    """A variable is missing, or says what cannot be; the message is a sentence for a person."""


def _require(name: str, value: Any) -> Any:
    if value is _MISSING:
        raise Unusable(f"Set the environment variable {name}.")
    return value


def text(name: str, default: Any = _MISSING) -> str:
    """A string."""
    return _require(name, _env.str(name, default=default))


def flag(name: str, default: bool = False) -> bool:
    """A boolean: true/false, on/off, yes/no, 1/0."""
    return _env.bool(name, default=default)


def number(name: str, default: Any = _MISSING) -> int:
    """A whole number."""
    try:
        return int(_require(name, _env.int(name, default=default)))
    except ValueError:
        raise Unusable(f"{name} must be a whole number, not “{text(name)}”.") from None


def words(name: str, default: tuple[str, ...] = ()) -> list[str]:
    """A comma-separated list."""
    return _env.list(name, default=list(default))


def secret(name: str, default: Any = _MISSING) -> str:
    """A secret, either in NAME or in the file that NAME_FILE points to."""
    path = _env.str(f"{name}_FILE", default="")
    if path:
        return Path(path).read_text().strip()
    return text(name, default)


def database(name: str = "DATABASE_URL", default: Any = _MISSING) -> dict[str, Any]:
    """A PostgreSQL database; `?host=/dir` names a Unix socket directory."""
    settings = _env.db_url_config(text(name, default))
    options = settings.setdefault("OPTIONS", {})
    if host := options.pop("host", None):
        settings["HOST"] = host
    if settings["ENGINE"] != "django.db.backends.postgresql":
        raise Unusable(f"{name} must be a postgresql:// URL.")
    return settings


def mail(name: str = "EMAIL_URL", default: Any = _MISSING) -> dict[str, Any]:
    """Outgoing mail, e.g. smtp+tls://user:password@host:587."""
    return _env.email_url_config(text(name, default))
