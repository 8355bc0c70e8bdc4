"""Pictures in the HTML of a mail.

One that came with the mail is kept as `<img src="cid:DIGEST">`: nothing loads that by itself, and
whoever shows the words gives it an address of ours. One that lies elsewhere is never loaded: it
becomes a link, for who opens it tells its owner so.
"""

import html
import re
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

_SEEN = re.compile(r"<(/?)a\b|<img\b([^<>]{0,4000})>", re.I)
_KEPT = re.compile(r' ?\bsrc="cid:([0-9a-f]{64})"')
_BARE = re.compile(r"""\b(src|alt|width|height)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.I)
_NUMBER = re.compile(r"\s*(\d{1,4})\s*(?:px)?\s*")
SPECK = 3  # pixels: what is no larger counts who reads, and shows nothing


def is_kept(source: str) -> bool:
    """Whether a picture's source is one of ours."""
    return re.fullmatch(r"cid:[0-9a-f]{64}", source) is not None


def place(markup: str, came: Mapping[str, tuple[str, str]]) -> str:
    """HTML as it came, with every picture as what it may become; it still has to be sanitised.

    `came` says what a Content-ID stands for: a name, and the digest where it is a picture.
    """

    def put(said: str, inside_link: bool) -> str:
        about = _about(said)
        words = " ".join(about.get("alt", "").split())
        source = about.get("src", "").strip()
        if source.lower().startswith("cid:"):
            name, digest = came.get(source[4:].strip("<>"), ("", ""))
            words = name or words or "picture"
            return _kept(digest, words, about) if digest else f"<em>[{html.escape(words)}]</em>"
        if _is_speck(about) or about.get("alt") == "":
            return ""
        if inside_link or not source.lower().startswith(("http://", "https://")):
            return html.escape(words) or ("[picture]" if inside_link else "")
        return _elsewhere(source, words)

    return _each(markup, put)


def _kept(digest: str, words: str, about: Mapping[str, str]) -> str:
    size = {name: _NUMBER.fullmatch(about.get(name, "")) for name in ("width", "height")}
    said = "".join(f' {name}="{found[1]}"' for name, found in size.items() if found)
    return f'<img src="cid:{digest}" alt="{html.escape(words)}"{said}>'


def _elsewhere(source: str, words: str) -> str:
    try:
        host = urlsplit(source).hostname or ""
    except ValueError:
        return html.escape(words)
    said = f"[{words or 'picture'}, at {host}]" if host else words
    return f'<a href="{html.escape(source)}">{html.escape(said)}</a>'


def _is_speck(about: Mapping[str, str]) -> bool:
    sizes = [_NUMBER.fullmatch(about.get(name, "")) for name in ("width", "height")]
    return any(found and int(found[1]) <= SPECK for found in sizes)


def draw(safe: str, address: Callable[[str], str]) -> str:
    """Sanitised HTML with its pictures drawn from our own address, each a way to its full size."""

    def put(said: str, inside_link: bool) -> str:
        found = _KEPT.search(said)
        if found is None:
            return ""
        where = html.escape(address(found[1]))
        picture = f'<img src="{where}" loading="lazy"{_KEPT.sub("", said)}>'
        return picture if inside_link else f'<a class="picture" href="{where}">{picture}</a>'

    return _each(safe, put) if "cid:" in safe else safe


def as_words(safe: str) -> str:
    """Sanitised HTML for where nothing can be drawn: each picture is its name."""

    def put(said: str, _: bool) -> str:
        return f"<em>[{html.escape(_about(said).get('alt') or 'picture')}]</em>"

    return _each(safe, put) if "cid:" in safe else safe


def drawn(safe: str) -> frozenset[str]:
    """The digests of the pictures in it."""
    return frozenset(_KEPT.findall(safe)) if "cid:" in safe else frozenset()


def _about(said: str) -> dict[str, str]:
    """What an `img` says of itself, the first of each."""
    about: dict[str, str] = {}
    for name, *values in _BARE.findall(said):
        about.setdefault(name.lower(), html.unescape("".join(values)))
    return about


def _each(markup: str, put: Callable[[str, bool], str]) -> str:
    """Every picture as `put` says, told whether a link holds it already."""
    inside = False

    def one(found: re.Match[str]) -> str:
        nonlocal inside
        if found[2] is None:
            inside = not found[1]
            return found[0]
        return put(found[2], inside)

    return _SEEN.sub(one, markup)
