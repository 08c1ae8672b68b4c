"""Make the sheet of faces and the tables of docs/open-edition.md from the embedded edition.

    python docs/make_open_page.py

This takes seconds. Each table goes between the comments in the page that have its name.
"""

from __future__ import annotations

import collections
import re
from pathlib import Path

import numpy as np
from made import note
from PIL import Image

from notmnist.datasets.editions import embedded

HERE = Path(__file__).parent
EVERY = 12  # one face of every twelfth design
COLUMNS = 4
GAP = 2  # pixels between letters; ten times as many between columns


def sheet(faces: list[dict[str, str]]) -> Image.Image:
    """Draw rows of ten letters: one face of every twelfth design."""
    first: dict[str, int] = {}
    for number, face in enumerate(faces):
        first.setdefault(face["family"], number)
    chosen = [first[family] for family in sorted(first)][::EVERY]
    images = embedded.read().images.reshape(len(faces), 10, 28, 28)[chosen]
    rows = -(-len(chosen) // COLUMNS)
    step, column = 28 + GAP, 10 * (28 + GAP) + 10 * GAP
    paper = np.full((rows * step, COLUMNS * column), 255, np.uint8)
    for number, letters in enumerate(images):
        top, left = number % rows * step, number // rows * column
        for place, letter in enumerate(letters):
            paper[top : top + 28, left + place * step : left + place * step + 28] = letter
    return Image.fromarray(paper[:, : -10 * GAP])


def sources(faces: list[dict[str, str]]) -> str:
    """Return the table of sources."""
    others = [face for face in faces if face["package"].startswith("fonts-")]
    debian = [face for face in others if face["package"] != "fonts-aenigma"]
    web = [face for face in faces if face["package"].startswith("@fontsource/")]
    rows = [
        ("Debian's `texlive-fonts-extra`", len(faces) - len(others) - len(web)),
        (f"{_packages(debian)} other Debian packages, `fonts-*`", len(debian)),
        (f"{_packages(web)} Fontsource packages, display and handwriting", len(web)),
        ("Debian's `fonts-aenigma`", len(others) - len(debian)),
    ]
    return "| source | faces |\n|---|---|\n" + "".join(f"| {a} | {b:,} |\n" for a, b in rows)


def licences(faces: list[dict[str, str]]) -> str:
    """Return the table of licences, the most common first."""
    counts = collections.Counter(face["licence"] for face in faces).most_common()
    return "| licence | faces |\n|---|---|\n" + "".join(f"| {a} | {b:,} |\n" for a, b in counts)


def totals(faces: list[dict[str, str]]) -> str:
    """Return a sentence with the totals."""
    designs = len({face["family"] for face in faces})
    return (
        f"{10 * len(faces):,} images were drawn from {len(faces):,} faces of {designs:,} designs.\n"
    )


def _packages(faces: list[dict[str, str]]) -> int:
    return len({face["package"] for face in faces})


def page(text: str, faces: list[dict[str, str]]) -> str:
    """Return the page's text with new tables."""
    for make in (totals, sources, licences):
        name = make.__name__
        pattern = rf"(?s)<!-- {name} -->\n.*?<!-- end -->"
        text, count = re.subn(
            pattern, f"<!-- {name} -->\n\n{make(faces)}\n<!-- end -->", text, count=1
        )
        assert count, f"the page has no place for {name}"
    return text


if __name__ == "__main__":
    table = embedded.table()
    path = HERE / "open-edition.md"
    path.write_text(page(path.read_text("utf-8"), table), "utf-8")
    sheet(table).save(note("open-sheet.png", "make open-page"), optimize=True)
