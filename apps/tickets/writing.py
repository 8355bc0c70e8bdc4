"""What people write, as safe HTML: Markdown in, sanitised once when it is written."""

from collections.abc import Set
from typing import Any

import nh3
from markdown_it import MarkdownIt

from .rules import pictures
from .rules.mentions import MARK

SNIPPET = 140

_markdown = MarkdownIt("commonmark", {"html": False, "breaks": True, "linkify": True}).enable(
    ["linkify", "strikethrough", "table"]
)
_TAGS = {
    *("a", "blockquote", "br", "code", "del", "em", "h1", "h2", "h3", "h4", "hr", "li", "ol"),
    *("p", "pre", "s", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul"),
}
_MAIL_TAGS = _TAGS | {"b", "div", "i", "img", "span", "u"}
_SCHEMES = {"http", "https", "mailto", "tel"}


def _mention(state: Any, silent: bool) -> bool:
    """`@sol` among the handles that name somebody."""
    found = MARK.match(state.src, state.pos)
    if found is None or found[1].lower().rstrip(".-+") not in state.env.get("handles", ()):
        return False
    words = "@" + found[1].rstrip(".-+")
    if not silent:
        state.push("mark_open", "mark", 1)
        state.push("text", "", 0).content = words
        state.push("mark_close", "mark", -1)
    state.pos += len(words)
    return True


_markdown.inline.ruler.before("emphasis", "mention", _mention)


def html_of(text: str, handles: Set[str] = frozenset()) -> str:
    """What one of us or a customer typed: no raw HTML, no images, links that say nothing of us.

    `handles` are those whose mention is marked.
    """
    return nh3.clean(
        _markdown.render(text, {"handles": handles}),
        tags=_TAGS | {"mark"},
        attributes={"a": {"href", "title"}},
        url_schemes=_SCHEMES,
        link_rel="noopener noreferrer nofollow",
    )


def _kept_pictures(tag: str, name: str, value: str) -> str | None:
    """Of a picture's sources only one that came with the mail."""
    return value if (name != "src" or pictures.is_kept(value)) else None


def html_of_mail(html: str) -> str:
    """What a mail brought: its text and structure, nothing that loads or runs."""
    return nh3.clean(
        html,
        tags=_MAIL_TAGS,
        clean_content_tags={"script", "style", "title", "template"},
        attributes={"a": {"href", "title"}, "img": {"src", "alt", "width", "height"}},
        attribute_filter=_kept_pictures,
        url_schemes=_SCHEMES | {"cid"},
        url_relative="deny",  # here it would lead to a page of ours
        link_rel="noopener noreferrer nofollow",
    )


def snippet_of(text: str) -> str:
    """The first words, for a list."""
    line = " ".join(text[: SNIPPET * 4].split())
    return line if len(line) <= SNIPPET else line[: SNIPPET - 1].rstrip() + "…"
