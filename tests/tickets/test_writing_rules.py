"""Variables, mentions, macro steps and addresses: rules without a database."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from apps.tickets.rules import addresses, macros
from apps.tickets.rules.mentions import handle_of, handle_of_team, handles_in
from apps.tickets.rules.variables import VARIABLES, fill, left, problems
from apps.tickets.writing import html_of

# --- variables ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text, filled, missing",
    [
        ("Hi {{contact.name}}", "Hi Mira", []),
        ('Hi {{ contact.first_name | "there" }}!', "Hi there!", []),
        ("Hi {{ contact.first_name | “there” }}!", "Hi there!", []),
        ('Hi {{ contact.first_name | "" }}!', "Hi !", []),
        ("Hi {{ contact.first_name }}!", "Hi [contact.first_name]!", ["contact.first_name"]),
        ("{ not one } {{ 7 * 7 }}", "{ not one } {{ 7 * 7 }}", []),
    ],
)
def test_places_are_filled_in(text, filled, missing):
    assert fill(text, {"contact.name": "Mira"}) == (filled, missing)


@pytest.mark.parametrize(
    "text, count",
    [
        ("Nothing to fill", 0),
        ('{{ signature }} {{ expected_by | "soon" }}', 0),
        ("{{ signatur }}", 1),
        ("{{ ticket.__class__ }}", 1),
        ("{% load x %} {{ x|safe }}", 1),
        ("{{ a", 1),
        ("a }}", 1),
    ],
)
def test_what_can_never_be_filled_in_is_found(text, count):
    assert len(problems(text)) == count


@pytest.mark.parametrize(
    "text, places",
    [
        ("Hi [contact.first_name], [x] [contact.first_name]", ["[contact.first_name]"]),
        ("It is [about.title] by [expected_by]", ["[about.title]", "[expected_by]"]),
        ("See [today's report](https://x.test) and [contact]", []),
    ],
)
def test_a_place_that_nobody_filled_in_is_seen(text, places):
    assert left(text) == places


@given(some.dictionaries(some.sampled_from(sorted(VARIABLES)), some.text(min_size=1)), some.text())
def test_a_value_is_never_read_again(values, around):
    text = around.replace("{", "").replace("}", "") + "{{ contact.name }}"
    filled, _ = fill(text, values)
    assert filled == text[: -len("{{ contact.name }}")] + values.get(
        "contact.name", "[contact.name]"
    )


# --- mentions -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text, handles",
    [
        ("@sol look", ["sol"]),
        ("Ask @Sol, or @on-call.", ["sol", "on-call"]),
        ("mail mira@acme.test", []),
        ("`@sol` ```\n@ada\n``` @pia", ["pia"]),
        ("(@sol) @sol@demo.test", ["sol", "sol@demo.test"]),
        ("@ nobody", []),
    ],
)
def test_handles_are_read(text, handles):
    assert handles_in(text) == handles


def test_handles_are_made():
    assert handle_of("Sol@Demo.test") == "sol" and handle_of_team("On Call!") == "on-call"


@given(some.text(max_size=200))
def test_marking_mentions_never_fails(text):
    assert "<script" not in html_of(text, frozenset(handles_in(text)))


# --- macros ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "steps, says",
    [
        (None, "list of steps"),
        ([], "at least one"),
        ([1], "list of steps"),
        ([{"do": "tag", "add": [str(n)]} for n in range(13)], "12 steps"),
        ([{"do": "explode"}], "cannot “explode”; queue, assign, priority, tag,"),
        ([{"do": "priority", "to": "low"}] * 2, "one of them is enough"),
        ([{"do": "priority", "to": "low", "now": 1}], "has no “now”"),
        ([{"do": "reply", "text": " "}], "needs words"),
        ([{"do": "reply", "text": "{{ x }}"}], "no variable “x”"),
        ([{"do": "status", "to": "closed"}], "Choose a status"),
        ([{"do": "priority", "to": "x"}], "not a priority"),
        ([{"do": "snooze"}], "until when"),
        ([{"do": "tag"}], "Name a tag"),
        ([{"do": "tag", "add": [1]}], "Tags are words"),
        ([{"do": "fill", "value": 1}], "Name the field"),
        ([{"do": "assign", "to": 1}], "leads"),
    ],
)
def test_steps_that_cannot_be_are_refused(steps, says):
    assert says in macros.refusal(steps)


def test_steps_are_said_in_words_and_in_order():
    steps = [
        {"do": "snooze", "for": "fri 9"},
        {"do": "status", "to": "waiting_customer"},
        {"do": "reply", "text": "Hi"},
        {"do": "note", "text": "Hi"},
        {"do": "tag", "add": ["refund"], "remove": ["sales", "new"]},
        {"do": "fill", "field": "size", "value": 1},
        {"do": "priority", "to": "high"},
        {"do": "assign", "to": "me"},
        {"do": "queue", "to": "billing"},
    ]
    assert macros.refusal(steps) == ""
    assert macros.says(steps) == (
        "moves to billing, assigns to you, sets priority high, adds tag refund, "
        "removes tag sales and new, fills in size, adds a note, replies, "
        "sets waiting for the customer, snoozes until fri 9"
    )
    assert macros.says([{"do": "assign", "to": None}, {"do": "queue", "to": None}]) == (
        "takes it out of its queue, assigns to nobody"
    )
    assert macros.says([{"do": "status", "to": "resolved"}]) == "resolves it"
    assert macros.needs(steps) == {
        "tickets.change",
        "tickets.assign",
        "tickets.note",
        "tickets.reply",
    }


# --- addresses ------------------------------------------------------------------------------------


def test_addresses_are_read_as_people_type_them():
    typed = addresses.split("a@x.test, Bo <B@Y.test>; \nc@z.test,")
    assert addresses.addresses_in(typed) == ["a@x.test", "b@y.test", "c@z.test"]
    assert addresses.refusal(typed) == ""
    assert "nobody" in addresses.refusal(["nobody"])
    assert "20 copies" in addresses.refusal([f"a{n}@x.test" for n in range(21)])
