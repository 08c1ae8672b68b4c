"""What is known of a published file's content, and whether a reading agrees with it.

A file whose hash is the published one *is* the published file, so a difference never refuses it: it
would be a mistake in our figures or in the decoder, and is only logged.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from notmnist.datasets.glyphs import GlyphBatch, Skipped
from notmnist.datasets.letters import CLASS_NAMES, IMAGE_SIZE

__all__ = ["Facts", "Tally"]


@dataclasses.dataclass(frozen=True)
class Facts:
    """The published facts of one file, or pair of files.

    Attributes:
        images: The number of readable images.
        class_counts: Of each letter, A to J; None where it was never published.
        unreadable: The members known to be unreadable, as `<letter>/<stem>.png`. Others may
            be missing from a repacked archive.
    """

    images: int
    class_counts: tuple[int, ...] | None = None
    unreadable: frozenset[str] = frozenset()


class Tally:
    """Counts and sums over what was read of one part.

    Attributes:
        counts: The number of images of each letter.
        total: The sum over all pixels.
        squares: The sum over all pixels' squares.
        skipped: The members left out.
    """

    def __init__(self) -> None:
        self.counts = np.zeros(len(CLASS_NAMES), np.int64)
        self.total = 0
        self.squares = 0
        self.skipped = Skipped()

    def add(self, batch: GlyphBatch) -> None:
        """Count a batch in."""
        self.counts += np.bincount(batch.labels, minlength=len(CLASS_NAMES))
        self.total += int(batch.images.sum(dtype=np.int64))
        squared = np.multiply(batch.images, batch.images, dtype=np.uint16)  # 255² fits
        self.squares += int(squared.sum(dtype=np.int64))

    def merge(self, other: Tally) -> None:
        """Count in what `other` counted."""
        self.counts += other.counts
        self.total += other.total
        self.squares += other.squares
        self.skipped.merge(other.skipped)

    def mean_and_std(self) -> tuple[float, float]:
        """Return mean and standard deviation over all pixels, on a scale of 0 to 1."""
        pixels = int(self.counts.sum()) * IMAGE_SIZE * IMAGE_SIZE
        mean = self.total / pixels
        return mean / 255, max(self.squares / pixels - mean * mean, 0.0) ** 0.5 / 255

    def difference(self, facts: Facts) -> str | None:
        """Return how the tally differs from what is published, or None where it agrees."""
        unknown = sorted(self._unreadable() - facts.unreadable)
        counts = tuple(self.counts.tolist())
        if unknown or len(self.skipped) > len(facts.unreadable):
            return f"{len(self.skipped)} members are unreadable, {unknown or 'some'} unexpectedly"
        if sum(counts) != facts.images:
            return f"{sum(counts):,} readable images, not {facts.images:,}"
        if facts.class_counts is not None and counts != facts.class_counts:
            return f"{counts} readable images of the letters A to J, not {facts.class_counts}"
        return None

    def _unreadable(self) -> set[str]:
        entries = self.skipped.to_dict().values()
        return {"/".join(name.split("/")[-2:]) for entry in entries for name in entry["names"]}
