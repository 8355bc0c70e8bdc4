"""The states of a ticket and the ways between them."""

TODO = frozenset({"new", "open"})
WAITING = frozenset({"waiting_customer", "waiting_third_party"})
UNRESOLVED = TODO | WAITING
ENDED = frozenset({"merged", "duplicate", "spam"})
DONE = frozenset({"resolved", "closed"}) | ENDED
OVER = ENDED | {"closed"}  # nothing is said there any more

_ends = ENDED | {"resolved"}
MOVES: dict[str, frozenset[str]] = {
    "new": frozenset({"open"}) | WAITING | _ends,
    "open": WAITING | _ends,
    "waiting_customer": frozenset({"open", "waiting_third_party"}) | _ends,
    "waiting_third_party": frozenset({"open", "waiting_customer"}) | _ends,
    "resolved": frozenset({"open", "closed"}) | ENDED,
    "closed": frozenset(),
    "merged": frozenset(),  # undone by its own verb
    "duplicate": frozenset({"open"}),
    "spam": frozenset({"open"}),
}
BY_HAND = frozenset({"open"}) | WAITING | {"resolved"}  # what a person chooses from a menu

NAMES = {
    "new": "new",
    "open": "open",
    "waiting_customer": "waiting for the customer",
    "waiting_third_party": "waiting for somebody else",
    "resolved": "resolved",
    "closed": "closed",
    "merged": "merged",
    "duplicate": "a duplicate",
    "spam": "spam",
}

AFTER_REPLY = {"wait": "waiting_customer", "keep_open": "open", "resolve": "resolved"}


def refusal(before: str, after: str) -> str:
    """Why a ticket cannot go from one status to another; empty when it can."""
    if before == after:
        return f"This ticket is {NAMES[after]} already."
    if after in MOVES[before]:
        return ""
    if before == "closed":
        return "A closed ticket stays as it is; a reply to it begins a new one."
    if after == "new":
        return "Only a ticket nobody has touched is new."
    return f"A ticket that is {NAMES[before]} cannot become {NAMES[after]}."


def after_handling(status: str) -> str:
    """A new ticket is open once somebody of ours has done something with it."""
    return "open" if status == "new" else status


def after_customer_wrote(status: str) -> str:
    """What a customer's message makes of the status; a program's message changes nothing."""
    return "open" if status in WAITING or status == "resolved" else status
