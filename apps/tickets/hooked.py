"""Mail that a gateway sends to `/hooks/mail/TOKEN/`."""

from typing import Any

from .models import InboundMail


def take(event: Any) -> None:
    """Keep the mail of an event that arrived; filing comes later."""
    hook = event.headers.get("hook", "")
    InboundMail.objects.receive(bytes(event.body), way=f"hook:{hook}", arrived_at=event.received_at)
