"""Chooses the faces of the embedded edition: licensed, legible, no two alike."""

from __future__ import annotations

import collections
import logging
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from notmnist.datasets import faces, fonts
from notmnist.datasets.open import LETTERS, licences

__all__ = ["COLUMNS", "choose"]

COLUMNS = ("font", "family", "licence", "package", "path", "index")

_LOGGER = logging.getLogger("notmnist")


class _Candidate(NamedTuple):
    row: dict[str, Any]
    images: NDArray[np.uint8]


def choose(
    sources: Path, packages: list[dict[str, str]], verdicts: dict[tuple[str, str], str]
) -> list[dict[str, Any]]:
    """Choose faces from unpacked packages.

    Args:
        sources: Folder with a folder for each package.
        packages: Rows of `sources.tsv`.
        verdicts: For faces looked at by eye, by package and path: "letters" or "symbols". They
            overrule the count of letters read.

    Returns:
        Rows of `fonts.tsv`, sorted by package and path.
    """
    candidates: list[_Candidate] = []
    for row in packages:
        candidates += _candidates(sources, row["package"])
    _LOGGER.info("%d licensed faces draw all letters", len(candidates))
    images = np.stack([candidate.images for candidate in candidates])
    kept = faces.distinct(images)
    _LOGGER.info("%d of them are no near-copy of another", len(kept))
    candidates, images = [candidates[index] for index in kept], images[kept]
    families = [candidate.row["family"] for candidate in candidates]
    read = faces.letters_read(images, families)
    chosen = []
    for candidate, count in zip(candidates, read, strict=True):
        seen = verdicts.get((candidate.row["package"], candidate.row["path"]))
        if seen == "letters" or (seen is None and count >= faces.LEAST_READ):
            chosen.append(candidate.row)
    _LOGGER.info("%d of them draw letters", len(chosen))
    return _named(sorted(chosen, key=lambda row: (row["package"], row["path"], row["index"])))


def _named(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Tell faces of one file name apart: the second one is called "name (2)"."""
    seen: collections.Counter[str] = collections.Counter()
    for row in rows:
        seen[row["font"]] += 1
        if seen[row["font"]] > 1:
            row["font"] += f" ({seen[row['font']]})"
    return rows


def _candidates(sources: Path, package: str) -> list[_Candidate]:
    """The licensed faces of a package that draw all letters; outlines of one file once."""
    folder = sources / package
    licence_of = _licences(folder)
    paths = [path for path in fonts.find(folder) if licence_of(path)]
    paths.sort(key=lambda path: (path.suffix.lower() == ".pfb", path))  # the newer format first
    found = []
    for face in fonts.read(paths, LETTERS):
        if isinstance(face, fonts.Face) and face.letters == LETTERS:
            row = {
                "font": face.name,
                "family": fonts.design(face.family),
                "licence": licence_of(face.path),
                "package": package,
                "path": face.path.relative_to(folder).as_posix(),
                "index": face.name.rpartition("#")[2] if "#" in face.name else 0,
            }
            found.append(_Candidate(row, face.images))
    return found


def _licences(folder: Path) -> Any:
    """A function from a font's path to its licence, or to None."""
    if list(folder.glob("usr/share/doc/*/Licenses.gz")):
        listed = licences.tex_live(folder)
        return lambda path: licences.matching(path.relative_to(folder).as_posix(), listed)
    if (folder / "usr/share/doc").is_dir():
        stated = licences.debian(folder)
        return lambda path: stated
    return licences.in_font
