"""What people write, as safe HTML: Markdown in, sanitised once when it is written."""

import nh3
from markdown_it import MarkdownIt

SNIPPET = 140

_markdown = MarkdownIt("commonmark", {"html": False, "breaks": True, "linkify": True}).enable(
    ["linkify", "strikethrough", "table"]
)
_TAGS = {
    *("a", "blockquote", "br", "code", "del", "em", "h1", "h2", "h3", "h4", "hr", "li", "ol"),
    *("p", "pre", "s", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul"),
}
_MAIL_TAGS = _TAGS | {"b", "div", "i", "span", "u"}
_SCHEMES = {"http", "https", "mailto", "tel"}


def html_of(text: str) -> str:
    """What one of us or a customer typed: no raw HTML, no images, links that say nothing of us."""
    return nh3.clean(
        _markdown.render(text),
        tags=_TAGS,
        attributes={"a": {"href", "title"}},
        url_schemes=_SCHEMES,
        link_rel="noopener noreferrer nofollow",
    )


def html_of_mail(html: str) -> str:
    """What a mail brought: its text and structure, nothing that loads or runs."""
    return nh3.clean(
        html,
        tags=_MAIL_TAGS,
        clean_content_tags={"script", "style", "title", "template"},
        attributes={"a": {"href", "title"}},
        url_schemes=_SCHEMES,
        link_rel="noopener noreferrer nofollow",
    )


def snippet_of(text: str) -> str:
    """The first words, for a list."""
    line = " ".join(text[: SNIPPET * 4].split())
    return line if len(line) <= SNIPPET else line[: SNIPPET - 1].rstrip() + "…"
