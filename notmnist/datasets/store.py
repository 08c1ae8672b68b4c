"""The store: prepared splits as memory-mapped `.npy` files beside one manifest.

A store is a folder that appears whole or not at all. It holds, for every split,
`<split>-images.npy` (uint8, (n, 28, 28)), `<split>-labels.npy` (uint8, (n,)),
`<split>-fonts.npy` (int32, (n,), positions in `fonts.json`) and `<split>-origin.npy` (int64,
(n,), the position of each example among the readable images of its source).
"""

from __future__ import annotations

import functools
import json
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from notmnist.datasets.letters import IMAGE_SHAPE
from notmnist.errors import IntegrityError, StoreError

__all__ = ["FORMAT", "MANIFEST", "Store", "crc32", "open_store"]

FORMAT = 2  # of the folder; a store of another format is made anew
MANIFEST = "manifest.json"


class Store:
    """A prepared edition on disk.

    Attributes:
        folder: Where it lies.
        manifest: What `manifest.json` says: counts, sums, versions, skipped members.
    """

    def __init__(self, folder: Path, manifest: dict[str, Any]) -> None:
        self.folder = folder
        self.manifest = manifest

    def sizes(self) -> dict[str, int]:
        """Return the number of examples of each split, in the order train, valid, test."""
        return {name: split["num_examples"] for name, split in self.manifest["splits"].items()}

    def images(self, split: str) -> npt.NDArray[np.uint8]:
        """Return the images of a split, memory-mapped: uint8, (n, 28, 28)."""
        return self._array(f"{split}-images.npy", np.uint8, IMAGE_SHAPE)

    def labels(self, split: str) -> npt.NDArray[np.uint8]:
        """Return the labels of a split, memory-mapped: uint8, (n,), 0 to 9."""
        return self._array(f"{split}-labels.npy", np.uint8)

    def origin(self, split: str) -> npt.NDArray[np.int64]:
        """Return each example's position among the readable images of the source."""
        return self._array(f"{split}-origin.npy", np.int64)

    def font_ids(self, split: str) -> npt.NDArray[np.int32]:
        """Return each example's position in `font_names`: int32, (n,)."""
        return self._array(f"{split}-fonts.npy", np.int32)

    @functools.cached_property
    def font_names(self) -> tuple[str, ...]:
        """The distinct names of fonts; ("",) where fonts are unknown."""
        return tuple(json.loads((self.folder / "fonts.json").read_text("utf-8")))

    def verify(self) -> None:
        """Hold every file to the checksum it had when it was written; 0.2 s for `original`.

        Raises:
            IntegrityError: A file has changed since.
            StoreError: A file cannot be read.
        """
        for name, expected in self.manifest["crc32"].items():
            path = self.folder / name
            try:
                found = crc32(path)
            except OSError as error:
                message = (
                    f"The store file {str(path)!r} cannot be read: {error}. Delete the folder; the "
                    "next load makes it anew."
                )
                raise StoreError(message) from error
            if found != expected:
                message = (
                    f"The store file {str(path)!r} has CRC-32 {found:08x}, not {expected:08x}: it "
                    "changed after it was written. Delete the folder; the next load makes it anew."
                )
                raise IntegrityError(message)

    def _array(self, file: str, dtype: Any, shape: tuple[int, ...] = ()) -> npt.NDArray[Any]:
        split = file.partition("-")[0]
        if not self.manifest["splits"][split]["num_examples"]:
            return np.zeros((0, *shape), dtype)  # nothing can be mapped of an empty file
        try:  # copy-on-write: users may write to what they get, the file never changes
            mapped = np.lib.format.open_memmap(self.folder / file, mode="c")
            array = np.asarray(mapped)
        except (OSError, ValueError, EOFError) as error:
            message = (
                f"The store file {str(self.folder / file)!r} cannot be read: {error}. Delete the "
                "folder; the next load makes it anew."
            )
            raise StoreError(message) from error
        if array.dtype != dtype or array.shape[1:] != shape:
            message = (
                f"The store file {str(self.folder / file)!r} must hold {np.dtype(dtype)} rows of "
                f"shape {shape}. Received: {array.dtype}, {array.shape[1:]}. Delete the folder; "
                "the next load makes it anew."
            )
            raise StoreError(message)
        return array


def crc32(path: Path) -> int:
    """Return the CRC-32 of a file."""
    value = 0
    with path.open("rb") as file:
        while part := file.read(1 << 20):
            value = zlib.crc32(part, value)
    return value


def open_store(folder: Path, fingerprint: str) -> Store | None:
    """Return the store in `folder`, or None where there is none that can be used.

    None too where it was made from other files, by another format of the library, or where a
    file is not there or has another size than the manifest says.
    """
    try:
        manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
        usable = (
            manifest["format"] == FORMAT
            and manifest["fingerprint"] == fingerprint
            and all(
                (folder / name).stat().st_size == size for name, size in manifest["files"].items()
            )
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return Store(folder, manifest) if usable else None
