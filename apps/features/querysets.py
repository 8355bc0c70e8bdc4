"""How requests and the evidence for them are asked for."""

from collections.abc import Iterable
from typing import Any

from django.contrib.postgres.search import TrigramSimilarity
from django.db import connection, models
from django.db.models import F, Func, OuterRef, Q, Subquery, Value
from django.db.models.fields.tuple_lookups import Tuple, TupleLessThan
from django.db.models.functions import Coalesce, Greatest

from apps.tickets.models import OwedAnswer

from .choices import Sort, Status
from .rules import CERTAIN, SIMILAR

ORDERS: dict[str, str] = {
    Sort.DEMAND: "contacts",
    Sort.WORTH: "arr",
    Sort.CHANGED: "updated_at",
}
_RECOUNT = """
WITH own AS MATERIALIZED (
  SELECT coalesce(r.root_id, r.id) AS request, i.id, i.customer_id, i.arr, i.currency, i.importance,
    coalesce(c.merged_into_id, c.id) AS contact
  FROM features_insight i
  JOIN features_featurerequest r ON r.id = i.request_id
  LEFT JOIN customers_contact c ON c.id = i.contact_id
  WHERE i.removed_at IS NULL
    AND (r.root_id = ANY(%(ids)s) OR r.root_id IS NULL AND r.id = ANY(%(ids)s))
), worth AS (
  SELECT DISTINCT ON (request, customer_id) request, customer_id, arr, currency FROM own
  WHERE customer_id IS NOT NULL ORDER BY request, customer_id, id DESC
), main AS (
  SELECT DISTINCT ON (request) request, currency, sum(arr) AS arr FROM worth
  WHERE arr IS NOT NULL GROUP BY request, currency ORDER BY request, count(*) DESC, currency
), counted AS (
  SELECT request, count(DISTINCT contact) AS contacts, count(DISTINCT customer_id) AS customers,
    count(DISTINCT contact) FILTER (WHERE importance >= 2) AS important
  FROM own GROUP BY request
)
UPDATE features_featurerequest r SET
  contacts = coalesce(counted.contacts, 0), customers = coalesce(counted.customers, 0),
  important = coalesce(counted.important, 0), arr = coalesce(main.arr, 0),
  currency = coalesce(main.currency, '')
FROM features_featurerequest s
LEFT JOIN counted ON counted.request = s.id LEFT JOIN main ON main.request = s.id
WHERE r.id = s.id AND r.id = ANY(%(ids)s)
"""


class FeatureRequestQuerySet(models.QuerySet):
    """Requests."""

    def whole(self) -> "FeatureRequestQuerySet":
        """With what a page names."""
        return self.select_related("capability", "owner", "merged_into", "root")

    def going_on(self) -> "FeatureRequestQuerySet":
        """But for those that were merged into another."""
        return self.exclude(status=Status.DUPLICATE)

    def holding(self, words: str) -> "FeatureRequestQuerySet":
        """Every word is in the title, the problem or another name."""
        found = self
        for word in words.split()[:8]:
            said = Q(title__icontains=word) | Q(problem__icontains=word)
            found = found.filter(said | Q(terms__icontains=word))
        return found

    def like(self, words: str, *, most: int = 5) -> "FeatureRequestQuerySet":
        """Those that may be meant by these words, by title or another name; the likeliest first."""
        return (
            self.going_on()
            .annotate(
                near=Greatest(
                    TrigramSimilarity("title", words),
                    Coalesce(_Nearest(F("terms"), Value(words), Value(CERTAIN)), Value(0.0)),
                ),
            )
            .filter(near__gte=SIMILAR)
            .order_by("-near", "-contacts", "-pk")[:most]
        )

    def in_order(self, sort: str) -> "FeatureRequestQuerySet":
        return self.order_by(f"-{ORDERS[sort]}", "-id")

    def beyond(self, sort: str, value: Any, pk: int) -> "FeatureRequestQuerySet":
        """What comes after a place in this order."""
        return self.filter(TupleLessThan(Tuple(F(ORDERS[sort]), F("id")), (value, pk)))

    def family(self, pk: int) -> "FeatureRequestQuerySet":
        """One, and all that were merged into it, directly or through others."""
        return self.filter(Q(pk=pk) | Q(root=pk))

    def recount(self, ids: Iterable[int]) -> None:
        """Count anew who asks for these: what a list is ordered by."""
        with connection.cursor() as cursor:
            cursor.execute(_RECOUNT, {"ids": sorted(set(ids))})


class _Nearest(Func):
    """How like a text the likest of a list of terms is, from a threshold on; else nothing."""

    output_field = models.FloatField()

    def as_sql(self, compiler: Any, connection: Any, **more: Any) -> tuple[str, list[Any]]:
        (terms, own), (text, said), (least, bound) = (
            compiler.compile(one) for one in self.source_expressions
        )
        near = f"word_similarity(term, {text})"
        sql = f"(SELECT max({near}) FROM unnest({terms}) AS term WHERE {near} >= {least})"  # noqa: S608
        return sql, [*said, *own, *said, *bound]


class InsightQuerySet(models.QuerySet):
    """Evidence."""

    def standing(self) -> "InsightQuerySet":
        """But for what was removed."""
        return self.filter(removed_at=None)

    def of_request(self, pk: Any) -> "InsightQuerySet":
        """Of a request, and of all that were merged into it."""
        requests = self.model._meta.get_field("request").related_model.objects
        return self.filter(request__in=requests.family(pk).values("pk"))

    def whole(self) -> "InsightQuerySet":
        return self.select_related("ticket", "contact", "customer", "request", "added_by")

    def with_answer(self) -> "InsightQuerySet":
        """`told`: how it stands with telling them what the request became."""
        goes_on = Coalesce(OuterRef("request__root"), OuterRef("request"))
        answers = OwedAnswer.objects.filter(
            asked_on=OuterRef("ticket"),
            kind="feature_request",
            subject_id=goes_on,
            became=Coalesce(OuterRef("request__root__status"), OuterRef("request__status")),
        )
        return self.annotate(told=Subquery(answers.standing().values("state")[:1]))
