"""Languages as BCP 47 names them: `de`, `pt-BR`, `zh-Hant`. Pure."""

import re

_TAG = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8}){0,3}", re.IGNORECASE)
_WEIGHT = re.compile(r";\s*q\s*=\s*([0-9.]+)")


def tag(said: str) -> str:
    """A tag as it is written: language low, script capitalised, country in capitals; else ""."""
    said = said.strip().replace("_", "-")
    if not _TAG.fullmatch(said):
        return ""
    first, *more = said.split("-")
    return "-".join([first.lower(), *map(_part, more)])


def _part(said: str) -> str:
    if len(said) == len("BR") and said.isalpha():
        return said.upper()
    return said.title() if len(said) == len("Hant") and said.isalpha() else said.lower()


def base(said: str) -> str:
    """The language alone, wherever it is spoken."""
    return said.partition("-")[0]


def preferred(header: str) -> str:
    """The first tag of a Content-Language, or what an Accept-Language likes best; else ""."""
    best, weight = "", 0.0
    for one in header[:400].split(","):
        found, likes = tag(one.partition(";")[0]), _weight(one)
        if found and likes > weight:
            best, weight = found, likes
    return best


def _weight(said: str) -> float:
    told = _WEIGHT.search(said)
    try:
        return float(told[1]) if told else 1.0
    except ValueError:
        return 0.0
