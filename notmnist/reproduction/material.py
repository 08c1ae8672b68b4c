"""The data of a run: an edition cut to the tutorial's sizes, and what is to be said about it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from notmnist.datasets import CLASS_NAMES, prepare
from notmnist.errors import ArgumentError
from notmnist.reproduction.sheets import letter_sheet, tagged_sheet

__all__ = ["SIZES", "Material", "scaled"]

SIZES = {"train": 200_000, "valid": 10_000, "test": 10_000}
"""At most so many examples of each split, as in the tutorial."""


def scaled(images: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """Return pixels as the tutorial scales them: float32, (x - 127.5) / 255."""
    return (images.astype(np.float32) - np.float32(127.5)) / np.float32(255)


class Material:
    """Three splits of one edition.

    Args:
        name: An edition or a path, as for `notmnist.load`.
        verbose: 1 for progress bars on preparation, 0 for silence.

    Raises:
        NotMNISTError: As for `notmnist.load`, or a split is empty.
    """

    def __init__(self, name: str, verbose: int = 1) -> None:
        self.name = name
        self._store = prepare(name, verbose=verbose)
        self.sizes = {split: min(size, SIZES[split]) for split, size in self._store.sizes().items()}
        empty = [split for split, size in self.sizes.items() if size == 0]
        if empty:
            message = (
                f"`edition` must have examples in every split. Received: edition={name!r}, where "
                f"{' and '.join(empty)} has none. Give an archive of more fonts."
            )
            raise ArgumentError(message)

    @property
    def fingerprint(self) -> str:
        """Changes when the examples do."""
        manifest = self._store.manifest
        return f"{manifest['name']} {manifest['version']} {manifest['fingerprint']}"

    def images(self, split: str, count: int | None = None) -> npt.NDArray[np.uint8]:
        """Return the first `count` images of a split, or all: uint8, (n, 28, 28)."""
        return self._store.images(split)[: min(count or self.sizes[split], self.sizes[split])]

    def labels(self, split: str, count: int | None = None) -> npt.NDArray[np.uint8]:
        """Return the labels of the same examples: uint8, (n,)."""
        return self._store.labels(split)[: min(count or self.sizes[split], self.sizes[split])]

    def batches(self, split: str, count: int | None = None, **options: Any) -> Any:
        """Return what `notmnist.load` gives for the same examples."""
        from notmnist.datasets import load

        size = min(count or self.sizes[split], self.sizes[split])
        return load(self.name, split=f"{split}[:{size}]", verbose=0, **options)

    def facts(self) -> dict[str, Any]:
        """Return what the page says about the data."""
        manifest = self._store.manifest
        pixels = scaled(self.images("train", 20_000))
        return {
            "name": manifest["name"],
            "version": manifest["version"],
            "fingerprint": self.fingerprint,
            "sizes": self.sizes,
            "stored": self._store.sizes(),
            "counts": {name: split["class_counts"] for name, split in manifest["splits"].items()},
            "skipped": {reason: entry["count"] for reason, entry in manifest["skipped"].items()},
            "mean": float(pixels.mean(dtype=np.float64)),
            "deviation": float(pixels.std(dtype=np.float64)),
        }

    def draw(self, folder: Path) -> None:
        """Write the sample sheets: raw by letter, then each split as it is stored."""
        folder.mkdir(parents=True, exist_ok=True)
        images, labels = self.images("train"), self.labels("train")
        letter_sheet(images, labels).save(folder / "letters.png")
        for split in SIZES:
            chosen = np.random.default_rng(0).permutation(self.sizes[split])[:96]
            rows = np.sort(chosen)
            tags = [CLASS_NAMES[label] for label in self.labels(split)[rows]]
            tagged_sheet(self.images(split)[rows], tags).save(folder / f"{split}.png")
