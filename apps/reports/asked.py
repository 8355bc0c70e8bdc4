"""Which tickets a report is about: queue, team, priority, tier, channel, agent."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any

from django.db.models import QuerySet

from apps.customers.choices import Tier
from apps.figures.definition import UnknownFigure
from apps.tickets.choices import Channel, Priority
from apps.tickets.models import Ticket

NUMBER = 18  # digits of a key
NOBODY = "nobody"


@dataclass(frozen=True)
class Asked:
    """Filters as an address carries them; an empty one asks for all. They read as of today."""

    queue: str = ""  # its slug
    team: str = ""  # its key
    priority: str = ""
    tier: str = ""
    channel: str = ""
    agent: str = ""  # the assignee's key, or "nobody"

    @classmethod
    def of(cls, scope: Mapping[str, str]) -> "Asked":
        """The filters among these words. Raises `UnknownFigure` for what nobody can be asked."""
        asked = cls(**{name: scope.get(name, "") for name in NAMES})
        words = {"priority": Priority, "tier": Tier, "channel": Channel}
        for name, known in words.items():
            if (said := getattr(asked, name)) and said not in known.values:
                raise UnknownFigure(f"There is no {name} “{said[:40]}”.")
        for name in ("team", "agent"):
            said = getattr(asked, name)
            plain = said.isascii() and said.isdigit() and len(said) <= NUMBER
            if said and not plain and (name, said) != ("agent", NOBODY):
                raise UnknownFigure(f"There is no {name} “{said[:40]}”.")
        return asked

    @cached_property
    def scope(self) -> dict[str, str]:
        return {name: said for name in NAMES if (said := getattr(self, name))}

    def of_tickets(self, found: QuerySet, through: str = "") -> QuerySet:
        """Narrow tickets, or records that lead to one `through` a relation."""
        lead = f"{through}__" if through else ""
        paths: dict[str, Any] = {
            "queue": "queue__slug",
            "team": "team_id",
            "priority": "priority",
            "tier": "customer__tier",
            "channel": "channel",
            "agent": "assignee_id",
        }
        for name, said in self.scope.items():
            value = None if said == NOBODY else said
            found = found.filter(**{f"{lead}{paths[name]}": value})
        return found

    def of_clocks(self, found: QuerySet) -> QuerySet:
        """Narrow clocks; a clock has its own priority, that of its day."""
        if self.priority:
            found = found.filter(priority=self.priority)
        return replace(self, priority="").of_tickets(found, "ticket")

    def condition(self, column: str) -> tuple[str, tuple[Any, ...]]:
        """The same as SQL about a ticket's number, or nothing."""
        if not self.scope:
            return "", ()
        query = self.of_tickets(Ticket.objects.order_by()).values("pk").query
        statement, values = query.sql_with_params()
        return f" AND {column} IN ({statement})", tuple(values)


NAMES = tuple(one.name for one in fields(Asked))
