"""Stand-ins for the published files: their exact layout and counts, drawn by the tests.

The format of the names, the unreadable members and the count of each letter are as in the
originals; the fonts are invented, and each image is a different pattern.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np

from notmnist.datasets.editions import originals
from notmnist.datasets.fetching import mirrors
from notmnist.datasets.fetching.mirrors import Asset, RemoteFile
from tests.loopback import Loopback, Served

LETTERS = "ABCDEFGHIJ"

# Readable images of each letter, and unreadable members, as published.
COUNTS = {
    "large": (52_909, 52_911, 52_912, 52_911, *[52_912] * 5, 52_911),
    "small": (1_872, 1_873, 1_873, 1_873, 1_873, *[1_872] * 5),
}
UNREADABLE = {
    "large": (
        "A/RnJlaWdodERpc3BCb29rSXRhbGljLnR0Zg==.png",
        "A/SG90IE11c3RhcmQgQlROIFBvc3Rlci50dGY=.png",
        "A/Um9tYW5hIEJvbGQucGZi.png",
        "B/TmlraXNFRi1TZW1pQm9sZEl0YWxpYy5vdGY=.png",
        "D/VHJhbnNpdCBCb2xkLnR0Zg==.png",
    ),
    "small": (
        "A/RGVtb2NyYXRpY2FCb2xkT2xkc3R5bGUgQm9sZC50dGY=.png",
        "F/Q3Jvc3NvdmVyIEJvbGRPYmxpcXVlLnR0Zg==.png",
    ),
}
_BITS = 20  # 2**20 different images
# The number of pixels that are 255, the number of grey ones, and their grey.
_PALETTES = {"large": (257, 203, 89), "small": (211, 157, 199)}
_HEAD = b"\x89PNG\r\n\x1a\n"


def image(name: str, number: int) -> np.ndarray:
    """Return a pattern, uint8 (28, 28), that is different for every number."""
    full, grey, value = _PALETTES[name]
    pixels = np.zeros(784, np.uint8)
    bits = (number >> np.arange(_BITS)) & 1
    pixels[: 2 * _BITS] = 255 * np.concatenate([bits, 1 - bits])  # always _BITS of them are 255
    pixels[2 * _BITS : full + _BITS] = 255
    pixels[full + _BITS : full + _BITS + grey] = value
    return pixels.reshape(28, 28)


def _chunk(kind: bytes, data: bytes) -> bytes:
    body = kind + data
    return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))


_IHDR = _chunk(b"IHDR", struct.pack(">IIBBBBB", 28, 28, 8, 0, 0, 0, 0))
_IEND = _chunk(b"IEND", b"")


def png(pixels: np.ndarray) -> bytes:
    raw = np.zeros((28, 29), np.uint8)
    raw[:, 1:] = pixels
    return _HEAD + _IHDR + _chunk(b"IDAT", zlib.compress(raw.tobytes(), 1)) + _IEND


def members(name: str, counts: Sequence[int] = ()) -> Iterator[tuple[str, bytes]]:
    """Yield path and bytes of every member of "large" or "small", equally many of each letter."""
    for label, count in enumerate(counts or COUNTS[name]):
        letter = LETTERS[label]
        for member in UNREADABLE[name]:
            if member[0] == letter:
                broken = b"not a PNG" if "RnJlaWdodERpc3B" in member else b""
                yield f"notMNIST_{name}/{member}", broken
        for font in range(count):
            stem = base64.b64encode(f"{name} {font:05}.ttf".encode()).decode()
            yield f"notMNIST_{name}/{letter}/{stem}.png", png(image(name, 10 * font + label))


def write_tar_gz(path: Path, entries: Iterable[tuple[str, bytes]]) -> Path:
    """Write a tar.gz, several times as fast as `tarfile` does."""
    with gzip.GzipFile(path, "wb", compresslevel=1, mtime=0) as file:
        out = io.BufferedWriter(file, 1 << 20)  # type: ignore[arg-type]  # it can write
        for name, data in entries:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            out.write(_tar_header(info) if len(name) < 100 else info.tobuf())
            out.write(data + bytes(-len(data) % 512))
        out.write(bytes(1024))
        out.flush()
    return path


def _tar_header(info: tarfile.TarInfo) -> bytes:
    """Return the result of `info.tobuf()` for a short name."""
    head = info.name.encode().ljust(100, b"\0") + b"0000644\0" + b"0000000\0" * 2
    head += b"%011o\0" % info.size + b"00000000000\0"
    tail = (b"0" + bytes(100) + b"ustar  \0").ljust(356, b"\0")
    total = sum(head) + sum(tail) + 8 * 32
    return head + b"%06o\0 " % total + tail


def write_zip(path: Path, entries: Iterable[tuple[str, bytes]]) -> Path:
    """Write a zip, with the hidden files that repacked archives have."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("notMNIST/.DS_Store", b"hidden")
        archive.writestr("__MACOSX/notMNIST/A/._x.png", b"hidden")
        for name, data in entries:
            archive.writestr(name, data)
    return path


def write_idx_gz(path: Path, array: np.ndarray) -> Path:
    head = bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
    path.write_bytes(gzip.compress(head + array.tobytes(), 1, mtime=0))
    return path


def write_idx_pair(folder: Path, name: str, count: int) -> None:
    numbers = np.arange(count)
    images = np.zeros((count, 28, 28), np.uint8)
    images[:, 0, :_BITS] = 255 * ((numbers[:, None] >> np.arange(_BITS)) & 1)
    images[:, 1] = 1 + (name == "t10k")
    write_idx_gz(folder / f"{name}-images-idx3-ubyte.gz", images)
    write_idx_gz(folder / f"{name}-labels-idx1-ubyte.gz", (numbers % 10).astype(np.uint8))


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def serve(monkeypatch, server: Loopback, asset: str, *paths: Path) -> None:
    """Make `server` the only mirror of an asset, whose forms are the files in `paths`."""
    files = []
    for path in paths:
        body = path.read_bytes()
        server.served[path.name] = Served(body)
        files.append(RemoteFile(path.name, (server.url,), ("sha256", sha256(path)), len(body)))
    table = dict(mirrors.ASSETS) | {asset: Asset(asset, tuple(files))}
    monkeypatch.setattr(mirrors, "ASSETS", table)
    monkeypatch.setattr(originals, "ASSETS", table)
