"""The ways between statuses, and the words whoever asked is told with. Pure."""

OPEN = frozenset({"under_review", "planned", "in_progress"})
OUTCOMES = frozenset({"shipped", "declined", "parked"})  # those who asked are told
REASONED = frozenset({"declined", "parked"})  # never without saying why

MOVES: dict[str, frozenset[str]] = {
    "under_review": frozenset({"planned", "in_progress"}) | OUTCOMES,
    "planned": frozenset({"under_review", "in_progress"}) | OUTCOMES,
    "in_progress": frozenset({"under_review", "planned"}) | OUTCOMES,
    "shipped": frozenset({"under_review"}),
    "declined": frozenset({"under_review"}),
    "parked": frozenset({"under_review", "planned", "in_progress", "shipped", "declined"}),
    "duplicate": frozenset(),  # undone by its own verb
}
NAMES = {
    "under_review": "under review",
    "planned": "planned",
    "in_progress": "in progress",
    "shipped": "shipped",
    "declined": "declined",
    "parked": "parked",
    "duplicate": "merged into another request",
}
REASON = "{{ about.reason }}"
WORDS: dict[str, str] = {  # what is drafted unless somebody says it better
    "shipped": """\
Hello {{ contact.first_name | "there" }},

you asked for this in “{{ ticket.subject }}”: {{ about.title }} is there now.

Thank you for asking. Tell us if it does not do what you hoped for.""",
    "declined": """\
Hello {{ contact.first_name | "there" }},

you asked for {{ about.title }} in “{{ ticket.subject }}”. We looked at it and will not build it.

{{ about.reason }}

Thank you for telling us what you need.""",
    "parked": """\
Hello {{ contact.first_name | "there" }},

you asked for {{ about.title }} in “{{ ticket.subject }}”. We will not build it for now.

{{ about.reason }}

We tell you when that changes.""",
}
SIMILAR = 0.3  # from here on a request is suggested
CERTAIN = 0.6  # of another name for it, which is short: its words have to be there


def refusal(before: str, after: str) -> str:
    """Why a request cannot go from one status to another; empty when it can."""
    if before == after:
        return f"This request is {NAMES[after]} already."
    if after in MOVES[before]:
        return ""
    if before == "duplicate":
        return "This request is merged into another one: take that back first."
    return f"A request that is {NAMES[before]} has to be reopened first."


def draft(words: str, reason: str) -> str:
    """The drafted answer with the reason in its place."""
    return words.replace(REASON, reason)


def tidy_terms(terms: list[str], title: str) -> list[str]:
    """Other names for it, each once, without the title itself."""
    seen = {title.casefold(): ""}
    for term in terms:
        word = " ".join(term.split())
        if word:
            seen.setdefault(word.casefold(), word)
    return [word for word in seen.values() if word]
