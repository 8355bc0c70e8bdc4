"""One row of a file as a customer and the people there, or why it is none."""

import zoneinfo
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..choices import Standing, Tier
from ..rules import tag
from . import checking
from .reading import Malformed, Unusable

_TIERS = frozenset(Tier.values)
_STANDINGS = frozenset(Standing.values)
_CUSTOMER = frozenset(
    {"external_id", "name", "domain", "plan", "tier", "status", "arr", "currency", "renews_at"}
)
_CONTACT = frozenset({"email", "name", "phone", "timezone", "language", "external_id"})
NAMES = _CUSTOMER | {"contacts"}
FLAT = _CUSTOMER | {f"contact.{name}" for name in _CONTACT} | {f"contact_{n}" for n in _CONTACT}
MOST_CONTACTS = 1000


@dataclass(slots=True)
class Told:
    """What a row says of a customer and of people; what it does not say is not in it."""

    customer: dict[str, Any]
    contacts: list[dict[str, Any]] = field(default_factory=list)


def check_head(names: list[str]) -> None:
    """Refuse a table with names nobody reads, or without a name for each customer."""
    if unknown := next((name for name in names if name not in FLAT), None):
        raise Unusable(f"The column “{unknown[:80]}” is not known.")
    if "external_id" not in names:
        raise Unusable("The column “external_id” is missing.")


def unfold(cells: Mapping[str, str]) -> dict[str, Any]:
    """A table's row as JSON would tell it: one contact a row; an empty cell says nothing."""
    said = {name: cell.strip() for name, cell in cells.items() if cell.strip()}
    contact = {name[8:]: cell for name, cell in said.items() if name.startswith("contact")}
    values: dict[str, Any] = {n: cell for n, cell in said.items() if not n.startswith("contact")}
    return values | ({"contacts": [contact]} if contact else {})


def read(values: Mapping[str, Any]) -> Told:
    """A row as a customer and its people. Raises `Malformed`, naming the column."""
    checking.no_nul(values)
    checking.only(values, NAMES)
    told = Told(_customer(values))
    contacts = checking.listing(values.get("contacts"), "contacts", most=MOST_CONTACTS)
    for place, one in enumerate(contacts):
        told.contacts.append(_contact(one, f"contacts[{place}]"))
    return told


def _customer(values: Mapping[str, Any]) -> dict[str, Any]:
    line, one_of = checking.line, checking.one_of
    read: dict[str, Any] = {
        "external_id": line(values.get("external_id"), "external_id", required=True),
        "name": line(values.get("name"), "name"),
        "domain": line(values.get("domain"), "domain", limit=253).lower(),
        "plan": line(values.get("plan"), "plan", limit=60),
        "tier": one_of(values.get("tier"), "tier", _TIERS),
        "status": one_of(values.get("status"), "status", _STANDINGS),
        "arr": checking.amount(values.get("arr"), "arr"),
        "currency": line(values.get("currency"), "currency").upper(),
        "renews_at": checking.day(values.get("renews_at"), "renews_at"),
    }
    if (said := read["currency"]) and not (len(said) == 3 and said.isascii() and said.isalpha()):
        raise Malformed("currency", f"“{said[:40]}” is not a currency like EUR.")
    return {name: value for name, value in read.items() if value not in ("", None)}


def _contact(value: Any, path: str) -> dict[str, Any]:
    said = checking.mapping(value, path)
    checking.only(said, _CONTACT, path)
    read: dict[str, Any] = {
        "email": checking.email(said.get("email"), f"{path}.email", required=True),
        "name": checking.line(said.get("name"), f"{path}.name"),
        "phone": checking.line(said.get("phone"), f"{path}.phone", limit=40),
        "timezone": checking.line(said.get("timezone"), f"{path}.timezone", limit=64),
        "language": checking.line(said.get("language"), f"{path}.language", limit=35),
        "external_id": checking.line(said.get("external_id"), f"{path}.external_id"),
    }
    if (language := read["language"]) and not tag(language):
        raise Malformed(f"{path}.language", f"“{language}” is not a language like de or pt-BR.")
    zone = read["timezone"]
    if zone and zone not in zoneinfo.available_timezones():
        raise Malformed(f"{path}.timezone", f"“{zone[:40]}” is not a time zone.")
    return {name: one for name, one in read.items() if one}
