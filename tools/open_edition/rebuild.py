"""Makes the embedded edition again: `python -m notmnist.datasets.open.rebuild SOURCES`.

SOURCES holds the unpacked packages of `sources.tsv`, a folder each under the package's name;
with `--fetch` they are downloaded first, by apt-get, pip and npm. The faces of `fonts.tsv` are
drawn and packed: byte for byte what is shipped, given the Pillow and FreeType of `DRAWN_WITH`.
With `--choose` the faces are chosen anew first.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import logging
import lzma
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import features

from notmnist.datasets.open import LETTERS
from notmnist.datasets.open.choice import COLUMNS, choose
from notmnist.datasets.render import draw

__all__ = ["DRAWN_WITH", "HERE", "fetch", "main", "pack", "redraw", "rows"]

DRAWN_WITH = {"pil": "12.3.0", "freetype2": "2.14.3"}
"""The versions that drew what is shipped; others may round single pixels differently."""

HERE = Path(__file__).parent
_LOGGER = logging.getLogger("notmnist")


def main(arguments: list[str] | None = None) -> int:
    """Run the command.

    Args:
        arguments: As on the command line; those of this process where None.

    Returns:
        0 if the images are those that are shipped or faces were chosen anew, else 1.
    """
    parser = argparse.ArgumentParser(prog="python -m notmnist.datasets.open.rebuild")
    parser.add_argument("sources", type=Path, help="folder with a folder for each package")
    parser.add_argument("--out", type=Path, default=HERE, help="where to write; the package itself")
    parser.add_argument("--fetch", action="store_true", help="download and unpack the packages")
    parser.add_argument("--choose", action="store_true", help="choose the faces anew")
    chosen = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    for library, version in DRAWN_WITH.items():
        if features.version(library) != version:
            _LOGGER.warning("%s is %s, not %s", library, features.version(library), version)
    packages = rows(HERE / "sources.tsv")
    if chosen.fetch:
        fetch(packages, chosen.sources)
    table = chosen.out / "fonts.tsv" if chosen.choose else HERE / "fonts.tsv"
    if chosen.choose:
        verdicts = {
            (row["package"], row["path"]): row["verdict"] for row in rows(HERE / "seen.tsv")
        }
        faces = choose(chosen.sources, packages, verdicts)
        _write(table, faces)
    packed = pack(redraw(chosen.sources, rows(table)))
    (chosen.out / "images.idx.xz").write_bytes(packed)
    for path in (table, chosen.out / "images.idx.xz"):
        _LOGGER.info("%s %s", hashlib.sha256(path.read_bytes()).hexdigest(), path)
    from notmnist.datasets.open import IMAGES_SHA256

    return int(not chosen.choose and hashlib.sha256(packed).hexdigest() != IMAGES_SHA256)


def redraw(sources: Path, faces: list[dict[str, str]]) -> NDArray[np.uint8]:
    """Draw the letters of every face of a table.

    Args:
        sources: Folder with a folder for each package.
        faces: Rows of `fonts.tsv`.

    Returns:
        uint8 of shape (faces × 10, 28, 28), face after face.

    Raises:
        FontError: A face cannot be drawn.
    """
    images = []
    for face in faces:
        path = sources / face["package"] / face["path"]
        glyphs = draw(path, LETTERS, index=int(face["index"]))
        images += [glyphs[letter] for letter in LETTERS]
    return np.stack(images)


def pack(images: NDArray[np.uint8]) -> bytes:
    """Compress images as an IDX file in an xz container; the same bytes for the same images."""
    header = np.array([0x803, *images.shape], ">u4").tobytes()
    filters = [{"id": lzma.FILTER_LZMA2, "preset": 9 | lzma.PRESET_EXTREME, "lc": 4, "pb": 0}]
    return lzma.compress(header + images.tobytes(), lzma.FORMAT_XZ, filters=filters)


def fetch(packages: list[dict[str, str]], sources: Path) -> None:
    """Download and unpack packages that are not there yet.

    Args:
        packages: Rows of `sources.tsv`.
        sources: Gets a folder for each package.

    Raises:
        subprocess.CalledProcessError: apt-get, dpkg-deb, pip or npm failed.
        tarfile.TarError: A package from npm is not an archive.
    """
    sources.mkdir(parents=True, exist_ok=True)
    for row in packages:
        name, wanted = row["package"], f"{row['package']}={row['version']}"
        folder = sources / name
        if folder.exists():
            continue
        if row["archive"] == "debian":
            _run(["apt-get", "download", wanted], sources)
            (archive,) = sources.glob(f"{name}_*.deb")
            _run(["dpkg-deb", "-x", str(archive), str(folder)], sources)
            archive.unlink()
        elif row["archive"] == "npm":
            _run(["npm", "pack", "--silent", wanted.replace(f"{name}=", f"{name}@")], sources)
            (archive,) = sources.glob("*.tgz")
            with tarfile.open(archive) as packed:
                packed.extractall(folder, filter="data")
            archive.unlink()
        else:
            pip = [sys.executable, "-m", "pip", "install", "--no-deps", "--target", str(folder)]
            _run([*pip, wanted.replace("=", "==")], sources)


def rows(path: Path) -> list[dict[str, str]]:
    """Read a table of tab-separated values with a line of names."""
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def _write(path: Path, faces: list[dict[str, Any]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS, delimiter="\t", lineterminator="\n")
        writer.writeheader()
        writer.writerows(faces)


def _run(command: list[str], folder: Path) -> None:
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    sys.exit(main())
