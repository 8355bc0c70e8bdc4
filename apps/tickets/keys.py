"""The secrets this installation signs with, newest first."""

from django.conf import settings


def keys() -> list[str]:
    """The first signs; all of them are read, so that a key can be changed without a loss."""
    return [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
