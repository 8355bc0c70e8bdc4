"""Bytes to text, whatever they are said to be in."""

import codecs
import re

# What mail programs write, and the larger set they mean; a name that is not here is not trusted
# (some codecs of Python are no text encodings, some take a quadratic time).
_MEANT = {
    "utf-8": "utf-8-sig",
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "latin-1": "cp1252",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "iso2022_jp": "iso2022_jp_ext",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
}
_TAKEN = {
    *("utf-8-sig", "utf-7", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "gb18030"),
    *("cp932", "cp949", "cp950", "big5", "big5hkscs", "euc_jp", "iso2022_jp_ext", "iso2022_kr"),
    *("iso2022_jp_1", "iso2022_jp_2", "iso2022_jp_3", "hz", "koi8-r", "koi8-u", "mac-roman"),
    *("johab", "shift_jisx0213", "euc_jis_2004", "cp437", "cp850", "cp852", "cp866", "cp874"),
    *(f"cp125{n}" for n in range(9)),
    *(f"iso8859-{n}" for n in range(2, 17)),
}
_META = re.compile(rb"<meta\b[^>]{0,200}?charset\s*=\s*[\"']?([\w:.-]{1,40})", re.I)
_ALIASES = {
    "unicode-1-1-utf-7": "utf-7",
    "utf8mb4": "utf-8",
    "iso-8859-8-i": "iso8859-8",
    "iso-8859-8-e": "iso8859-8",
    "x-gbk": "gb18030",
    "x-sjis": "cp932",
    "windows-31j": "cp932",
    "windows-874": "cp874",
    "ks_c_5601-1987": "cp949",
    "x-mac-roman": "mac-roman",
    "macintosh": "mac-roman",
}


def codec_of(charset: str) -> str:
    """The codec to read this charset with; empty for one nobody should read with."""
    name = re.split(r"[\s(;]", charset.strip().strip("\"'").lower()[:40])[0]  # less a comment
    try:
        known = codecs.lookup(_ALIASES.get(name, name)).name
    except (LookupError, ValueError):
        return ""
    known = _MEANT.get(known, known)
    return known if known in _TAKEN or known == "cp1252" else ""


def text_of(raw: bytes, charset: str = "") -> str:
    """The text; never raises, and loses no more than the bytes that mean nothing."""
    said = codec_of(charset)
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")) and said in ("", "utf-16", "cp1252"):
        return raw.decode("utf-16", "replace")
    if said.startswith("iso2022_jp") and b"\x1b" in raw:
        return _japanese(raw, said)  # all of it is ASCII: never read it as that
    for codec in dict.fromkeys((said if said != "cp1252" else "", "utf-8-sig", said)):
        try:
            if codec:
                return raw.decode(codec)
        except (UnicodeError, ValueError):
            continue
    if said and said != "utf-8-sig":
        return raw.decode(said, "replace")
    text = raw.decode("utf-8", "replace")
    few = text.count("\ufffd") * 10 <= sum(byte > 127 for byte in raw[:4096]) + 9
    return text if few else raw.decode("cp1252", "replace")


def _japanese(raw: bytes, said: str) -> str:
    """ISO-2022-JP, also with the letters that Windows adds to it: then as Windows has them."""
    try:
        return raw.decode(said)
    except UnicodeError:
        chunks = re.split(rb"\x1b(\$[@B]|\([BIJ])", raw)
        moded = zip((b"(B", *chunks[1::2]), chunks[::2], strict=True)
        return b"".join(_shifted(mode, chunk) for mode, chunk in moded).decode("cp932", "replace")


def _shifted(mode: bytes, chunk: bytes) -> bytes:
    """What stands behind an escape, as Shift JIS has it."""
    if mode == b"(I":
        return bytes(byte | 0x80 if byte > 0x20 else byte for byte in chunk)
    if mode[:1] != b"$":
        return chunk
    out = bytearray()
    for pair in re.findall(rb"[\x21-\x7e]{2}|.", chunk, re.S):
        if len(pair) == 1:
            out += pair
            continue
        row, cell = pair
        lead = (row - 0x21 >> 1) + 0x81
        cell += 0x1F if row % 2 else 0x7E
        out += bytes((lead + 0x40 if lead > 0x9F else lead, cell + (row % 2 and cell >= 0x7F)))
    return bytes(out)


def charset_in(markup: bytes) -> str:
    """What HTML says of itself, where nothing else does and it is not UTF-8."""
    try:
        markup.decode()
    except UnicodeDecodeError:
        found = _META.search(markup[:4096])
        return found[1].decode() if found else ""
    return ""


def damage_of(raw: bytes, charset: str, text: str) -> str:
    """What became of its letters on the way to this text, in a sentence; empty: nothing."""
    if raw.isascii() and "\ufffd" not in text:
        return ""
    if "\ufffd" in text and "\ufffd".encode() not in raw:
        return "Some of its letters are damaged; they stand as \ufffd."
    said = codec_of(charset)
    if charset and not said:
        return f"“{charset[:40]}” is no character set we know; its letters were guessed."
    if said == "utf-8-sig":
        try:
            raw.decode("utf-8")
        except UnicodeDecodeError:
            return "It says it is in UTF-8 and is not; its letters were guessed."
    return ""
