"""The words of tickets: documents to search and a dictionary, kept by set-based SQL.

The statements hold no value from outside: all values are parameters.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from django.contrib.postgres.search import TrigramSimilarity
from django.db import connection, models
from django.db.models import Q

_BODY = 20_000  # characters of one message that are searched
_THREAD = 100_000  # characters of one ticket
_FULL = 400_000  # bytes of words after which a ticket learns no more

_LEARN = """
  INSERT INTO tickets_searchword (word, tickets)
  SELECT lexeme, 0 FROM fresh, unnest(fresh.vector)
  WHERE lexeme ~ '^[[:alpha:]]{3,32}$' GROUP BY lexeme ORDER BY lexeme
  ON CONFLICT (word) DO NOTHING
"""
_BEGIN = f"""
WITH fresh AS MATERIALIZED (
  SELECT search_vector(%(subject)s, 'A') || search_vector(%(people)s, 'B')
      || search_vector(%(body)s, 'D') AS vector
), learnt AS ({_LEARN})
INSERT INTO tickets_searchdoc (ticket_id, vector, stale, counted)
SELECT %(ticket)s, vector, false, false FROM fresh
ON CONFLICT (ticket_id) DO UPDATE SET vector = excluded.vector, stale = false
"""  # noqa: S608
_ADD = f"""
WITH fresh AS MATERIALIZED (SELECT search_vector(%(body)s, 'D') AS vector),
learnt AS ({_LEARN})
UPDATE tickets_searchdoc AS doc SET vector = doc.vector || fresh.vector
FROM fresh
WHERE doc.ticket_id = %(ticket)s AND pg_column_size(doc.vector) < {_FULL}
"""  # noqa: S608
_GATHER = f"""
WITH due AS MATERIALIZED (
  SELECT ticket_id FROM tickets_searchdoc WHERE stale
  ORDER BY ticket_id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
), said AS (
  SELECT m.ticket_id, left(string_agg(left(m.body, {_BODY}), ' ' ORDER BY m.at, m.id), {_THREAD})
    AS body
  FROM due JOIN tickets_message m USING (ticket_id) WHERE m.undone_at IS NULL
  GROUP BY m.ticket_id
), fresh AS MATERIALIZED (
  SELECT t.id AS ticket_id,
    search_vector(t.subject, 'A')
    || search_vector(concat_ws(' ', p.name, p.email, c.name), 'B')
    || coalesce(search_vector(said.body, 'D'), '') AS vector
  FROM due JOIN tickets_ticket t ON t.id = due.ticket_id
  LEFT JOIN said ON said.ticket_id = t.id
  LEFT JOIN customers_contact p ON p.id = t.contact_id
  LEFT JOIN customers_customer c ON c.id = t.customer_id
), learnt AS ({_LEARN})
UPDATE tickets_searchdoc AS doc SET vector = fresh.vector, stale = false
FROM fresh WHERE doc.ticket_id = fresh.ticket_id
"""  # noqa: S608
_COUNT = """
WITH due AS MATERIALIZED (
  SELECT ticket_id, vector FROM tickets_searchdoc WHERE NOT counted AND NOT stale
  ORDER BY ticket_id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
), words AS (
  INSERT INTO tickets_searchword AS known (word, tickets)
  SELECT lexeme, count(*) FROM due, unnest(due.vector)
  WHERE lexeme ~ '^[[:alpha:]]{3,32}$' GROUP BY lexeme ORDER BY lexeme
  ON CONFLICT (word) DO UPDATE SET tickets = known.tickets + excluded.tickets
)
UPDATE tickets_searchdoc AS doc SET counted = true FROM due WHERE doc.ticket_id = due.ticket_id
"""


class SearchDocQuerySet(models.QuerySet):
    """What is searched; every verb that brings words brings them here in its transaction."""

    def begin(self, ticket: int, subject: str, people: str, body: str) -> None:
        """The words of a new ticket."""
        _run(_BEGIN, ticket=ticket, subject=subject, people=people, body=body[:_BODY])

    def add(self, ticket: int, body: str) -> None:
        """The words of a new message."""
        _run(_ADD, ticket=ticket, body=body[:_BODY])

    def mark_stale(self, tickets: Sequence[int]) -> None:
        """Words were taken away or changed: gather them anew soon."""
        self.filter(ticket__in=tickets).update(stale=True)

    def gather(self, limit: int = 500) -> int:
        """Gather the words of some stale documents; returns how many."""
        return _run(_GATHER, limit=limit)

    def count_words(self, limit: int = 1000) -> int:
        """Enter the words of some new documents in the dictionary; returns how many."""
        return _run(_COUNT, limit=limit)

    def is_due(self) -> bool:
        """Whether anything waits to be gathered or counted."""
        return self.filter(Q(stale=True) | Q(counted=False)).exists()


def _run(sql: str, **values: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.rowcount


class SearchWordQuerySet(models.QuerySet):
    """The dictionary."""

    def like(self, word: str, most: int = 40) -> list[tuple[str, int]]:
        """Known words that share most of their letters with a mistyped one."""
        return list(
            self.filter(word__trigram_similar=word)
            .annotate(_near=TrigramSimilarity("word", word))
            .order_by("-_near")
            .values_list("word", "tickets")[:most]
        )

    def commonness(self, words: Iterable[str], prefix: str = "") -> dict[str, int]:
        """About how many tickets hold each word (`prefix*` for the words it begins)."""
        known = dict(self.filter(word__in=list(words)).values_list("word", "tickets"))
        if prefix:
            begun = self.filter(word__startswith=prefix).aggregate(n=models.Sum("tickets"))
            known[f"{prefix}*"] = begun["n"] or 0
        return known
