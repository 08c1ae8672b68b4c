"""Decodes image files: the plain PNG files of a batch all at once, the others with Pillow.

Nearly every member of the original archives is an 8-bit grey, non-interlaced 28×28 PNG. Those are
inflated one by one, and PNG's row filters are undone by one call of Pillow for all of them.
"""

from __future__ import annotations

import io
import warnings
import zlib
from collections.abc import Sequence

import numpy as np

from notmnist.datasets.letters import IMAGE_SHAPE
from notmnist.datasets.reading.batches import Pixels

__all__ = ["SUFFIXES", "decode", "decode_plain", "encode"]

_FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")
"""The formats that Pillow may open; others start other programs or are not pictures."""

SUFFIXES = frozenset({"png", "jpg", "jpeg", "webp", "gif", "bmp", "tif", "tiff"})
"""The suffixes of files in these formats, in lower case."""

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_IHDR = bytes.fromhex("0000000d494844520000001c0000001c080000000057668048")  # of plain files
_IEND = bytes.fromhex("0000000049454e44ae426082")
_PLAIN = _SIGNATURE + _IHDR
_HEIGHT, _WIDTH = IMAGE_SHAPE
_ROW = _WIDTH + 1  # a filter byte, then the pixels
_RAW = _HEIGHT * _ROW
_GAP = bytes(_ROW)  # a row of zeros
_FILTERS = 5  # the number of PNG's row filters
_MOST_PIXELS = 1 << 20  # of an image; letters are drawn with at most 1024×1024
_GREY_MODES = ("1", "L", "LA")
_COLOUR_MODES = ("P", "PA", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr")


def encode(image: Pixels) -> bytes:
    """Return an image, uint8 of shape (height, width) or (height, width, 3), as a PNG file."""
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(image).save(file, "PNG")
    return file.getvalue()


def decode_plain(files: Sequence[bytes]) -> Pixels | None:
    """Return the pixels, uint8 of (n, 28, 28), if all files are plain, otherwise None."""
    rows = [_plain_rows(file) for file in files]
    plain = [raw for raw in rows if raw is not None]
    return _unfilter(plain) if len(plain) == len(rows) else None


def decode(files: Sequence[bytes]) -> list[Pixels | str]:
    """Return the pixels of each image file, or why it cannot be used.

    Returns:
        For each file a uint8 array of shape (height, width) if all pixels are grey, otherwise
        (height, width, 3); or text that says why not. Only the first image in a file is used.
        Transparency is dropped.
    """
    rows = [_plain_rows(file) for file in files]
    images = iter(_unfilter([raw for raw in rows if raw is not None]))
    return [
        _decode_with_pillow(file) if raw is None else next(images)
        for file, raw in zip(files, rows, strict=True)
    ]


def _decode_with_pillow(file: bytes) -> Pixels | str:
    if not file:
        return "empty"
    from PIL import Image

    reason = "not a readable image"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns about large sizes, refused below
            image = Image.open(io.BytesIO(file), formats=_FORMATS)
            if image.width * image.height > _MOST_PIXELS:
                return f"more than {_MOST_PIXELS:,} pixels"
            reason = f"a damaged {image.format}"
            Image.open(io.BytesIO(file), formats=_FORMATS).verify()  # checksums of a PNG's pixels
            if image.mode in _GREY_MODES:
                return np.asarray(image.convert("L"))
            if image.mode not in _COLOUR_MODES:
                return "more than 8 bits per channel"
            pixels = np.asarray(image.convert("RGB"))
    except Image.DecompressionBombError:
        return f"more than {_MOST_PIXELS:,} pixels"
    except Exception:  # Pillow raises many kinds; files that it cannot read are skipped
        return reason
    grey = (pixels[..., 0] == pixels[..., 1]) & (pixels[..., 0] == pixels[..., 2])
    return pixels[..., 0] if grey.all() else pixels


def _plain_rows(png: bytes) -> bytes | None:
    """Return the rows of a plain file, each a filter byte and pixels; None if it is not plain."""
    start, body, end = png[: len(_PLAIN)], png[len(_PLAIN) + 4 : -16], png[-16:]
    length = int.from_bytes(png[len(_PLAIN) : len(_PLAIN) + 4], "big")
    if (start, body[:4], length) != (_PLAIN, b"IDAT", len(body) - 4):
        return None
    if end != zlib.crc32(body).to_bytes(4, "big") + _IEND:
        return None
    inflater = zlib.decompressobj()
    try:
        rows = inflater.decompress(body[4:], _RAW + 1)  # bounded: a bomb stops here
    except zlib.error:
        return None
    plain = inflater.eof and len(rows) == _RAW and max(rows[::_ROW]) < _FILTERS
    return rows if plain else None


def _unfilter(rows: Sequence[bytes]) -> Pixels:
    """Undo PNG's row filters for all images at once.

    Pillow does it on one tall image made of all of them. There is a row of zeros before each image,
    because PNG assumes one above the first row.
    """
    if not rows:
        return np.zeros((0, *IMAGE_SHAPE), np.uint8)
    from PIL import Image  # late: reading stored arrays needs no Pillow

    tall = _GAP + _GAP.join(rows)
    size = (_WIDTH, len(rows) * (1 + _HEIGHT))
    image = Image.frombytes("L", size, zlib.compress(tall, 0), "zip", "L", 0)
    return np.asarray(image).reshape(-1, 1 + _HEIGHT, _WIDTH)[:, 1:]
