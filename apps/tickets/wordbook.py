"""From what somebody typed to the tickets that hold it, by way of the dictionary."""

from dataclasses import dataclass, field

from .models import SearchDoc, SearchWord
from .rules import finding

# Beyond this many tickets a word is met sooner by walking back from the newest than by lookup:
# either way a search reads some ten thousand rows of a million at most.
COMMON = 10_000
MOST = 200
_LONGEST = 400


@dataclass(frozen=True, slots=True)
class Sought:
    """The numbers of tickets, best first, and what mistyped words were taken to mean."""

    tickets: list[int] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    meant: dict[str, list[str]] = field(default_factory=dict)


def seek(text: str, *, most: int = MOST, typing: bool = False) -> Sought:
    """Tickets that hold these words; `typing`: the last word may go on."""
    words = finding.tokens(SearchDoc.objects.folded(text[:_LONGEST]))
    if not words:
        return Sought()
    known = SearchWord.objects.commonness(words, prefix=words[-1] if typing else "")
    meant = {
        word: ways
        for word in words
        if finding.correctable(word) and word not in known and f"{word}*" not in known
        if (ways := finding.nearest(word, SearchWord.objects.near(word)))
    }
    counts = [max(known.get(word, 0), known.get(f"{word}*", 0)) for word in words]
    found = SearchDoc.objects.holding(
        finding.query(words, meant, typing=typing), most=most, common=min(counts) > COMMON
    )
    return Sought(found, words, meant)
