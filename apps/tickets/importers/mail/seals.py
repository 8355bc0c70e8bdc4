"""What an S/MIME seal holds: the mail inside signed data (RFC 5652, 8551). Nothing is verified.

Only as much BER (X.690) is read as leads there; what is none, or never ends, holds nothing.
"""

_SIGNED = bytes.fromhex("2a864886f70d010702")
_DATA = bytes.fromhex("2a864886f70d010701")
_MOST = 50_000  # elements; signed data in pieces of a kilobyte has half as many
_SEQUENCE, _CONTENT, _NAME, _BYTES, _PIECES = 0x30, 0xA0, 0x06, 0x04, 0x24


def inside(raw: bytes) -> bytes:
    """The content of signed data; nothing where it is something else or damaged."""
    try:
        return _Reader(raw).content()
    except ValueError:
        return b""


class _Reader:
    """Goes through elements from the first on; raises ValueError where they are not as they should
    be."""

    def __init__(self, raw: bytes) -> None:
        self.raw, self.at, self.left = raw, 0, _MOST

    def content(self) -> bytes:
        self._named(_SIGNED)
        self._enter(_SEQUENCE)
        self._skip()  # the version
        self._skip()  # the digests
        self._named(_DATA)
        tag, length = self._head()
        if tag == _BYTES:
            return self._take(length)
        if tag != _PIECES:
            raise ValueError
        return b"".join(self._pieces(length))

    def _named(self, name: bytes) -> None:
        """Into a pair of a name and its content."""
        self._enter(_SEQUENCE)
        tag, length = self._head()
        if tag != _NAME or self._take(length) != name:
            raise ValueError
        self._enter(_CONTENT)

    def _pieces(self, length: int | None) -> list[bytes]:
        ends, found = None if length is None else self.at + length, []
        while ends is None or self.at < ends:
            tag, size = self._head()
            if ends is None and (tag, size) == (0, 0):
                break
            if tag != _BYTES:
                raise ValueError
            found.append(self._take(size))
        return found

    def _enter(self, wanted: int) -> None:
        if self._head()[0] != wanted:
            raise ValueError

    def _skip(self) -> None:
        """Over one element with all that is in it."""
        inner = 0
        while True:
            tag, length = self._head()
            if length is None:
                inner += 1
            elif inner and (tag, length) == (0, 0):
                inner -= 1
            else:
                self._take(length)
            if not inner:
                return

    def _head(self) -> tuple[int, int | None]:
        """The tag of the next element and its length; None where its end is marked instead."""
        self.left -= 1
        if not self.left:
            raise ValueError
        tag, length = self._take(2)
        if length == 0x80 and tag & 0x20:
            return tag, None
        if length & 0x80:
            length = int.from_bytes(self._take(length & 0x7F))
        return tag, length

    def _take(self, length: int | None) -> bytes:
        if length is None or self.at + length > len(self.raw):
            raise ValueError
        self.at += length
        return self.raw[self.at - length : self.at]
