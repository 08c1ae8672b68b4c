"""An animated GIF that is a whole, readable file after every appended frame."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import struct
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from notmnist.callbacks.files.place import check_writable, replacing
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

# Noise takes as many bytes as it has shades. These keep 50 frames below 1 MB; of small sheets every
# shade is kept.
_PIXELS_TIMES_SHADES = 1_100_000
_FEWEST_SHADES = 7  # of each sign
_DEAD_BAND = 0.75  # of a shade: a weight that has moved by less keeps its colour


class Gif:
    """One GIF; a frame holds only the pixels that have changed.

    Pillow's encoder writes an animation in one go. Here each frame takes the place of the one-byte
    trailer in a single write, so that a process that is killed leaves all frames before it, and a
    write that fails is taken back.

    Args:
        path: The file.
        duration: Milliseconds each frame is shown.
        hold: Milliseconds the last frame is shown.
    """

    def __init__(self, path: Path, duration: int, hold: int) -> None:
        self.path = path
        self.duration = duration
        self.hold = hold
        self._earlier: list[bytes] = []  # the head of a file that goes on, and its frames
        self._head = b""
        self._shown: NDArray[np.uint8] | None = None
        self._last = 0  # bytes of the last frame

    def prepare(self) -> None:
        """Make the folder around the file and try to write in it."""
        if self.path.is_dir():
            raise invalid("path", str(self.path), "name a file where it ends in .gif, not a folder")
        check_writable(self.path.parent, self.path)

    def begin(self, step: int) -> None:
        """Start over with the next picture, after the frames of an earlier fit before `step`."""
        self._earlier = _parts_before(self.path, step) if step and self.path.exists() else []
        self._head, self._shown = b"", None

    def add(self, step: int, picture: Image.Image) -> None:
        """Append a picture to the file."""
        started = bool(self._head)
        frame = self._frame(step, picture)
        if started:
            self._append(frame)
        else:
            self._write([frame])
        self._last = len(frame)

    def rewrite(self, pictures: Iterable[tuple[int, Image.Image]]) -> None:
        """Write a new file beside the old one and put it in its place."""
        self._head, self._shown = b"", None
        frames = []
        for step, picture in pictures:
            before = self._shown
            frames.append(self._frame(step, picture))
        if frames:
            self._shown = before
            frames[-1] = self._frame(step, picture, fine=True)  # it is held: there is time to look
            first = int(frames[0][_STEP])
            self._earlier = [part for part in self._earlier if _is_before(part, first)]
            self._write(frames)
            self._last = len(frames[-1])

    def _write(self, frames: Sequence[bytes]) -> None:
        *others, last = [*self._earlier[1:], *frames]
        with replacing(self.path) as file:
            file.write(self._head)
            for frame in others:
                file.write(_shown_for(frame, self.duration))
            file.write(_shown_for(last, self.hold) + _TRAILER)

    def _append(self, frame: bytes) -> None:
        with self.path.open("r+b", buffering=0) as file:
            end = file.seek(-len(_TRAILER), os.SEEK_END)
            content = _shown_for(frame, self.hold) + _TRAILER
            try:
                if file.write(content) != len(content):
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self.path))
            except OSError:
                with contextlib.suppress(OSError):
                    file.truncate(end)
                    file.seek(end)
                    file.write(_TRAILER)
                raise
            file.seek(end - self._last + _DELAY_AT)
            file.write(_delay(self.duration))

    def _frame(self, step: int, picture: Image.Image, *, fine: bool = False) -> bytes:
        """Return the blocks of a frame, in all shades where it is a fine one."""
        transparent = picture.mode == "P"  # of weights: their entries are those of the palette
        if picture.mode == "RGB":
            picture = picture.quantize(256)
        page, table = np.asarray(picture), _table(picture)
        if not self._head:
            self._head = self._start(picture, table)
        own = b"" if self._head[13 : 13 + len(table)] == table else table
        if transparent:
            page = self._changed(page, fine)
        comment = _COMMENT + b"%012d" % step + b"\x00"
        control = bytes([0x21, 0xF9, 4, 0x04 | transparent, 0, 0, SAME * transparent, 0])
        place = struct.pack("<BHHHHB", 0x2C, 0, 0, *picture.size, _TABLE if own else 0)
        return comment + control + place + own + _compressed(page)

    def _start(self, picture: Image.Image, table: bytes) -> bytes:
        """Return the head of the file: that of an earlier fit if its pictures have this size."""
        size = struct.pack("<HH", *picture.size)
        if self._earlier and self._earlier[0][6:10] == size:
            return self._earlier[0]
        self._earlier = []
        return b"GIF89a" + size + bytes([0x70 | _TABLE, 0, 0]) + table + _LOOP

    def _changed(self, page: NDArray[np.uint8], fine: bool) -> NDArray[np.uint8]:
        """Return a page in fewer shades, in which what is shown already is transparent."""
        half, valued = LEVELS // 2, page < LEVELS
        affordable = _PIXELS_TIMES_SHADES // (int(np.count_nonzero(valued)) + 1)
        shades = half if fine else min(half, max(_FEWEST_SHADES, affordable))
        nearest = np.rint(np.rint(np.linspace(-shades, shades, LEVELS)) * half / shades) + half
        coarse = np.where(valued, nearest.astype(np.uint8)[page % LEVELS], page)
        before, self._shown = self._shown, coarse
        if before is None or before.shape != page.shape:
            return coarse
        moved = np.abs(page.astype(np.int16) - before) > _DEAD_BAND * half / shades
        same = np.where(valued & (before < LEVELS), ~moved, coarse == before)
        self._shown = np.where(same, before, coarse)
        return np.where(same, np.uint8(SAME), coarse)


def _parts_before(path: Path, step: int) -> list[bytes]:
    """Return the head of a file that this module wrote and its frames before a step."""
    content = path.read_bytes()
    if content[_HEAD - len(_LOOP) : _HEAD] != _LOOP:
        return []
    parts, at = [content[:_HEAD]], _HEAD
    while content.startswith(_COMMENT, at):
        end = at + _FIXED
        end += 1 + (768 if content[end - 1 : end] == bytes([_TABLE]) else 0)  # the code's width
        while content[end : end + 1] not in (b"", b"\x00"):
            end += 1 + content[end]
        frame = content[at : end + 1]
        if end >= len(content) or not _is_before(frame, step):
            break
        parts.append(frame)
        at = end + 1
    return parts


def _is_before(part: bytes, step: int) -> bool:
    """Say whether a part of a file belongs before a step: its head, and frames of earlier ones."""
    return not part.startswith(_COMMENT) or int(part[_STEP]) < step


def _compressed(page: NDArray[np.uint8]) -> bytes:
    """Return compressed palette entries, as Pillow packs them."""
    buffer = io.BytesIO()
    image = Image.fromarray(page)
    image.putpalette(bytes(768))
    image.save(buffer, "GIF", optimize=False, interlace=0)
    content = buffer.getvalue()  # a head with 256 colours, the place of the image, its pixels
    return content[content.index(b"\x2c", 13 + 768) + 10 : -len(_TRAILER)]


def _table(picture: Image.Image) -> bytes:
    """Return 256 colours; those of greys where the picture has none."""
    colours = bytes(picture.getpalette() or np.arange(256, dtype=np.uint8).repeat(3))
    return colours.ljust(768, b"\x00")


def _shown_for(frame: bytes, milliseconds: int) -> bytes:
    return frame[:_DELAY_AT] + _delay(milliseconds) + frame[_DELAY_AT + 2 :]


def _delay(milliseconds: int) -> bytes:
    return struct.pack("<H", min(max(2, round(milliseconds / 10)), 0xFFFF))
