"""Which series a sample belongs to: its labels, in one spelling."""

import hashlib
import json
from collections.abc import Mapping

MOST_LABELS = 30
LONGEST_NAME = 100
LONGEST_VALUE = 500


def canonical(labels: Mapping[str, str]) -> str:
    """Sorted JSON without `__name__`, which functions drop and queries bring back."""
    kept = {name: value for name, value in labels.items() if name != "__name__"}
    return json.dumps(kept, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def identity(labels: Mapping[str, str]) -> bytes:
    """Sixteen bytes that are equal exactly when the canonical labels are."""
    return hashlib.blake2b(canonical(labels).encode(), digest_size=16).digest()


def complaint(labels: Mapping[str, str]) -> str | None:
    """Why these labels cannot be kept, or None."""
    if len(labels) > MOST_LABELS:
        return f"{len(labels)} labels; {MOST_LABELS} are taken."
    for name, value in labels.items():
        if not isinstance(value, str):
            return f"label “{name[:40]}” is not text."
        if not name or len(name) > LONGEST_NAME:
            return "a label name is empty or too long."
        if len(value) > LONGEST_VALUE:
            return f"label “{name}” is longer than {LONGEST_VALUE} characters."
        if any(ord(sign) < 32 or 0xD800 <= ord(sign) < 0xE000 for sign in name + value):
            return f"label “{name.encode('ascii', 'replace').decode()[:40]}” is unclean."
    return None
