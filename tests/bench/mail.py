"""Mail on its way in: how many a second are kept, read and filed."""

import time
import uuid
from typing import Any

from apps.tickets import filing
from apps.tickets.importers.mail import read
from apps.tickets.models import InboundMail

from .measure import server_seconds

MAILS = 300
LETTER = """\
From: Bench {n} <bench{n}@mail{n}.example>
To: support@demo.test
Subject: Matter {n}
Message-ID: <{run}.{n}@bench.example>
MIME-Version: 1.0
Content-Type: multipart/alternative; boundary=b

--b
Content-Type: text/plain; charset=utf-8

Hello, report {n} is empty since this morning.

On Mon, Nov 23, 2026 at 9:00 AM Support <support@demo.test> wrote:
> Please try again.
--b
Content-Type: text/html; charset=utf-8

<p>Hello, report <b>{n}</b> is empty since this morning.</p>
<div class="gmail_quote">On Mon, Nov 23, 2026 at 9:00 AM Support wrote:<br>
<blockquote>Please try again.</blockquote></div>
--b--
"""


def measure(tickets: int) -> dict[str, Any]:
    """Mails a second of processor time: read alone, and kept, read and filed as new tickets."""
    run, count = uuid.uuid4().hex, min(MAILS, tickets)
    mails = [LETTER.format(n=n, run=run).encode() for n in range(count)]
    began = time.process_time()
    for raw in mails:
        read(raw)
    alone = time.process_time() - began
    began, server = time.process_time(), server_seconds()
    for raw in mails:
        InboundMail.objects.receive(raw, way="bench")
    while filing.file_next():
        pass
    spent = time.process_time() - began + server_seconds() - server
    return {"mails": count, "read_rate": count / alone, "filed_rate": count / spent}
