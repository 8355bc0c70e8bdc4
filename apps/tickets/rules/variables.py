"""Variables in prepared words: `{{ contact.first_name | "there" }}`. Pure.

This is no template language: a place is a name from a fixed set and perhaps a fallback. Values
are put in once and never read again, so what a customer is called can mean nothing.
"""

import re
from collections.abc import Mapping

VARIABLES: dict[str, str] = {  # name → what it stands for
    "contact.name": "The name of whoever asks",
    "contact.first_name": "Their first name",
    "contact.email": "Their e-mail address",
    "customer.name": "Their organisation",
    "ticket.number": "The ticket's number",
    "ticket.subject": "What it is about",
    "agent.name": "Your name",
    "agent.first_name": "Your first name",
    "queue.name": "The ticket's queue",
    "signature": "The queue's signature",
    "expected_by": "When the promise is due, in the contact's time zone",
    "today": "Today's date in the contact's time zone",
}

TOLD = {  # in words that tell somebody what became of what they asked for
    **VARIABLES,
    "about.title": "What it was about: the feature request, the incident",
}

_PLACE = re.compile(r"\{\{(.*?)\}\}", re.S)
_LEFT = re.compile(rf"\[(?:{'|'.join(map(re.escape, TOLD))})\]")
_INSIDE = re.compile(r"\s*([a-z_]+(?:\.[a-z_]+)*)\s*(?:\|\s*(?:\"([^\"\n]*)\"|“([^”\n]*)”)\s*)?")


def problems(text: str, known: Mapping[str, str] = VARIABLES) -> list[str]:
    """Sentences about places that can never be filled in; empty when all can."""
    found = []
    for place in _PLACE.finditer(text):
        inside = _INSIDE.fullmatch(place[1])
        if inside is None:
            found.append(
                f"“{place[0][:60]}” is not a variable: write {{{{ name }}}} "
                'or {{ name | "words when it is empty" }}.'
            )
        elif inside[1] not in known:
            found.append(f"There is no variable “{inside[1]}”.")
    rest = _PLACE.sub("", text)
    if "{{" in rest or "}}" in rest:
        found.append("A variable is opened with {{ and closed with }}.")
    return found


def fill(text: str, values: Mapping[str, str]) -> tuple[str, list[str]]:
    """The words with their values, and the names of those that have neither value nor fallback.

    Such a place stays to be seen, as `[contact.first_name]`.
    """
    missing: list[str] = []

    def value_of(place: re.Match[str]) -> str:
        inside = _INSIDE.fullmatch(place[1])
        if inside is None:
            return place[0]
        name, *fallbacks = inside.groups()
        if value := values.get(name, ""):
            return value
        fallback = next((one for one in fallbacks if one is not None), None)
        if fallback is None:
            missing.append(name)
            return f"[{name}]"
        return fallback

    return _PLACE.sub(value_of, text), missing


def left(text: str) -> list[str]:
    """Places that nobody has filled in, as `fill` leaves them; no letter goes out with them."""
    return list(dict.fromkeys(_LEFT.findall(text)))
