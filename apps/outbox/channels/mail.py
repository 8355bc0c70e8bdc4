"""Mail by SMTP, through Django's backend; one connection serves a whole drain."""

import smtplib
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from django.core.mail import get_connection

from .. import rules
from ..models import Delivery
from . import Failure
from .letter import Letter, compose

IDLE = 5.0  # seconds after which a kept connection is opened anew


class MailCarrier:
    """Sends mail; what the server says becomes a verdict."""

    def __init__(self) -> None:
        self._connection: Any = None
        self._used = 0.0

    def send(self, delivery: Delivery, before_data: Callable[[], None]) -> tuple[int | None, str]:
        """Raises `Failure`. `before_data` is called when the next byte may make it arrive."""
        letter = compose(delivery)
        deadline = time.monotonic() + rules.WORK
        try:
            self._open()
            with _cut_off(self._connection, deadline), _told(self._connection, before_data):
                self._hand_over(letter)
        except Failure:
            self.close()
            raise
        except Exception as error:
            self.close()
            raise _failure(error) from error
        self._used = time.monotonic()
        return 250, "accepted"

    def _hand_over(self, letter: Letter) -> None:
        """By SMTP with an envelope of our own; other backends make theirs."""
        smtp = self._connection.connection if hasattr(self._connection, "connection") else None
        if not isinstance(smtp, smtplib.SMTP):
            self._connection.send_messages([letter])
            return
        options = []
        if letter.is_international:
            smtp.ehlo_or_helo_if_needed()
            if not smtp.has_extn("smtputf8"):
                raise Failure(
                    f"The mail server takes no address like “{letter.recipient}”.",
                    verdict=rules.REFUSED,
                    trouble="No SMTPUTF8",
                )
            options = ["SMTPUTF8", "BODY=8BITMIME"]
        smtp.sendmail(letter.return_path, [letter.recipient], letter.as_bytes(), options)

    def close(self) -> None:
        """Hang up."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(Exception):
                connection.close()

    def _open(self) -> None:
        if self._connection is not None and time.monotonic() - self._used > IDLE:
            self.close()
        if self._connection is None:
            connection = get_connection(fail_silently=False)
            connection.open()
            self._connection = connection


class _told:
    """Calls back before DATA: at the command itself on SMTP, at once on other backends."""

    def __init__(self, backend: Any, call: Callable[[], None]) -> None:
        self._smtp = getattr(backend, "connection", None)
        self._call = call

    def __enter__(self) -> None:
        if not isinstance(self._smtp, smtplib.SMTP):
            self._call()
            return
        data = type(self._smtp).data

        def told(message: bytes) -> tuple[int, bytes]:
            self._call()
            return data(self._smtp, message)

        self._smtp.data = told  # type: ignore[method-assign]

    def __exit__(self, *_: object) -> None:
        if isinstance(self._smtp, smtplib.SMTP):
            del self._smtp.data


class _cut_off:
    """Ends the talk at the deadline, for a server may answer slowly without end."""

    def __init__(self, backend: Any, deadline: float) -> None:
        self._smtp = getattr(backend, "connection", None)
        self._timer = threading.Timer(max(0.0, deadline - time.monotonic()), self._cut)
        self._timer.daemon = True

    def __enter__(self) -> None:
        if isinstance(self._smtp, smtplib.SMTP):
            self._timer.start()

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()

    def _cut(self) -> None:
        line = getattr(self._smtp, "sock", None)
        if line is not None:
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)


def _failure(error: Exception) -> Failure:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, said = next(iter(error.recipients.values()))
        refused = _answered(code, said)
        refused.nobody = rules.is_nobody(code, str(refused))
        return refused
    if isinstance(error, smtplib.SMTPAuthenticationError | smtplib.SMTPConnectError):
        # Ours to mend, not the recipient's fault: tried on, whatever the code.
        return Failure(
            _words(error.smtp_error),
            verdict=rules.FAILED,
            trouble=f"SMTP {error.smtp_code} at sign-in",
            code=error.smtp_code,
        )
    if isinstance(error, smtplib.SMTPResponseException):
        return _answered(error.smtp_code, error.smtp_error)
    if isinstance(error, TimeoutError | smtplib.SMTPServerDisconnected):
        return Failure(
            str(error) or "no answer in time", verdict=rules.FAILED, trouble="Mail server hung up"
        )
    if isinstance(error, OSError):
        return Failure(str(error), verdict=rules.FAILED, trouble="Mail server unreachable")
    raise error


def _answered(code: int, said: bytes | str) -> Failure:
    return Failure(
        _words(said), verdict=rules.smtp_verdict(code), trouble=f"SMTP {code}", code=code
    )


def _words(said: bytes | str) -> str:
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else said
