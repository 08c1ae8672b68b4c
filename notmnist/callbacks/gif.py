"""Animated GIF that is a whole, readable file after every appended frame."""

from __future__ import annotations

import io
import struct
from collections.abc import Sequence
from typing import BinaryIO

from PIL import Image

from notmnist.callbacks.picture import Picture

__all__ = ["Gif"]

_TRAILER = b"\x3b"
_LOOP = b"\x21\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00"
_KEEP = 0x04  # disposal "leave in place": every frame covers the whole canvas
_OWN_TABLE_OF_256 = 0x80 | 0x07


class Gif:
    """Writes one GIF, frame by frame.

    Pillow's encoder writes an animation in one go; here each frame's block takes the place of the
    one-byte trailer in a single write, so that a killed process leaves all frames before it.
    """

    def __init__(self) -> None:
        self._tables: list[int] = []  # where each frame's colours are in the file
        self._delay_at = 0

    def add(self, file: BinaryIO, picture: Picture, duration: int, hold: int) -> None:
        """Append a frame.

        Args:
            file: Open for reading and writing; empty for the first frame.
            picture: Of one size for all frames.
            duration: Milliseconds the frame before is shown, now that another follows.
            hold: Milliseconds this frame is shown while it is the last.
        """
        image = picture.image()
        head = b""
        if not self._tables:
            head = b"GIF89a" + struct.pack("<HHBBB", *image.size, 0x70, 0, 0) + _LOOP
        else:
            file.seek(self._delay_at)
            file.write(_delay(duration))
        start = max(0, file.seek(0, io.SEEK_END) - len(_TRAILER))
        file.seek(start)
        control = b"\x21\xf9\x04" + bytes([_KEEP]) + _delay(hold) + b"\x00\x00"
        descriptor = struct.pack("<BHHHHB", 0x2C, 0, 0, *image.size, _OWN_TABLE_OF_256)
        before = head + control + descriptor
        file.write(before + picture.table + _compressed(image) + _TRAILER)
        self._delay_at = start + len(head) + 4
        self._tables.append(start + len(before))

    def recolour(self, file: BinaryIO, tables: Sequence[bytes]) -> bool:
        """Replace the colours of all frames, 768 bytes each; return True, for that is possible."""
        for place, table in zip(self._tables, tables, strict=True):
            file.seek(place)
            file.write(table)
        return True


def _compressed(image: Image.Image) -> bytes:
    """Return the compressed entries of a palette image, as Pillow packs them."""
    buffer = io.BytesIO()
    image.save(buffer, "GIF", optimize=False, interlace=0)
    content = buffer.getvalue()
    at = 13 + _table_length(content[10])
    while content[at] == 0x21:  # extensions: a label, then blocks until an empty one
        at += 2
        while content[at]:
            at += 1 + content[at]
        at += 1
    at += 10 + _table_length(content[at + 9])
    return content[at : -len(_TRAILER)]


def _table_length(flags: int) -> int:
    return 3 * (2 << (flags & 0x07)) if flags & 0x80 else 0


def _delay(milliseconds: int) -> bytes:
    return struct.pack("<H", min(max(2, round(milliseconds / 10)), 0xFFFF))
