"""PNG bytes to pixels: a whole batch at once where the files are plain, Pillow elsewhere.

Nearly every member of the original archives is an 8-bit grey, non-interlaced 28×28 PNG. For
those the work is a chunk walk and an inflate per file, and PNG's row filters undone over the
whole batch by one call of Pillow. Anything else goes through Pillow one by one. A property test
holds the two roads to the same pixels.
"""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from notmnist.datasets.inflater import IEND, inflate
from notmnist.datasets.letters import IMAGE_SHAPE, IMAGE_SIZE

__all__ = ["PLAIN", "RAW_SIZE", "decode_batch", "encode", "inflate_plain"]

Pixels = npt.NDArray[np.uint8]

_ROW = IMAGE_SIZE + 1  # a filter byte, then the pixels
RAW_SIZE = IMAGE_SIZE * _ROW
_GAP = bytes(_ROW)  # a row of zeros
_FILTERS = 5  # that PNG knows, numbered from 0
_MODES = ("1", "L", "LA", "P", "RGB", "RGBA")  # 8 bits a channel or fewer: `L` loses nothing else


def _chunk(kind: bytes, data: bytes) -> bytes:
    body = kind + data
    return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))


_IHDR = _chunk(b"IHDR", struct.pack(">IIBBBBB", IMAGE_SIZE, IMAGE_SIZE, 8, 0, 0, 0, 0))
PLAIN = b"\x89PNG\r\n\x1a\n" + _IHDR  # the first 33 bytes of every plain file
_WRONG_SIZE = "not 28×28 pixels"


def encode(image: Pixels) -> bytes:
    """Return `image` as a PNG file.

    Args:
        image: uint8 array of shape (28, 28).

    Returns:
        The bytes of an 8-bit grey PNG; the same for the same pixels everywhere.
    """
    raw = np.zeros((IMAGE_SIZE, _ROW), np.uint8)
    raw[:, 1:] = image
    return PLAIN + _chunk(b"IDAT", zlib.compress(raw.tobytes(), 9)) + IEND


def decode_batch(
    pngs: Sequence[bytes], raws: Sequence[bytes | None] | None = None
) -> tuple[Pixels, dict[int, str]]:
    """Decode PNG files of 28×28 pixels.

    Args:
        pngs: The files' bytes.
        raws: What `inflate_plain` returns of each, where that is known already.

    Returns:
        A pair of the images, a uint8 array of shape (len(pngs), 28, 28), and the reasons, a
        dict from the position of each file that cannot be used to why. The rows of those
        files are zeros.
    """
    raws = [inflate_plain(png) for png in pngs] if raws is None else raws
    images, known = _unfilter([bytes(RAW_SIZE) if raw is None else raw for raw in raws])
    reasons: dict[int, str] = {}
    for position, raw in enumerate(raws):
        if raw is None:
            outcome = _decode_with_pillow(pngs[position])
            if isinstance(outcome, str):
                reasons[position] = outcome
            else:
                images[position] = outcome
    for position in np.flatnonzero(~known).tolist():
        reasons[position] = "not a readable PNG"
    return images, reasons


def inflate_plain(png: bytes) -> bytes | None:
    """Return the 812 filtered bytes of a plain file, None where Pillow has to look."""
    return inflate(png, PLAIN, RAW_SIZE)


def _unfilter(raws: Sequence[bytes]) -> tuple[Pixels, npt.NDArray[np.bool_]]:
    """Undo PNG's row filters for all images at once, and say of which the filters are known.

    Pillow does it, on one tall image of them all; a row of zeros between them stands for what
    PNG says is above an image.
    """
    if not raws:
        return np.zeros((0, *IMAGE_SHAPE), np.uint8), np.ones(0, bool)
    tall = _GAP + _GAP.join(raws)
    filters = np.frombuffer(tall, np.uint8).reshape(len(raws), -1, _ROW)[:, :, 0]
    known: npt.NDArray[np.bool_] = np.all(filters < _FILTERS, axis=1)
    if not known.all():
        raws = [raw if usable else bytes(RAW_SIZE) for raw, usable in zip(raws, known, strict=True)]
        tall = _GAP + _GAP.join(raws)
    from PIL import Image  # late: who reads stored arrays needs no Pillow

    size = (IMAGE_SIZE, len(raws) * (1 + IMAGE_SIZE))
    image = Image.frombytes("L", size, zlib.compress(tall, 0), "zip", "L", 0)
    pixels = np.asarray(image).reshape(-1, 1 + IMAGE_SIZE, IMAGE_SIZE)
    return pixels[:, 1:].copy(), known


def _decode_with_pillow(png: bytes) -> Pixels | str:
    """Return the pixels of one file as Pillow reads them, or why it cannot be used."""
    if not png:
        return "empty"
    if png[:16] == PLAIN[:16] and png[16:24] != PLAIN[16:24]:
        return _WRONG_SIZE  # told by the header alone, whatever it claims
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of large sizes; refused just below
            image = Image.open(io.BytesIO(png), formats=("PNG",))
        if image.size != IMAGE_SHAPE:
            return _WRONG_SIZE
        if image.mode not in _MODES:
            return "more than 8 bits a channel"
        return np.asarray(image.convert("L"))
    except Exception:  # Pillow raises many kinds; a file it cannot read is one we skip
        return "not a readable PNG"
