"""What is published of the content of the original files, and whether a reading agrees with it."""

from __future__ import annotations

import dataclasses

from notmnist.datasets.reading.batches import Skipped

__all__ = ["Facts"]


@dataclasses.dataclass(frozen=True)
class Facts:
    """The published facts of one file, or pair of files."""

    images: int  # that are readable
    class_counts: tuple[int, ...] | None = None  # images of each letter, A to J
    unreadable: frozenset[str] = frozenset()  # members, as `<letter>/<stem>.png`

    def difference(self, counts: tuple[int, ...], skipped: Skipped) -> str | None:
        """Return how the images read, by class, and skipped differ from this, None if they do not.

        A file whose hash is the published one *is* the published file, whatever this returns.
        """
        names = [name for entry in skipped.to_dict().values() for name in entry["names"]]
        unknown = {"/".join(name.split("/")[-2:]) for name in names} - self.unreadable
        if unknown or len(skipped) > len(self.unreadable):
            unexpected = sorted(unknown) or "some"
            return f"{len(skipped)} members are unreadable, {unexpected} unexpectedly"
        if sum(counts) != self.images:
            return f"{sum(counts):,} readable images, not {self.images:,}"
        if self.class_counts is not None and counts != self.class_counts:
            return f"{counts} readable images of the letters A to J, not {self.class_counts}"
        return None
