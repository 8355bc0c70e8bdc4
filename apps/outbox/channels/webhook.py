"""Webhooks: a signed POST to an endpoint, reached as `reach` allows."""

import json
import time
from collections.abc import Callable

from apps.timeline.refusal import Refused

from .. import reach, rules
from ..models import Delivery, Endpoint
from . import Failure

MOST = 100_000  # bytes of an answer


class WebhookCarrier:
    """Posts events; anything but a 2xx is a failure, a redirect too."""

    def __init__(self) -> None:
        self._secrets: dict[str, str] = {}

    def send(self, delivery: Delivery, before_data: Callable[[], None]) -> tuple[int | None, str]:
        """Raises `Failure`. Receivers tell repeats by `Idempotency-Key`, so no stage is noted."""
        body = envelope(delivery)
        now = int(time.time())
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": str(delivery.key),
            "Afterlaunch-Event": str(delivery.payload.get("event", "")),
            "Afterlaunch-Event-Id": str(delivery.key),
            "Afterlaunch-Signature": rules.signature(self._secret(delivery), now, body),
        }
        try:
            reply = reach.fetch(
                delivery.recipient,
                method="POST",
                body=body,
                headers=headers,
                seconds=rules.WORK,
                most=MOST,
            )
        except reach.Forbidden as refused:
            raise Failure(
                str(refused), verdict=rules.REFUSED, trouble="Address not allowed"
            ) from refused
        except reach.TooBig as refused:
            raise Failure(
                str(refused), verdict=rules.FAILED, trouble="Answer too large"
            ) from refused
        except reach.Unreachable as error:
            raise Failure(str(error), verdict=rules.FAILED, trouble="Unreachable") from error
        said = reply.body[:2048].decode("utf-8", "replace")
        verdict = rules.http_verdict(reply.status)
        if verdict is rules.SENT:
            return reply.status, said
        raise Failure(said, verdict=verdict, trouble=f"HTTP {reply.status}", code=reply.status)

    def close(self) -> None:
        """Nothing is kept open: every request has its own vetted connection."""

    def _secret(self, delivery: Delivery) -> str:
        url = delivery.recipient
        if url not in self._secrets:
            endpoint = Endpoint.objects.filter(url=url, active=True).first()
            if endpoint is None:
                raise Failure(
                    "No active endpoint has this address.",
                    verdict=rules.REFUSED,
                    trouble="Endpoint removed",
                )
            try:
                self._secrets[url] = endpoint.secret
            except Refused as refused:
                raise Failure(
                    refused.sentence, verdict=rules.Verdict("failed"), trouble="Secret sealed"
                ) from refused
        return self._secrets[url]


def envelope(delivery: Delivery) -> bytes:
    """What is posted; the same bytes on every attempt."""
    said = {
        "id": str(delivery.key),
        "event": delivery.payload.get("event", ""),
        "created_at": delivery.created_at.isoformat(),
        "data": delivery.payload.get("data", {}),
    }
    return json.dumps(said, separators=(",", ":"), sort_keys=True).encode()
