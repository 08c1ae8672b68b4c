"""The sources of the editions that are downloaded: `original`, `clean`, `small` and `idx`."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from notmnist.datasets.archive import read_archive
from notmnist.datasets.download import fetch
from notmnist.datasets.glyphs import GlyphBatch, Skipped
from notmnist.datasets.home import home
from notmnist.datasets.idx import IdxPair, read_pair
from notmnist.datasets.integrity import Facts
from notmnist.datasets.mirrors import ASSETS, Asset
from notmnist.datasets.source import Part, Role, Source

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


def original_source(download: bool, verbose: int) -> Source:
    """Return the source of `original`: large, 1,000 a letter held out of it, and small."""
    files = _files("original", download, verbose)
    parts = (_archive(files, "large", "train"), _archive(files, "small", "test"))
    return _source("original", files, parts)


def clean_source(download: bool, verbose: int) -> Source:
    """Return the source of `clean`: that of `original`, curated."""
    source = original_source(download, verbose)
    version = "1.0.0"
    return dataclasses.replace(
        source, key=f"clean/{version}", name="clean", version=version, curated=True
    )


def small_source(download: bool, verbose: int) -> Source:
    """Return the source of `small`, divided by font."""
    files = _files("small", download, verbose)
    return _source("small", files, (_archive(files, "small", "all"),))


def idx_source(download: bool, verbose: int) -> Source:
    """Return the source of `idx`: the pairs `train`, 5,000 held out of it, and `t10k`."""
    files = _files("idx", download, verbose)
    parts = (_pair(files, "train", "train"), _pair(files, "t10k", "test"))
    return _source("idx", files, parts)


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
    def read(skipped: Skipped, keep_png: bool) -> Iterator[GlyphBatch]:
        return read_archive(files()[name], skipped=skipped, keep_png=keep_png)

    return Part(role, read, FACTS[name])


def _pair(files: Files, name: str, role: Role) -> Part:
    def read(skipped: Skipped, keep_png: bool) -> Iterator[GlyphBatch]:
        pair = IdxPair(name, files()[f"{name}-images"], files()[f"{name}-labels"])
        return read_pair(pair)

    return Part(role, read, FACTS[name])


def _source(name: str, files: Files, parts: tuple[Part, ...]) -> Source:
    # The first form stands for all forms: whichever mirror served, the edition is the same.
    checks = [asset.files[0].check[1] for asset in needed(name)]
    version = "1.0.0"
    return Source(
        key=f"{name}/{version}",
        name=name,
        version=version,
        fingerprint="/".join(checks),
        parts=parts,
        valid=_VALID.get(name),
        obtain=files,
    )
