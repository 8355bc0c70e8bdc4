"""The one rule for text that enters."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.timeline.refusal import Refused
from apps.timeline.text import clean_line, clean_text, scrub


@pytest.mark.parametrize(
    ("given_text", "kept"),
    [
        ("Hello", "Hello"),
        ("one\r\ntwo\rthree", "one\ntwo\nthree"),
        ("tab\tstays", "tab\tstays"),
        ("e\u0301", "é"),
        ("\u202eevil", "\u202eevil"),
        ("", ""),
    ],
)
def test_a_body_keeps_what_was_written(given_text, kept):
    assert clean_text(given_text) == kept


@pytest.mark.parametrize(
    ("given_text", "sentence"),
    [
        ("nul\x00", "This text holds the control character U+0000."),
        ("bell\x07", "This text holds the control character U+0007."),
        ("delete\x7f", "This text holds the control character U+007F."),
        ("half \ud83d", "This text is not valid Unicode."),
    ],
)
def test_a_body_is_refused_in_words(given_text, sentence):
    with pytest.raises(Refused) as refused:
        clean_text(given_text, field="body")
    assert refused.value.sentence == sentence
    assert (refused.value.code, refused.value.field) == ("unclean_text", "body")


def test_a_long_text_is_refused_whole_and_never_cut():
    with pytest.raises(Refused, match="201 characters long; 200 fit") as refused:
        clean_line("x" * 201)
    assert refused.value.code == "too_long"


@pytest.mark.parametrize(
    ("given_text", "kept"),
    [("  a\nb  ", "a b"), ("gpj.\u202eexe", "gpj.exe"), ("a\u2028b", "a b")],
)
def test_a_line_is_one_line(given_text, kept):
    assert clean_line(given_text) == kept


@given(st.text(alphabet=st.characters(codec=None), max_size=200))
def test_scrubbed_text_always_enters_and_scrubbing_twice_changes_nothing(raw):
    scrubbed = scrub(raw)
    assert clean_text(scrubbed) == scrubbed == scrub(scrubbed)
