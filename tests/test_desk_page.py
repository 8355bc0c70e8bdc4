"""What docs/desk.md and docs/asvs.md say is proven by tests; docs/limits.md says what holds."""

import re
from collections import Counter
from datetime import timedelta

import pytest
from django.conf import settings
from django.utils.module_loading import import_string

PAGE = (settings.BASE_DIR / "docs/desk.md").read_text()
PROMISES = PAGE + (settings.BASE_DIR / "docs/asvs.md").read_text()
NAMED = re.findall(r"`([\w/]+\.py)::(\w+)`", PROMISES)
ROWS = [line for line in PAGE.splitlines() if line.startswith("| ") and "Proven by" not in line]


@pytest.mark.parametrize(("path", "name"), sorted(set(NAMED)), ids="::".join)
def test_a_named_test_exists(path, name):
    file = settings.BASE_DIR / "tests" / path
    assert file.exists(), path
    assert re.search(rf"^\s*def {name}\(", file.read_text(), re.MULTILINE), name


def test_every_line_names_its_proof():
    assert [row for row in ROWS if "::" not in row] == []
    assert len(ROWS) > 70


def test_no_line_stands_twice():
    assert [row for row, count in Counter(ROWS).items() if count > 1] == []


LIMITS = re.findall(
    r"^\| (.+) \| (\d+) ?(\w*) \| `([\w.]+)` \|$",
    (settings.BASE_DIR / "docs/limits.md").read_text(),
    re.MULTILINE,
)
UNITS = {"KB": 1024, "MB": 1024**2, "": 1, "characters": 1}


@pytest.mark.parametrize(
    ("what", "number", "unit", "where"), LIMITS, ids=[one[3] for one in LIMITS]
)
def test_a_limit_is_the_one_of_the_code(what, number, unit, where):
    limit = import_string(where)
    if unit in UNITS:
        assert limit == int(number) * UNITS[unit], what
    else:
        told = timedelta(**{unit: int(number)})
        assert limit in (told, told.total_seconds()), what


def test_every_line_of_limits_is_read():
    lines = (settings.BASE_DIR / "docs/limits.md").read_text().count("| `")
    assert len(LIMITS) == lines > 30
