"""Measure how often `models.read` doubts letters A to J, letters K to Z, digits and words.

    python benchmarks/doubt.py FONTS

FONTS is the folder that `python tools/open_edition/rebuild.py FONTS --fetch` fills; missing fonts
are skipped. A to J are the test split of `open`; the others are drawn in 200 of its fonts.
"""

from __future__ import annotations

import argparse
import os
import random
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
from PIL import Image, ImageDraw, ImageFont

import notmnist
from notmnist.datasets.editions.embedded import table
from notmnist.datasets.fonts.rendering import draw
from notmnist.errors import NotMNISTError
from notmnist.evaluation import evaluate
from notmnist.models.reading import as_glyph

SIGNS = {"digits": "0123456789", "K to Z": "KLMNOPQRSTUVWXYZ"}
SURE = 0.95  # as in `notmnist.models.read`
WORDS = ["HELLO", "CAT", "hello", "dog", "Abc", "NOTMNIST", "AB", "IJ", "OK", "test", "Keras", "GO"]


def word(path: Path, index: int, text: str) -> np.ndarray:
    """Return a picture of a word as the network gets it."""
    font = ImageFont.truetype(str(path), 100, index=index)
    left, top, right, bottom = font.getbbox(text)
    picture = Image.new("L", (int(right - left) + 24, int(bottom - top) + 24))
    ImageDraw.Draw(picture).text((12 - left, 12 - top), text, 255, font)
    return as_glyph(picture)


def others(folder: Path, fonts: list[str]) -> dict[str, np.ndarray]:
    """Return images of characters other than A to J, if the fonts have them."""
    faces = {face["font"]: face for face in table()}
    found: dict[str, list[np.ndarray]] = {name: [] for name in (*SIGNS, "words")}
    for font in random.Random(0).sample(fonts, 200):
        face = faces[font]
        path, index = folder / face["package"] / face["path"], int(face["index"])
        try:
            for name, signs in SIGNS.items():
                found[name] += draw(path, signs, index=index).values()
            found["words"] += [word(path, index, text) for text in WORDS]
        except (NotMNISTError, OSError):
            continue
    return {name: np.stack(images) for name, images in found.items() if images}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("fonts", type=Path)
    folder = parser.parse_args().fonts
    test = notmnist.load("open", split="test")
    images = others(folder, sorted(set(test.fonts)))
    for name in ("cnn", "mlp", "logistic"):
        model = getattr(notmnist.models, name)(weights="open")
        result = evaluate(model, test)
        doubted = result.probabilities.max(1) < SURE
        print(f"{name}: doubts {doubted.mean():.1%} of {len(doubted):,} letters, "
              f"{doubted[~result.right].mean():.1%} of those it gets wrong", end="")  # fmt: skip
        for kind, some in images.items():
            sure = model.predict(some[..., None], verbose=0).max(1)
            print(f", {(sure < SURE).mean():.1%} of {len(some):,} {kind}", end="")
        print()


if __name__ == "__main__":
    main()
