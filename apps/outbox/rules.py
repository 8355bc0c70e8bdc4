"""The arithmetic of sending, retrying and being due; durations in seconds, instants as epochs."""

import hashlib
import hmac
import re
from dataclasses import dataclass

LEASE = 30.0  # how long a claim is good for
WORK = 20.0  # the most one send may take, name lookup to last byte
MARK_UNTIL = LEASE - 3.0  # a finished send tries this long to be marked as sent
DRAIN = 5.0  # how long one nudge drains
PER_HOST = 4  # sends in flight to one host
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 3600.0
KEEP_TRYING = 3 * 86_400.0
VANISHINGS = 12  # claims that never came back before the row is taken for a killer
BREAKER_FAILURES = 10
BREAKER_WINDOW = 3600.0
FIRST_PROBE = 2.0
LONGEST_PROBE = 900.0
SIGNATURE_TOLERANCE = 300  # what receivers are told to allow
FRESH = 60.0  # a slot without catch-up is left out when nobody came within this time


def pause(attempt: int, luck: float) -> float:
    """Seconds until the next try after the `attempt`th failure: doubled, ± 50 % by luck in 0…1."""
    doubled = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(max(attempt, 1) - 1, 20))
    return min(LONGEST_PAUSE, doubled * (0.5 + luck))


def probe_pause(failed_probes: int) -> float:
    """Seconds until a host that keeps failing is tried with one delivery again."""
    return min(LONGEST_PROBE, FIRST_PROBE * 2.0 ** min(failed_probes, 20))


@dataclass(frozen=True)
class Verdict:
    """What an answer from outside means for the row."""

    outcome: str  # "sent", "refused" or "failed"
    host_failed: bool = False  # the host itself is in trouble, not just this delivery


SENT = Verdict("sent")
REFUSED = Verdict("refused")
FAILED = Verdict("failed", host_failed=True)


def http_verdict(status: int) -> Verdict:
    """2xx is sent, 410 is for good, all else is tried again."""
    if 200 <= status < 300:
        return SENT
    return REFUSED if status == 410 else FAILED


def smtp_verdict(code: int) -> Verdict:
    """5xx is for good; all else is tried again."""
    return REFUSED if 500 <= code < 600 else FAILED


_NOBODY = re.compile(r"(?<![\d.])5\.1\.(?:0|1|2|3|6|10)(?![\d.])|(?<![\d.])5\.2\.1(?![\d.])")
_NOBODY_IN_WORDS = re.compile(
    r"user unknown|unknown user|no such (?:user|recipient|mailbox|address)|does ?n[o']t exist|"
    r"mailbox (?:unavailable|not found|disabled)|(?:address|recipient) (?:unknown|not found)",
    re.I,
)
_STATUS = re.compile(r"(?<![\d.])5\.\d{1,3}\.\d{1,3}(?![\d.])")


def is_nobody(code: int, words: str) -> bool:
    """Whether a server's answer to a recipient says that there is no such mailbox (RFC 3463).

    Refused for its content, its sender or its size says nothing of the address.
    """
    if not 500 <= code < 600:
        return False
    if _STATUS.search(words):
        return bool(_NOBODY.search(words))
    return code in (550, 551, 553) and bool(_NOBODY_IN_WORDS.search(words))


def signature(secret: str, at: int, body: bytes) -> str:
    """The value of `Afterlaunch-Signature`: HMAC-SHA-256 over `{at}.{body}`, in hex."""
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


def slots_due(last: int | None, now: float, every: int, catch_up: str) -> list[int]:
    """
    The slots to run now, oldest first, as epoch seconds divisible by `every`.

    `last` is the newest slot that ran, None when none ever did: then only the present one counts.
    """
    present = int(now) // every * every
    if last is not None and last >= present:
        return []
    if catch_up == "all" and last is not None:
        return list(range(last + every, present + every, every))
    if catch_up == "none" and now - present > min(FRESH, every):
        return []
    return [present]


def remaining(done: int, total: int | None, elapsed: float) -> float | None:
    """Seconds a job will still take at the speed it had so far; None when nobody can know."""
    if total is None or done <= 0 or elapsed <= 0:
        return None
    return max(0.0, (total - done) * elapsed / done)


def share(done: int, total: int | None) -> float | None:
    """How much of a job is done, 0…1; None when its size is unknown."""
    if total is None:
        return None
    return 1.0 if total == 0 else min(1.0, done / total)


def nudges(due: int, queued: int, concurrency: int) -> int:
    """How many nudges to add: one per due row, never more than two per worker in the queue."""
    return max(0, min(due, 2 * concurrency) - queued)
