"""A template that may travel alone has one root, and the root has an id."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

TEMPLATES = Path(__file__).parents[2] / "templates"
PARTS = sorted(TEMPLATES.rglob("_*.html"))
VOID = {"area", "br", "hr", "img", "input", "link", "meta", "use", "path", "rect", "line", "circle"}


class Roots(HTMLParser):
    """The elements that stand at the top."""

    def __init__(self) -> None:
        super().__init__()
        self.depth = 0
        self.found: list[tuple[str, dict]] = []

    def handle_starttag(self, tag, attrs):
        if self.depth == 0:
            self.found.append((tag, dict(attrs)))
        if tag not in VOID:
            self.depth += 1

    def handle_startendtag(self, tag, attrs):
        if self.depth == 0:
            self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        if tag not in VOID:
            self.depth -= 1


@pytest.mark.parametrize("part", PARTS, ids=lambda path: str(path.relative_to(TEMPLATES)))
def test_a_part_has_one_root_with_an_id(part):
    text = re.sub(r"{#.*?#}", "", part.read_text(), flags=re.S)
    text = re.sub(r"{%.*?%}", "", text, flags=re.S).replace("{{", "").replace("}}", "")
    roots = Roots()
    roots.feed(text)
    assert len(roots.found) == 1, roots.found
    assert roots.found[0][1].get("id"), roots.found


@pytest.mark.parametrize(
    "template",
    sorted(path for path in TEMPLATES.rglob("*.html") if path.parent != TEMPLATES / "mail"),
    ids=lambda path: str(path.relative_to(TEMPLATES)),
)  # a letter carries its own style: no policy of ours reaches a mail program
def test_nothing_in_a_template_asks_the_security_policy_for_leave(template):
    text = template.read_text()
    assert not re.search(r"\sstyle=", text)
    assert "<style" not in text
    assert not re.search(r"\son[a-z]+=", text)
    assert "hx-on" not in text
    assert not re.search(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)", text)
    assert not re.search(r'(src|href)="(https?:)?//', text)
