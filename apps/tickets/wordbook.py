"""From what somebody typed to the tickets that hold it, by way of the dictionary."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from .models import SearchDoc, SearchWord
from .querysets.search import SearchDocQuerySet
from .rules import finding

# Beyond this many tickets a word is met sooner by walking back from the newest than by lookup:
# either way a search reads some ten thousand rows of a million at most.
COMMON = 10_000
MOST = 200
ENOUGH = 20  # where a word may go on in ways that are not known: fewer than this, look up all
NEAR = 16  # blocks walked back over for what the dictionary does not count
_LONGEST = 400


@dataclass(frozen=True, slots=True)
class Sought:
    """The numbers of tickets, best first, and what mistyped words were taken to mean."""

    tickets: list[int] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    meant: dict[str, list[str]] = field(default_factory=dict)


def seek(text: str, *, most: int = MOST, typing: bool = False) -> Sought:
    """Tickets that hold these words; `typing`: the last word may go on."""
    words = _words(text)
    if not words:
        return Sought()
    goes_on = typing and len(words[-1]) >= finding.PREFIX
    known = SearchWord.objects.commonness(words, prefix=words[-1] if goes_on else "")
    meant = _meant(words, known)
    query = finding.query(words, meant, goes_on=goes_on)
    tickets = _among_newest(words, query, known, most, goes_on=goes_on)
    if tickets is None:
        tickets = SearchDoc.objects.holding(query, most=most)
    return Sought(tickets, words, meant)


def every(text: str) -> SearchDocQuerySet:
    """All that hold these words, read as `seek` does: for what is done to each of them."""
    words = _words(text)
    meant = _meant(words, SearchWord.objects.commonness(words))
    query = finding.query(words, meant)
    return SearchDoc.objects.matching(query) if words else SearchDoc.objects.none()


def _words(text: str) -> list[str]:
    return finding.tokens(SearchDoc.objects.folded(text[:_LONGEST]))


def _meant(words: Sequence[str], known: Mapping[str, int]) -> dict[str, list[str]]:
    """What mistyped words are taken to mean."""
    return {
        word: ways
        for word in words
        if finding.correctable(word) and word not in known and f"{word}*" not in known
        if (ways := finding.nearest(word, SearchWord.objects.near(word)))
    }


def _among_newest(
    words: Sequence[str], query: str, known: Mapping[str, int], most: int, *, goes_on: bool
) -> list[int] | None:
    """What is common is met soon by walking back from the newest; None is to be looked up."""
    counts = {word: max(known.get(word, 0), known.get(f"{word}*", 0)) for word in words}
    unsure = [word for word in words if not counts[word] and not finding.counted(word)]
    if any(counts[word] <= COMMON for word in words if word not in unsure):
        return None
    docs, last = SearchDoc.objects, words[-1]
    if unsure:
        found = [] if ":*" in query else docs.back_from_newest(query, most=most, blocks=NEAR)
        return found if len(found) == most else None
    if goes_on:
        query = finding.query(words, {last: SearchWord.objects.going_on(last)})
        found = docs.back_from_newest(query, most=most)
        return found if len(found) >= ENOUGH else None
    return docs.back_from_newest(query, most=most)
