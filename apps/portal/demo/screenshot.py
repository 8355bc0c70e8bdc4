"""A picture as customers paste one into a mail: a report of ours, with its last row marked."""

import struct
import zlib

WIDTH, HEIGHT = 520, 236
PAPER, INK, GREY, LINE, RED = (
    (255, 255, 255),
    (38, 44, 56),
    (150, 158, 172),
    (226, 230, 236),
    (214, 48, 49),
)


def screenshot() -> bytes:
    """The same PNG every time."""
    rows = [bytearray(PAPER * WIDTH) for _ in range(HEIGHT)]

    def fill(x: int, y: int, width: int, height: int, colour: tuple[int, int, int]) -> None:
        for row in rows[y : y + height]:
            row[x * 3 : (x + width) * 3] = bytes(colour * width)

    fill(0, 0, WIDTH, 40, INK)
    fill(20, 15, 130, 10, PAPER)
    fill(440, 13, 60, 14, GREY)
    for n, share in enumerate((148, 121, 161, 96, 0)):
        y = 60 + n * 34
        fill(20, y + 4, 60 + share // 4, 8, GREY)
        fill(160, y, 330, 16, LINE)
        fill(160, y, share * 2, 16, (58, 110, 220))
        fill(20, y + 25, 470, 1, LINE)
    for x, y, width, height in (
        (12, 190, 496, 3),
        (12, 225, 496, 3),
        (12, 190, 3, 38),
        (505, 190, 3, 38),
    ):
        fill(x, y, width, height, RED)
    lines = b"".join(b"\x00" + bytes(row) for row in rows)
    head = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(lines, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(map(_chunk, parts))


def _chunk(part: tuple[bytes, bytes]) -> bytes:
    name, data = part
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
