"""The words a list is filtered by: `status:open from:acme tag:vip before:2026-01-01 invoice`.

A term is KEY:VALUE, `-` in front takes it out, quotes keep a space, a comma means "or".
What is no term is searched as text. Nothing typed here is an error: what cannot be understood
is left out and said.
"""

import re
from dataclasses import dataclass
from datetime import date

from .moves import MOVES

STATUSES = frozenset(MOVES)
PRIORITIES = frozenset({"urgent", "high", "normal", "low"})
CHANNELS = frozenset({"mail", "web", "phone", "chat", "api", "import"})
TIERS = frozenset({"standard", "business", "enterprise"})
IS = frozenset(
    {
        *("todo", "unresolved", "waiting", "done", "unassigned", "breached", "late", "snoozed"),
        *("mine", "following", "owed", "mentioned", "loop", "incident"),
    }
)
HAS = frozenset({"attachment", "reply", "tag", "due", "customer"})
CSAT = frozenset({"good", "bad", "none"})
ASKED = frozenset({"waiting", "late", "yes", "no"})
RELATIONS = frozenset({"related", "duplicate", "blocked", "part", "split"})

_choices = {
    "status": STATUSES | {"waiting"},
    "priority": PRIORITIES,
    "channel": CHANNELS,
    "tier": TIERS,
    "is": IS,
    "has": HAS,
    "csat": CSAT,
    "linked": RELATIONS | {"yes", "no"},
    "asked": ASKED,
}
_names = frozenset({"from", "assignee", "tag", "queue", "label", "component", "field"})
_languages = frozenset({"language"})
_ids = frozenset({"customer", "contact", "incident"})
_dates = frozenset({"before", "after", "updated-before", "updated-after"})
KEYS = frozenset(_choices) | _names | _ids | _dates | _languages

_WORD = re.compile(r'(-?)(?:([A-Za-z][A-Za-z-]*):)?("[^"]*"?|[^\s"]+)')
_CONDITION = re.compile(r"-?[A-Za-z][A-Za-z-]*:")
_LANGUAGE = re.compile(r"none|[a-z]{2,3}(-[a-z0-9]{2,8}){0,3}")
_LONGEST = 400


@dataclass(frozen=True, slots=True)
class Term:
    """One condition; several values mean any of them."""

    key: str
    values: tuple[str, ...]
    negated: bool = False

    def __str__(self) -> str:
        said = ",".join(_quoted(value) for value in self.values)
        return f"{'-' if self.negated else ''}{self.key}:{said}"


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked for: conditions, free text, and what could not be understood."""

    terms: tuple[Term, ...] = ()
    text: str = ""
    problems: tuple[str, ...] = ()

    def __str__(self) -> str:
        return " ".join([*map(str, self.terms), *map(_as_text, self.text.split())])

    def __bool__(self) -> bool:
        return bool(self.terms or self.text)

    def values(self, key: str) -> tuple[str, ...]:
        """All values asked for under a key, in order."""
        return tuple(
            value
            for term in self.terms
            if term.key == key and not term.negated
            for value in term.values
        )

    def without(self, key: str) -> "Question":
        """The same question with one condition lifted."""
        return Question(tuple(t for t in self.terms if t.key != key), self.text, self.problems)


def ask(typed: str) -> Question:
    """Read what somebody typed; never raises."""
    terms: list[Term] = []
    text: list[str] = []
    problems: list[str] = []
    for minus, said, raw in _WORD.findall(typed[:_LONGEST].replace("\x00", " ")):
        key = said.lower()
        if key not in KEYS:
            text.append(_plain(f"{minus}{said}:{raw}" if said else f"{minus}{raw}"))
            continue
        values, wrong = _read(key, raw)
        problems += wrong
        term = Term(key, values, bool(minus))
        if values and term not in terms:
            terms.append(term)
    return Question(tuple(terms), " ".join(" ".join(text).split()), tuple(problems))


def _read(key: str, raw: str) -> tuple[tuple[str, ...], list[str]]:
    """The values of one term that can be understood, and a sentence for each that cannot."""
    quoted = raw.startswith('"')
    said = [raw.strip('"')] if quoted else raw.split(",")
    values: list[str] = []
    problems: list[str] = []
    for value in (one.strip() for one in said):
        if not value:
            continue
        if key not in _names:
            value = value.lower()
        if problem := _problem(key, value):
            problems.append(problem)
        elif value not in values:
            values.append(value)
    return tuple(values), problems


def _problem(key: str, value: str) -> str:
    if key in _choices and value not in _choices[key]:
        return f"There is no {key}:{value}; {', '.join(sorted(_choices[key]))} are known."
    if key == "field" and not all(value.partition("=")):
        return "field: takes a field and its value, like field:plan=Gold."
    if key in _languages and not _LANGUAGE.fullmatch(value):
        return f"{key}: takes a language like de or pt-BR, or none."
    if key in _ids and not (value.isascii() and value.isdigit() and len(value) <= 18):
        return f"{key}: takes a number."
    if key in _dates and day_of(value) is None:
        return f"{key}: takes a day like 2026-01-31."
    return ""


def day_of(value: str) -> date | None:
    """A day of living memory as people write it, or nothing."""
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        return None
    try:
        day = date.fromisoformat(value)
    except ValueError:
        return None
    return day if 1970 <= day.year < 2200 else None


def unfinished(typed: str) -> tuple[str, str, str]:
    """What stands before the word that is being typed, its key if it has one, and its beginning."""
    whole = typed[:_LONGEST]
    if whole.count('"') % 2:
        start = whole.rindex('"')
        start = whole.rfind(" ", 0, start) + 1
    else:
        start = max(whole.rfind(" "), whole.rfind("\t")) + 1
    before, word = whole[:start], whole[start:].lstrip("-")
    key, colon, part = word.partition(":")
    if not colon or key.lower() not in KEYS:
        return before, "", word.lower()
    return before, key.lower(), part.replace('"', "").rpartition(",")[2].strip()


SAID = {  # what each condition asks, as it is offered while somebody types
    "is": "to do, owed an answer, loop (to be told), waiting, late, mine, mentioned, snoozed…",
    "status": "where it is",
    "priority": "how soon it matters",
    "assignee": "who has it; me, nobody, a name",
    "from": "a customer, a person, an address",
    "tag": "one of its tags",
    "queue": "where it is answered",
    "tier": "what the customer pays for",
    "channel": "how it came",
    "language": "what its contact reads: de, pt-BR, none where nobody knows",
    "has": "attachment, reply, due, customer, tag",
    "csat": "what they said of our answers: good (4 or 5), bad, none",
    "incident": "linked to an incident, by its number; is:incident for those still open",
    "linked": "yes, no, or how: related, duplicate, blocked, part, split",
    "asked": "whether somebody else was asked: waiting for them, late, yes, no",
    "label": "the team's own word for a status",
    "component": "the part of the product",
    "before": "reported before a day",
    "after": "reported after a day",
    "updated-before": "changed before a day",
    "updated-after": "changed after a day",
}


def offered(key: str, part: str) -> list[str]:
    """The values of a condition that has only so many."""
    return sorted(value for value in _choices.get(key, ()) if value.startswith(part.lower()))


def number_of(text: str) -> int | None:
    """The ticket somebody means by `#123` or `123`."""
    found = re.fullmatch(r"#?([0-9]{1,18})", text.strip())
    return int(found[1]) if found and found[1].isascii() else None


def _as_text(word: str) -> str:
    """A word as it is typed: one that looks like a condition stands in quotes."""
    return f'"{word}"' if _CONDITION.match(word) else word


def _plain(word: str) -> str:
    return word.replace('"', "").strip()


def _quoted(value: str) -> str:
    return f'"{value}"' if re.search(r"[\s,]", value) else value
