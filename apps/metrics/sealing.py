"""Secrets of sources: sealed at rest, opened only for a request."""

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

from apps.timeline.refusal import Refused


def _keys() -> MultiFernet:
    """FIELD_KEYS, newest first; without them, keys derived from the secret keys."""
    if settings.FIELD_KEYS:
        return MultiFernet([Fernet(key) for key in settings.FIELD_KEYS])
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    derived = (hashlib.sha256(b"afterlaunch.fields." + key.encode()).digest() for key in secrets)
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in derived])


def seal(secret: str) -> str:
    """Encrypt under the newest key."""
    return _keys().encrypt(secret.encode()).decode()


def unseal(sealed: str) -> str:
    """Decrypt; raises Refused when none of the keys fits."""
    try:
        return _keys().decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise Refused(
            "The secret was sealed with a key that is gone: enter it again.", code="sealed"
        ) from None


def rotate(sealed: str) -> str:
    """The same secret under the newest key."""
    return _keys().rotate(sealed.encode()).decode()
