"""Strict JSON."""

import json
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.exceptions import ParseError

from apps.api.parsers import DEEPEST, depth, read


def test_a_long_text_is_read_without_remembering_it():
    """Each character once kept a hundred bytes, so that a file needed gigabytes."""
    raw = b'["' + b"ab\\n" * 500_000 + b'[{"]'
    tracemalloc.start()
    assert depth(raw) == 1
    assert tracemalloc.get_traced_memory()[1] < 2 * len(raw)
    tracemalloc.stop()


texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=20,
)


@given(values, st.booleans())
def test_what_json_writes_is_read_back(value, ascii_only):
    assert read(json.dumps(value, ensure_ascii=ascii_only).encode()) == value


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(raw):
    try:
        read(raw)
    except ParseError as refused:
        assert str(refused.detail)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b'{"a":1,}', "not JSON"),
        (b"{'a':1}", "not JSON"),
        (b'{"a":01}', "not JSON"),
        (b'{"a":1} x', "not JSON"),
        (b'{"a":"\x01"}', "not JSON"),
        (b"\xef\xbb\xbf{}", "not JSON"),
        ("{}".encode("utf-16"), "not UTF-8"),
        (b'{"a":"\xff"}', "not UTF-8"),
        (b'{"a":"\xed\xa0\x80"}', "not UTF-8"),
        (b'{"a":1,"a":2}', "twice"),
        (b'{"a":{"b":1,"b":1}}', "twice"),
        (b'{"a":NaN}', "NaN"),
        (b'{"a":Infinity}', "Infinity"),
        (b'{"a":-Infinity}', "-Infinity"),
        (b'{"a":1e400}', "too large"),
        (b'{"a":' + b"9" * 5000 + b"}", "too many digits"),
        (b'{"a":"\\u0000"}', "NUL"),
        (b'{"\\ud800":1}', "surrogate"),
        (b'{"a":["\\udfff"]}', "surrogate"),
        (b"[" * 33 + b"]" * 33, "deeper"),
        (b"[" * 100_000, "deeper"),
        (b'{"a":' * 990 + b"1" + b"}" * 990, "deeper"),
    ],
)
def test_what_is_refused(raw, reason):
    with pytest.raises(ParseError, match=reason):
        read(raw)


def test_brackets_in_strings_are_no_depth():
    assert depth(json.dumps({"a": "[" * 500 + '"{'}).encode()) == 1
    assert depth(b"[" * DEEPEST + b"]" * DEEPEST) == DEEPEST


def test_a_pair_of_surrogates_is_one_character():
    assert read(b'["\\ud83d\\ude00"]') == ["😀"]
