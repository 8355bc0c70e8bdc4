"""What a file is by its content, whatever its name or its sender says."""

from pathlib import PurePath

_BEGINNINGS: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", "application/pdf"),
    (b"PK\x03\x04", "application/zip"),
    (b"\x1f\x8b", "application/gzip"),
    (b"BM", "image/bmp"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
)
OFFICE = {
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}
PICTURES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})  # every browser draws


def type_of(head: bytes, name: str = "") -> str:
    """The content type, from the first bytes; the name only tells office files apart."""
    for beginning, kind in _BEGINNINGS:
        if head.startswith(beginning):
            return OFFICE.get(PurePath(name).suffix.lower(), kind) if kind.endswith("zip") else kind
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as wrong:
        cut_off = wrong.start >= len(head) - 3  # a character that goes on after the head
        if not cut_off:
            return "application/octet-stream"
    return "application/octet-stream" if b"\x00" in head else "text/plain"
