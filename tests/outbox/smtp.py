"""An SMTP server of our own that does what it is told to, for tests of what leaves."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from typing import Any

from aiosmtpd.controller import Controller


class Sink:
    """An SMTP server's mind: what it says to RCPT and DATA, and what it got."""

    def __init__(self) -> None:
        self.got: list[bytes] = []
        self.envelopes: list[tuple[str, list[str]]] = []
        self.rcpt: dict[str, str] | str = "250 OK"
        self.data = "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        answer = self.rcpt if isinstance(self.rcpt, str) else self.rcpt.get(address, "250 OK")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server, session, envelope):
        if self.data == "hang":
            await asyncio.sleep(30)
        if self.data == "disconnect":
            server.transport.abort()
            return "421 gone"
        if self.data.startswith("250"):
            self.got.append(envelope.content)
            self.envelopes.append((envelope.mail_from, list(envelope.rcpt_tos)))
        return self.data

    def mails(self) -> list[EmailMessage]:
        """What arrived, parsed."""
        parser: Any = BytesParser(policy=policy.default)
        return [parser.parsebytes(raw) for raw in self.got]


class Server(Controller):
    """Listens on a socket that is held before it is told to anybody: nobody takes the port."""

    def __init__(self, handler: Any, **options: Any) -> None:
        self.held = socket.create_server(("127.0.0.1", 0))
        host, port = self.held.getsockname()
        super().__init__(handler, hostname=host, port=port, ready_timeout=60, **options)

    def _create_server(self) -> Any:
        return self.loop.create_server(self._factory_invoker, sock=self.held, ssl=self.ssl_context)


@contextmanager
def listening(settings, **options: Any) -> Iterator[Sink]:
    """A sink that Django's settings lead to."""
    sink = Sink()
    controller = Server(sink, **options)
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = controller.hostname, controller.port
    try:
        yield sink
    finally:
        controller.stop(no_assert=True)
