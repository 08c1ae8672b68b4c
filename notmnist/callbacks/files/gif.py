"""An animated GIF that is a complete, readable file after every frame."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from notmnist.callbacks.files.folder import check_writable, replacing
from notmnist.errors import invalid
from notmnist.plots.palette import LEVELS, SAME

__all__ = ["Gif"]

_TRAILER = b"\x3b"
_LOOP = b"\x21\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00"
_TABLE = 0x80 | 0x07  # a table of 256 colours follows
_HEAD = 13 + 768 + len(_LOOP)
_COMMENT = b"\x21\xfe\x11step "  # and twelve digits
_STEP = slice(len(_COMMENT), len(_COMMENT) + 12)
_DELAY_AT = _STEP.stop + 1 + 4  # in a frame: after the comment, its end, and a flag
_FIXED = _STEP.stop + 1 + 8 + 10  # bytes of a frame before its own table or its pixels

# The size of noise grows with its shades. This limit keeps 50 frames below 1 MB; small sheets keep
# every shade.
_PIXELS_TIMES_SHADES = 1_100_000
_FEWEST_SHADES = 7  # of each sign


class Gif:
    """A GIF whose frames contain only the pixels that have changed.

    Pillow's encoder writes an animation all at once. Here the packed frames are kept, and each new
    one writes a new file that replaces the old one, so that all earlier frames survive if the
    process is killed or the disk is full.
    """

    def __init__(self, path: Path, duration: int, hold: int) -> None:
        self.path = path
        self.duration = duration
        self.hold = hold
        self._head = b""
        self._frames: list[bytes] = []
        self._shown: NDArray[np.uint8] | None = None

    def prepare(self) -> None:
        """Create the folder of the file and check that it is writable."""
        if self.path.is_dir():
            raise invalid("path", str(self.path), "name a file, not a folder, if it ends in .gif")
        check_writable(self.path.parent, self.path)

    def begin(self, step: int) -> None:
        """Start a new film, but keep the frames of an earlier fit before `step`."""
        self._head, self._frames, self._shown = b"", [], None
        if step and self.path.exists():
            self._read(step)

    def add(self, step: int, picture: Image.Image) -> None:
        """Add a picture and write the file."""
        frame = self._frame(step, picture)
        self._frames.append(frame)
        self._write()

    def rewrite(self, pictures: Iterable[tuple[int, Image.Image]]) -> None:
        """Write the file with these pictures after those of an earlier fit."""
        self._shown = None
        frames = []
        for step, picture in pictures:
            before = self._shown
            frames.append(self._frame(step, picture))
        if frames:
            self._shown = before
            frames[-1] = self._frame(step, picture, fine=True)  # it is shown longer
            first = int(frames[0][_STEP])
            earlier = [frame for frame in self._frames if int(frame[_STEP]) < first]
            self._frames = earlier + frames
            self._write()

    def _write(self) -> None:
        *others, last = self._frames
        with replacing(self.path) as file:
            file.write(self._head)
            for frame in others:
                file.write(_with_delay(frame, self.duration))
            file.write(_with_delay(last, self.hold) + _TRAILER)

    def _read(self, step: int) -> None:
        """Read the header and the frames before a step, if this class wrote the file."""
        content = self.path.read_bytes()
        if content[_HEAD - len(_LOOP) : _HEAD] != _LOOP:
            return
        self._head, at = content[:_HEAD], _HEAD
        while content.startswith(_COMMENT, at):
            end = at + _FIXED
            end += 1 + (768 if content[end - 1 : end] == bytes([_TABLE]) else 0)  # the code's width
            while content[end : end + 1] not in (b"", b"\x00"):
                end += 1 + content[end]
            frame = content[at : end + 1]
            if end >= len(content) or int(frame[_STEP]) >= step:
                break
            self._frames.append(frame)
            at = end + 1

    def _frame(self, step: int, picture: Image.Image, *, fine: bool = False) -> bytes:
        """Return a packed frame, in all shades if `fine`."""
        transparent = picture.mode == "P"  # weights, in entries of the palette
        if picture.mode == "RGB":
            picture = picture.quantize(256)
        page, table = np.asarray(picture), _table(picture)
        size = struct.pack("<HH", *picture.size)
        if self._head[6:10] != size:  # the first frame, or an earlier fit of another size
            self._head = b"GIF89a" + size + bytes([0x70 | _TABLE, 0, 0]) + table + _LOOP
            self._frames = []
        own = b"" if self._head[13 : 13 + len(table)] == table else table
        if transparent:
            page = self._changed(page, fine)
        comment = _COMMENT + b"%012d" % step + b"\x00"
        control = bytes([0x21, 0xF9, 4, 0x04 | transparent, 0, 0, SAME * transparent, 0])
        place = struct.pack("<BHHHHB", 0x2C, 0, 0, *picture.size, _TABLE if own else 0)
        return comment + control + place + own + _compress(page)

    def _changed(self, page: NDArray[np.uint8], fine: bool) -> NDArray[np.uint8]:
        """Return a page in fewer shades, with transparent pixels if they have not changed."""
        half, valued = LEVELS // 2, page < LEVELS
        affordable = _PIXELS_TIMES_SHADES // (int(np.count_nonzero(valued)) + 1)
        shades = half if fine else min(half, max(_FEWEST_SHADES, affordable))
        nearest = np.rint(np.rint(np.linspace(-shades, shades, LEVELS)) * half / shades) + half
        coarse = np.where(valued, nearest.astype(np.uint8)[page % LEVELS], page)
        before, self._shown = self._shown, coarse
        if before is None or before.shape != page.shape:
            return coarse
        return np.where(coarse == before, np.uint8(SAME), coarse)


def _compress(page: NDArray[np.uint8]) -> bytes:
    """Return compressed palette entries, as Pillow packs them."""
    buffer = io.BytesIO()
    image = Image.fromarray(page)
    image.putpalette(bytes(768))
    image.save(buffer, "GIF", optimize=False, interlace=0)
    content = buffer.getvalue()  # a header with 256 colours, the image's position, its pixels
    return content[content.index(b"\x2c", 13 + 768) + 10 : -len(_TRAILER)]


def _table(picture: Image.Image) -> bytes:
    """Return 256 colours; those of greys if the picture has none."""
    colours = bytes(picture.getpalette() or np.arange(256, dtype=np.uint8).repeat(3))
    return colours.ljust(768, b"\x00")


def _with_delay(frame: bytes, milliseconds: int) -> bytes:
    delay = min(max(2, round(milliseconds / 10)), 0xFFFF)
    return frame[:_DELAY_AT] + struct.pack("<H", delay) + frame[_DELAY_AT + 2 :]
