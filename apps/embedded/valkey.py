"""The embedded Valkey: the broker of the home, on a Unix socket, with no TCP."""

from __future__ import annotations

import socket
from pathlib import Path

from apps.embedded import binaries
from apps.embedded.server import Server


class Valkey(Server):
    """A Valkey that speaks Redis and appends to a file what it is told."""

    title = "Valkey"
    name = "valkey"

    @property
    def data(self) -> Path:
        """Where it keeps its append-only file."""
        return self.home.path / "valkey"

    @property
    def socket(self) -> Path:
        """Where it listens."""
        return self.home.run / "valkey.sock"

    @property
    def pid_file(self) -> Path:
        return self.home.run / "valkey.pid"

    def answers(self) -> bool:
        """Whether it answers a ping: while it reads its file it does not."""
        try:
            with socket.socket(socket.AF_UNIX) as talk:
                talk.settimeout(5)
                talk.connect(str(self.socket))
                talk.sendall(b"PING\r\n")
                return talk.recv(16).startswith(b"+PONG")
        except OSError:
            return False

    def prepare(self) -> None:
        self._program = binaries.valkey_program()
        self.data.mkdir(mode=0o700, exist_ok=True)
        self.socket.unlink(missing_ok=True)

    def command(self) -> list[str | Path]:
        keep = ["--appendonly", "yes" if self.durable else "no", "--save", ""]
        return [
            *(self._program, "--port", "0", "--dir", self.data),
            *("--unixsocket", self.socket, "--unixsocketperm", "700"),
            *("--pidfile", self.pid_file),
            *("--maxmemory-policy", "noeviction", *keep),
        ]
