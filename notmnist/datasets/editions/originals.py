"""The sources of the editions that are downloaded: `original`, `clean`, `small` and `idx`."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from notmnist.datasets.fetching.download import fetch
from notmnist.datasets.fetching.home import home
from notmnist.datasets.fetching.mirrors import ASSETS, Asset
from notmnist.datasets.reading.archives import read_archive
from notmnist.datasets.reading.batches import Batch, Notes
from notmnist.datasets.reading.idx import IdxPair, read_pair
from notmnist.datasets.reading.published import Facts
from notmnist.datasets.reading.source import Part, Role, Source

__all__ = [
    "FACTS",
    "clean_source",
    "downloads",
    "idx_source",
    "needed",
    "original_source",
    "small_source",
]

Files = Callable[[], Mapping[str, Path]]

# Readable images and unreadable members of each file, as published.
FACTS: Mapping[str, Facts] = {
    "large": Facts(
        images=529_114,
        class_counts=(
            *(52_909, 52_911, 52_912, 52_911, 52_912),
            *(52_912, 52_912, 52_912, 52_912, 52_911),
        ),
        unreadable=frozenset(
            {
                "A/Um9tYW5hIEJvbGQucGZi.png",
                "A/SG90IE11c3RhcmQgQlROIFBvc3Rlci50dGY=.png",
                "A/RnJlaWdodERpc3BCb29rSXRhbGljLnR0Zg==.png",
                "B/TmlraXNFRi1TZW1pQm9sZEl0YWxpYy5vdGY=.png",
                "D/VHJhbnNpdCBCb2xkLnR0Zg==.png",
            }
        ),
    ),
    "small": Facts(
        images=18_724,
        class_counts=(1_872, 1_873, 1_873, 1_873, 1_873, 1_872, 1_872, 1_872, 1_872, 1_872),
        unreadable=frozenset(
            {
                "A/RGVtb2NyYXRpY2FCb2xkT2xkc3R5bGUgQm9sZC50dGY=.png",
                "F/Q3Jvc3NvdmVyIEJvbGRPYmxpcXVlLnR0Zg==.png",
            }
        ),
    ),
    "train": Facts(images=60_000),
    "t10k": Facts(images=10_000),
}
_NEEDS: Mapping[str, tuple[str, ...]] = {
    "original": ("small", "large"),  # the small file first: a dead network shows at once
    "clean": ("small", "large"),
    "small": ("small",),
    "idx": ("t10k-labels", "train-labels", "t10k-images", "train-images"),
}
_VALID: Mapping[str, int] = {"original": 10_000, "idx": 5_000}  # held out of the first part


def downloads() -> Path:
    """Return the folder of the downloaded files, which need not exist yet."""
    return home() / "downloads"


def needed(edition: str) -> tuple[Asset, ...]:
    """Return what an edition is made of.

    Args:
        edition: "original", "clean", "small" or "idx".
    """
    return tuple(ASSETS[name] for name in _NEEDS[edition])


def original_source(version: str, download: bool, verbose: int) -> Source:
    """Return the source of `original`: large, 1,000 a letter held out of it, and small."""
    files = _files("original", download, verbose)
    parts = (_archive(files, "large", "train"), _archive(files, "small", "test"))
    return _source("original", version, files, parts)


def clean_source(version: str, download: bool, verbose: int) -> Source:
    """Return the source of `clean`: that of `original`, curated."""
    source = original_source(version, download, verbose)
    return dataclasses.replace(source, key=f"clean/{version}", name="clean", curated=True)


def small_source(version: str, download: bool, verbose: int) -> Source:
    """Return the source of `small`, divided by font."""
    files = _files("small", download, verbose)
    return _source("small", version, files, (_archive(files, "small", "all"),))


def idx_source(version: str, download: bool, verbose: int) -> Source:
    """Return the source of `idx`: the pairs `train`, 5,000 held out of it, and `t10k`."""
    files = _files("idx", download, verbose)
    parts = (_pair(files, "train", "train"), _pair(files, "t10k", "test"))
    return _source("idx", version, files, parts)


def _files(edition: str, download: bool, verbose: int) -> Files:
    """Return what gets all files of an edition, the first time it is called."""

    @functools.cache
    def files() -> Mapping[str, Path]:
        return {
            asset.name: fetch(asset, downloads(), download=download, progress=verbose > 0)
            for asset in needed(edition)
        }

    return files


def _archive(files: Files, name: str, role: Role) -> Part:
    def read(notes: Notes) -> Iterator[Batch]:
        return read_archive(files()[name], notes)

    return Part(role, read, FACTS[name])


def _pair(files: Files, name: str, role: Role) -> Part:
    def read(notes: Notes) -> Iterator[Batch]:
        pair = IdxPair(name, files()[f"{name}-images"], files()[f"{name}-labels"])
        return read_pair(pair, notes)

    return Part(role, read, FACTS[name])


def _source(name: str, version: str, files: Files, parts: tuple[Part, ...]) -> Source:
    # The first form stands for all forms: whichever mirror served, the edition is the same.
    checks = [asset.files[0].check[1] for asset in needed(name)]
    return Source(
        key=f"{name}/{version}",
        name=name,
        version=version,
        fingerprint="/".join(checks),
        parts=parts,
        valid=_VALID.get(name),
        obtain=files,
    )
