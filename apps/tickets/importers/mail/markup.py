"""HTML of a mail: as text, and cut before what it quotes."""

import html
import re

import nh3

LARGEST = 400_000  # characters that are read
DEEPEST = 500  # tags inside each other; the time to clean grows with the square of it
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)\b[^<>]*?(/?)>")
_VOID = {*("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "wbr")}
_BLOCKS = {
    *("address", "article", "div", "dl", "dd", "dt", "fieldset", "footer", "form", "header"),
    *("h1", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre", "section", "table"),
    *("tr", "ul"),
}
_KEPT = _BLOCKS | {"a", "blockquote", "br", "td", "th"}
_TOKEN = re.compile(r"<(/?)([a-z0-9]+)([^<>]*)>")
_HREF = re.compile(r'href="([^"]*)"')
# Where mail programs begin the mail that is answered.
_QUOTES = re.compile(
    r"""<(?:
      div[^>]{0,300}\bclass=["'][^"'>]{0,200}\b(?:gmail_quote|gmail_extra|yahoo_quoted|moz-cite-prefix
        |protonmail_quote|tutanota_quote|zmail_extra|WordSection1_quote|afterlaunch-quote)
      |div[^>]{0,300}\bid=["']?(?:divRplyFwdMsg|appendonsend|mail-editor-reference-message-container
        |yahoo_quoted_|isForwardContent|OLK_SRC_BODY_SECTION|ms-outlook-mobile-reference)
      |blockquote[^>]{0,300}\b(?:type=["']?cite|class=["'][^"'>]{0,100}(?:gmail_quote|cite))
      |hr[^>]{0,100}\bid=["']?stopSpelling
      |div[^>]{0,200}style=["'][^"'>]{0,100}border-top:\s*solid\s*\#(?:e1e1e1|b5c4df)
      |div[^>]{0,200}style=["'][^"'>]{0,60}border:\s*none;\s*border-top:\s*solid\s*\#(?:e1e1e1|b5c4df)
    )""",
    re.I | re.X,
)


def is_too_deep(markup: str) -> bool:
    """Whether its tags lie so deep inside each other that cleaning it would take long."""
    depth = deepest = 0
    for closing, name, alone in _TAG.findall(markup):
        if name.lower() in _VOID or alone:
            continue
        depth += -1 if closing and depth else 1
        deepest = max(deepest, depth)
    return deepest > DEEPEST or markup.count("<") - markup.count(">") > DEEPEST


def without_quote(markup: str) -> str:
    """What comes before the mail it answers; all of it where no mail program marked that."""
    found = _QUOTES.search(markup)
    return markup[: found.start()] if found else markup


def has_quote(markup: str) -> bool:
    return _QUOTES.search(markup) is not None


def html_of(text: str) -> str:
    """Plain words among formatted ones."""
    lines = html.escape(text.strip()).replace("\n", "<br>")
    return f"<p>{lines}</p>" if lines else ""


def text_of(markup: str) -> str:
    """What a reader would see, in lines; quotations get their `>`."""
    if is_too_deep(markup):
        return tidy(html.unescape(re.sub(r"<[^<>]*>", " ", markup)))
    clean = nh3.clean(
        markup,
        tags=_KEPT,
        clean_content_tags={"script", "style", "title", "template"},
        attributes={"a": {"href"}},
        link_rel=None,
    )
    lines, depth, last, link, at_link = [""], 0, 0, "", 0

    def line() -> None:
        if lines[-1].strip():
            lines.append("> " * depth)
        else:
            lines[-1] = "> " * depth

    for found in _TOKEN.finditer(clean):
        words = _words(clean[last : found.start()])
        if words.strip() or (words and lines[-1] and not lines[-1].endswith(" ")):
            lines[-1] += words if lines[-1].strip("> ") else words.lstrip()
        closing, name, more = found[1], found[2], found[3]
        last = found.end()
        if name == "blockquote":
            if lines[-1].strip("> "):
                lines.append("")
            depth = max(0, depth - 1) if closing else depth + 1
            lines[-1] = "> " * depth
        elif name == "br":
            lines.append("> " * depth)
        elif name == "a" and not closing:
            href = _HREF.search(more)
            link, at_link = (html.unescape(href[1]) if href else ""), len(lines[-1])
        elif name == "a":
            said = lines[-1][at_link:].strip()
            if link.startswith(("http", "ftp")) and said and said.rstrip("/") != link.rstrip("/"):
                lines[-1] += f" ({link})"
            link = ""
        elif name in {"td", "th"}:
            if closing:
                lines[-1] += " "
        elif name in _BLOCKS:
            line()
            if name in {"p", "table", "ul", "ol"} and not closing and len(lines) > 1:
                lines.append("> " * depth)
            if name == "li" and not closing:
                lines[-1] += "- "
    lines[-1] += _words(clean[last:])
    return tidy("\n".join(lines))


def _words(markup: str) -> str:
    """Text between two tags: any white space is one blank."""
    return re.sub(r"\s+", " ", html.unescape(markup))


def tidy(text: str) -> str:
    """No blanks at the end of lines, no more than one empty line in a row."""
    text = re.sub(r"[ \t]+\n", "\n", text.replace("\xa0", " "))
    return re.sub(r"\n{3,}", "\n\n", text).strip()
