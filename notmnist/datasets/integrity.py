"""What is known of a published file's content, and the check that a reading agrees with it."""

from __future__ import annotations

import dataclasses

import numpy as np

from notmnist.datasets.glyphs import GlyphBatch, Skipped
from notmnist.datasets.letters import CLASS_NAMES, IMAGE_SIZE
from notmnist.errors import IntegrityError

__all__ = ["Facts", "Tally"]

_TOLERANCE = 1e-4  # the published figures have four decimals


@dataclasses.dataclass(frozen=True)
class Facts:
    """The published facts of one file, or pair of files.

    Attributes:
        images: The number of readable images.
        class_counts: Of each letter, A to J; None where it was never published.
        unreadable: The members known to be unreadable, as `<letter>/<stem>.png`. Others may
            be missing from a repacked archive, none may be added.
        pixel_mean: The mean over all pixels, of 1; None where it was never published.
        pixel_std: Their standard deviation, of 1; None where it was never published.
    """

    images: int
    class_counts: tuple[int, ...] | None = None
    unreadable: frozenset[str] = frozenset()
    pixel_mean: float | None = None
    pixel_std: float | None = None


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

    def verify(self, facts: Facts, name: str) -> None:
        """Hold the tally to the facts.

        Args:
            facts: What is published.
            name: What was read, for the message.

        Raises:
            IntegrityError: A count, a sum or the list of unreadable members differs.
        """
        problem = self._problem(facts)
        if problem is not None:
            message = (
                f"The data of {name} are not the published ones: {problem}. Delete the "
                "downloaded file; the next call gets another copy."
            )
            raise IntegrityError(message)

    def _problem(self, facts: Facts) -> str | None:
        unknown = sorted(self._unreadable() - facts.unreadable)
        counts = tuple(self.counts.tolist())
        if unknown or len(self.skipped) > len(facts.unreadable):
            return f"{len(self.skipped)} members are unreadable, {unknown or 'some'} unexpectedly"
        if sum(counts) != facts.images:
            return f"{sum(counts):,} readable images, not {facts.images:,}"
        if facts.class_counts is not None and counts != facts.class_counts:
            return f"{counts} readable images of the letters A to J, not {facts.class_counts}"
        for what, found, expected in zip(
            ("mean", "standard deviation"),
            self.mean_and_std(),
            (facts.pixel_mean, facts.pixel_std),
            strict=True,
        ):
            if expected is not None and abs(found - expected) > _TOLERANCE:
                return f"the pixels' {what} is {found:.4f}, not {expected:.4f}"
        return None

    def _unreadable(self) -> set[str]:
        entries = self.skipped.to_dict().values()
        return {"/".join(name.split("/")[-2:]) for entry in entries for name in entry["names"]}
