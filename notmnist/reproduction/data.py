"""The data of a run: an edition cut to the sizes of the tutorial."""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from notmnist import datasets, plots
from notmnist.errors import did_you_mean, invalid, one_of

__all__ = ["SIZES", "Data"]

SIZES = {"train": 200_000, "valid": 10_000, "test": 10_000}
"""The maximum number of examples in each split, as in the tutorial."""

Arrays = tuple[npt.NDArray[np.uint8], npt.NDArray[np.int32]]


class Data:
    """Three splits of one edition, or of the files at a path.

    Attributes:
        images: Whether the page may show its images.

    Raises:
        NotMNISTError: As for `notmnist.load`, or a split is empty.
    """

    def __init__(self, name: str, verbose: int = 1, images: bool = True) -> None:
        self.name, self.images = name, images
        self._arrays: dict[str, Arrays] = {}
        if name not in datasets.EDITIONS and not Path(name).expanduser().exists():
            rule = f"{one_of(datasets.EDITIONS)}, or a path that exists"
            raise invalid("edition", name, rule, did_you_mean(name, datasets.EDITIONS))
        self.info = datasets.info(name, verbose=verbose)
        if self.info.image_shape != (28, 28, 1):
            shape = "×".join(map(str, self.info.image_shape))
            raise invalid("edition", name, "have grey images of 28×28", f"Its images are {shape}.")
        self.sizes = {split: min(self.info.splits[split], most) for split, most in SIZES.items()}
        if not all(self.sizes.values()):
            rule, advice = "have examples in every split", "Use an archive with more fonts."
            raise invalid("edition", name, rule, f"It has {self.sizes}. {advice}")

    def examples(self, split: str, count: int | None = None) -> Arrays:
        """Return the first examples of a split: images, uint8, (n, 28, 28), and labels, int32."""
        if split not in self._arrays:
            size = self.sizes[split]
            batches = self.batches(split, batch_size=size, shuffle=False, format="numpy")
            images, labels = next(iter(batches))
            self._arrays[split] = images[..., 0], labels
        images, labels = self._arrays[split]
        return images[:count], labels[:count]

    def batches(self, split: str, count: int | None = None, **options: Any) -> Any:
        """Load the same examples with `notmnist.load` and its `options`."""
        size = min(count or self.sizes[split], self.sizes[split])
        return datasets.load(self.name, split=f"{split}[:{size}]", verbose=0, **options)

    def facts(self) -> dict[str, Any]:
        """Return the facts about the data that the page shows."""
        pixels = self.examples("train", 20_000)[0] / np.float32(255) - np.float32(0.5)
        return {
            "name": self.info.name,
            "source": self.name
            if self.info.version
            else str(Path(self.name).expanduser().absolute()),
            "version": self.info.version,
            "fingerprint": f"{zlib.crc32(self.examples('test')[0].tobytes()):08x}",
            "class_names": list(self.info.class_names),
            "sizes": self.sizes,
            "stored": dict(self.info.splits),
            "counts": {split: list(row) for split, row in self.info.class_counts.items()},
            "skipped": {reason: entry["count"] for reason, entry in self.info.skipped.items()},
            "mean": float(pixels.mean(dtype=np.float64)),
            "deviation": float(pixels.std(dtype=np.float64)),
        }

    def draw(self, folder: Path) -> None:
        """Write a sheet of samples by letter and one for each split, if images may be shown."""
        folder.mkdir(parents=True, exist_ok=True)
        if not self.images:
            return
        names = self.info.class_names
        for split in SIZES:
            images, labels = self.examples(split)
            rows = np.random.default_rng(0).permutation(len(images))
            if split == "train":
                letters = plots.class_sheet(images[rows], labels[rows], names, columns=16)
                letters.save(folder / "letters.png")
            rows = np.sort(rows[:96])
            plots.sample_sheet(images[rows], labels[rows], names).save(folder / f"{split}.png")
