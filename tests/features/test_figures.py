"""Demand in figures: each says what it counted and opens its rows."""

from decimal import Decimal

import pytest

from apps.figures.registry import compute, definition
from apps.tickets.models import Ticket
from tests import make

from .conftest import after

pytestmark = pytest.mark.django_db


def value(key: str, request=None, **more):
    return compute(key, at=after(60), request=str(request.pk) if request else "", **more)


def test_demand_is_counted_once_each(asked):
    assert value("features.contacts", asked).value == value("features.contacts").value == 2
    assert compute("features.contacts", at=after(60), request="x").value == 0
    assert value("features.customers", asked).value == 2
    worth = value("features.arr", asked)
    assert (worth.value, worth.unit, worth.coverage, worth.n) == (42_000, "EUR", 1.0, 2)
    important = value("features.important", asked)
    assert (important.numerator, important.denominator) == (1, 2)


def test_unknown_revenue_lowers_the_coverage(asked, ada):
    for n, (arr, currency) in enumerate([(None, "EUR"), (Decimal("5"), "USD")]):
        theirs = make.contact(customer=make.customer(arr=arr, currency=currency))
        ticket = Ticket.objects.report(subject="Me too", contact=theirs, at=after(n))
        asked.add_insight(ticket, by=ada, at=after(10))
    worth = value("features.arr", asked)
    assert (worth.value, worth.n, worth.coverage) == (42_000, 2, 0.5)


def test_of_nobody_revenue_is_not_known(excel, his, ada, nils):
    assert value("features.arr", excel).value == 0
    nils.customer.change(arr=None, by=ada, at=after(3))
    excel.add_insight(his, by=ada, at=after(4))
    assert value("features.arr", excel).coverage == 0


def test_told_is_a_share_of_those_who_are_to_be_told(asked, hers, pia, ada):
    assert value("features.told", asked).state == "not_applicable"
    assert value("features.told").state == "not_applicable"
    asked.ship(by=pia, at=after(10))
    hers.reply("There.", by=ada, at=after(11))
    told = value("features.told", asked)
    assert (told.numerator, told.denominator) == (1, 2)
    everywhere = compute("loop.told", at=after(60))
    assert (everywhere.numerator, everywhere.denominator) == (1, 2)


@pytest.mark.parametrize(
    "key, rows",
    [
        *((f"features.{name}", 2) for name in ("contacts", "customers", "arr", "important")),
        ("features.told", 2),
        ("loop.told", 2),
    ],
)
def test_each_number_opens_its_rows(key, rows, asked, pia):
    asked.ship(by=pia, at=after(10))
    figure = compute(
        key, at=after(60), **({} if key == "loop.told" else {"request": str(asked.pk)})
    )
    found = definition(key).rows_of(at=after(60), window=figure.window, **dict(figure.scope))
    shown = [found.show(one) for one in found.queryset]
    assert len(shown) == rows and all(len(one.cells) == len(found.head) - 1 for one in shown)


def test_an_undecided_request_has_nobody_to_tell(excel):
    found = definition("features.told").rows_of(at=after(60), request=str(excel.pk))
    assert not list(found.queryset)
