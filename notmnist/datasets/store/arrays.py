"""The store: prepared splits as memory-mapped `.npy` files beside one manifest.

A store is a folder that appears whole or not at all, and is never changed afterwards: other files
make another folder. It contains, for every split, `<split>-images.npy` (uint8, (n, height, width),
or (n, height, width, 3) in colour), `<split>-labels.npy` (uint8, or uint16 beyond 256 classes,
(n,)), `<split>-fonts.npy` (int32, (n,), positions in `fonts.json`) and `<split>-origin.npy` (int64,
(n,), the position of each example among the readable images of its source).
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from notmnist.datasets.splitting import SPLITS
from notmnist.errors import StoreError

__all__ = ["COLUMNS", "FONTS", "FORMAT", "MANIFEST", "Store", "crc32", "open_store", "seal"]

FORMAT = 3  # of the folder; it is part of the folder's name
MANIFEST = "manifest.json"
FONTS = "fonts.json"
COLUMNS = ("images", "labels", "fonts", "origin")


class Store:
    """A prepared edition on disk, opened as a whole.

    Everything is mapped or read when it is opened, so that what becomes of the folder afterwards
    does no harm.

    Args:
        folder: Where it lies.
        manifest: What `manifest.json` says: classes, counts, sums, versions, skipped files.

    Attributes:
        folder: The argument.
        manifest: The argument.
        class_names: The classes, in the order of the labels.
        image_shape: Height, width and channels of every image.
        font_names: The distinct names of fonts; ("",) if fonts are unknown.

    Raises:
        StoreError: A file is missing, damaged, or does not belong to this store.
    """

    def __init__(self, folder: Path, manifest: dict[str, Any]) -> None:
        self.folder = folder
        self.manifest = manifest
        self.class_names: tuple[str, ...] = tuple(manifest["class_names"])
        height, width, channels = manifest["image_shape"]
        self.image_shape: tuple[int, int, int] = (height, width, channels)
        self.font_names: tuple[str, ...] = tuple(json.loads(self._verified(FONTS) or "[]"))
        self._arrays = {
            (split, column): self._array(split, column) for split in SPLITS for column in COLUMNS
        }

    def sizes(self) -> dict[str, int]:
        """Return the number of examples of each split, in the order train, valid, test."""
        return {split: self.manifest["splits"][split]["num_examples"] for split in SPLITS}

    def images(self, split: str) -> npt.NDArray[np.uint8]:
        """Return the images of a split, memory-mapped: uint8, (n, height, width[, 3])."""
        return self._arrays[split, "images"]

    def labels(self, split: str) -> npt.NDArray[np.unsignedinteger[Any]]:
        """Return the labels of a split, memory-mapped: uint8 or uint16, (n,)."""
        return self._arrays[split, "labels"]

    def origin(self, split: str) -> npt.NDArray[np.int64]:
        """Return each example's position among the readable images of the source."""
        return self._arrays[split, "origin"]

    def font_ids(self, split: str) -> npt.NDArray[np.int32]:
        """Return each example's position in `font_names`: int32, (n,)."""
        return self._arrays[split, "fonts"]

    def _array(self, split: str, column: str) -> npt.NDArray[Any]:
        name = f"{split}-{column}.npy"
        layout = self.manifest["arrays"][name]
        dtype, shape = np.dtype(layout["dtype"]), tuple(layout["shape"])
        if not shape[0]:
            return np.zeros(shape, dtype)  # nothing can be mapped of an empty file
        self._verified(name)
        try:  # copy-on-write: users may write to what they get, the file never changes
            start = (self.folder / name).stat().st_size - dtype.itemsize * int(np.prod(shape))
            return np.asarray(np.memmap(self.folder / name, dtype, "c", start, shape))
        except (OSError, ValueError) as error:
            raise StoreError(f"Cannot map the store file {name!r}: {error}.") from error

    def _verified(self, name: str) -> bytes | None:
        """Check the checksum of a file; return its bytes if it is JSON."""
        path = self.folder / name
        try:
            found = crc32(path)
            if found == self.manifest["crc32"][name]:
                return path.read_bytes() if path.suffix == ".json" else None
        except OSError as error:
            raise StoreError(f"Cannot read the store file {str(path)!r}: {error}.") from error
        expected = self.manifest["crc32"][name]
        raise StoreError(
            f"The store file {str(path)!r} has CRC-32 {found:08x}, not {expected:08x}: "
            "it changed after it was written."
        )


def crc32(path: Path) -> int:
    """Return the CRC-32 of a file; 2 GB take about a second."""
    value = 0
    with path.open("rb") as file:
        while part := file.read(1 << 20):
            value = zlib.crc32(part, value)
    return value


def seal(manifest: Mapping[str, Any]) -> str:
    """Return a manifest as the text of its file, with a digest that tells whether it changed."""
    text = json.dumps(manifest, sort_keys=True)
    return json.dumps({"digest": _digest(text), "manifest": manifest}, sort_keys=True, indent=1)


def open_store(folder: Path) -> Store | None:
    """Return the store in `folder`, None if there is none.

    Raises:
        StoreError: There is one, but it is damaged.
    """
    try:
        raw = (folder / MANIFEST).read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StoreError(f"Cannot read the store {str(folder)!r}: {error}.") from error
    try:
        sealed = json.loads(raw)
        manifest = sealed["manifest"]
        intact = sealed["digest"] == _digest(json.dumps(manifest, sort_keys=True))
    except (ValueError, KeyError, TypeError, RecursionError):
        intact = False
    if not intact:
        raise StoreError(f"The manifest of the store {str(folder)!r} is damaged.")
    return Store(folder, manifest)


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
