"""Image files to pixels: a whole batch at once if the files are plain PNG, else by Pillow.

Nearly every member of the original archives is an 8-bit grey, non-interlaced 28×28 PNG. For
those the work is a chunk walk and an inflate per file, and PNG's row filters undone over the
whole batch by one call of Pillow. Every other file goes through Pillow on its own; a property test
compares the pixels of the two ways.
"""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from notmnist.datasets.letters import IMAGE_SHAPE
from notmnist.datasets.reading.batches import Pixels

__all__ = ["FORMATS", "SUFFIXES", "decode_plain", "decode_with_pillow", "encode"]

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")
"""The formats that Pillow may open; others would start other programs or are no pictures."""

SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff"})
"""Of the names of files in these formats."""

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_HEIGHT, _WIDTH = IMAGE_SHAPE
_ROW = _WIDTH + 1  # a filter byte, then the pixels
_RAW = _HEIGHT * _ROW
_GAP = bytes(_ROW)  # a row of zeros
_FILTERS = 5  # that PNG knows, numbered from 0
_SAFE = 4096  # bytes; deflate grows data 1,032 times at most: to 4 MB
_MATCH = 258  # zlib leaves its fast loop where less room than the longest match is left
_MOST_PIXELS = 1 << 20  # of an image; letters are drawn with at most 1024×1024
_GREY_MODES = ("1", "L", "LA")
_COLOUR_MODES = ("P", "PA", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr")


def _chunk(kind: bytes, data: bytes) -> bytes:
    body = kind + data
    return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))


def _start(height: int, width: int, colour: bool = False) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 2 * colour, 0, 0, 0)
    return _SIGNATURE + _chunk(b"IHDR", header)


_IEND = _chunk(b"IEND", b"")
_PLAIN = _start(_HEIGHT, _WIDTH)  # the first 33 bytes of every plain file


def encode(image: Pixels) -> bytes:
    """Return an image as a PNG file.

    Args:
        image: uint8 array of shape (height, width), or (height, width, 3).

    Returns:
        The bytes of a PNG of 8 bits a channel; the same for the same pixels everywhere.
    """
    height, width = image.shape[:2]
    pixels = image.reshape(height, -1)
    raw = np.zeros((height, pixels.shape[1] + 1), np.uint8)
    raw[:, 1:] = pixels
    data = _chunk(b"IDAT", zlib.compress(raw.tobytes(), 9))
    return _start(height, width, image.ndim == 3) + data + _IEND


def decode_plain(files: Sequence[bytes]) -> tuple[Pixels, npt.NDArray[np.bool_]]:
    """Decode those of some files that are plain 28×28 grey PNG.

    Args:
        files: The files' bytes.

    Returns:
        A pair of the images, a uint8 array of shape (len(files), 28, 28), and a bool array of shape
        (len(files),) that says which of them were decoded. The rows of the others are zeros.
    """
    raws = [_inflate(file) for file in files]
    plain = np.array([raw is not None for raw in raws], bool)
    images, known = _unfilter([raw if raw is not None else bytes(_RAW) for raw in raws])
    return images, plain & known


def decode_with_pillow(file: bytes) -> Pixels | str:
    """Return the pixels of one image file, or why it cannot be used.

    Args:
        file: The bytes of a file in one of `FORMATS`.

    Returns:
        A uint8 array of shape (height, width) if all pixels are grey, else (height, width, 3). Of a
        file with several images the first. Transparency is dropped.
    """
    if not file:
        return "empty"
    if file.startswith(_SIGNATURE) and not _is_intact(file):
        return "a damaged PNG"  # Pillow does not check the checksums of pixels
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of large sizes; refused just below
            image = Image.open(io.BytesIO(file), formats=FORMATS)
            if image.width * image.height > _MOST_PIXELS:
                return f"more than {_MOST_PIXELS:,} pixels"
            if image.mode in _GREY_MODES:
                return np.asarray(image.convert("L"))
            if image.mode not in _COLOUR_MODES:
                return "more than 8 bits a channel"
            pixels = np.asarray(image.convert("RGB"))
    except Image.DecompressionBombError:
        return f"more than {_MOST_PIXELS:,} pixels"
    except Exception:  # Pillow raises many kinds; a file it cannot read is one we skip
        return "not a readable image"
    grey = (pixels[..., 0] == pixels[..., 1]) & (pixels[..., 0] == pixels[..., 2])
    return pixels[..., 0] if grey.all() else pixels


def _inflate(png: bytes) -> bytes | None:
    """Return the rows of a plain file, each a filter byte and pixels; None if it is not plain."""
    if not png.startswith(_PLAIN):
        return None
    data = _image_data(png, len(_PLAIN))
    if data is None:
        return None
    try:
        if len(data) <= _SAFE:
            raw = zlib.decompress(data, bufsize=_RAW + _MATCH)
        else:  # bounded: a bomb stops here
            raw = zlib.decompressobj().decompress(data, _RAW + 1)
    except zlib.error:
        return None
    return raw if len(raw) == _RAW else None


def _image_data(png: bytes, position: int) -> bytes | None:
    """Return the joined IDAT chunks from `position`, None if a chunk is not in order."""
    if png[position + 4 : position + 8] == b"IDAT" and png[-12:] == _IEND:  # nearly all: one chunk
        body = png[position + 4 : -16]
        length = int.from_bytes(png[position : position + 4], "big")
        if length == len(body) - 4 and png[-16:-12] == zlib.crc32(body).to_bytes(4, "big"):
            return body[4:]
    data = []
    for kind, body in _chunks(png, position):
        if kind == b"IDAT":
            data.append(body)
        elif kind == b"IEND":
            return b"".join(data)
        elif kind[:1].isupper():  # a critical chunk that a plain file does not have
            return None
    return None


def _is_intact(png: bytes) -> bool:
    """Tell whether every chunk of a PNG file up to its end has the right checksum."""
    return any(kind == b"IEND" for kind, _ in _chunks(png, len(_SIGNATURE)))


def _chunks(png: bytes, position: int) -> Iterator[tuple[bytes, bytes]]:
    """Yield kind and data of the chunks from `position`, up to the first one that is damaged."""
    while position + 12 <= len(png):
        end = position + 8 + int.from_bytes(png[position : position + 4], "big")
        body = png[position + 4 : end]
        if png[end : end + 4] != zlib.crc32(body).to_bytes(4, "big"):
            return
        yield body[:4], body[4:]
        position = end + 4


def _unfilter(raws: Sequence[bytes]) -> tuple[Pixels, npt.NDArray[np.bool_]]:
    """Undo PNG's row filters for all images at once, and tell of which the filters are known.

    Pillow does it, on one tall image of them all; a row of zeros between them stands for what
    PNG says is above an image.
    """
    if not raws:
        return np.zeros((0, *IMAGE_SHAPE), np.uint8), np.ones(0, bool)
    tall = _GAP + _GAP.join(raws)
    filters = np.frombuffer(tall, np.uint8).reshape(len(raws), -1, _ROW)[:, :, 0]
    known: npt.NDArray[np.bool_] = np.all(filters < _FILTERS, axis=1)
    if not known.all():
        raws = [raw if usable else bytes(_RAW) for raw, usable in zip(raws, known, strict=True)]
        tall = _GAP + _GAP.join(raws)
    from PIL import Image  # late: reading stored arrays needs no Pillow

    size = (_WIDTH, len(raws) * (1 + _HEIGHT))
    image = Image.frombytes("L", size, zlib.compress(tall, 0), "zip", "L", 0)
    pixels = np.asarray(image).reshape(-1, 1 + _HEIGHT, _WIDTH)
    return pixels[:, 1:].copy(), known
