"""The body of a mail: which parts are its words, which are files, which is a bounce."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import Message
from email.utils import collapse_rfc2231_value

from apps.timeline.text import scrub

from . import seals
from .charsets import charset_in, damage_of, text_of
from .heads import line_of, words_of
from .letter import File
from .parsing import is_sane, parsed

DEEPEST = 20
MOST_PARTS = 200
MOST_FILES = 50
_REPORTS = {
    *("message/delivery-status", "message/disposition-notification", "message/feedback-report"),
    *("message/global-delivery-status", "message/global-disposition-notification"),  # RFC 6533
}
_HEADS = {"text/rfc822-headers", "message/rfc822-headers", "message/global-headers"}
_LETTERS = {"message/rfc822", "message/global"}
_NAMES = {
    "text/calendar": "invite.ics",
    "application/ms-tnef": "winmail.dat",
    "application/vnd.ms-tnef": "winmail.dat",
    "application/pkcs7-signature": "smime.p7s",
    "application/x-pkcs7-signature": "smime.p7s",
    "application/pkcs7-mime": "smime.p7m",
    "application/x-pkcs7-mime": "smime.p7m",
    "application/pgp-signature": "signature.asc",
    "application/pgp-encrypted": "pgp-version.txt",
    "text/x-amp-html": "",  # the same once more, for one program
    "text/html": "message.html",
    "text/plain": "message.txt",
    "image/png": "image.png",
    "image/jpeg": "image.jpg",
    "image/gif": "image.gif",
    "application/pdf": "document.pdf",
}
_SEALS = {"application/pkcs7-mime", "application/x-pkcs7-mime"}
_SEALED = {
    "application/pkcs7-mime": "It is encrypted or sealed with S/MIME; its content is attached.",
    "application/x-pkcs7-mime": "It is encrypted or sealed with S/MIME; its content is attached.",
    "application/pgp-encrypted": "It is encrypted with PGP; its content is attached.",
    "application/ms-tnef": "Its files are packed in a winmail.dat of Outlook, attached as it came.",
    "application/vnd.ms-tnef": "Its files are packed in a winmail.dat of Outlook, attached as it "
    "came.",
}
_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]+/[a-z0-9!#$&^_.+-]+")
_FOLD = re.compile(r"\r?\n[ \t]+")
_LOOSE_NAME = re.compile(r"(?:file)?name\*?\d*\*?=\s*\"?([^\";\r\n]{1,300})", re.I)


@dataclass(frozen=True, slots=True)
class Body:
    """Words of a mail, plain or as HTML; those of one place say the same, each in its way."""

    place: int
    plain: str = ""
    html: str = ""


@dataclass(slots=True)
class Parts:
    """What was found while walking."""

    bodies: list[Body] = field(default_factory=list)
    files: list[File] = field(default_factory=list)
    reports: list[bytes] = field(default_factory=list)  # of a bounce
    returned: list[bytes] = field(default_factory=list)  # heads of what bounced
    remarks: list[str] = field(default_factory=list)
    seen: int = 0

    def remark(self, sentence: str) -> None:
        """Said once, however often it is found."""
        if sentence not in self.remarks:
            self.remarks.append(sentence)


def walk(mail: Message) -> Parts:
    """Every part in the order of the mail, within the limits."""
    found = Parts()
    for part, place in _leaves(mail, found):
        _sort(part, found, place)
    return found


def _leaves(mail: Message, found: Parts) -> Iterator[tuple[Message, int]]:
    """Each with its place: whatever is in one multipart/alternative has the same."""
    waiting = [(mail, 0, 0)]
    while waiting:
        part, depth, alternative = waiting.pop()
        found.seen += 1
        if found.seen > MOST_PARTS:
            found.remark(f"It has more than {MOST_PARTS} parts; the rest is in the raw mail.")
            return
        inside = part.get_payload()
        if depth < DEEPEST and (opened := _opened(part)):
            _attach(found, name_of(part) or _NAMES[type_of(part)], bytes_of(part), part)
            waiting.append((opened, depth + 1, alternative))
        elif not isinstance(inside, list) or type_of(part).startswith("message/"):
            yield part, alternative or found.seen
        elif depth >= DEEPEST:
            found.remark(f"Its parts lie more than {DEEPEST} deep; the rest is in the raw mail.")
        else:
            if not alternative and type_of(part) == "multipart/alternative":
                alternative = found.seen
            inner = [one for one in reversed(inside) if isinstance(one, Message)]
            waiting += [(one, depth + 1, alternative) for one in inner]


def _opened(part: Message) -> Message | None:
    """The mail inside a seal that signs and does not hide; the seal itself is a file beside it."""
    held = seals.inside(bytes_of(part)) if type_of(part) in _SEALS else b""
    return parsed(held) if held and is_sane(held) else None


def type_of(part: Message) -> str:
    """`text/plain` and the like; what is damaged is text."""
    try:
        kind = part.get_content_type()
    except Exception:
        return "text/plain"
    return kind if _TYPE.fullmatch(kind) else "text/plain"


def _sort(part: Message, found: Parts, place: int) -> None:
    kind, name = type_of(part), name_of(part)
    if kind in _SEALED:
        found.remark(_SEALED[kind])
    if kind in _REPORTS:
        found.reports.append(bytes_of(part))
    elif kind in _HEADS:
        found.returned.append(bytes_of(part))
    elif kind in _LETTERS:
        inner = bytes_of(part)
        found.returned.append(inner)
        _attach(found, name or _letter_name(inner), inner, part)
    elif kind.startswith("multipart/"):  # its boundary is nowhere to be found
        found.bodies.append(Body(place, plain=_words(part, found)))
    elif kind == "text/plain" and not name and not _is_attachment(part):
        found.bodies.append(Body(place, plain=_words(part, found, flowed=True)))
    elif kind == "text/html" and not name and not _is_attachment(part):
        found.bodies.append(Body(place, html=_words(part, found)))
    elif name or _NAMES.get(kind, "file"):
        _attach(found, name or _NAMES.get(kind, "file"), bytes_of(part), part)


def _attach(found: Parts, name: str, content: bytes, part: Message) -> None:
    if len(found.files) >= MOST_FILES:
        found.remark(f"More than {MOST_FILES} files came with it; the rest is in the raw mail.")
    elif content:
        found.files.append(File(name, content, _header(part, "content-id").strip("<> ")))
    else:
        found.remark(f"“{name}” is empty.")


def _letter_name(raw: bytes) -> str:
    subject = re.search(rb"(?im)^subject:[ \t]*([^\r\n]{1,300})", raw[:20_000])
    words = line_of(words_of(text_of(subject[1])), 80) if subject else ""
    return f"{words.replace('/', '-') or 'forwarded'}.eml"


def _header(part: Message, name: str) -> str:
    """As it came, bytes that are not ASCII as lone surrogates."""
    return next((said for known, said in part.raw_items() if known.lower() == name), "")


def _is_attachment(part: Message) -> bool:
    return _header(part, "content-disposition").strip().lower().startswith("attachment")


def name_of(part: Message) -> str:
    """The name of a file, through RFC 2231, RFC 2047 and damage; empty when it has none."""
    said = _header(part, "content-disposition") + ";" + _header(part, "content-type")
    said = _FOLD.sub(" ", said)
    try:
        name = (_in_any_letters(part) or part.get_filename("") or "") if said.isascii() else ""
    except Exception:  # numbers, charsets and languages of RFC 2231 that are none
        name = ""
    if not name and (found := _LOOSE_NAME.search(said)):
        name = found[1]
    name = _mended(name)
    return line_of(name.replace("\\", "/").rpartition("/")[2], 200) if name else ""


def _in_any_letters(part: Message) -> str:
    """The name by RFC 2231, which stands beside one in ASCII for programs that cannot read it."""
    for field_name, parameter in (("content-disposition", "filename"), ("content-type", "name")):
        for name, value in part.get_params([], header=field_name):
            if name.lower() == parameter and isinstance(value, tuple):
                return collapse_rfc2231_value(value)
    return ""


def _mended(said: str) -> str:
    """Bytes that were taken for ASCII are read again."""
    return words_of(text_of(said.encode("utf-8", "surrogateescape")))


def bytes_of(part: Message) -> bytes:
    """The content, unpacked; what cannot be unpacked as it came."""
    inside = part.get_payload()
    encoding = _header(part, "content-transfer-encoding")
    if encoding != (bare := encoding.partition("(")[0].partition(";")[0].strip(' \t"')):
        part.replace_header("content-transfer-encoding", bare)
    try:
        if isinstance(inside, list):
            return b"\n\n".join(one.as_bytes() for one in inside)
        content = part.get_payload(decode=True)
        if isinstance(content, bytes):
            return content
    except Exception:  # a boundary, a charset or an encoding nobody has heard of
        inside = str(inside) if not isinstance(inside, list) else ""
    return str(inside).encode("utf-8", "surrogateescape" if _escapable(inside) else "replace")


def _escapable(said: object) -> bool:
    return not re.search(r"[\ud800-\udc7f\udd00-\udfff]", str(said))


def _words(part: Message, found: Parts, *, flowed: bool = False) -> str:
    try:
        charset = part.get_content_charset("") or ""
    except Exception:
        charset = ""
    raw = bytes_of(part)
    if not charset and type_of(part) == "text/html":
        charset = charset_in(raw)
    text = text_of(raw, charset)
    if damage := damage_of(raw, charset, text):
        found.remark(damage)
    if flowed and "flowed" in _header(part, "content-type").lower():
        text = unflow(text, delete_space="delsp=yes" in _header(part, "content-type").lower())
    return scrub(text)


def unflow(text: str, *, delete_space: bool = False) -> str:
    """RFC 3676: lines that end in a space go on in the next one of the same depth."""
    out: list[tuple[int, str]] = []
    open_depth: int | None = None
    for line in re.split(r"\r\n|\n|\r", text):
        bare = line.lstrip(">")
        depth = len(line) - len(bare)
        bare = bare[1:] if bare.startswith(" ") else bare
        if open_depth == depth and bare != "-- ":
            out[-1] = (depth, out[-1][1] + bare)
        else:
            out.append((depth, bare))
        goes_on = bare.endswith(" ") and bare != "-- "
        if goes_on and delete_space:
            out[-1] = (depth, out[-1][1][:-1])
        open_depth = depth if goes_on else None
    return "\n".join(f"{'>' * depth} {said}" if depth else said for depth, said in out)
