"""The locks install the same everywhere: pinned, hashed, and silent about where they came from."""

import re
from pathlib import Path

import pytest

from apps.embedded.home import PROJECT

LOCKS = ["base.txt", "dev.txt"]


def read(name):
    return (PROJECT / "requirements" / name).read_text()


def pins(name):
    """Each pinned package as the lock writes it, with its marker, and its number of hashes."""
    entries = re.split(r"\n(?=\S)", re.sub(r"(?m)^\s*#.*\n?", "", read(name)).strip())
    return {
        entry.split(" \\\n")[0].strip(): entry.count("--hash=sha256:") for entry in entries if entry
    }


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_names_no_address_and_no_path(name):
    text = read(name)
    assert "://" not in text
    assert " @ " not in text
    assert not re.search(r"(?m)^\s*(-i|-f|-e|--index|--extra-index|--find-links)", text)
    assert str(Path.home()) not in text
    assert str(PROJECT) not in text


@pytest.mark.parametrize("name", LOCKS)
def test_every_package_is_pinned_and_hashed(name):
    found = pins(name)
    assert len(found) > 50
    assert [pin for pin in found if not re.match(r"[\w.-]+(\[[\w,-]+\])?==[\w.!+]+", pin)] == []
    assert [pin for pin, hashes in found.items() if not hashes] == []


def test_the_tools_change_no_version_of_what_runs():
    def versions(name):
        return {pin.split(";")[0].strip() for pin in pins(name)}

    assert versions("base.txt") <= versions("dev.txt")
