"""The sources of the editions that are downloaded: `original`, `clean`, `small` and `idx`."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from pathlib import Path

from notmnist.datasets.fetching.download import fetch
from notmnist.datasets.fetching.home import home
from notmnist.datasets.fetching.mirrors import ASSETS, Asset
from notmnist.datasets.reading.archives import read_archive
from notmnist.datasets.reading.batches import Batch, Notes, Role
from notmnist.datasets.reading.idx import IdxPair, read_pair
from notmnist.datasets.reading.source import Part, Source

__all__ = ["downloads", "needed", "published_source"]

_IMAGES = {"large": 529_114, "small": 18_724, "train": 60_000, "t10k": 10_000}
_NEEDS: Mapping[str, tuple[str, ...]] = {
    "original": ("small", "large"),  # the small file first, to fail early without a connection
    "clean": ("small", "large"),
    "small": ("small",),
    "idx": ("t10k-labels", "train-labels", "t10k-images", "train-images"),
}
_PARTS: Mapping[str, tuple[tuple[str, Role], ...]] = {
    "original": (("large", "train"), ("small", "test")),
    "clean": (("large", "train"), ("small", "test")),
    "small": (("small", "all"),),  # split by font
    "idx": (("train", "train"), ("t10k", "test")),
}
_VALID = {"original": 10_000, "clean": 10_000, "idx": 5_000}  # held out of the first part


def downloads() -> Path:
    """Return the folder of the downloaded files, which may not exist yet."""
    return home() / "downloads"


def needed(edition: str) -> tuple[Asset, ...]:
    """Return the assets that "original", "clean", "small" or "idx" consists of."""
    return tuple(ASSETS[name] for name in _NEEDS[edition])


def published_source(edition: str, version: str, download: bool, verbose: int) -> Source:
    """Return the source of "original", "clean", "small" or "idx"."""

    @functools.cache
    def files() -> Mapping[str, Path]:
        return {
            asset.name: fetch(asset, downloads(), download=download, progress=verbose > 0)
            for asset in needed(edition)
        }

    def part(name: str, role: Role) -> Part:
        def read(notes: Notes) -> Iterator[Batch]:
            if edition != "idx":
                return read_archive(files()[name], notes)
            pair = IdxPair(name, files()[f"{name}-images"], files()[f"{name}-labels"])
            return read_pair(pair, notes)

        return Part(role, read, _IMAGES[name])

    # Only the first form counts: the edition is the same whichever mirror served it.
    checks = [asset.files[0].check[1] for asset in needed(edition)]
    return Source(
        key=f"{edition}/{version}",
        name=edition,
        version=version,
        fingerprint="/".join(checks),
        parts=tuple(part(name, role) for name, role in _PARTS[edition]),
        valid=_VALID.get(edition),
        curated=edition == "clean",
        obtain=files,
    )
