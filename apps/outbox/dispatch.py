"""Sending one delivery: claim, work under the lease, journal, mark."""

import logging
import time

from django.utils import timezone

from . import breaker, claims, journal, rules
from .channels import Carrier, Failure
from .choices import STOPPED
from .models import Delivery, StoppedAddress

log = logging.getLogger(__name__)
STAGE_UNTIL = 8.0  # a mail waits this long for the database before it is handed over


def send_next(channel: str, carrier: Carrier) -> bool:
    """Bring the next due delivery of a channel away; False when none may go now."""
    claimed = time.monotonic()
    delivery = claims.claim_delivery(channel)
    if delivery is None:
        return False
    if not _settle_the_past(delivery) and not _is_stopped(delivery):
        _send(delivery, carrier, claimed=claimed)
    return True


def _settle_the_past(delivery: Delivery) -> bool:
    """Decide what an attempt that never came back did; True when nothing is left to send."""
    if not delivery.stage and delivery.vanished < rules.VANISHINGS:
        return False
    if delivery.stage and journal.sent([str(delivery.key)]):
        return claims.finish(delivery, rules.SENT, words="accepted, as the journal says")
    if delivery.stage and delivery.careful:
        return claims.finish(
            delivery,
            rules.REFUSED,
            outcome="unknown",
            words="Its worker ended while the mail was being handed over.",
            trouble="Outcome unknown",
        )
    if delivery.vanished >= rules.VANISHINGS:
        return claims.finish(
            delivery,
            rules.REFUSED,
            outcome="killer",
            words=f"{delivery.vanished} workers ended while sending it.",
            trouble="Ends its worker",
        )
    return False


def _is_stopped(delivery: Delivery) -> bool:
    """Mail to an address that it came back from is not even tried: whatever wanted it to leave."""
    stop = StoppedAddress.objects.of(delivery.recipient) if delivery.channel == "mail" else None
    if stop is None:
        return False
    return claims.finish(delivery, rules.REFUSED, words=stop.sentence, trouble=STOPPED)


def _send(delivery: Delivery, carrier: Carrier, *, claimed: float) -> None:
    def before_data() -> None:
        claims.keep_trying(lambda: claims.stage(delivery, "data"), until=claimed + STAGE_UNTIL)

    verdict, trouble, nobody = rules.SENT, "", False
    try:
        code, words = carrier.send(delivery, before_data)
        journal.note(str(delivery.key), delivery.channel, delivery.recipient)
    except claims.LeaseLost:
        log.warning("lease lost before handing over", extra={"delivery": delivery.pk})
        return
    except Failure as failure:
        verdict, code, trouble, words = failure.verdict, failure.code, failure.trouble, str(failure)
        nobody = failure.nobody
    except Exception as error:
        log.exception("delivery failed", extra={"delivery": delivery.pk})
        verdict, code = rules.Verdict("failed"), None
        trouble, words = type(error).__name__, f"{type(error).__name__}: {error}"

    def mark() -> bool:
        return claims.finish(delivery, verdict, code=code, words=words, trouble=trouble)

    if not claims.keep_trying(mark, until=claimed + rules.MARK_UNTIL):
        log.warning("lease lost", extra={"delivery": delivery.pk})
    elif verdict.host_failed and breaker.host_failed(delivery.host, f"{trouble}: {words}"):
        log.warning("breaker opened", extra={"host": delivery.host})
    if nobody:
        StoppedAddress.objects.stop(delivery.recipient, reason=words, at=timezone.now())
