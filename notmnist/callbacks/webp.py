"""Animated lossless WebP that is a whole, readable file after every appended frame."""

from __future__ import annotations

import io
import struct
from collections.abc import Sequence
from typing import BinaryIO

from PIL import Image

from notmnist.callbacks.picture import Picture

__all__ = ["WebP"]

_ANIMATION = 0x02  # the flag in VP8X
_COVER = 0x02  # do not blend: every frame covers the whole canvas


class WebP:
    """Writes one animated WebP, frame by frame.

    A frame goes to the file's end in a single write, then the length in the head is raised: what
    lies past the length is ignored, so a killed process leaves all frames before it.
    """

    def __init__(self) -> None:
        self._duration_at = 0

    def add(self, file: BinaryIO, picture: Picture, duration: int, hold: int) -> None:
        """Append a frame; arguments as in `Gif.add`."""
        image = picture.image()
        pixels = _encode(image)
        width, height = image.size
        head = b""
        if not self._duration_at:
            canvas = bytes([_ANIMATION, 0, 0, 0]) + _uint24(width - 1) + _uint24(height - 1)
            white_and_forever = b"\xff\xff\xff\xff\x00\x00"
            head = b"RIFF\x00\x00\x00\x00WEBP" + _chunk(b"VP8X", canvas)
            head += _chunk(b"ANIM", white_and_forever)
            start = 0
        else:
            file.seek(self._duration_at)
            file.write(_uint24(duration))
            start = file.seek(0, io.SEEK_END)
        place = _uint24(0) + _uint24(0) + _uint24(width - 1) + _uint24(height - 1)
        body = place + _uint24(hold) + bytes([_COVER]) + pixels
        file.seek(start)
        file.write(head + _chunk(b"ANMF", body))
        self._duration_at = start + len(head) + 8 + 12
        length = file.tell() - 8
        file.flush()
        file.seek(4)
        file.write(struct.pack("<I", length))

    def recolour(self, file: BinaryIO, tables: Sequence[bytes]) -> bool:
        """Return False: colours are compressed with the pixels, so frames are written again."""
        return False


def _encode(image: Image.Image) -> bytes:
    """Return the VP8L chunk of an image as Pillow compresses it without loss."""
    buffer = io.BytesIO()
    image.convert("RGB").save(buffer, "WEBP", lossless=True, quality=0, method=0)
    content = buffer.getvalue()
    at = 12
    while content[at : at + 4] != b"VP8L":
        (length,) = struct.unpack_from("<I", content, at + 4)
        at += 8 + length + length % 2
    (length,) = struct.unpack_from("<I", content, at + 4)
    return content[at : at + 8 + length + length % 2]


def _chunk(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("<I", len(body)) + body + b"\x00" * (len(body) % 2)


def _uint24(value: int) -> bytes:
    return struct.pack("<I", min(max(0, value), 0xFFFFFF))[:3]
