"""Signed addresses and Message-IDs: read back by us, written by nobody else; no database."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.tickets.rules.mail import (
    Named,
    message_id,
    message_ids,
    read_message_id,
    read_reply_address,
    read_subject,
    references,
    reply_address,
    subject_token,
)

KEYS = ["new", "old"]
numbers = st.integers(1, 10**18 - 1)
locals_ = st.text(string.ascii_letters + string.digits + ".-_+", min_size=1, max_size=64)


@given(numbers, st.sampled_from([str.lower, str.upper, str.title, str]))
def test_a_reply_address_names_its_ticket_in_any_case(ticket, case):
    address = reply_address("help@acme.example", ticket, KEYS)
    assert read_reply_address(case(address), KEYS) == ticket


@given(locals_, numbers)
def test_a_local_part_never_outgrows_its_limit(local, ticket):
    base = f"{local}@acme.example"
    address = reply_address(base, ticket, KEYS)
    assert len(address.rpartition("@")[0]) <= 64
    assert address == base or read_reply_address(address, KEYS) == ticket


@given(numbers, numbers)
def test_a_message_id_names_its_ticket_and_message_in_any_case(ticket, message):
    said = message_id(ticket, message, "acme.example", KEYS)
    for way in (said, said.upper(), said.strip("<>"), f"  {said} "):
        assert read_message_id(way, KEYS) == Named(ticket, message)


@given(numbers, numbers)
def test_keys_rotate(ticket, message):
    address = reply_address("help@a.example", ticket, ["old"])
    said = message_id(ticket, message, "a.example", ["old"])
    assert read_reply_address(address, KEYS) == ticket
    assert read_message_id(said, KEYS) == (ticket, message)
    assert read_reply_address(address, ["new"]) is None
    assert read_message_id(said, ["new"]) is None


@given(numbers, numbers, st.data())
def test_one_letter_changed_names_nothing(ticket, message, data):
    for made, read in (
        (reply_address("help@a.example", ticket, KEYS), read_reply_address),
        (message_id(ticket, message, "a.example", KEYS).strip("<>"), read_message_id),
    ):
        local, _, domain = made.rpartition("@")
        signature = len(local) - 16
        place = data.draw(st.integers(signature, len(local) - 1))
        other = data.draw(st.sampled_from([c for c in "abcdefgh234567" if c != local[place]]))
        assert read(f"{local[:place]}{other}{local[place + 1 :]}@{domain}", KEYS) is None


@given(numbers, numbers.filter(lambda n: n != 7))
def test_a_signature_is_good_for_its_ticket_alone(message, other):
    signature = reply_address("h@a.example", 7, KEYS).rpartition("@")[0].rpartition(".")[2]
    assert read_reply_address(f"h+t{other}.{signature}@a.example", KEYS) is None
    signed = message_id(7, message, "a.example", KEYS).strip("<>").rpartition("@")[0]
    moved = f"t{other}.m{message}.{signed.rpartition('.')[2]}"
    assert read_message_id(f"<{moved}@a.example>", KEYS) is None
    assert read_reply_address(f"h+t7.{signed.rpartition('.')[2]}@a.example", KEYS) is None


@given(st.text(max_size=200))
def test_anything_at_all_can_be_read(said):
    assert read_reply_address(said, KEYS) is None
    assert read_message_id(said, KEYS) is None
    read_subject(said)
    message_ids(said)


@pytest.mark.parametrize(
    "address",
    [
        "help@acme.example",
        "help+t7@acme.example",
        "help+t7.@acme.example",
        "help+t0.aaaaaaaaaaaaaaaa@acme.example",
        "help+t٧.aaaaaaaaaaaaaaaa@acme.example",
        "help+t07.aaaaaaaaaaaaaaaa@acme.example",
        "help+t99999999999999999999.aaaaaaaaaaaaaaaa@acme.example",
        "",
        "@",
        "+@",
    ],
)
def test_what_is_no_signed_address_names_nothing(address):
    assert read_reply_address(address, KEYS) is None


@pytest.mark.parametrize(
    "way", ["{}", "<{}>", " {} ", '"{local}"@{domain}', "prvs=1234=sender+{}", "a+b+{}"]
)
def test_an_address_is_known_in_whatever_way_servers_wrap_it(way):
    address = reply_address("help@acme.example", 7, KEYS)
    local, _, domain = address.rpartition("@")
    if "+{}" in way:
        address = local.partition("+")[2] + "@" + domain
    assert read_reply_address(way.format(address, local=local, domain=domain), KEYS) == 7


@pytest.mark.parametrize("base", [f"{'x' * 60}@acme.example", '"a b"@acme.example', "", "nobody"])
def test_what_cannot_carry_a_signature_stays_as_it_is(base):
    assert reply_address(base, 7, KEYS) == base


@pytest.mark.parametrize(
    ("header", "ids"),
    [
        ("", []),
        ("nothing here", []),
        ("<a@x>", ["<a@x>"]),
        ("<a@x>\r\n\t<b@y> <a@x>", ["<a@x>", "<b@y>"]),
        ("<a@x><b@y>", ["<a@x>", "<b@y>"]),
        ("<<a@x>> comment <b c@y>", ["<a@x>"]),
        (f"<{'x' * 1000}@y> <b@y>", ["<b@y>"]),
    ],
)
def test_message_ids_of_a_header(header, ids):
    assert message_ids(header) == ids


@pytest.mark.parametrize(
    ("chain", "parent", "whole"),
    [
        ([], "", []),
        ([], "<p>", ["<p>"]),
        (["<a>", "<b>"], "<p>", ["<a>", "<b>", "<p>"]),
        (["<a>", "<p>", "<b>"], "<p>", ["<a>", "<b>", "<p>"]),
        (["<a>", "<a>"], "", ["<a>"]),
    ],
)
def test_references(chain, parent, whole):
    assert references(chain, parent) == whole


@given(st.lists(st.integers(0, 200).map("<{}@x>".format), max_size=80), st.just("<parent@x>"))
def test_a_chain_keeps_its_first_and_its_last(chain, parent):
    kept = references(chain, parent)
    assert len(kept) <= 20
    assert kept[-1] == parent
    assert not chain or kept[0] == chain[0]


@pytest.mark.parametrize(
    ("subject", "ticket"),
    [
        ("Re: Bill [#4821]", 4821),
        ("Re: [#1] Bill [#4821]", 4821),
        ("Bill #4821", None),
        ("[#0]", None),
        ("[#٧]", None),
        (f"[#{'9' * 30}]", None),
        ("", None),
    ],
)
def test_the_ticket_of_a_subject(subject, ticket):
    assert read_subject(subject) == ticket


@given(numbers)
def test_a_subject_token_is_read_back(ticket):
    assert read_subject(f"Re: x {subject_token(ticket)}") == ticket
