"""The world outside, in one process: a mail server, two webhook listeners, a Prometheus.

Every mail and webhook accepted is a line in a file. What it does to its guests is set by
`POST /dial` with `{"smtp": "4xx"}` and the like.
"""

import asyncio
import json
import random
import sys
import time
from email.parser import BytesHeaderParser
from pathlib import Path

from aiosmtpd.smtp import SMTP

DIAL = {"smtp": "well", "hook": "well", "prometheus": "well"}
LOW_REFUSALS = 0.03  # even on a good day
luck = random.Random(1)


class Book:
    """What arrived, a line each."""

    def __init__(self, path: Path) -> None:
        self._lines = path.open("a", buffering=1)

    def note(self, kind: str, key: str, **more: object) -> None:
        line = {"kind": kind, "key": key, "at": time.time(), **more}
        self._lines.write(json.dumps(line) + "\n")


class MailServer:
    """Accepts mail, or not."""

    def __init__(self, book: Book) -> None:
        self._book = book

    async def handle_DATA(self, server, session, envelope) -> str:
        mode = DIAL["smtp"]
        key = BytesHeaderParser().parsebytes(envelope.content)["Message-ID"]
        key = key.strip("<>").partition("@")[0]
        if mode == "hang":
            await asyncio.sleep(6)
            return "451 Too slow"
        if mode == "5xx":
            self._book.note("refused", key)
            return "554 Not wanted"
        if mode == "4xx" or luck.random() < LOW_REFUSALS:
            return "451 Come back later"
        self._book.note("mail", key)
        return "250 OK"


async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, book: Book) -> None:
    """One HTTP request."""
    try:
        await _answer(reader, writer, book)
    except (asyncio.IncompleteReadError, ConnectionError, ValueError):
        pass
    finally:
        writer.close()


async def _answer(reader, writer, book: Book) -> None:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    _, path, _ = head[0].split(" ")
    headers = {
        name.lower(): value.strip()
        for name, _, value in (line.partition(":") for line in head[1:])
        if name
    }
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    if path == "/dial":
        DIAL.update(json.loads(body))
        return _say(writer, 200, b"{}")
    if path.startswith("/prometheus"):
        return await _measure(writer, body.decode() or path.partition("?")[2])
    mode = DIAL["hook"]
    if mode == "hang":
        await asyncio.sleep(6)
        return None
    if mode == "500" or luck.random() < LOW_REFUSALS:
        return _say(writer, 500, b"no")
    book.note("hook", headers["idempotency-key"], path=path, ask=json.loads(body)["data"]["key"])
    return _say(writer, 200, b"ok")


def value_at(second: int) -> float:
    """What the measured thing was at a second."""
    return float(second % 86_400)


async def _measure(writer, query: str) -> None:
    asked = dict(part.split("=", 1) for part in query.split("&") if "=" in part)
    start, end = int(float(asked["start"])), int(float(asked["end"]))
    step = int(float(asked["step"].rstrip("s")))
    points = [[at, str(value_at(at))] for at in range(start, end + 1, step)]
    found = {"metric": {"__name__": "faults"}, "values": points}
    document = {"status": "success", "data": {"resultType": "matrix", "result": [found]}}
    said = json.dumps(document).encode()
    match DIAL["prometheus"]:
        case "slow":
            await asyncio.sleep(4)
        case "hang":
            await asyncio.sleep(25)
        case "html":
            said = b"<html>Sign in</html>"
        case "cut":
            said = said[: len(said) // 2]
    _say(writer, 503 if DIAL["prometheus"] == "503" else 200, said)


def _say(writer, status: int, body: bytes) -> None:
    head = f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\n"
    writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)


async def main(folder: Path) -> None:
    """Serve until killed; the ports are told in a file."""
    book = Book(folder / "arrived.jsonl")
    loop = asyncio.get_running_loop()
    mail = await loop.create_server(
        lambda: SMTP(MailServer(book), hostname="sink", enable_SMTPUTF8=True), "127.0.0.1", 0
    )
    http = await asyncio.start_server(lambda r, w: listen(r, w, book), "127.0.0.1", 0)
    ports = [server.sockets[0].getsockname()[1] for server in (mail, http)]
    (folder / "ports.tmp").write_text(json.dumps(ports))
    (folder / "ports.tmp").replace(folder / "ports")
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
