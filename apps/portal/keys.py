"""The keys: one table for the help sheet, for everybody's own choice, and for the script. Pure.

A key is named by what the browser calls it (`r`, `J` with Shift, `?`); `m m` is one key after
another. What a page offers under a key says so in `data-key="r"`, by the key of this table:
whoever chose another key for it presses that one.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Key:
    """What one key does; a `fixed` one works while typing too and cannot be chosen."""

    keys: str
    label: str
    group: str
    fixed: bool = False


ANYWHERE, GOING, LIST, TICKET, TRIAGE, WRITING = (
    "Anywhere",
    "Go to, after g",
    "In a list",
    "Tickets: the open one, or those picked",
    "Triage",
    "While you write",
)

TABLE: tuple[Key, ...] = (
    Key("/", "Search", ANYWHERE),
    Key("Ctrl+k", "Palette: go anywhere, do anything", ANYWHERE, fixed=True),
    Key("c", "New ticket", ANYWHERE),
    Key("g", "Go to, then a letter", ANYWHERE),
    Key("z", "Take the last thing back", ANYWHERE),
    Key("?", "This sheet", ANYWHERE),
    Key("j", "Next", LIST),
    Key("k", "Previous", LIST),
    Key("o", "Open", LIST),
    Key("Enter", "Open", LIST, fixed=True),
    Key("x", "Pick", LIST),
    Key("J", "Pick on, downward", LIST),
    Key("K", "Pick on, upward", LIST),
    Key("1", "Accept: it is mine", TRIAGE),
    Key("2", "Duplicate of…", TRIAGE),
    Key("3", "Decline", TRIAGE),
    Key("u", "Back to the list", TICKET),
    Key("Esc", "Back, or close what is open", TICKET, fixed=True),
    Key("r", "Reply", TICKET),
    Key("n", "Note", TICKET),
    Key("f", "Forward: ask somebody else", TICKET),
    Key("d", "Use the drafted answer", TICKET),
    Key("N", "No reply needed", TICKET),
    Key("M", "Macro", TICKET),
    Key("w", "Follow", TICKET),
    Key("a", "Assign", TICKET),
    Key("i", "Assign to me", TICKET),
    Key("s", "Status", TICKET),
    Key("p", "Priority", TICKET),
    Key("t", "Tags", TICKET),
    Key("q", "Queue", TICKET),
    Key("R", "Subject and requester", TICKET),
    Key("l", "Link", TICKET),
    Key("m m", "Merge", TICKET),
    Key("S", "Split a message off: the one in focus, else the last", TICKET),
    Key("h", "Snooze", TICKET),
    Key("L", "Log a call or chat", TICKET),
    Key("C", "Add to the checklist", TICKET),
    Key("e", "Resolve", TICKET),
    Key("E", "Resolve and go to the next", TICKET),
    Key(".", "Copy number and link", TICKET),
    Key("Space /", "Canned reply, as a word begins", WRITING, fixed=True),
    Key("@", "Somebody, in a note: they are told", WRITING, fixed=True),
    Key("Ctrl+Enter", "Send", WRITING, fixed=True),
    Key("Ctrl+Shift+Enter", "Send and resolve", WRITING, fixed=True),
)
BY_KEYS = {key.keys: key for key in TABLE}
CHOOSABLE = tuple(key for key in TABLE if not key.fixed)

# One character that is typed without a modifier, or Alt and one: a key held down cannot be
# pressed by a voice or a cat.
_KNOWN = re.compile(r"(?:Alt\+)?[!-~]")


def spelt(keys: str) -> list[str]:
    """The keys as they stand on a keyboard: `J` is Shift and J, `m m` is M twice."""
    return [
        part
        for stroke in keys.split()
        for part in (
            ["Shift", stroke]
            if len(stroke) == 1 and stroke.isalpha() and stroke.isupper()
            else stroke.replace("Ctrl+k", "Ctrl+K").split("+")
            if len(stroke) > 1
            else [stroke]
        )
    ]


def chosen(choice: Mapping[str, str], keys: str) -> str:
    """The keys somebody presses for what this table has under `keys`."""
    if (known := BY_KEYS.get(keys)) and known.fixed:
        return keys
    return choice.get(keys) or " ".join(choice.get(key, key) for key in keys.split())


def tidy(choice: Mapping[str, str]) -> dict[str, str]:
    """Only what differs from the table."""
    return {
        key.keys: said
        for key in CHOOSABLE
        if (said := choice.get(key.keys, "").strip()) and said != key.keys
    }


def problems(choice: Mapping[str, str]) -> dict[str, str]:
    """Why a choice cannot be taken, a sentence for each key of the table that is concerned."""
    found: dict[str, str] = {}
    taken: dict[str, Key] = {}
    for key in CHOOSABLE:
        said = chosen(choice, key.keys)
        if said != key.keys and not _KNOWN.fullmatch(said):
            found[key.keys] = "One character, or Alt+ and one character."
            continue
        first = said.split()[0]
        if other := taken.get(first):
            found[key.keys] = f"“{first}” is “{other.label}” already."
        taken[first] = key
    return found


def for_script(choice: Mapping[str, str]) -> dict[str, str]:
    """What is pressed → the key of the table that is meant, where they differ."""
    return {said: keys for keys, said in choice.items()}
