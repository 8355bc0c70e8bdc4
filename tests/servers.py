"""Servers of our own on loopback, as kind or as hostile as a test needs them."""

import secrets
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass


def free_port() -> int:
    """For a program that opens it itself: below those that the system gives to who asks for any."""
    while True:
        port = 20_000 + secrets.randbelow(10_000)
        with socket.socket() as held, suppress(OSError):
            held.bind(("127.0.0.1", port))
            return port


@dataclass
class Heard:
    """Where the server listens, and what it was told."""

    port: int
    heard: bytes = b""


@contextmanager
def answering(
    *parts: bytes, pause: float = 0.0, hold: bool = False, times: int = 1
) -> Iterator[Heard]:
    """Sends the parts to whoever connects, with a pause after each; `hold` keeps the line open."""
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as door:
        door.settimeout(0.1)
        server = Heard(door.getsockname()[1])

        def serve() -> None:
            left = times
            while left and not over.is_set():
                try:
                    line, _ = door.accept()
                except TimeoutError:
                    continue
                left -= 1
                with line, suppress(OSError):
                    line.settimeout(5)
                    server.heard += line.recv(65_536)
                    for part in parts:
                        line.sendall(part)
                        if pause:
                            time.sleep(pause)
                        if over.is_set():
                            return
                    if hold:
                        over.wait(10)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            over.set()
            thread.join(5)
