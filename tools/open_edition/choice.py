"""Chooses the faces of the embedded edition: licensed, legible, no two alike."""

from __future__ import annotations

import collections
import logging
import re
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from notmnist.datasets import faces, fonts
from notmnist.datasets.open import LETTERS, licences

__all__ = ["COLUMNS", "Candidate", "candidates", "choose", "files"]

COLUMNS = ("font", "family", "licence", "package", "path", "index")

_LOGGER = logging.getLogger("notmnist")


class Candidate(NamedTuple):
    """A face that might be chosen.

    Attributes:
        row: Its row of `fonts.tsv`.
        images: uint8 of shape (10, 28, 28).
    """

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
    found = candidates(sources, packages)
    _LOGGER.info("%d licensed faces draw all letters", len(found))
    images = np.stack([candidate.images for candidate in found])
    kept = faces.distinct(images)
    _LOGGER.info("%d of them are no near-copy of another", len(kept))
    found, images = [found[index] for index in kept], images[kept]
    read = faces.letters_read(images, [candidate.row["family"] for candidate in found])
    chosen = []
    for candidate, count in zip(found, read, strict=True):
        seen = verdicts.get((candidate.row["package"], candidate.row["path"]))
        if seen == "letters" or (seen is None and count >= faces.LEAST_READ):
            chosen.append(candidate.row)
    _LOGGER.info("%d of them draw letters", len(chosen))
    return _named(sorted(chosen, key=lambda row: (row["package"], row["path"], row["index"])))


def files(folder: Path) -> list[Path]:
    """The font files of a package; of a web font's many only the one with A to J.

    Fontsource's packages hold a file for each alphabet, weight, style and format. Chosen is the
    upright one if there is one, and the weight nearest to the regular one.

    Args:
        folder: Folder of the unpacked package.

    Returns:
        Paths of font files.
    """
    latin = {
        (found[2] != "normal", abs(int(found[1]) - 400), int(found[1])): path
        for path in folder.glob("package/files/*.woff2")
        if (found := re.search(r"-latin-(\d+)-(normal|italic)\.woff2$", path.name))
    }
    return [latin[min(latin)]] if latin else fonts.find(folder)


def candidates(sources: Path, packages: list[dict[str, str]]) -> list[Candidate]:
    """Draw the licensed faces that have all letters; outlines of one file once.

    Args:
        sources: Folder with a folder for each package.
        packages: Rows of `sources.tsv`.

    Returns:
        A `Candidate` for each face, package after package.
    """
    stated: dict[Path, tuple[str, str]] = {}  # of each font file: its package and licence
    for row in packages:
        folder = sources / row["package"]
        licence_of = _licences(folder)
        paths = [path for path in files(folder) if licence_of(path)]
        paths.sort(key=lambda path: (path.suffix.lower() == ".pfb", path))  # newer format first
        stated |= {path: (row["package"], licence_of(path)) for path in paths}
    found = []
    for face in fonts.read(list(stated), LETTERS):
        if isinstance(face, fonts.Face) and face.letters == LETTERS:
            package, licence = stated[face.path]
            entry: dict[str, Any] = {
                "font": face.name,
                "family": fonts.design(face.family),
                "licence": licence,
                "package": package,
                "path": face.path.relative_to(sources / package).as_posix(),
                "index": int(face.name.rpartition("#")[2]) if "#" in face.name else 0,
            }
            found.append(Candidate(entry, face.images))
    return found


def _named(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Tell faces of one file name apart: the second one is called "name (2)"."""
    seen: collections.Counter[str] = collections.Counter()
    for row in rows:
        seen[row["font"]] += 1
        if seen[row["font"]] > 1:
            row["font"] += f" ({seen[row['font']]})"
    return rows


def _licences(folder: Path) -> Any:
    """A function from a font's path to its licence, or to None."""
    if list(folder.glob("usr/share/doc/*/Licenses.gz")):
        listed = licences.tex_live(folder)
        return lambda path: licences.matching(path.relative_to(folder).as_posix(), listed)
    if (folder / "usr/share/doc").is_dir():
        stated = licences.debian(folder)
        return lambda path: stated
    if (folder / "package/package.json").is_file():
        named = licences.npm(folder / "package")
        return lambda path: named
    return licences.in_font
