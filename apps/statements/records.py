"""Records by a statement that is written once: with their relations and annotations.

What the ORM does anew for every question, to turn it into SQL, takes longer than PostgreSQL takes
to answer a look-up by key. Here it is done once a process; records are made by the ORM as ever.
"""

from collections.abc import Callable
from copy import copy
from functools import cached_property
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import QuerySet

from .statement import Statement


class Records:
    """`TICKET = Records(lambda: Ticket.objects.filter(pk=Given("pk")))`, then `TICKET.all(pk=4)`.

    The queryset may lock, be ordered and sliced, have relations and annotations; it prefetches
    nothing. It is made when it is asked for first.
    """

    def __init__(self, make: Callable[[], QuerySet]) -> None:
        self._make = make

    def all(self, **values: Any) -> list[Any]:
        """Every record that is found."""
        found, compiler, statement = self._made
        asked = copy(compiler)
        asked.connection = connections[DEFAULT_DB_ALIAS]
        asked.execute_sql = lambda *_, **__: [statement.rows(**values)]
        asked.get_converters = lambda *_: {}  # values come in their own form, not as text
        answer: Any = found.all()
        answer.query.get_compiler = lambda *_, **__: asked
        return list(answer)

    def first(self, **values: Any) -> Any:
        """The first that is found, or nothing."""
        return next(iter(self.all(**values)), None)

    @cached_property
    def _made(self) -> tuple[QuerySet, Any, Statement]:
        found = self._make()
        compiler = found.query.get_compiler(DEFAULT_DB_ALIAS)
        compiler.as_sql()
        return found, compiler, Statement.of(found)
