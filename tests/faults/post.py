"""The post: mails that come by a hook, by a mailbox, or by both, while everything falls over."""

import imaplib
import random
import threading
import time
import uuid
from http.client import HTTPConnection, HTTPException

from tests.tickets.dovecot import PASSWORD

from .load import PATIENCE, Ledger

USER = "post"
WAYS = (("hook",), ("mailbox",), ("hook", "mailbox"))
LETTER = (
    "From: {key}@customer.example\r\nTo: support@faults.example\r\nSubject: Mail {key}\r\n"
    'Message-ID: <{key}@customer.example>\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n'
    "--b\r\nContent-Type: text/plain\r\n\r\nWhere is {key}?\r\n--b\r\n"
    "Content-Type: text/plain; name=log.txt\r\nContent-Disposition: attachment\r\n\r\n"
    "{key}\r\n--b--\r\n"
)


class Post:
    """One postman: each mail is brought until it is taken, then noted in the ledger."""

    def __init__(
        self, port: int, path: str, imap: int | None, ledger: Ledger, *, seed: int, pace: float
    ) -> None:
        self._port, self._path, self._imap, self._ledger = port, path, imap, ledger
        self._luck = random.Random(seed)
        self._pause = 1 / pace
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """No new mail is brought; the one under way is, until it is taken."""
        self._stopped.set()

    @property
    def done(self) -> bool:
        return not self._thread.is_alive()

    def _run(self) -> None:
        while not self._stopped.is_set():
            key = str(uuid.uuid4())
            ways = self._luck.choice(WAYS) if self._imap else ("hook",)
            raw = LETTER.format(key=key).encode()
            for way in ways:
                self._by_hook(raw) if way == "hook" else self._by_mailbox(raw)
            self._ledger.note(key)
            self._stopped.wait(self._luck.expovariate(1 / self._pause))

    def _by_hook(self, raw: bytes) -> None:
        """As a gateway does: once more until it hears 202."""
        while True:
            line = HTTPConnection("127.0.0.1", self._port, timeout=PATIENCE)
            head = {"Host": "localhost", "Content-Type": "message/rfc822"}
            try:
                line.request("POST", self._path, raw, head)
                if line.getresponse().status == 202:
                    return
            except (OSError, HTTPException):
                pass
            finally:
                line.close()
            time.sleep(0.3)

    def _by_mailbox(self, raw: bytes) -> None:
        """As a mail server does: another line of its own on top."""
        imap = imaplib.IMAP4("127.0.0.1", self._imap or 0)
        imap.login(USER, PASSWORD)
        imap.append("INBOX", "", "", b"Received: by another.example\r\n" + raw)
        imap.logout()
