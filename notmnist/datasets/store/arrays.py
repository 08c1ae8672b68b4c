"""The store: prepared splits as `.npy` files beside one manifest; the images are memory-mapped.

A store is a folder that is written completely or not at all, and never changed afterwards: other
source files get another folder. Besides the manifest and `fonts.json`, the list of the fonts'
names, it contains `<split>-<column>.npy` for the columns that `Store` describes.
"""

from __future__ import annotations

import hashlib
import io
import json
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from notmnist.datasets.splitting import SPLITS
from notmnist.errors import StoreError

__all__ = ["FONTS", "FORMAT", "MANIFEST", "Store", "crc32", "open_store", "seal"]

FORMAT = 3  # of the folder; it is part of the folder's name
MANIFEST = "manifest.json"
FONTS = "fonts.json"
_COLUMNS = ("images", "labels", "fonts", "origin")


class Store:
    """A prepared edition on disk.

    Everything is mapped or read when it is opened, so later changes to the folder do no harm.

    Attributes:
        folder: Its folder.
        manifest: The content of `manifest.json`: classes, counts, sums, versions, skipped files.
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
        self.font_names: tuple[str, ...] = tuple(self._read(FONTS))
        self._arrays: dict[tuple[str, str], npt.NDArray[Any]] = {
            (split, column): self._read(f"{split}-{column}.npy")
            for split in SPLITS
            for column in _COLUMNS
        }

    def sizes(self) -> dict[str, int]:
        """Return the number of examples of each split, in the order train, valid, test."""
        return {split: self.manifest["splits"][split]["num_examples"] for split in SPLITS}

    def images(self, split: str) -> npt.NDArray[np.uint8]:
        """Return the images of a split, memory-mapped: uint8, (n, height, width[, 3])."""
        return self._arrays[split, "images"]

    def labels(self, split: str) -> npt.NDArray[np.unsignedinteger[Any]]:
        """Return the labels of a split: uint8, or uint16 for more than 256 classes, (n,)."""
        return self._arrays[split, "labels"]

    def origin(self, split: str) -> npt.NDArray[np.int64]:
        """Return each example's position among the readable images of the source: int64, (n,)."""
        return self._arrays[split, "origin"]

    def font_ids(self, split: str) -> npt.NDArray[np.int32]:
        """Return each example's position in `font_names`: int32, (n,)."""
        return self._arrays[split, "fonts"]

    def _read(self, name: str) -> Any:
        """Verify a file and return its content; images stay on disk and are mapped."""
        path = self.folder / name
        expected = self.manifest["crc32"][name]
        try:
            raw = None if name.endswith("-images.npy") else path.read_bytes()
            found = crc32(path) if raw is None else zlib.crc32(raw)
            if found == expected:
                if raw is None:  # copy-on-write: writing to the array does not change the file
                    return np.asarray(np.lib.format.open_memmap(path, mode="c"))
                return json.loads(raw) if path.suffix == ".json" else np.load(io.BytesIO(raw))
        except (OSError, ValueError) as error:
            raise StoreError(f"Cannot read the store file {str(path)!r}: {error}.") from error
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
    """Return a manifest as the text of its file, with a digest that shows whether it changed."""
    return json.dumps({"digest": _digest(manifest), "manifest": manifest}, sort_keys=True, indent=1)


def open_store(folder: Path) -> Store | None:
    """Return the store in `folder`; None if the folder has no manifest.

    Raises:
        StoreError: The store is damaged or cannot be read.
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
        intact = sealed["digest"] == _digest(manifest)
    except (ValueError, KeyError, TypeError, RecursionError):
        intact = False
    if not intact:
        raise StoreError(f"The manifest of the store {str(folder)!r} is damaged.")
    return Store(folder, manifest)


def _digest(manifest: Mapping[str, Any]) -> str:
    text = json.dumps(manifest, sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
