"""The words of tickets: documents to search and a dictionary, kept by set-based SQL.

The statements hold no value from outside: all values are parameters.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from django.contrib.postgres.search import SearchQuery, SearchVectorField, TrigramSimilarity
from django.db import connection, models
from django.db.models import ExpressionWrapper, F, Q

from apps.statements.statement import Statement

from ..rules import finding

_BODY = 20_000  # characters of one message that are searched
_THREAD = 100_000  # characters of one ticket
_FULL = 400_000  # bytes of words after which a ticket learns no more

_LEARN = """
  INSERT INTO tickets_searchword (word, tickets)
  SELECT lexeme, 0 FROM fresh, unnest(fresh.vector)
  WHERE lexeme ~ '^[[:alpha:]]{3,32}$' GROUP BY lexeme ORDER BY lexeme
  ON CONFLICT (word) DO NOTHING
"""
_ALSO = """
  (SELECT string_agg(concat_ws(' ', m.name, m.email), ' ') FROM customers_contact m
   WHERE m.merged_into_id = """  # the other names and addresses of a ticket's contact
_BEGIN = Statement(f"""
WITH fresh AS MATERIALIZED (
  SELECT search_vector(%(subject)s, 'A')
      || search_vector(concat_ws(' ', %(people)s::text, {_ALSO} %(contact)s)), 'B')
      || search_vector(%(body)s, 'D') AS vector
), learnt AS ({_LEARN})
INSERT INTO tickets_searchdoc (ticket_id, vector, stale, counted)
SELECT %(ticket)s, vector, false, false FROM fresh
ON CONFLICT (ticket_id) DO UPDATE SET vector = excluded.vector, stale = false
""")  # noqa: S608
_ADD = Statement(f"""
WITH fresh AS MATERIALIZED (SELECT search_vector(%(body)s, 'D') AS vector),
learnt AS ({_LEARN})
UPDATE tickets_searchdoc AS doc SET vector = doc.vector || fresh.vector
FROM fresh
WHERE doc.ticket_id = ANY(%(tickets)s) AND pg_column_size(doc.vector) < {_FULL}
""")  # noqa: S608
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
    || search_vector(concat_ws(' ', p.name, p.email, c.name, {_ALSO} p.id)), 'B')
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

BLOCK = 13  # bits of a ticket's number within its block: 8 192 tickets in a row
EVERY = 2**50  # blocks

_RANKED = """
SELECT doc.ticket_id FROM near JOIN tickets_searchdoc AS doc USING (ticket_id)
ORDER BY ts_rank(doc.vector, to_tsquery('pg_catalog.simple', %(query)s)) DESC, doc.ticket_id DESC
"""
_FIND = Statement(f"""
WITH hits AS MATERIALIZED (
  SELECT ticket_id FROM tickets_searchdoc
  WHERE vector @@ to_tsquery('pg_catalog.simple', %(query)s)
), near AS MATERIALIZED (SELECT ticket_id FROM hits ORDER BY ticket_id DESC LIMIT %(most)s)
{_RANKED}""")  # noqa: S608
# The index holds the block beside the words, so that a block without them costs next to nothing.
_WALK_BACK = Statement(f"""
WITH newest AS (SELECT max(ticket_id) >> {BLOCK} AS block FROM tickets_searchdoc),
near AS MATERIALIZED (
  SELECT hit.ticket_id FROM newest
  CROSS JOIN LATERAL generate_series(
    newest.block, greatest(0, newest.block + 1 - %(blocks)s), -1) AS block(number)
  CROSS JOIN LATERAL (
    SELECT ticket_id FROM tickets_searchdoc
    WHERE vector @@ to_tsquery('pg_catalog.simple', %(query)s)
    AND ARRAY[ticket_id >> {BLOCK}] @> ARRAY[block.number]
    ORDER BY ticket_id DESC
  ) AS hit
  LIMIT %(most)s
)
{_RANKED}""")  # noqa: S608


_FOLD = Statement("SELECT search_fold(%(text)s)")
_KNOWN = """
SELECT word, tickets FROM tickets_searchword WHERE word = ANY(%(words)s)
"""
_COMMONNESS = Statement(_KNOWN)
_COMMONNESS_TYPING = Statement(f"""{_KNOWN} UNION ALL
SELECT %(prefix)s::text || '*', sum(tickets)::bigint FROM tickets_searchword
WHERE word LIKE %(prefix)s::text || '%%' HAVING count(*) > 0
""")  # noqa: S608


class SearchDocQuerySet(models.QuerySet):
    """What is searched; every verb that brings words brings them here in its transaction."""

    def begin(
        self, ticket: int, subject: str, people: str, body: str, *, contact: int | None = None
    ) -> None:
        """The words of a new ticket; the other names and addresses of its contact are found."""
        values = {"ticket": ticket, "subject": subject, "people": people, "contact": contact}
        _BEGIN.do(**values, body=body[:_BODY])

    def add(self, tickets: Sequence[int], body: str) -> None:
        """The words of a new message, or of the same one on many tickets."""
        _ADD.do(tickets=list(tickets), body=body[:_BODY])

    def matching(self, query: str) -> "SearchDocQuerySet":
        """Every document that matches a tsquery, as a part of another question."""
        vector = ExpressionWrapper(F("vector"), output_field=SearchVectorField())
        sought = SearchQuery(query, config="pg_catalog.simple", search_type="raw")
        return self.annotate(_vector=vector).filter(_vector=sought)

    def holding(self, query: str, *, most: int) -> list[int]:
        """Tickets that match a tsquery, best first among the newest `most`: all are looked up."""
        return [ticket for (ticket,) in _FIND.rows(query=query, most=most)]

    def back_from_newest(self, query: str, *, most: int, blocks: int = EVERY) -> list[int]:
        """The same by walking back over blocks of tickets until there are enough.

        For what so many hold that looking up all of them takes long.
        """
        rows = _WALK_BACK.rows(query=query, most=most, blocks=blocks)
        return [ticket for (ticket,) in rows]

    def folded(self, text: str) -> str:
        """As the index folds; one rule for what is kept and what is sought."""
        [(folded,)] = _FOLD.rows(text=text)
        return folded

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

    def near(self, word: str, most: int = 40) -> list[tuple[str, int]]:
        """Known words one slip away, and words that share most of their letters."""
        one_slip = self.filter(word__in=finding.slips(word))
        alike = (
            self.filter(word__trigram_similar=word)
            .annotate(_near=TrigramSimilarity("word", word))
            .order_by("-_near")
        )
        found = dict(one_slip.values_list("word", "tickets"))
        found.update(alike.values_list("word", "tickets")[:most])
        return list(found.items())

    def going_on(self, prefix: str, most: int = 40) -> list[str]:
        """The commonest words that begin so."""
        words = self.filter(word__startswith=prefix).order_by("-tickets", "word")
        return list(words.values_list("word", flat=True)[:most])

    def commonness(self, words: Iterable[str], prefix: str = "") -> dict[str, int]:
        """About how many tickets hold each word (`prefix*` for the words it begins)."""
        asked = _COMMONNESS_TYPING if prefix else _COMMONNESS
        return dict(asked.rows(words=list(words), prefix=prefix))
