"""Numbers and tickets from elsewhere: as many a second as the machine takes, in constant memory."""

import json
import random
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from pathlib import Path
from typing import Any

from django.db import connection

from apps.metrics import partitions, rollups
from apps.metrics.booking import book
from apps.metrics.choices import Origin
from apps.metrics.importers import prometheus
from apps.metrics.models import ImportRun, Metric

from .children import manage
from .measure import server_seconds

SERIES, POINTS = 20, 2_880  # two days at a minute's grain in each answer
MOST_BODIES = 10
STEP = 60
MOST_TICKETS = 100_000  # so many that the start of a process is no part of the rate
EVENTS = 5


def measure(tickets: int) -> dict[str, Any]:
    """Rows a second, and the peak of memory."""
    bodies = max(1, min(MOST_BODIES, tickets // 1000))
    return {**_samples(bodies), **_tickets(min(tickets, MOST_TICKETS))}


@dataclass
class Spent:
    """Processor seconds, ours and the database's: what the clock shows on a quiet machine."""

    cpu: float = 0.0


@contextmanager
def _spending() -> Iterator[Spent]:
    spent, app, server = Spent(), time.process_time(), server_seconds()
    yield spent
    spent.cpu = time.process_time() - app + server_seconds() - server


# --- samples ----------------------------------------------------------------------------------


def _samples(answers: int) -> dict[str, Any]:
    dice = random.Random(1)
    newest = int(datetime.now(UTC).timestamp()) // 3600 * 3600 - 3600
    metric = Metric.objects.create(key=f"bench.at-{newest}", title="Bench", step=STEP)
    bodies = [_answer(dice, number, newest) for number in range(answers)]
    total = SERIES * POINTS * answers
    # The months are there before the first sample comes, as the nightly upkeep sees to.
    oldest = datetime.fromtimestamp(newest - POINTS * STEP, UTC)
    partitions.ensure(oldest, datetime.fromtimestamp(newest, UTC), metric.retention)
    first, written = _taken(metric, bodies)
    again, rewritten = _taken(metric, bodies)
    if written != total:
        raise RuntimeError(f"{written:,} of {total:,} samples were written")
    return {
        "samples": total,
        "samples_rate": total / first,
        "again_rate": total / again,
        "again_written": rewritten,
        "bare_rate": total / _bare(bodies),
    }


def _answer(dice: random.Random, number: int, newest: int) -> bytes:
    """What a Prometheus says to a range query."""
    times = [newest - (POINTS - 1 - place) * STEP for place in range(POINTS)]
    result = []
    for series in range(SERIES):
        steps = (dice.uniform(-5, 5) for _ in range(POINTS - 1))
        values = accumulate(steps, initial=100.0)
        result.append(
            {
                "metric": {"job": "bench", "instance": f"host{number}:{series}"},
                "values": [[at, f"{value:.3f}"] for at, value in zip(times, values, strict=True)],
            }
        )
    document = {"status": "success", "data": {"resultType": "matrix", "result": result}}
    return json.dumps(document).encode()


def _taken(metric: Metric, bodies: list[bytes]) -> tuple[float, int]:
    """Read, write, roll up; seconds and how many samples are new or changed."""
    now = datetime.now(UTC)
    with _spending() as spent:
        for body in bodies:
            book({metric: prometheus.read(body)}, origin=Origin.PULL, started_at=now, at=now)
        rollups.drain(seconds=600)
    runs = ImportRun.objects.filter(started_at=now)
    return spent.cpu, sum(run.inserted + run.changed for run in runs)


def _bare(bodies: list[bytes]) -> float:
    """The same rows by COPY into a stage and one upsert for each answer; nothing else is done."""
    rows, series = [], 0
    for body in bodies:
        part = []
        for one in json.loads(body)["data"]["result"]:
            series += 1
            part += [f"{series}\t{at}\t{value}\n" for at, value in one["values"]]
        rows.append("".join(part).encode())
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE bench_stage (series_id bigint, at bigint, value float8)")
        cursor.execute(
            "CREATE TABLE bench_sample (series_id bigint, ts timestamptz, value float8,"
            " PRIMARY KEY (series_id, ts))"
        )
        with _spending() as spent:
            for part in rows:
                with cursor.copy("COPY bench_stage FROM STDIN") as copy:
                    copy.write(part)
                cursor.execute(
                    "INSERT INTO bench_sample SELECT series_id, to_timestamp(at), value"
                    " FROM bench_stage"
                    " ON CONFLICT (series_id, ts) DO UPDATE SET value = excluded.value"
                    " WHERE bench_sample.value IS DISTINCT FROM excluded.value"
                )
                cursor.execute("TRUNCATE bench_stage")
        cursor.execute("DROP TABLE bench_sample, bench_stage")
    return spent.cpu


# --- tickets ----------------------------------------------------------------------------------


def _tickets(tickets: int) -> dict[str, Any]:
    dice = random.Random(tickets)
    with tempfile.TemporaryDirectory() as folder:
        half = _file(Path(folder) / "half.jsonl", dice, 0, tickets // 2)
        whole = _file(Path(folder) / "whole.jsonl", dice, tickets, tickets)
        small, large = manage("import_tickets", str(half)), manage("import_tickets", str(whole))
    return {
        "tickets": tickets,
        "events": tickets * EVENTS,
        "tickets_rate": large.rate(tickets),
        "peak_mb": large.peak,
        "memory_growth": large.peak / small.peak,
    }


def _file(path: Path, dice: random.Random, first: int, count: int) -> Path:
    begin = datetime.now(UTC) - timedelta(days=90)
    with path.open("w", encoding="utf-8") as file:
        for number in range(first, first + count):
            at = begin + timedelta(seconds=dice.randrange(80 * 86_400))
            file.write(json.dumps(_ticket(dice, number, at)) + "\n")
    return path


def _ticket(dice: random.Random, number: int, at: datetime) -> dict[str, Any]:
    """Asked, answered, asked back, answered, resolved."""
    times = list(
        accumulate((timedelta(minutes=dice.randrange(5, 600)) for _ in range(EVENTS)), initial=at)
    )
    kinds: list[dict[str, Any]] = [
        {"type": "agent_message", "body": "We look into it. " * 6},
        {"type": "customer_message", "body": "It still happens. " * 6},
        {"type": "agent_message", "body": "It is repaired now. " * 6},
        {"type": "priority", "to": "high"},
        {"type": "status", "to": "resolved"},
    ]
    return {
        "external_id": f"bench-{number}",
        "subject": f"Something does not work ({number})",
        "body": "Since Monday it does not work as before. " * 4,
        "reported_at": at.isoformat(),
        "channel": "mail",
        "contact": {"email": f"person{number % 2000}@c{number % 500}.example"},
        "customer": {"external_id": f"import-{number % 500}", "name": f"Import {number % 500}"},
        "events": [
            {**kind, "at": when.isoformat()} for kind, when in zip(kinds, times[1:], strict=True)
        ],
    }
