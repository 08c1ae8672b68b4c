"""PNG, still and animated; the animation is a whole, readable file after every frame."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from PIL import Image

from notmnist.callbacks.picture import Picture

__all__ = ["Apng", "png", "recolour_png"]

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PLTE_AT = len(_SIGNATURE) + 25  # after IHDR's 4 + 4 + 13 + 4 bytes
_ACTL_AT = _PLTE_AT  # an animation has its count of frames there


def png(image: Image.Image) -> bytes:
    """Return an image as the bytes of a PNG file, packed fast rather than small."""
    buffer = io.BytesIO()
    image.save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def recolour_png(file: BinaryIO, table: bytes) -> None:
    """Replace the 256 colours of a file that `png` made of a palette image."""
    file.seek(_PLTE_AT)
    file.write(_chunk(b"PLTE", table))


class Apng:
    """Writes one animated PNG, frame by frame.

    A frame's chunks take the place of the end mark in a single write, then the count of frames is
    raised: a process killed in between leaves a file with all frames before this one.
    """

    def __init__(self) -> None:
        self._frames = 0
        self._sequence = 0
        self._last_sequence = 0  # of the last frame's control chunk, which is at:
        self._control_at = 0

    def add(self, file: BinaryIO, picture: Picture, duration: int, hold: int) -> None:
        """Append a frame; arguments as in `Gif.add`."""
        image = picture.common()  # one colour table serves all frames of the format
        chunks = list(_chunks(png(image)))
        pixels = b"".join(body for kind, body in chunks if kind == b"IDAT")
        if not self._frames:
            head = [(kind, body) for kind, body in chunks if kind in (b"PLTE", b"tRNS")]
            ihdr = _chunk(b"IHDR", chunks[0][1])
            before = _SIGNATURE + ihdr + _count(1) + b"".join(_chunk(*each) for each in head)
            start, body = 0, _chunk(b"IDAT", pixels)
        else:
            file.seek(self._control_at)
            file.write(self._control(image, duration, self._last_sequence))
            before, start = b"", file.seek(0, io.SEEK_END) - 12
            body = b""
        self._control_at, self._last_sequence = start + len(before), self._sequence
        control = self._control(image, hold, self._sequence)
        self._sequence += 1
        if self._frames:
            body = _chunk(b"fdAT", struct.pack(">I", self._sequence) + pixels)
            self._sequence += 1
        file.seek(start)
        file.write(before + control + body + _chunk(b"IEND", b""))
        self._frames += 1
        file.flush()
        file.seek(_ACTL_AT)
        file.write(_count(self._frames))

    def recolour(self, file: BinaryIO, tables: Sequence[bytes]) -> bool:
        """Return False: all frames share one table, so they are to be written again."""
        return False

    @staticmethod
    def _control(image: Image.Image, milliseconds: int, sequence: int) -> bytes:
        delay = min(max(20, milliseconds), 0xFFFF)
        fields = (sequence, *image.size, 0, 0, delay, 1000, 0, 0)
        return _chunk(b"fcTL", struct.pack(">IIIIIHHBB", *fields))


def _count(frames: int) -> bytes:
    return _chunk(b"acTL", struct.pack(">II", frames, 0))


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(_SIGNATURE)
    while at < len(content):
        (length,) = struct.unpack_from(">I", content, at)
        yield content[at + 4 : at + 8], content[at + 8 : at + 8 + length]
        at += 12 + length
