"""Information about a loaded edition."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any

from notmnist.datasets.editions.table import EDITIONS
from notmnist.datasets.store.arrays import Store
from notmnist.notebook import html_table

__all__ = ["DatasetInfo", "info_of"]


@dataclasses.dataclass(frozen=True, repr=False)
class DatasetInfo:
    """Information about an edition or about your own data.

    Attributes:
        name: The edition's name, or the file's name for your own data.
        version: The version of the examples; "" for your own data.
        summary: A one-sentence description.
        splits: The number of examples of each split.
        class_names: The classes, in the order of the labels.
        class_counts: For each split, the number of examples of each class.
        image_shape: Height, width and channels of one image.
        pixel_mean: The mean over all pixels read, on a scale of 0 to 1.
        pixel_std: The standard deviation over all pixels read, on the same scale.
        skipped: The files that could not be used: `{reason: {"count", "names"}}`.
        citation: How to cite notMNIST, in BibTeX.
        licence: The licence of the images.
        known_flaws: The known flaws of the data.
        folder: The folder with the prepared arrays.
    """

    name: str
    version: str
    summary: str
    splits: Mapping[str, int]
    class_names: tuple[str, ...]
    class_counts: Mapping[str, tuple[int, ...]]
    image_shape: tuple[int, int, int]
    pixel_mean: float
    pixel_std: float
    skipped: Mapping[str, Any]
    citation: str
    licence: str
    known_flaws: tuple[str, ...]
    folder: Path

    @property
    def empty_classes(self) -> tuple[str, ...]:
        """The classes that have no example in any split."""
        totals = [sum(counts) for counts in zip(*self.class_counts.values(), strict=True)]
        pairs = zip(self.class_names, totals, strict=True)
        return tuple(name for name, total in pairs if not total)

    def __str__(self) -> str:
        left_out = sum(entry["count"] for entry in self.skipped.values())
        lines = [
            f"notMNIST {self.name} {self.version}".rstrip(),
            self.summary,
            *(self._counts(split) for split in self.splits),
            f"Empty classes: {' '.join(self.empty_classes)}" if self.empty_classes else "",
            f"Images: uint8 {'×'.join(map(str, self.image_shape))}, "
            f"pixel mean {self.pixel_mean:.4f}, standard deviation {self.pixel_std:.4f} (0 to 1)",
            f"Unreadable files left out: {left_out}",
            f"Licence: {self.licence}",
            *(f"Known flaw: {flaw}" for flaw in self.known_flaws),
            f"Folder: {self.folder}",
        ]
        return "\n".join(line for line in lines if line)

    def __repr__(self) -> str:
        return f"<DatasetInfo: {self.name} {self.version}, {dict(self.splits)}>"

    def _repr_html_(self) -> str:
        rows = [
            (split, f"{size:,}", *self.class_counts[split]) for split, size in self.splits.items()
        ]
        header = ("split", "examples", *self.class_names)
        first, *others = str(self).splitlines()
        notes = [line for line in others if not line.startswith(tuple(map(_as_line, self.splits)))]
        return html_table(first, header, rows, notes)

    def _counts(self, split: str) -> str:
        counts = zip(self.class_names, self.class_counts[split], strict=True)
        each = ", ".join(f"{name} {count:,}" for name, count in counts)
        return f"{_as_line(split)} {self.splits[split]:,} examples ({each})"


def _as_line(split: str) -> str:
    return f"{split.capitalize()}:"


def info_of(store: Store) -> DatasetInfo:
    """Return the information about the data in `store`."""
    manifest = store.manifest
    entry = EDITIONS.get(manifest["name"]) if manifest["version"] else None
    citations = resources.files("notmnist.datasets.notmnist") / "CITATIONS.bib"
    return DatasetInfo(
        name=manifest["name"],
        version=manifest["version"],
        summary=entry.summary if entry else "Your own data.",
        splits=store.sizes(),
        class_names=store.class_names,
        class_counts={
            name: tuple(manifest["splits"][name]["class_counts"]) for name in store.sizes()
        },
        image_shape=store.image_shape,
        pixel_mean=manifest["pixel_mean"],
        pixel_std=manifest["pixel_std"],
        skipped=manifest["skipped"],
        citation=citations.read_text("utf-8"),
        licence=entry.licence if entry else "Unknown: these are your own files.",
        known_flaws=entry.flaws if entry else tuple(manifest["flaws"]),
        folder=store.folder,
    )
