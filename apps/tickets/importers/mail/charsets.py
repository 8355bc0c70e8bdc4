"""Bytes to text, whatever they are said to be in."""

import codecs

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
    name = charset.strip().strip("\"'").lower()[:40]
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


def damage_of(raw: bytes, charset: str, text: str) -> str:
    """What became of its letters on the way to this text, in a sentence; empty: nothing."""
    if raw.isascii():
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
