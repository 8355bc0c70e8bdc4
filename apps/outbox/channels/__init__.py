"""How each channel brings a delivery to its recipient."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from .. import rules


class Failure(Exception):
    """It did not arrive; `verdict` says whether it may later, `trouble` names it in a few words.

    `nobody` says that there is no such recipient, today or later.
    """

    def __init__(
        self,
        words: str,
        *,
        verdict: rules.Verdict,
        trouble: str,
        code: int | None = None,
        nobody: bool = False,
    ) -> None:
        super().__init__(words)
        self.verdict = verdict
        self.trouble = trouble
        self.code = code
        self.nobody = nobody


class Carrier(Protocol):
    """Brings deliveries of one channel away, as long as it is open."""

    def send(self, delivery: "object", before_data: Callable[[], None]) -> tuple[int | None, str]:
        """Bring it there: the answer's code and words; raises `Failure`."""


@contextmanager
def carrier(channel: str) -> Iterator[Carrier]:
    """The carrier of a channel, closed at the end."""
    from .mail import MailCarrier  # noqa: PLC0415  # a channel is loaded when it is used
    from .webhook import WebhookCarrier  # noqa: PLC0415

    kinds = {"mail": MailCarrier, "webhook": WebhookCarrier}
    opened = kinds[channel]()
    try:
        yield opened
    finally:
        opened.close()


__all__ = ["Carrier", "Failure", "carrier"]
