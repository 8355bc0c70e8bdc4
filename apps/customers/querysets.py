"""How customers and contacts are asked for."""

from datetime import datetime
from functools import cache
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db import models, transaction
from django.db.models import Case, OuterRef, When
from django.db.models.functions import Coalesce, Lower

from apps.statements.records import Records
from apps.statements.statement import Given

from .rules import preferred

# The update changes nothing; it is there so that the row of whoever was faster is told too.
_MEET = """
INSERT INTO customers_contact (email, name, customer_id, phone, timezone)
VALUES (%(email)s, %(name)s, %(customer)s, '', 'UTC')
ON CONFLICT (email) DO UPDATE SET email = excluded.email RETURNING *
"""


class KnownQuerySet(models.QuerySet):
    """What is entered one by one."""

    def enter(self, *, by: Any, at: datetime, run: int | None = None, **fields: Any) -> Any:
        """A new one, from an import perhaps; refused when its address or external id is taken."""
        record = self.model()
        with transaction.atomic():
            told = record.put(**fields)
            record.keep()
            record.record("entered", by=by, at=at, **told, **({"imported": run} if run else {}))
        return record


class CustomerQuerySet(KnownQuerySet):
    """Organisations."""

    def by_name(self) -> "CustomerQuerySet":
        return self.order_by(Lower("name"), "id")

    def named_like(self, words: Any) -> "CustomerQuerySet":
        """Whose name holds these words, in any case."""
        return self.annotate(_name=Lower("name")).filter(_name__contains=_sought(words))

    def lower_named(self, names: list[str]) -> "CustomerQuerySet":
        """Whose whole name is one of these, which are in lower case."""
        return self.annotate(_name=Lower("name")).filter(_name__in=names)

    def of_domain(self, domain: str) -> "CustomerQuerySet":
        return self.annotate(_domain=Lower("domain")).filter(_domain=domain.strip().lower())


class ContactQuerySet(KnownQuerySet):
    """People at customers."""

    def by_name(self) -> "ContactQuerySet":
        return self.order_by(Lower("name"), "id")

    def with_customer(self) -> "ContactQuerySet":
        return self.select_related("customer")

    def apart(self) -> "ContactQuerySet":
        """Those who go on, not those merged into one of them."""
        return self.filter(merged_into=None)

    def addresses_of(self, contact: Any) -> "ContactQuerySet":
        """A contact's own row and those merged into it."""
        return self.filter(models.Q(pk=contact) | models.Q(merged_into=contact))

    def going_on(self) -> "ContactQuerySet":
        """As numbers: these, or the one each was merged into."""
        return self.order_by().values(going_on=Coalesce("merged_into", "pk"))

    def known_as(self, email: str) -> "ContactQuerySet":
        """The person behind this address, however it is written."""
        theirs = self.model.objects.filter(email=email.strip().lower())
        return self.filter(pk=models.Subquery(theirs.going_on()))

    def behind(self, email: str) -> Any:
        """Whoever has this address, with their customer; asked for every ticket that begins."""
        return _behind(self.model).first(email=email)

    def meet(self, email: str, *, name: str = "", customer: Any = None) -> Any:
        """Whoever has this address, entered where nobody has; one statement, however many ask."""
        values = {"email": email, "name": name, "customer": customer.pk if customer else None}
        [contact] = self.raw(_MEET, values)
        return contact.merged_into or contact

    def suggest_language(self, email: str, header: str) -> None:
        """What a header says they read, as a suggestion while nobody knows better."""
        if found := preferred(header):
            unknown = self.known_as(email).filter(language="").exclude(language_hint=found)
            unknown.update(language_hint=found)

    def like(self, words: Any) -> "ContactQuerySet":
        """Whose name or address holds these words, in any case."""
        words = _sought(words)
        found = self.model.objects.annotate(_name=Lower("name")).filter(
            models.Q(_name__contains=words) | models.Q(email__contains=words)
        )
        return self.filter(pk__in=found.going_on())


def _sought(words: Any) -> Any:
    """As names are compared; words that are told later come so."""
    return words.strip().lower() if isinstance(words, str) else words


class CustomerNoteQuerySet(models.QuerySet):
    """Notes on customers."""

    def kept(self) -> "CustomerNoteQuerySet":
        return self.filter(deleted_at=None)

    def pinned(self) -> ArraySubquery:
        """As a column of what has a customer: the words that stand above the others."""
        found = self.kept().filter(customer=OuterRef("customer")).exclude(pinned_at=None)
        return ArraySubquery(found.order_by("-at", "-pk").values("body"))

    def in_order(self) -> "CustomerNoteQuerySet":
        """Pinned ones first, then the newest."""
        pinned = Case(When(pinned_at=None, then=1), default=0)
        return self.select_related("author").order_by(pinned, "-at", "-pk")


@cache
def _behind(contacts: Any) -> Records:
    known = contacts.objects.filter(email=Given("email")).going_on()
    return Records(lambda: contacts.objects.with_customer().filter(pk=models.Subquery(known)))
