"""What must be done again after a restore, because it was done after the backup."""

RESTORED: list[str] = ["apps.privacy.replaying.catch_up"]
"""Callables `work(at=…)` that say what they did, in sentences; safe to call twice."""
