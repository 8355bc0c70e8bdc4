"""What docs/desk.md and docs/asvs.md say is proven by tests that exist."""

import re
from collections import Counter

import pytest
from django.conf import settings

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
