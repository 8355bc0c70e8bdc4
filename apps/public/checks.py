"""What must be right before the world is let in; demo and tests are let off by their settings."""

from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register

SHORTEST_SECRET = 50
TOO_WIDE = frozenset({"*", ".", ".com"})
PLACEHOLDERS = ("demo-only", "tests-only", "django-insecure", "change", "secret", "example")


@register(Tags.security)
def secret_is_ours(app_configs, **options) -> list[CheckMessage]:
    """A secret that others know is none."""
    known = settings.SECRET_KEY.lower().startswith(PLACEHOLDERS)
    if settings.DEMO or not (known or len(settings.SECRET_KEY) < SHORTEST_SECRET):
        return []
    return [
        Error(
            "SECRET_KEY is a default or too short.",
            hint=f"Set it to {SHORTEST_SECRET} random characters or more.",
            id="public.E001",
        )
    ]


@register(Tags.security)
def public_address_is_encrypted(app_configs, **options) -> list[CheckMessage]:
    """Signed links and cookies travel over TLS only."""
    address = urlsplit(settings.PUBLIC_URL)
    if settings.DEMO or (address.scheme == "https" and address.hostname):
        return []
    return [Error("PUBLIC_URL must begin with https://.", id="public.E002")]


@register(Tags.security)
def hosts_are_named(app_configs, **options) -> list[CheckMessage]:
    """Links in mails are made from our own name, not from what a request says."""
    if settings.DEMO:
        return []
    wide = TOO_WIDE & set(settings.ALLOWED_HOSTS)
    if wide or not settings.ALLOWED_HOSTS:
        return [
            Error(
                "ALLOWED_HOSTS must name the hosts of this portal.",
                hint="For example ALLOWED_HOSTS=portal.example.com.",
                id="public.E003",
            )
        ]
    if urlsplit(settings.PUBLIC_URL).hostname not in settings.ALLOWED_HOSTS:
        return [Error("PUBLIC_URL is not among ALLOWED_HOSTS.", id="public.E004")]
    return []
