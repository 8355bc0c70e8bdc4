"""Reads the stored and exchanged shape of a policy; says where it is wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from apps.calendars.rules import Malformed
from apps.sla.rules.policy import Policy, Step
from apps.sla.rules.words import KINDS, PRIORITIES, STATUSES

_FINEST = Decimal("1e-24")


def compile_policy(value: Any, path: str = "policy", warn: Any = None) -> Policy:
    """The policy in `{"targets", "by_priority", "pauses", "warn", "around_the_clock",
    "incident_updates"}`; raises `Malformed`.

    `warn` is used where the policy has none of its own: `{kind: ["0.75", {"before": 1800}]}`.
    """
    given = _mapping(value, path)
    if "targets" not in given:
        raise Malformed(f"{path}.targets", "missing")
    by_priority = _priorities(given.get("by_priority", {}), f"{path}.by_priority")
    counts_updates = given.get("incident_updates", True)
    if not isinstance(counts_updates, bool):
        raise Malformed(f"{path}.incident_updates", "neither true nor false")
    return Policy(
        targets=_targets(given["targets"], f"{path}.targets"),
        by_priority={
            priority: _targets(targets, f"{path}.by_priority.{priority}")
            for priority, targets in by_priority.items()
        },
        pauses={
            kind: _statuses(statuses, f"{path}.pauses.{kind}")
            for kind, statuses in _by_kind(given.get("pauses", {}), f"{path}.pauses").items()
        },
        warn=warnings_of(given["warn"], f"{path}.warn") if "warn" in given else warn or {},
        around_the_clock=frozenset(
            _around(given.get("around_the_clock", {}), f"{path}.around_the_clock")
        ),
        counts_updates=counts_updates,
    )


def warnings_of(value: Any, path: str = "warn") -> Mapping[str, tuple[Step, ...]]:
    """Warning steps by kind: shares of the target, or working seconds before or after it."""
    return {
        kind: tuple(
            _step(step, f"{path}.{kind}[{index}]")
            for index, step in enumerate(_list(steps, f"{path}.{kind}"))
        )
        for kind, steps in _by_kind(value, path).items()
    }


def seconds_of(value: Any, path: str) -> int:
    """A whole number of seconds, not negative."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise Malformed(path, "not a whole number of seconds")
    if value < 0:
        raise Malformed(path, "negative")
    return value


def _step(value: Any, path: str) -> Step:
    if isinstance(value, Mapping) and len(value) == 1:
        [(side, seconds)] = value.items()
        if side == "before":
            return Step(1, 1, -seconds_of(seconds, f"{path}.before"))
        if side == "after":
            return Step(1, 1, seconds_of(seconds, f"{path}.after"))
    if isinstance(value, (str, int, float, Decimal)) and not isinstance(value, bool):
        try:
            share = Decimal(str(value))
        except InvalidOperation:
            raise Malformed(path, "not a share") from None
        if share.is_finite() and 0 <= share < 1000 and share == share.quantize(_FINEST):
            return Step(*share.as_integer_ratio())
    raise Malformed(path, "not a share")


def _around(value: Any, path: str) -> Iterator[tuple[str, str]]:
    """Targets that count around the clock: `{"targets": [kind], "by_priority": {"urgent": [kind]}}`
    as (priority or "", kind). Of a target that is not there it says nothing."""
    given = _mapping(value, path)
    for name in given:
        if name not in ("targets", "by_priority"):
            raise Malformed(f"{path}.{name}", "unknown")
    by_priority = _priorities(given.get("by_priority", {}), f"{path}.by_priority")
    of = {"": ("targets", given.get("targets", []))}
    of |= {name: (f"by_priority.{name}", kinds) for name, kinds in by_priority.items()}
    for priority, (where, kinds) in of.items():
        for index, kind in enumerate(_list(kinds, f"{path}.{where}")):
            if kind not in KINDS:
                raise Malformed(f"{path}.{where}[{index}]", "unknown kind")
            yield priority, kind


def _priorities(value: Any, path: str) -> Mapping[str, Any]:
    given = _mapping(value, path)
    for priority in given:
        if priority not in PRIORITIES:
            raise Malformed(f"{path}.{priority}", "unknown priority")
    return given


def _targets(value: Any, path: str) -> dict[str, int]:
    return {
        kind: seconds_of(target, f"{path}.{kind}") for kind, target in _by_kind(value, path).items()
    }


def _statuses(value: Any, path: str) -> frozenset[str]:
    for index, status in enumerate(_list(value, path)):
        if status not in STATUSES:
            raise Malformed(f"{path}[{index}]", "unknown status")
    return frozenset(value)


def _by_kind(value: Any, path: str) -> Mapping[str, Any]:
    given = _mapping(value, path)
    for kind in given:
        if kind not in KINDS:
            raise Malformed(f"{path}.{kind}", "unknown kind")
    return given


def _mapping(value: Any, path: str) -> Mapping[str, Any]:
    if isinstance(value, Mapping):
        return value
    raise Malformed(path, "not an object")


def _list(value: Any, path: str) -> list[Any]:
    if isinstance(value, list):
        return value
    raise Malformed(path, "not a list")
