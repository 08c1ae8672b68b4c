"""Archives and IDX files in the original layouts, drawn by the tests."""

import base64
import gzip
import io
import struct
import tarfile
import zipfile
from pathlib import Path

import numpy as np

from notmnist.datasets.reading.archives import read_archive
from notmnist.datasets.reading.batches import Notes
from notmnist.datasets.reading.images import encode

LETTERS = "ABCDEFGHIJ"


def draw(font: int, letter: str) -> np.ndarray:
    """Return an image that differs from every other one and shows its letter and font."""
    image = np.zeros((28, 28), np.uint8)
    image[0, LETTERS.index(letter)] = 255
    image[1] = font % 251
    image[2] = font // 251
    return image


def stem(font: int) -> str:
    return base64.b64encode(f"Test Font {font:04}.ttf".encode()).decode()


def glyphs(fonts: int) -> list[tuple[str, bytes]]:
    return [
        (f"notMNIST_test/{letter}/{stem(font)}.png", encode(draw(font, letter)))
        for letter in LETTERS
        for font in range(fonts)
    ]


def outcome(path):
    """Return what is read from an archive: names of images, and reasons for skipping others."""
    notes = Notes()
    batches = list(read_archive(path, notes))
    names = [name for batch in batches for name in batch.names]
    reasons = notes.skipped.to_dict().items()
    return names, {reason: entry["count"] for reason, entry in reasons}


def write_tar(path: Path, entries, *, mode: str = "w:gz", format: int = tarfile.GNU_FORMAT) -> Path:
    with tarfile.open(path, mode, format=format) as archive:
        for name, data in entries:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return path


def write_zip(path: Path, entries) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in entries:
            archive.writestr(name, data)
    return path


def write_idx(path: Path, array: np.ndarray) -> Path:
    head = bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
    data = head + array.astype(np.uint8).tobytes()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


def write_idx_pair(folder: Path, name: str, count: int, suffix: str = ".gz") -> None:
    labels = np.arange(count) % 10
    images = np.stack([draw(i // 10, LETTERS[i % 10]) for i in range(count)])
    write_idx(folder / f"{name}-images-idx3-ubyte{suffix}", images)
    write_idx(folder / f"{name}-labels-idx1-ubyte{suffix}", labels)
