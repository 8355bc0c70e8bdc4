"""Keys: one table says what there is; everybody chooses others, and two things never share one."""

import json
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import reverse

from apps.portal import keys
from apps.portal.deeds import DEEDS

SCRIPT = (settings.BASE_DIR / "apps/portal/static/portal/js/keyboard.js").read_text()
TEMPLATES = [path.read_text() for path in Path(settings.BASE_DIR / "templates").rglob("*.html")]
OFFERED = {found for text in TEMPLATES for found in re.findall(r'data-key="([^"]+)"', text)}


def test_the_table_as_it_stands_has_no_key_twice():
    assert keys.problems({}) == {}
    assert len(keys.BY_KEYS) == len(keys.TABLE)


@pytest.mark.parametrize("key", keys.CHOOSABLE, ids=lambda key: key.keys)
def test_what_the_sheet_promises_is_there(key):
    """Each key stands in a template, in a list's verbs, or in the script."""
    there = OFFERED | {deed.key for deed in DEEDS} | set(re.findall(r'"(.)"', SCRIPT)) | {"1"}
    assert key.keys in there


def test_what_a_page_offers_under_a_key_is_in_the_table():
    assert set(keys.BY_KEYS) >= OFFERED


@pytest.mark.parametrize(
    ("said", "spelt"),
    [
        ("r", ["r"]),
        ("J", ["Shift", "J"]),
        ("m m", ["m", "m"]),
        ("g q", ["g", "q"]),
        ("Ctrl+k", ["Ctrl", "K"]),
        ("Ctrl+Shift+Enter", ["Ctrl", "Shift", "Enter"]),
        ("Alt+y", ["Alt", "y"]),
        ("?", ["?"]),
        ("Esc", ["Esc"]),
    ],
)
def test_keys_are_spelt_as_they_stand_on_a_keyboard(said, spelt):
    assert keys.spelt(said) == spelt


def test_a_chosen_key_stands_in_for_the_one_of_the_table():
    choice = {"r": "y", "g": "v", "m m": "w"}
    assert keys.chosen(choice, "r") == "y"
    assert keys.chosen(choice, "g q") == "v q"
    assert keys.chosen(choice, "m m") == "w"
    assert keys.chosen(choice, "n") == "n"
    assert keys.for_script(choice) == {"y": "r", "v": "g", "w": "m m"}


@pytest.mark.parametrize(
    ("choice", "concerned"),
    [
        ({"r": "n"}, {"n"}),  # a key that is another's
        ({"r": "m"}, {"m m"}),  # which begins with it
        ({"r": "F5"}, {"r"}),
        ({"r": "é"}, {"r"}),
        ({"r": "Ctrl+x"}, {"r"}),
        ({"r": "n", "n": "r"}, set()),  # exchanged
        ({"r": "Alt+r"}, set()),
    ],
)
def test_two_things_never_share_a_key(choice, concerned):
    assert set(keys.problems(keys.tidy(choice))) == concerned


def test_what_is_empty_or_as_it_was_is_no_choice():
    assert keys.tidy({"r": "", "n": "n", "a": " y ", "Enter": "x"}) == {"a": "y"}


def form(**chosen: str) -> dict[str, str]:
    places = {key.keys: f"key-{place}" for place, key in enumerate(keys.CHOOSABLE)}
    return {"shortcuts": "on"} | {places[key]: said for key, said in chosen.items()}


def test_a_person_chooses_keys_and_every_page_knows(as_ada, ada):
    url = reverse("portal:settings-keys")
    assert as_ada.post(url, form(r="y")).status_code == 302
    ada.refresh_from_db()
    assert (ada.keys, ada.shortcuts) == ({"r": "y"}, True)
    page = as_ada.get("/").content.decode()
    said = re.search(r'data-keys="([^"]+)"', page)[1].replace("&quot;", '"')
    assert json.loads(said) == {"y": "r"}
    assert re.search(r"<div>Reply <span><kbd>y</kbd>", page)


def test_a_choice_that_cannot_be_is_refused_beside_its_field_and_kept(as_ada, ada):
    answer = as_ada.post(reverse("portal:settings-keys"), form(r="n"))
    assert answer.status_code == 422
    assert "is “Reply” already" in answer.content.decode()
    ada.refresh_from_db()
    assert ada.keys == {}


def test_all_keys_go_back_and_single_keys_are_switched_off(as_ada, ada):
    url = reverse("portal:settings-keys")
    as_ada.post(url, form(r="y"))
    as_ada.post(url, {"reset": "1"})
    ada.refresh_from_db()
    assert ada.keys == {}
    as_ada.post(url, {})
    ada.refresh_from_db()
    assert not ada.shortcuts
    assert "data-shortcuts" not in as_ada.get("/").content.decode()
