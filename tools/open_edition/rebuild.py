"""Rebuilds the edition `open`: `python tools/open_edition/rebuild.py SOURCES`.

SOURCES has a folder for each unpacked package of `sources.tsv`; with `--fetch`, missing ones are
downloaded first, by apt-get (Debian 12) and npm. The faces of `fonts.tsv` are drawn and packed.
With the versions of Pillow and FreeType in `DRAWN_WITH`, the result has the same bytes as the
shipped file. With `--choose`, the faces are chosen again first.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import lzma
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import features

from choice import choose
from notmnist.datasets.editions.embedded import FOLDER, IMAGES_SHA256
from notmnist.datasets.fonts.rendering import draw
from notmnist.datasets.letters import CLASS_NAMES

DRAWN_WITH = {"pil": "12.3.0", "freetype2": "2.14.3"}
"""The versions that drew the shipped images; others may round some pixels differently."""

HERE = Path(__file__).parent
COLUMNS = ("font", "family", "licence", "package", "path", "index")


def main(arguments: list[str] | None = None) -> int:
    """Return 1 if the images differ from the shipped ones and no faces were chosen, otherwise 0."""
    parser = argparse.ArgumentParser(description="Rebuild the edition `open`.")
    parser.add_argument("sources", type=Path, help="a folder with a folder for each package")
    parser.add_argument("--fetch", action="store_true", help="download the packages first")
    parser.add_argument("--choose", action="store_true", help="choose the faces again")
    parser.add_argument(
        "--out", type=Path, default=Path(str(FOLDER)), help="where to write (into the package)"
    )
    options = parser.parse_args(arguments)
    for library, version in DRAWN_WITH.items():
        if features.version(library) != version:
            print(f"{library} is {features.version(library)}, not {version}")
    packages = rows(HERE / "sources.tsv")
    if options.fetch:
        fetch(packages, options.sources)
    options.out.mkdir(parents=True, exist_ok=True)
    table, images = (options.out / name for name in ("fonts.tsv", "images.idx.xz"))
    if options.choose:
        verdicts = {
            (row["package"], row["path"]): row["verdict"] for row in rows(HERE / "seen.tsv")
        }
        write(table, choose(options.sources, packages, verdicts))
    faces = rows(table if options.choose else Path(str(FOLDER / "fonts.tsv")))
    images.write_bytes(pack(redraw(options.sources, faces)))
    sha256 = hashlib.sha256(images.read_bytes()).hexdigest()
    print(sha256, images)
    if not options.choose:
        return int(sha256 != IMAGES_SHA256)
    print(hashlib.sha256(table.read_bytes()).hexdigest(), table)
    print("Put both into notmnist/datasets/editions/embedded.py, then run copies.py.")
    return 0


def fetch(packages: list[dict[str, str]], sources: Path) -> None:
    """Download and unpack the packages that are missing."""
    missing = [row for row in packages if not (sources / row["package"]).exists()]
    debian = [row for row in missing if row["archive"] == "debian"]
    npm = [row for row in missing if row["archive"] == "npm"]
    sources.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=sources) as temporary:
        folder = Path(temporary)
        if debian:
            wanted = [f"{row['package']}={row['version']}" for row in debian]
            _run(["apt-get", "download", *wanted], folder)
        for row in debian:
            (archive,) = folder.glob(f"{row['package']}_*.deb")
            _run(["dpkg-deb", "-x", archive.name, "unpacked"], folder)
            (folder / "unpacked").rename(sources / row["package"])
        if npm:
            wanted = [f"{row['package']}@{row['version']}" for row in npm]
            _run(["npm", "pack", "--silent", *wanted], folder)
        for row in npm:
            name = row["package"].removeprefix("@").replace("/", "-")
            with tarfile.open(folder / f"{name}-{row['version']}.tgz") as archive:
                archive.extractall(folder / "unpacked", filter="data")
            (sources / row["package"]).parent.mkdir(exist_ok=True)
            (folder / "unpacked").rename(sources / row["package"])


def redraw(sources: Path, faces: list[dict[str, str]]) -> NDArray[np.uint8]:
    """Draw the letters of every face: uint8 of shape (faces × 10, 28, 28), face by face."""
    images = []
    for face in faces:
        path = sources / face["package"] / face["path"]
        glyphs = draw(path, CLASS_NAMES, index=int(face["index"]))
        images += [glyphs[letter] for letter in CLASS_NAMES]
    return np.stack(images)


def pack(images: NDArray[np.uint8]) -> bytes:
    """Compress images as an IDX file in an xz container; the same bytes for the same images."""
    header = np.array([0x803, *images.shape], ">u4").tobytes()
    filters = [{"id": lzma.FILTER_LZMA2, "preset": 9 | lzma.PRESET_EXTREME, "lc": 4, "pb": 0}]
    return lzma.compress(header + images.tobytes(), lzma.FORMAT_XZ, filters=filters)


def rows(path: Path) -> list[dict[str, str]]:
    """Read a table of tab-separated values, whose first line names the columns."""
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def write(path: Path, faces: list[dict[str, str]]) -> None:
    """Write a table of faces."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS, delimiter="\t", lineterminator="\n")
        writer.writeheader()
        writer.writerows(faces)


def _run(command: list[str], folder: Path) -> None:
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    sys.exit(main())
