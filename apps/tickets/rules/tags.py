"""How tags are written."""

from collections.abc import Iterable

MOST = 30
LONGEST = 60


def tidy(tags: Iterable[str]) -> list[str]:
    """Lower case, one word joined by hyphens, each once, in the order given."""
    said = ("-".join(tag.lower().replace(",", " ").split()) for tag in tags)
    return list(dict.fromkeys(tag for tag in said if tag))


def refusal(tags: list[str]) -> str:
    """Why these tags cannot be; empty when they can."""
    if len(tags) > MOST:
        return f"A ticket carries {MOST} tags at most."
    long = next((tag for tag in tags if len(tag) > LONGEST), None)
    return f"A tag has {LONGEST} characters at most." if long else ""
