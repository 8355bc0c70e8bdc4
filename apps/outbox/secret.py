"""Secrets at rest: sealed with the installation's keys, shown to nobody again."""

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

from apps.timeline.refusal import Refused


def seal(secret: str) -> str:
    """The secret as it may be stored."""
    return _keys().encrypt(secret.encode()).decode()


def unseal(sealed: str) -> str:
    """The secret itself; refused when no key of this installation opens it."""
    try:
        return _keys().decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise Refused("None of FIELD_KEYS opens this secret.", code="sealed") from None


def _keys() -> MultiFernet:
    given = settings.FIELD_KEYS or [
        base64.urlsafe_b64encode(hashlib.sha256(f"field:{key}".encode()).digest()).decode()
        for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    ]
    return MultiFernet([Fernet(key) for key in given])
