"""What some customers pay us a year, as one figure: never a sum over currencies."""

from collections.abc import Iterable
from decimal import Decimal

from apps.figures.figure import Reading

IN_MAIN = "in the currency most of them pay in"
NOT_COUNTED = ("customers whose revenue is not known", "revenue in other currencies")


def summed(worth: Iterable[tuple[Decimal | None, str]]) -> Reading:
    """Amount and currency of each customer once → the sum in the currency most of them pay in, of
    two alike the first by name; of how many of them it is known in that one is its coverage.

    `features.querysets` counts requests by the same rule in SQL.
    """
    every = list(worth)
    known = [currency for amount, currency in every if amount is not None]
    if not known:
        return Reading(value=0.0, n=0, coverage=0.0 if every else None)
    main = max(sorted(set(known)), key=known.count)
    amounts = [amount for amount, currency in every if amount is not None and currency == main]
    return Reading(
        value=float(sum(amounts)), n=len(amounts), coverage=len(amounts) / len(every), unit=main
    )
