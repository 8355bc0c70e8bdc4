"""What the doors forget when a person is forgotten: they keep copies for a while."""

FORGETTING: list[str] = ["apps.api.upkeep.forget_answers"]
"""Callables without arguments, safe to call twice."""
