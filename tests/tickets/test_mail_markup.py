"""HTML of a mail as text: lines as a reader sees them, quotations with their mark."""

import pytest

from apps.tickets.importers.mail.markup import (
    DEEPEST,
    has_quote,
    is_too_deep,
    text_of,
    tidy,
    without_quote,
)

LINK = '<p>See <a href="https://acme.test/a">the page</a>.</p>'
READ = [
    ("Plain words", "Plain words"),
    ("<p>One</p><p>Two</p>", "One\n\nTwo"),
    ("One<br>Two<br><br>Three", "One\nTwo\n\nThree"),
    ("<div>One</div><div>Two</div>", "One\nTwo"),
    ("<ul><li>One</li><li>Two</li></ul>", "- One\n- Two"),
    ("<table><tr><td>A</td><td>B</td></tr></table>", "A B"),
    (LINK, "See the page (https://acme.test/a)."),
    ('<a href="https://acme.test/">https://acme.test</a>', "https://acme.test"),
    ('<a href="mailto:a@b.test">Write</a> <a>bare</a>', "Write bare"),
    ("Hello<blockquote>Quoted<br>more</blockquote>Bye", "Hello\n> Quoted\n> more\nBye"),
    ("<blockquote>A<blockquote>B</blockquote></blockquote>C", "> A\n> > B\nC"),
    ("a &amp; b&nbsp;c &lt;d&gt;", "a & b c <d>"),
    ("<script>x</script><style>y</style>Words", "Words"),
    ("<b>Bold</b> <i>words</i>", "Bold words"),
    ("  a \n  b  ", "a b"),
    ("", ""),
]


@pytest.mark.parametrize(("markup", "text"), READ)
def test_it_reads_as_it_looks(markup, text):
    assert text_of(markup) == text


def test_what_lies_too_deep_is_read_without_its_form():
    deep = "<div>" * (DEEPEST + 1) + "Words &amp; more"
    assert is_too_deep(deep) and text_of(deep) == "Words & more"
    assert is_too_deep("<" * (DEEPEST + 1)) and not is_too_deep("</div><br><img/>")


@pytest.mark.parametrize(
    "mark",
    [
        '<div class="gmail_quote">',
        "<div id=divRplyFwdMsg>",
        '<blockquote type="cite">',
        "<hr id=stopSpelling>",
        '<div style="border-top: solid #e1e1e1 1pt">',
    ],
)
def test_it_is_cut_before_what_it_answers(mark):
    said = f"<p>New</p>{mark}Old"
    assert has_quote(said) and without_quote(said) == "<p>New</p>"
    assert without_quote("<p>New</p>") == "<p>New</p>" and not has_quote("<p>New</p>")


def test_lines_are_tidy():
    assert tidy("a \t\n\n\n\n\xa0b ") == "a\n\n b"
