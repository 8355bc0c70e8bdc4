"""What a macro does: a list of steps, checked when it is saved, said in words, ordered. Pure.

A step is an object with `do` and what that needs:

    {"do": "tag", "add": ["refund"], "remove": ["sales"]}
    {"do": "reply", "text": "Dear {{ contact.first_name | \"customer\" }}, …"}
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .moves import NAMES
from .variables import problems

MOST = 12
STATUSES = ("open", "waiting_customer", "waiting_third_party", "resolved")
PRIORITIES = ("urgent", "high", "normal", "low")

NEEDS = {  # what a step does → the permission it needs
    "queue": "tickets.change",
    "assign": "tickets.assign",
    "priority": "tickets.change",
    "tag": "tickets.change",
    "fill": "tickets.change",
    "note": "tickets.note",
    "reply": "tickets.reply",
    "status": "tickets.change",
    "snooze": "tickets.change",
}
ORDER = tuple(NEEDS)  # fields first, since a queue brings its fields; then words; then the end
_SHAPES: dict[str, frozenset[str]] = {
    "queue": frozenset({"to"}),
    "assign": frozenset({"to"}),
    "priority": frozenset({"to"}),
    "tag": frozenset({"add", "remove"}),
    "fill": frozenset({"field", "value"}),
    "note": frozenset({"text"}),
    "reply": frozenset({"text"}),
    "status": frozenset({"to"}),
    "snooze": frozenset({"for"}),
}
_TWICE = frozenset({"fill"})  # every other step at most once


def refusal(steps: Any) -> str:
    """Why this is no list of steps; empty when it is one."""
    if not isinstance(steps, list) or not all(isinstance(step, dict) for step in steps):
        return "A macro is a list of steps."
    if not steps:
        return "A macro does at least one thing."
    if len(steps) > MOST:
        return f"{MOST} steps are the most."
    seen: set[str] = set()
    for step in steps:
        do = step.get("do")
        if do not in _SHAPES:
            return f"A macro cannot “{str(do)[:40]}”; {', '.join(ORDER)} are known."
        if do in seen and do not in _TWICE:
            return f"Two steps would “{do}”; one of them is enough."
        seen.add(do)
        if wrong := set(step) - {"do"} - _SHAPES[do]:
            return f"A step that does “{do}” has no “{sorted(wrong)[0]}”."
        if said := _amiss(do, step):
            return said
    return ""


def _amiss(do: str, step: Mapping[str, Any]) -> str:
    match do:
        case "reply" | "note":
            text = step.get("text")
            if not isinstance(text, str) or not text.strip():
                return f"A {do} needs words."
            return next(iter(problems(text)), "")
        case "status":
            return "" if step.get("to") in STATUSES else "Choose a status that people may set."
        case "priority":
            return "" if step.get("to") in PRIORITIES else "That is not a priority."
        case "snooze":
            return "" if _is_word(step.get("for")) else "Say until when it sleeps."
        case "tag":
            tags = [step.get("add", []), step.get("remove", [])]
            if not all(isinstance(some, list) and all(map(_is_word, some)) for some in tags):
                return "Tags are words."
            return "" if any(tags) else "Name a tag to add or to remove."
        case "fill":
            return "" if _is_word(step.get("field")) else "Name the field to fill in."
        case _:  # assign, queue
            to = step.get("to")
            return "" if to is None or _is_word(to) else f"Say where “{do}” leads."


def _is_word(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def in_order(steps: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """As they are done."""
    return sorted(steps, key=lambda step: ORDER.index(step["do"]))


def needs(steps: Iterable[Mapping[str, Any]]) -> set[str]:
    """Every permission its steps need."""
    return {NEEDS[step["do"]] for step in steps}


def says(steps: Sequence[Mapping[str, Any]]) -> str:
    """ "adds tag refund, replies, sets waiting for the customer"."""
    return ", ".join(filter(None, (_says(step) for step in in_order(steps))))


def _says(step: Mapping[str, Any]) -> str:
    match step["do"]:
        case "reply":
            return "replies"
        case "note":
            return "adds a note"
        case "status":
            return "resolves it" if step["to"] == "resolved" else f"sets {NAMES[step['to']]}"
        case "priority":
            return f"sets priority {step['to']}"
        case "assign":
            to = step.get("to")
            return "assigns to nobody" if not to else f"assigns to {'you' if to == 'me' else to}"
        case "queue":
            return f"moves to {step['to']}" if step.get("to") else "takes it out of its queue"
        case "snooze":
            return f"snoozes until {step['for']}"
        case "fill":
            return f"fills in {step['field']}"
        case _:
            parts = (("adds tag ", step.get("add")), ("removes tag ", step.get("remove")))
            return ", ".join(word + " and ".join(tags) for word, tags in parts if tags)
