"""What a browser says it has blocked, read to the few words that may be kept.

Addresses of pages can be keys (a contact's link is), so none is kept: of another site its origin,
of ours the path, for whoever keeps it to find the page's name by. Anybody may send anything here.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urlsplit

MOST_IN_A_BODY = 10
DIRECTIVES = frozenset(
    {
        *("base-uri", "form-action", "frame-ancestors", "default-src", "connect-src"),
        *("child-src", "font-src", "frame-src", "img-src", "manifest-src", "media-src"),
        *("object-src", "worker-src", "script-src", "script-src-attr", "script-src-elem"),
        *("style-src", "style-src-attr", "style-src-elem"),
    }
)
WORDS = frozenset({"inline", "eval", "wasm-eval", "self"})
SELF, OTHER = "self", "other"
HOST = re.compile(r"[a-z0-9._:-]{1,120}")
SCHEME = re.compile(r"[a-z][a-z0-9+.-]{0,29}")
STATIC = re.compile(r"/static/[\w./-]{1,180}", re.ASCII)


@dataclass(frozen=True)
class Blocked:
    """Something that the policy of a page forbade."""

    directive: str
    what: str  # a word of the policy, a scheme, or an origin
    path: str  # of the page
    source: str  # the file of ours, or the origin, that wanted it


def read(body: bytes, host: str) -> list[Blocked]:
    """The reports in a body, of either format; what is not about this host is left out."""
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return []
    return list(dict.fromkeys(_read(told, host)))


def _read(told: Any, host: str) -> Iterator[Blocked]:
    for body in _bodies(told):
        directive = _said(body, "effectiveDirective", "effective-directive", "violated-directive")
        directive = directive.partition(" ")[0]
        page = _split(_said(body, "documentURL", "document-uri"))
        if directive in DIRECTIVES and page.hostname == host:
            what = origin(_said(body, "blockedURL", "blocked-uri"), host)
            wanted_by = source(_said(body, "sourceFile", "source-file"), host)
            yield Blocked(directive, what, page.path, wanted_by)


def _bodies(told: Any) -> Iterator[dict[str, Any]]:
    """`report-to` sends a list of reports, `report-uri` one under its name."""
    for report in (told if isinstance(told, list) else [told])[:MOST_IN_A_BODY]:
        body = report.get("csp-report") or report.get("body") if isinstance(report, dict) else None
        if isinstance(body, dict):
            yield body


def _said(body: dict[str, Any], *names: str) -> str:
    """What stands under the first of these names that holds words."""
    return next((body[name] for name in names if isinstance(body.get(name), str)), "")


def origin(address: str, host: str) -> str:
    """Where something would have come from: never its path, nor who asked."""
    if address in WORDS:
        return address
    split = _split(address)
    scheme = split.scheme or address  # browsers say `data` where they mean `data:`
    if split.hostname == host:
        return SELF
    if split.hostname and HOST.fullmatch(split.hostname) and split.scheme in ("http", "https"):
        return f"{split.scheme}://{split.hostname}"
    return scheme if SCHEME.fullmatch(scheme) else OTHER


def source(address: str, host: str) -> str:
    """The same; of our own files their name."""
    split = _split(address)
    if split.hostname == host and STATIC.fullmatch(split.path):
        return split.path
    return origin(address, host) if address else ""


def _split(address: str) -> SplitResult:
    try:
        return urlsplit(address)
    except ValueError:
        return urlsplit("")
