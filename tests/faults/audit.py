"""What was promised against what is there: ledger, database and sinks compared."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from django.db import connection

from . import sinks
from .door import HOOKS, MAILS

DELAYS = """
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY d),
  percentile_cont(0.99) WITHIN GROUP (ORDER BY d), max(d)
FROM (
  SELECT extract(epoch FROM sent_at - created_at)::float8 AS d FROM outbox_delivery
  WHERE state = 'sent'
    AND created_at > (SELECT max(at) FROM faults_effect WHERE kind = 'mark')
    AND NOT EXISTS (SELECT FROM outbox_deliveryattempt t
                    WHERE t.delivery_id = outbox_delivery.id AND t.outcome = 'refused')) AS delays
"""


@dataclass
class Audit:
    """The counts that must be nought, and those that are told."""

    lost: Counter[str] = field(default_factory=Counter)
    twice: Counter[str] = field(default_factory=Counter)
    mails: int = 0
    hooks: int = 0
    events: int = 0
    slots: int = 0
    samples: int = 0
    post: int = 0
    repeated: int = 0
    duplicate_mails: int = 0
    repeated_posts: int = 0
    delays: tuple[float, float, float] = (0.0, 0.0, 0.0)

    @property
    def sound(self) -> bool:
        """Nothing lost, nothing twice, at most one mail in two thousand repeated."""
        return not (self.lost.total() or self.twice.total())

    @property
    def sentence(self) -> str:
        return (
            f"lost {self.lost.total()}, twice {self.twice.total()}, "
            f"duplicate mails {self.duplicate_mails}"
        )


def audit(folder: Path) -> Audit:
    """Compare everything; the portal is at rest."""
    found = Audit()
    acknowledged = _lines(folder / "ledger.jsonl")
    asked = Counter(line["key"] for line in acknowledged)
    arrived = _lines(folder / "arrived.jsonl")
    _count_work(found, asked)
    _count_deliveries(found, arrived)
    _count_effects(found, asked)
    _count_post(found, [line["key"] for line in _lines(folder / "post.jsonl")])
    _count_slots(found)
    _count_samples(found)
    found.delays = _delays()
    return found


def _lines(path: Path) -> list[dict]:
    """A file's lines; a kill may have cut the last one short."""
    if not path.exists():
        return []
    lines = []
    for line in path.read_text().splitlines():
        try:
            lines.append(json.loads(line))
        except ValueError:
            continue
    return lines


def _rows(statement: str) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall()


def _count_work(found: Audit, asked: Counter[str]) -> None:
    """Every acknowledged order is there, with its deliveries."""
    there = {key for (key,) in _rows("SELECT key FROM faults_ask")}
    found.lost["orders"] = len(set(asked) - there)
    per_order = dict(_rows("SELECT cause, count(*) FROM outbox_delivery GROUP BY cause"))
    for key in there:
        count = per_order.get(f"faults:{key}", 0)
        found.lost["deliveries of orders"] += max(0, MAILS + HOOKS - count)
        found.twice["deliveries of orders"] += max(0, count - MAILS - HOOKS)


def _count_deliveries(found: Audit, arrived: Iterable[dict]) -> None:
    """Every delivery reached its sink; a listener's effect is once per key."""
    mails = Counter(line["key"] for line in arrived if line["kind"] == "mail")
    hooks = Counter(line["key"] for line in arrived if line["kind"] == "hook")
    for key, channel, state in _rows("SELECT key::text, channel, state FROM outbox_delivery"):
        seen = (mails if channel == "mail" else hooks)[key]
        if channel == "mail":
            found.mails += 1
            found.duplicate_mails += max(0, seen - 1)
        else:
            found.hooks += 1
            found.repeated_posts += max(0, seen - 1)
        if not seen:
            found.lost[f"{channel} {state}"] += 1
        if state != "sent":
            found.lost[f"{channel} arrived but {state}"] += 1
    # An event of one order must never reach one listener under two keys.
    said = Counter((line["path"], line["ask"]) for line in _unique(arrived))
    found.twice["webhook effects"] = sum(count - 1 for count in said.values())


def _unique(arrived: Iterable[dict]) -> Iterable[dict]:
    return {line["key"]: line for line in arrived if line["kind"] == "hook"}.values()


def _count_effects(found: Audit, asked: Counter[str]) -> None:
    effects = dict(
        _rows("SELECT key, count(*) FROM faults_effect WHERE kind = 'event' GROUP BY key")
    )
    found.events = len(effects)
    found.lost["events"] = sum(key not in effects for key in asked)
    found.twice["events"] = sum(count - 1 for count in effects.values())


def _count_post(found: Audit, brought: Iterable[str]) -> None:
    """Every mail that was taken is one ticket with its words and its file, by whatever ways."""
    subjects = Counter(
        subject for (subject,) in _rows("SELECT subject FROM tickets_ticket WHERE channel = 'mail'")
    )
    said = Counter(
        body for (body,) in _rows("SELECT body FROM tickets_message WHERE attachments_count = 1")
    )
    for key in brought:
        found.post += 1
        found.lost["mails that came"] += f"Mail {key}" not in subjects
        found.lost["words of mails that came"] += f"Where is {key}?" not in said
    found.twice["mails that came"] = sum(count - 1 for count in subjects.values())
    found.twice["words of mails that came"] = sum(count - 1 for count in said.values())
    ((left,),) = _rows(
        "SELECT count(*) FROM tickets_inboundmail WHERE state IN ('received', 'failed')"
    )
    found.lost["mails that nobody filed"] = left
    ((found.repeated,),) = _rows(
        "SELECT count(*) FROM tickets_inboundmail WHERE reason = 'repeated'"
    )


def _count_slots(found: Audit) -> None:
    slots = Counter(
        int(key) for (key,) in _rows("SELECT key FROM faults_effect WHERE kind = 'slot'")
    )
    found.slots = len(slots)
    if slots:
        due = range(min(slots), max(slots) + 1, 2)
        found.lost["slots"] = sum(slot not in slots for slot in due)
        found.twice["slots"] = sum(count - 1 for count in slots.values())


def _count_samples(found: Audit) -> None:
    """Every second up to the watermark has its one true value."""
    values = Counter()
    for at, value in _rows(
        "SELECT extract(epoch FROM s.ts)::bigint, s.value FROM metrics_sample s"
        " JOIN metrics_series r ON r.id = s.series_id JOIN metrics_metric m ON m.id = r.metric_id"
        " WHERE m.key = 'faults.measured'"
    ):
        values[at] += 1
        found.lost["samples"] += value != sinks.value_at(at)
    found.samples = len(values)
    found.twice["samples"] = sum(count - 1 for count in values.values())
    if values:
        whole = range(min(values), max(values) + 1)
        found.lost["samples"] += sum(at not in values for at in whole)


def _delays() -> tuple[float, float, float]:
    """Median, 99th percentile and longest time from enqueued to sent, in seconds.

    What a sink refused for good waits for a person and is left out.
    """
    ((p50, p99, longest),) = _rows(DELAYS)
    return (p50 or 0.0, p99 or 0.0, longest or 0.0)
