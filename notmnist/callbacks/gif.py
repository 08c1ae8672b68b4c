"""Animated GIF that is a whole, readable file after every appended frame."""

from __future__ import annotations

import io
import struct
from typing import BinaryIO

from PIL import Image

__all__ = ["Gif"]

_TRAILER = b"\x3b"
_LOOP = b"\x21\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00"
_KEEP = 0x04  # disposal "leave in place": every frame covers the whole canvas
_LOCAL_TABLE = 0x80
_TABLE_256 = 0x07


class Gif:
    """Writes one GIF, frame by frame.

    Pillow's encoder writes an animation in one go; here each frame's block takes the place of the
    one-byte trailer in a single write, so that a killed process leaves all frames before it.
    """

    def __init__(self) -> None:
        self._palette = b""
        self._delay_at = 0

    def add(self, file: BinaryIO, image: Image.Image, duration: int, hold: int) -> None:
        """Append a frame.

        Args:
            file: Open for reading and writing; empty for the first frame.
            image: Of one size for all frames; other modes than "P" are quantised.
            duration: Milliseconds the frame before is shown, now that another follows.
            hold: Milliseconds this frame is shown while it is the last.
        """
        palette, descriptor, data = _encode(image)
        if not self._palette:
            self._palette = palette
            size = struct.pack("<HHBBB", *image.size, 0xF0 | _TABLE_256, 0, 0)
            head = b"GIF89a" + size + palette + _LOOP
            table, flags = b"", 0
        else:
            head = b""
            file.seek(self._delay_at)
            file.write(_delay(duration))
            table, flags = (b"", 0) if palette == self._palette else (palette, _LOCAL_TABLE)
        start = max(0, file.seek(0, io.SEEK_END) - len(_TRAILER))
        file.seek(start)
        control = b"\x21\xf9\x04" + bytes([_KEEP]) + _delay(hold) + b"\x00\x00"
        flags |= _TABLE_256 if flags else 0
        file.write(head + control + descriptor + bytes([flags]) + table + data + _TRAILER)
        self._delay_at = start + len(head) + 4


def _encode(image: Image.Image) -> tuple[bytes, bytes, bytes]:
    """Return a frame's palette, its place and size, and its compressed pixels, from Pillow."""
    if image.mode != "P":
        image = image.quantize(256)
    buffer = io.BytesIO()
    image.save(buffer, "GIF", optimize=False, interlace=0)
    content = buffer.getvalue()
    entries = 2 << (content[10] & 0x07)
    palette = content[13 : 13 + 3 * entries].ljust(768, b"\x00")
    at = 13 + 3 * entries
    while content[at] == 0x21:  # extensions: label, then blocks until an empty one
        at += 2
        while content[at]:
            at += 1 + content[at]
        at += 1
    descriptor, flags = content[at : at + 9], content[at + 9]
    at += 10
    if flags & _LOCAL_TABLE:
        entries = 2 << (flags & 0x07)
        palette = content[at : at + 3 * entries].ljust(768, b"\x00")
        at += 3 * entries
    return palette, descriptor, content[at:-1]


def _delay(milliseconds: int) -> bytes:
    return struct.pack("<H", min(max(2, round(milliseconds / 10)), 0xFFFF))
