"""Values of custom fields: what fits is kept as JSON, what does not says why."""

import pytest

from apps.tickets.rules.fields import Unfit, fit

FITS = [
    ("text", None, None),
    ("text", "  ", None),
    ("text", " Gold ", "Gold"),
    ("text", 7, "7"),
    ("yes_no", True, True),
    ("yes_no", "Yes", True),
    ("yes_no", "off", False),
    ("number", "12", 12),
    ("number", "12.0", 12),
    ("number", "12.50", "12.50"),
    ("number", "-3", -3),
    ("date", "2026-11-26", "2026-11-26"),
    ("date", "20261126", "2026-11-26"),
    ("choice", "Gold", "Gold"),
    ("url", "https://acme.test/1", "https://acme.test/1"),
]
UNFIT = [
    ("text", ["a", "b"], "not several"),
    ("text", {"a": 1}, "not several"),
    ("text", "x" * 2001, "2,000 characters"),
    ("yes_no", "perhaps", "yes or no"),
    ("number", "twelve", "not a number"),
    ("number", "NaN", "that fits"),
    ("number", "Infinity", "that fits"),
    ("number", "1e18", "that fits"),
    ("date", "2026-13-01", "not a day"),
    ("choice", "Silver", "not one of Gold, Plain"),
    ("url", "ftp://acme.test", "begins with"),
]


@pytest.mark.parametrize(("kind", "said", "kept"), FITS)
def test_what_fits_is_kept(kind, said, kept):
    found = fit(kind, said, ("Gold", "Plain"))
    assert found == kept and type(found) is type(kept)


@pytest.mark.parametrize(("kind", "said", "why"), UNFIT)
def test_what_does_not_fit_says_why(kind, said, why):
    with pytest.raises(Unfit, match=why):
        fit(kind, said, ("Gold", "Plain"))
