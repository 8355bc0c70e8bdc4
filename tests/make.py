"""Makes records for tests: plain functions, believable defaults, nothing hidden.

`make.ticket()` lays a row as it stands; to see what a verb does, call the verb.
"""

from datetime import UTC, datetime, timedelta
from importlib import import_module
from itertools import count
from typing import Any

from apps.accounts.models import Team, User
from apps.catalog.models import Component, Product
from apps.customers.models import Contact, Customer
from apps.incidents.models import Cadence, Incident
from apps.tickets.models import Message, Queue, StatusLabel, Ticket

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)  # a Monday
_next = count(1)


def ago(**spans: float) -> datetime:
    """An instant before NOW: `ago(hours=2)`."""
    return NOW - timedelta(**spans)


def person(name: str = "", *roles: str, **fields: Any) -> User:
    """Somebody who signs in."""
    name = name or f"Person {next(_next)}"
    email = fields.pop("email", f"{name.lower().replace(' ', '.')}@demo.test")
    return User.objects.create(email=email, name=name, roles=list(roles), **fields)


def team(name: str = "", *members: User) -> Team:
    made = Team.objects.create(name=name or f"Team {next(_next)}")
    made.members.set(members)
    return made


def customer(name: str = "", **fields: Any) -> Customer:
    """An organisation."""
    return Customer.objects.create(name=name or f"Customer {next(_next)}", **fields)


def contact(name: str = "", **fields: Any) -> Contact:
    """A person at a customer; a new customer unless one is given."""
    n = next(_next)
    if "customer" not in fields:
        fields["customer"] = customer()
    fields.setdefault("email", f"contact{n}@customer.test")
    return Contact.objects.create(name=name or f"Contact {n}", **fields)


def queue(name: str = "", **fields: Any) -> Queue:
    n = next(_next)
    fields.setdefault("slug", (name or f"queue {n}").lower().replace(" ", "-"))
    return Queue.objects.create(name=name or f"Queue {n}", **fields)


def label(name: str, status: str, **fields: Any) -> StatusLabel:
    return StatusLabel.objects.create(name=name, status=status, **fields)


def product(name: str = "", **fields: Any) -> Product:
    n = next(_next)
    fields.setdefault("slug", f"product-{n}")
    return Product.objects.create(name=name or f"Product {n}", **fields)


def component(name: str = "", **fields: Any) -> Component:
    n = next(_next)
    fields.setdefault("slug", f"component-{n}")
    if "product" not in fields:
        fields["product"] = product()
    return Component.objects.create(name=name or f"Component {n}", **fields)


def ticket(subject: str = "", **fields: Any) -> Ticket:
    """A ticket as it stands, without a history."""
    fields.setdefault("channel", "mail")
    fields.setdefault("reported_at", NOW)
    fields.setdefault("updated_at", fields["reported_at"])
    if "contact" in fields and "customer" not in fields:
        fields["customer"] = fields["contact"].customer
    return Ticket.objects.create(subject=subject or f"Matter {next(_next)}", **fields)


def incident(leader: User) -> Incident:
    """Exports fail, and somebody leads until they work."""
    cadences()
    made = Incident.objects.declare("Exports fail", severity="SEV2", by=leader, at=NOW)
    made.acknowledge(by=leader, at=NOW)
    return made


def cadences() -> None:
    """How often is promised to write, as it is set up at first; a flush takes it away."""
    usual = import_module("apps.incidents.migrations.0002_usual_cadence").USUAL
    Cadence.objects.bulk_create(
        [
            Cadence(severity=severity, audience=audience, minutes=minutes)
            for severity, audiences in usual.items()
            for audience, minutes in audiences.items()
        ],
        ignore_conflicts=True,
    )


def message(ticket: Ticket, body: str = "Hello", **fields: Any) -> Message:
    """Something said, without its Activity."""
    fields.setdefault("direction", "in")
    fields.setdefault("at", ticket.reported_at)
    return Message.objects.create(ticket=ticket, body=body, **fields)
