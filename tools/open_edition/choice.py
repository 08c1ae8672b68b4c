"""Chooses the faces of the edition `open`: licensed, legible, and all different."""

from __future__ import annotations

import collections
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

import faces
import licences
from notmnist.datasets.fonts import folder as fonts
from notmnist.datasets.letters import CLASS_NAMES

LETTERS = "".join(CLASS_NAMES)


class Candidate(NamedTuple):
    """A face that might be chosen: its row of `fonts.tsv`, and uint8 of shape (10, 28, 28)."""

    row: dict[str, Any]
    images: NDArray[np.uint8]


def choose(
    sources: Path, packages: list[dict[str, str]], verdicts: dict[tuple[str, str], str]
) -> list[dict[str, Any]]:
    """Choose faces from unpacked packages.

    Args:
        sources: Folder with a folder for each package.
        packages: Rows of `sources.tsv`.
        verdicts: "letters" or "symbols" for faces that a person has checked, by package and path.
            They overrule the number of letters that the classifier reads.

    Returns:
        Rows of `fonts.tsv`, sorted by package, path and index.
    """
    found = candidates(sources, packages)
    print(f"{len(found)} licensed faces draw all letters")
    images = np.stack([candidate.images for candidate in found])
    kept = faces.distinct(images)
    print(f"{len(kept)} of them are not near-copies of another")
    found, images = [found[index] for index in kept], images[kept]
    read = faces.letters_read(images, [candidate.row["family"] for candidate in found])
    chosen = []
    for candidate, count in zip(found, read, strict=True):
        seen = verdicts.get((candidate.row["package"], candidate.row["path"]))
        if seen == "letters" or (seen is None and count >= faces.LEAST_READ):
            chosen.append(candidate.row)
    print(f"{len(chosen)} of them draw letters")
    return _named(sorted(chosen, key=lambda row: (row["package"], row["path"], row["index"])))


def candidates(sources: Path, packages: list[dict[str, str]]) -> list[Candidate]:
    """Draw the faces that have a known licence and all letters, package by package."""
    stated: dict[Path, tuple[str, str]] = {}  # package and licence of each font file
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
            entry = {
                "font": face.name,
                "family": fonts.design(face.family),
                "licence": licence,
                "package": package,
                "path": face.path.relative_to(sources / package).as_posix(),
                "index": int(face.name.rpartition("#")[2]) if "#" in face.name else 0,
            }
            found.append(Candidate(entry, face.images))
    return found


def files(folder: Path) -> list[Path]:
    """List the font files of a package; for a web font, only one file, which has A to J.

    Fontsource's packages contain a file for each alphabet, weight, style and format. An upright
    style is preferred, and then the weight nearest to regular.
    """
    latin = {
        (found[2] != "normal", abs(int(found[1]) - 400), int(found[1])): path
        for path in folder.glob("package/files/*.woff2")
        if (found := re.search(r"-latin-(\d+)-(normal|italic)\.woff2$", path.name))
    }
    return [latin[min(latin)]] if latin else fonts.find(folder)


def _named(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Distinguish faces with the same file name: the second one is called "name (2)"."""
    seen: collections.Counter[str] = collections.Counter()
    for row in rows:
        seen[row["font"]] += 1
        if seen[row["font"]] > 1:
            row["font"] += f" ({seen[row['font']]})"
    return rows


def _licences(folder: Path) -> Callable[[Path], str | None]:
    """Return a function that returns the licence of a font's path, or None if it is not known."""
    if list(folder.glob("usr/share/doc/*/Licenses.gz")):
        listed = licences.tex_live(folder)
        return lambda path: licences.matching(path.relative_to(folder).as_posix(), listed)
    if (folder / "usr/share/doc").is_dir():
        stated = licences.debian(folder)
        return lambda path: stated
    named = licences.npm(folder / "package")
    return lambda path: named
