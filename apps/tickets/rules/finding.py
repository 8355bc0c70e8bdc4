"""How typed words are looked for: tokens, alternatives for mistyped ones, excerpts."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence

_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"
_RUNS = re.compile(f"([{_CJK}]+)|([^\\W_{_CJK}]+)")
MOST = 8  # tokens that are looked for
PREFIX = 2  # a last word this long also stands for the words it begins
EXCERPT = 160


def tokens(folded: str) -> list[str]:
    """The tokens of folded text as the index has them; runs of CJK as pairs of characters."""
    found: list[str] = []
    for run, word in _RUNS.findall(folded):
        if word or len(run) == 1:
            found.append(word or run)
        else:
            found += [run[place : place + 2] for place in range(len(run) - 1)]
    return list(dict.fromkeys(found))[:MOST]


def is_cjk(token: str) -> bool:
    return bool(re.match(f"[{_CJK}]", token))


def correctable(token: str) -> bool:
    """Words of letters may be mistyped; numbers and names of two letters are meant."""
    return len(token) >= 4 and token.isalpha() and not is_cjk(token)


def counted(token: str) -> bool:
    """Whether the dictionary holds it, and knows about how many tickets do."""
    return 3 <= len(token) <= 32 and token.isalpha() and not is_cjk(token)


def query(
    words: Sequence[str], meant: Mapping[str, Sequence[str]], *, goes_on: bool = False
) -> str:
    """A tsquery: every word, or what it may have meant; the last one may go on."""
    parts = []
    for place, word in enumerate(words):
        last = goes_on and place == len(words) - 1
        mark = ":*" if last or (is_cjk(word) and len(word) == 1) else ""
        ways = [f"'{word}'{mark}", *(f"'{other}'" for other in meant.get(word, ()))]
        parts.append(ways[0] if len(ways) == 1 else f"({' | '.join(ways)})")
    return " & ".join(parts)


def nearest(word: str, candidates: Iterable[tuple[str, int]], most: int = 3) -> list[str]:
    """The words somebody may have meant: fewest slips first, then the commoner."""
    slips = 1 if len(word) < 6 else 2
    near = [
        (distance, -count, other)
        for other, count in candidates
        if (distance := distance_of(word, other, slips)) <= slips
    ]
    return [other for _, _, other in sorted(near)[:most]]


def slips(word: str) -> list[str]:
    """Every word one slip away: a letter more, less, another, or two swapped."""
    letters = sorted({*"abcdefghijklmnopqrstuvwxyz", *word})
    cuts = [(word[:place], word[place:]) for place in range(len(word) + 1)]
    made = {a + b[1:] for a, b in cuts if b}
    made |= {a + b[1] + b[0] + b[2:] for a, b in cuts if len(b) > 1}
    made |= {a + letter + b[1:] for a, b in cuts if b for letter in letters}
    made |= {a + letter + b for a, b in cuts for letter in letters}
    return sorted(made - {word, ""})


def distance_of(one: str, other: str, most: int) -> int:
    """Slips between two words: a letter more, less, another or two swapped; `most` + 1 is far."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        older, before, row = before, row, [i]
        for j, b in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
    return row[-1]


def fold(text: str) -> str:
    """Lower case without accents, one character for each, so that places stay places."""
    return "".join(_fold_one(char) for char in text)


def _fold_one(char: str) -> str:
    if char.isascii():
        return char.lower()
    plain = unicodedata.normalize("NFD", char)[0].lower()
    return plain if len(plain) == 1 else char


def excerpt(text: str, words: Sequence[str]) -> tuple[str, list[tuple[int, int]]]:
    """The part of a text where the words are, and where they are in it; nothing if nowhere."""
    line = " ".join(text.split())
    folded = fold(line)
    pattern = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
    first = re.search(pattern, folded) if pattern else None
    if not first:
        return "", []
    start = max(0, first.start() - EXCERPT // 3)
    if start:
        start = line.find(" ", start, first.start()) + 1 or start
    piece = line[start : start + EXCERPT]
    marks = [match.span() for match in re.finditer(pattern, fold(piece))]
    lead, tail = ("… " if start else ""), (" …" if start + EXCERPT < len(line) else "")
    return f"{lead}{piece}{tail}", [(a + len(lead), b + len(lead)) for a, b in marks]
