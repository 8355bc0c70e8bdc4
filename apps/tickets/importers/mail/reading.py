"""From raw bytes to a `Letter`: each step that fails falls back to one that asks for less."""

import hashlib
from dataclasses import replace

from apps.timeline.text import scrub

from ...rules import pictures
from ...rules.kinds import PICTURES, type_of
from . import bounces, heads, markup, quotes
from .charsets import text_of
from .letter import Bounce, File, Letter
from .parsing import LARGEST, MOST_BOUNDARIES, SLICE, is_sane, parsed
from .parts import Body, Parts, walk

LONGEST_BODY = 60_000  # characters on a ticket; what is longer is a file beside it
LONGEST_QUOTE = 200_000
LONGEST_HEAD = 100_000


def read(raw: bytes) -> Letter:
    """The mail, as far as it can be read. Never raises."""
    head, body = heads.split(raw[: LARGEST + 1])
    letter = _addressed(head[: 1024 * 1024])
    try:
        parts = walk(parsed(raw)) if is_sane(raw) else _walk_slice(raw)
    except Exception:  # the parser met what it was not made for
        parts = Parts([Body(0, scrub(text_of(body[:SLICE])))])
        parts.remark("Its parts could not be told apart; what is readable of it is shown.")
    if len(head) > LONGEST_HEAD:
        parts.remark("Its head is very long; the rest of it is in the raw mail.")
    return _worded(letter, parts)


def _walk_slice(raw: bytes) -> Parts:
    """The beginning of a mail that is too large, or built to keep a reader busy."""
    start = raw[:SLICE]
    if start.lower().count(b"boundary") <= MOST_BOUNDARIES:
        parts = walk(parsed(start))
    else:
        parts = Parts([Body(0, scrub(text_of(heads.split(start)[1])))])
    parts.remark(f"Only its first {SLICE // 1024} KB were read; the rest is in the raw mail.")
    return parts


def _addressed(head: bytes) -> Letter:
    fields = heads.fields_of(head)

    def said(*names: str) -> tuple[str, ...]:
        return tuple(value for name in names for value in fields.get(name, ()))

    senders = heads.addresses_of(said("from")) or heads.addresses_of(said("sender"))
    delivered = heads.addresses_of(
        said("delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "x-delivered-to")
    )
    dates = (heads.date_of(one) for one in said("date"))
    return Letter(
        sender=senders[0] if senders else None,
        reply_to=heads.addresses_of(said("reply-to")),
        to=heads.addresses_of(said("to")),
        cc=heads.addresses_of(said("cc")),
        delivered_to=tuple(one.email for one in delivered),
        subject=heads.line_of(" ".join(said("subject")[:1]), 998),
        date=next((date for date in dates if date), None),
        message_id=heads.message_id_of(next(iter(said("message-id")), "")),
        answers=tuple(
            dict.fromkeys(
                (*heads.ids_of(said("in-reply-to")), *reversed(heads.ids_of(said("references"))))
            )
        ),
        head=scrub(text_of(head[:LONGEST_HEAD])),
        fields=fields,
    )


def _worded(letter: Letter, parts: Parts) -> Letter:
    """The letter with its words, files, and the report it is, if it is one."""
    files = list(parts.files)
    plain, html = _said(parts)
    if len(html) > markup.LARGEST or (html and markup.is_too_deep(html)):
        files.append(File("message.html", html.encode()))
        parts.remark("Its formatting is too much to show; it is attached as message.html.")
        html = ""
    bounce = _bounce(parts, letter, plain)
    text, quoted = quotes.split(plain)
    if quoted:
        # Its formatting is shown where a mail program said in it where the quotation begins.
        cut = markup.without_quote(html)
        html = cut if markup.has_quote(html) and markup.text_of(cut) else ""
    if len(text) > LONGEST_BODY or len(quoted) > LONGEST_QUOTE:
        files.append(File("message.txt", plain.encode("utf-8", "replace")))
        parts.remark("It is too long to show; all of it is attached as message.txt.")
        text, quoted, html = text[:LONGEST_BODY].rstrip(), quoted[:LONGEST_QUOTE], ""
    came = {file.content_id: (file.name, _picture(file)) for file in files if file.content_id}
    return replace(
        letter,
        text=text,
        quoted=quoted,
        html=pictures.place(html, came) if html else "",
        files=tuple(files),
        bounce=bounce,
        remarks=tuple(parts.remarks),
    )


def _said(parts: Parts) -> tuple[str, str]:
    """All that is said, as text and, where any of it has a form, as HTML: a footer in plain text
    below a letter in HTML is read after it, and seen after it."""
    places: dict[int, tuple[list[str], list[str]]] = {}
    for body in parts.bodies:
        plains, htmls = places.setdefault(body.place, ([], []))
        plains += [body.plain] if body.plain.strip() else []
        htmls += [body.html] if body.html.strip() else []
    texts, marked, left = [], [], markup.LARGEST
    for plains, htmls in places.values():
        text, html = "\n\n".join(plains), "\n".join(htmls)
        texts.append(text or markup.text_of(html[:left]))
        marked.append(html or markup.html_of(text))
        left = max(0, left - len(html))
    is_formed = any(htmls for _, htmls in places.values())
    plain = markup.tidy("\n\n".join(text for text in texts if text.strip()))
    return plain, "\n".join(marked) if is_formed else ""


def _picture(file: File) -> str:
    """The digest it is kept under, if it is a picture a browser draws."""
    is_one = type_of(file.content[:4096]) in PICTURES
    return hashlib.sha256(file.content).hexdigest() if is_one else ""


def _bounce(parts: Parts, letter: Letter, text: str) -> Bounce | None:
    sender = letter.sender.email if letter.sender else ""
    return bounces.read(parts, dict(letter.fields), sender, letter.subject, text)
