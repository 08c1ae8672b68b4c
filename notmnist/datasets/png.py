"""PNG bytes to pixels: a whole batch at once where the files are plain, Pillow elsewhere.

Nearly every member of the original archives is an 8-bit grey, non-interlaced 28×28 PNG. For
those the work is a chunk walk and an inflate per file, and PNG's row filters undone over the
whole batch in NumPy. Anything else goes through Pillow, one by one. A property test holds the
two roads to the same pixels.
"""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from notmnist.datasets.letters import IMAGE_SHAPE, IMAGE_SIZE

__all__ = ["decode_batch", "encode"]

Pixels = npt.NDArray[np.uint8]

_ROW = IMAGE_SIZE + 1  # a filter byte, then the pixels
_RAW = IMAGE_SIZE * _ROW
_SAFE = 4096  # deflate grows data 1,032 times at the most: to 4 MB
_MODES = ("1", "L", "LA", "P", "RGB", "RGBA")  # 8 bits a channel or fewer: `L` loses nothing else


def _chunk(kind: bytes, data: bytes) -> bytes:
    body = kind + data
    return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))


_IHDR = _chunk(b"IHDR", struct.pack(">IIBBBBB", IMAGE_SIZE, IMAGE_SIZE, 8, 0, 0, 0, 0))
_PLAIN = b"\x89PNG\r\n\x1a\n" + _IHDR  # the first 33 bytes of every plain file
_IEND = _chunk(b"IEND", b"")
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
    return _PLAIN + _chunk(b"IDAT", zlib.compress(raw.tobytes(), 9)) + _IEND


def decode_batch(pngs: Sequence[bytes]) -> tuple[Pixels, dict[int, str]]:
    """Decode PNG files of 28×28 pixels.

    Args:
        pngs: The files' bytes.

    Returns:
        A pair of the images, a uint8 array of shape (len(pngs), 28, 28), and the reasons, a
        dict from the position of each file that cannot be used to why. The rows of those
        files are zeros.
    """
    images = np.zeros((len(pngs), *IMAGE_SHAPE), np.uint8)
    reasons: dict[int, str] = {}
    plain: list[int] = []
    raws: list[bytes] = []
    for position, png in enumerate(pngs):
        raw = _inflate(png)
        if raw is not None:
            plain.append(position)
            raws.append(raw)
            continue
        outcome = _decode_with_pillow(png)
        if isinstance(outcome, str):
            reasons[position] = outcome
        else:
            images[position] = outcome
    if plain:
        rows = np.frombuffer(b"".join(raws), np.uint8).reshape(-1, IMAGE_SIZE, _ROW)
        pixels, known = _unfilter(rows)
        images[np.array(plain)[known]] = pixels[known]
        for position in np.array(plain)[~known].tolist():
            reasons[position] = "not a readable PNG"
    return images, reasons


def _inflate(png: bytes) -> bytes | None:
    """Return the 812 filtered bytes of a plain file, None where Pillow has to look."""
    if png[:33] != _PLAIN:
        return None
    data = _image_data(png)
    if data is None:
        return None
    try:
        if len(data) <= _SAFE:
            raw = zlib.decompress(data, bufsize=_RAW)
        else:  # bounded: a bomb stops here
            raw = zlib.decompressobj().decompress(data, _RAW + 1)
    except zlib.error:
        return None
    return raw if len(raw) == _RAW else None


def _image_data(png: bytes) -> bytes | None:
    """Return the joined IDAT chunks of a plain file, None where a chunk is not in order."""
    position, data = 33, b""
    while True:
        length = int.from_bytes(png[position : position + 4], "big")
        end = position + 8 + length
        body = png[position + 4 : end]
        if len(body) != length + 4 or png[end : end + 4] != zlib.crc32(body).to_bytes(4, "big"):
            return None
        kind = body[:4]
        if kind == b"IDAT":
            data = data + body[4:] if data else body[4:]
            if png[end + 4 :] == _IEND:
                return data
        elif kind == b"IEND":
            return data
        elif kind[:1].isupper():  # a critical chunk that a plain file does not have
            return None
        position = end + 4


def _unfilter(rows: Pixels) -> tuple[Pixels, npt.NDArray[np.bool_]]:
    """Undo PNG's five row filters (PNG specification, section 9) for all images at once."""
    count = len(rows)
    filters = rows[:, :, 0]
    out = rows[:, :, 1:].copy()
    above = np.zeros((count, IMAGE_SIZE), np.uint8)
    for y in range(IMAGE_SIZE):
        row, kinds = out[:, y], filters[:, y]
        sub, up, average, paeth = ((kinds == kind).nonzero()[0] for kind in (1, 2, 3, 4))
        if len(sub):
            row[sub] = np.cumsum(row[sub], axis=1, dtype=np.uint8)
        if len(up):
            row[up] += above[up]
        if len(average):
            row[average] = _undo_average(row[average], above[average])
        if len(paeth):
            row[paeth] = _undo_paeth(row[paeth], above[paeth])
        above = row
    known: npt.NDArray[np.bool_] = np.all(filters <= 4, axis=1)
    return out, known


def _undo_average(row: Pixels, above: Pixels) -> Pixels:
    left = np.zeros(len(row), np.uint16)
    for x in range(IMAGE_SIZE):
        row[:, x] += ((left + above[:, x]) >> 1).astype(np.uint8)
        left = row[:, x].astype(np.uint16)
    return row


def _undo_paeth(row: Pixels, above: Pixels) -> Pixels:
    b = np.ascontiguousarray(above.T).astype(np.int16)
    out = np.ascontiguousarray(row.T)  # columns become rows: each step reads one line of memory
    a = c = np.zeros(len(row), np.int16)
    for x in range(IMAGE_SIZE):
        p = a + b[x] - c
        pa, pb, pc = np.abs(p - a), np.abs(p - b[x]), np.abs(p - c)
        nearest = np.where((pa <= pb) & (pa <= pc), a, np.where(pb <= pc, b[x], c))
        out[x] += nearest.astype(np.uint8)
        a, c = out[x].astype(np.int16), b[x]
    return np.ascontiguousarray(out.T)


def _decode_with_pillow(png: bytes) -> Pixels | str:
    """Return the pixels of one file as Pillow reads them, or why it cannot be used."""
    from PIL import Image

    if not png:
        return "empty"
    if png[:16] == _PLAIN[:16] and png[16:24] != _PLAIN[16:24]:
        return _WRONG_SIZE  # told by the header alone, whatever it claims
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
