"""Reading what arrived: `config/inbound.py` names who reads which kind of event."""

import logging
import random
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now
from django.utils.module_loading import import_string

from apps.timeline.refusal import Refused

from . import claims, rules
from .choices import WorkState
from .models import InboundEvent

log = logging.getLogger(__name__)
TRIES = 6
LATER = 60.0  # seconds until an event that nobody here reads is offered again


def read_next() -> bool:
    """Have the next due event read; its effects and its mark are one transaction."""
    event = claims.take(InboundEvent)
    if event is None:
        return False
    reader = settings.INBOUND.get(event.source)
    if reader is None:
        # A newer process may know it: during an upgrade both run.
        _put_off(event, f"Nobody here reads “{event.source}” events.", LATER)
        return True
    try:
        with transaction.atomic():
            if not _mark_done(event):
                return True
            import_string(reader)(event)
    except claims.AWAY:
        raise
    except Refused as refused:
        _fail(event, refused.sentence)
    except Exception as error:
        log.exception("inbound event failed", extra={"event": event.pk})
        words = f"{type(error).__name__}: {error}"
        if event.attempts >= TRIES:
            _fail(event, words)
        else:
            _put_off(event, words, rules.pause(event.attempts + 1, random.random()))  # noqa: S311
    return True


def _mine(event: InboundEvent):
    return InboundEvent.objects.filter(pk=event.pk, lease=event.lease, state=WorkState.WORKING)


def _mark_done(event: InboundEvent) -> int:
    """Locks the row for the rest of the transaction; 0 when somebody else has it."""
    return _mine(event).update(
        state=WorkState.DONE, lease=None, lease_until=None, done_at=Now(), last_error=""
    )


def _fail(event: InboundEvent, words: str) -> None:
    _mine(event).update(
        state=WorkState.FAILED, lease=None, lease_until=None, last_error=_clean(words)
    )


def _put_off(event: InboundEvent, words: str, seconds: float) -> None:
    _mine(event).update(
        state=WorkState.PENDING,
        lease=None,
        lease_until=None,
        last_error=_clean(words),
        next_at=Now() + timedelta(seconds=seconds),
    )


def _clean(words: str) -> str:
    return words.replace("\x00", "\ufffd")[:2000]
