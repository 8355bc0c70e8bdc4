"""Whom the rows of an import name: who is known, and stand-ins for who is not."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from apps.accounts.models import User
from apps.customers.models import Contact, Customer

from .importers.history import Story
from .importers.rows import Told

# One array instead of a value each: a statement of a thousand values costs more than its answer.
_USERS = "SELECT email, id FROM accounts_user WHERE email = ANY(%s)"
_CUSTOMERS = "SELECT external_id, id FROM customers_customer WHERE external_id = ANY(%s)"
_CONTACTS = (
    "SELECT known.email, c.id, c.customer_id FROM customers_contact known"
    " JOIN customers_contact c ON c.id = coalesce(known.merged_into_id, known.id)"
    " WHERE known.email = ANY(%s)"
)

STAFF = "user"  # as stand-ins are told apart


@dataclass(slots=True)
class People:
    """Who the rows of a chunk name, by what they are named; `stand_ins` counts who was made."""

    users: dict[str, int] = field(default_factory=dict)
    customers: dict[str, int] = field(default_factory=dict)  # by external id
    named: dict[str, int] = field(default_factory=dict)  # by lower-case name
    contacts: dict[str, tuple[int, int | None]] = field(default_factory=dict)
    stand_ins: dict[str, int] = field(default_factory=dict)
    made: list[tuple[str, int]] = field(default_factory=list)  # kind and number

    def customer_of(self, told: Told) -> int | None:
        if told.customer_id:
            return self.customers[told.customer_id]
        if told.customer_name:
            return self.named[told.customer_name.lower()]
        return self.contacts[told.contact_email][1] if told.contact_email else None


def meet(tolds: Sequence[Told], stories: Iterable[Story]) -> People:
    """Everybody these rows name; who is not known stands in until somebody sets them up."""
    people = People()
    _meet_users(people, tolds, stories)
    _meet_customers(people, tolds)
    _meet_contacts(people, tolds)
    return people


def _meet_users(people: People, tolds: Sequence[Told], stories: Iterable[Story]) -> None:
    wanted = {
        email
        for story in stories
        if story.assigned
        for one in story.happened
        for email in one.data.get("assignee", ())
        if email
    }
    authors = {
        event.author.lower()
        for told in tolds
        for event in told.events
        if event.author and "@" in event.author and event.type != "customer_message"
    }
    people.users = dict(_found(_USERS, wanted | authors))
    if missing := sorted(wanted - people.users.keys()):
        User.objects.bulk_create((_placeholder(one) for one in missing), ignore_conflicts=True)
        met = dict(_found(_USERS, missing))
        people.made += [(STAFF, pk) for pk in met.values()]
        people.users |= met
        people.stand_ins["assignees"] = len(missing)


def _placeholder(email: str) -> User:
    user = User(email=email, name=email.partition("@")[0][:120], is_active=False)
    user.set_unusable_password()
    return user


def _meet_customers(people: People, tolds: Sequence[Told]) -> None:
    ids = _named_once((told.customer_id, told.customer_name) for told in tolds)
    names = {
        told.customer_name.lower(): told.customer_name
        for told in tolds
        if told.customer_name and not told.customer_id
    }
    people.customers = dict(_found(_CUSTOMERS, ids))
    people.named = _named(names) if names else {}
    missing = [
        Customer(name=ids[one] or one, external_id=one, is_placeholder=True)
        for one in sorted(ids.keys() - people.customers.keys())
    ] + [
        Customer(name=names[one], is_placeholder=True)
        for one in sorted(names.keys() - people.named.keys())
    ]
    for customer in Customer.objects.bulk_create(missing):
        people.made.append((Customer.kind, customer.pk))
        if customer.external_id:
            people.customers[customer.external_id] = customer.pk
        else:
            people.named[customer.name.lower()] = customer.pk
    if missing:
        people.stand_ins["customers"] = len(missing)


def _meet_contacts(people: People, tolds: Sequence[Told]) -> None:
    wanted = _named_once((told.contact_email, told.contact_name) for told in tolds)
    people.contacts = _contacts(wanted)
    missing = sorted(wanted.keys() - people.contacts.keys())
    if not missing:
        return
    where = {
        told.contact_email: customer
        for told in tolds
        if (
            customer := people.customers.get(told.customer_id)
            or people.named.get(told.customer_name.lower())
        )
    }
    Contact.objects.bulk_create(
        (Contact(email=one, name=wanted[one], customer_id=where.get(one)) for one in missing),
        ignore_conflicts=True,
    )
    met = _contacts(missing)
    people.made += [(Contact.kind, pk) for pk, _ in met.values()]
    people.contacts |= met


def _named_once(said: Iterable[tuple[str, str]]) -> dict[str, str]:
    """What each is called: a row that only refers to somebody takes no name away."""
    names: dict[str, str] = {}
    for one, name in said:
        if one and (name or one not in names):
            names[one] = name
    return names


def _found(statement: str, names: Collection[str]) -> list[Any]:
    if not names:
        return []
    with connection.cursor() as cursor:
        cursor.execute(statement, [list(names)])
        return cursor.fetchall()


def _named(names: Iterable[str]) -> dict[str, int]:
    """Customers by their exact name in any case; of several the first."""
    found: dict[str, int] = {}
    for pk, name in (
        Customer.objects.lower_named(list(names)).order_by("pk").values_list("pk", "name")
    ):
        found.setdefault(name.lower(), pk)
    return found


def _contacts(emails: Collection[str]) -> dict[str, tuple[int, int | None]]:
    return {email: (pk, customer) for email, pk, customer in _found(_CONTACTS, emails)}
