"""Reads a policy's draft: what is promised, and the ladder climbed when it is in danger."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from apps.calendars.rules import Malformed
from apps.sla.rules import Policy, compile_policy
from apps.sla.rules.words import KINDS

from .choices import Do

HOUR = 3600
LADDER_LIMIT = 20
PROMISED = ("targets", "by_priority", "pauses", "around_the_clock", "incident_updates")
TO_TICKET = ("assignee", "team", "lead")


class Rung(NamedTuple):
    """One step of the ladder of one kind of clock; `key` names it as long as it says the same."""

    key: str
    kind: str
    at: Any
    do: str
    to: str


class Draft(NamedTuple):
    """A policy ready for use: the rules' reading of it, and its ladder by kind."""

    rules: Policy
    ladder: Mapping[str, tuple[Rung, ...]]


def usual_targets() -> dict[str, int]:
    """Eight working hours to answer, five working days to solve."""
    return {"first_response": 8 * HOUR, "next_response": 8 * HOUR, "resolution": 40 * HOUR}


def usual_pauses() -> dict[str, list[str]]:
    """Only the resolution clock stands, and only while the customer is waited for."""
    return {"first_response": [], "next_response": [], "resolution": ["waiting_customer"]}


EVERYTHING = ["waiting_customer", "waiting_third_party", "resolved"]


def profiles() -> dict[str, dict[str, list[str]]]:
    """The two pause matrices that have a name."""
    return {
        "usual": usual_pauses(),
        "everything": {kind: list(EVERYTHING) for kind in KINDS},
    }


def profile_of(pauses: Mapping[str, list[str]]) -> str:
    """The name of a pause matrix; nothing where it has none."""
    given = {kind: sorted(pauses.get(kind, usual_pauses()[kind])) for kind in KINDS}
    return next(
        (
            name
            for name, known in profiles().items()
            if {kind: sorted(statuses) for kind, statuses in known.items()} == given
        ),
        "",
    )


def usual_ladder() -> list[dict[str, Any]]:
    """Warn whoever has it at three quarters; tell the lead when it is broken."""
    return [
        step
        for kind in KINDS
        for step in (
            {"kind": kind, "at": "0.75", "do": "notify", "to": "assignee"},
            {"kind": kind, "at": {"after": 0}, "do": "notify", "to": "lead"},
        )
    ]


def compile_draft(spec: Mapping[str, Any], path: str = "policy") -> Draft:
    """What a published spec or a draft says; raises `Malformed`."""
    ladder = _ladder(spec.get("ladder", []), f"{path}.ladder")
    warn = {kind: [rung.at for rung in rungs] for kind, rungs in ladder.items()}
    promised = {name: spec[name] for name in PROMISED if name in spec}
    return Draft(
        rules=compile_policy({**promised, "warn": warn}, path),
        ladder=ladder,
    )


def around_the_clock(rules: Policy) -> dict[str, Any]:
    """Which targets count around the clock, as a draft keeps it: only of targets that are there, so
    that one given up takes its hours along; nothing where all go by the calendar."""

    def of(priority: str, targets: Mapping[str, int]) -> list[str]:
        around = rules.around_the_clock
        return [kind for kind in KINDS if kind in targets and (priority, kind) in around]

    own = {name: of(name, targets) for name, targets in rules.by_priority.items()}
    said = {
        "targets": of("", rules.targets),
        "by_priority": {name: kinds for name, kinds in own.items() if kinds},
    }
    return {name: value for name, value in said.items() if value}


def _ladder(given: Any, path: str) -> dict[str, tuple[Rung, ...]]:
    if not isinstance(given, list):
        raise Malformed(path, "not a list of steps")
    if len(given) > LADDER_LIMIT:
        raise Malformed(path, f"more than {LADDER_LIMIT} steps")
    found: dict[str, list[Rung]] = {}
    for index, step in enumerate(given):
        rung = _rung(step, f"{path}[{index}]")
        if rung in (rungs := found.setdefault(rung.kind, [])):
            raise Malformed(f"{path}[{index}]", "the same step twice")
        rungs.append(rung)
    return {kind: tuple(rungs) for kind, rungs in found.items()}


def _rung(step: Any, path: str) -> Rung:
    if not isinstance(step, Mapping):
        raise Malformed(path, "not a step")
    if unknown := set(step) - {"kind", "at", "do", "to"}:
        raise Malformed(f"{path}.{sorted(unknown)[0]}", "unknown")
    for name in ("kind", "at", "do"):
        if name not in step:
            raise Malformed(f"{path}.{name}", "missing")
    kind, do, to = step["kind"], step["do"], step.get("to", "")
    if kind not in KINDS:
        raise Malformed(f"{path}.kind", "unknown kind")
    if do not in Do.values:
        raise Malformed(f"{path}.do", "unknown step")
    if do == Do.RAISE:
        if to:
            raise Malformed(f"{path}.to", "nobody is told by raising the priority")
    elif not _somebody(to) or (do == Do.REASSIGN and to == "assignee"):
        raise Malformed(f"{path}.to", "names nobody")
    at = step["at"]
    if isinstance(at, Mapping):
        when = " ".join(f"{side} {seconds}" for side, seconds in at.items())
    else:
        when = str(at)
    return Rung(f"{when} {do} {to}".strip()[:100], kind, at, do, to)


def _somebody(to: Any) -> bool:
    """The ticket's own people, `person:ID` or `team:ID`."""
    if to in TO_TICKET:
        return True
    if not isinstance(to, str):
        return False
    what, _, number = to.partition(":")
    return what in ("person", "team") and number.isascii() and number.isdigit() and len(number) < 18
