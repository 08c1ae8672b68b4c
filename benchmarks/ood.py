"""Letters against digits: how well a classifier of one notices the other, both ways round.

    python benchmarks/ood.py --mnist                # notMNIST against MNIST, both downloaded
    python benchmarks/ood.py --fonts FOLDER         # the open edition against digits of its fonts

With `--fonts` the digits 0 to 9 are drawn, as the letters were, by this library's renderer from the
fonts of the open edition's table. FOLDER is what `python tools/open_edition/rebuild.py FOLDER
--fetch` fills; fonts that are not there are skipped, and nothing is downloaded. Digits go to train,
valid or test with the letters of their font.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import keras
import numpy as np

import notmnist
from notmnist.datasets.editions.embedded import table
from notmnist.datasets.fonts.rendering import draw
from notmnist.errors import ArchiveError
from notmnist.evaluation import evaluate, ood

DIGITS = "0123456789"


def letters(edition: str) -> dict[str, tuple[np.ndarray, np.ndarray, list[str]]]:
    """Return images, labels and fonts of train and test."""
    found = {}
    for split in ("train", "test"):
        data = notmnist.load(edition, split=split, format="numpy", shuffle=False)
        images, labels = (np.concatenate(part) for part in zip(*data, strict=True))
        found[split] = images, labels, list(data.fonts)
    return found


def digits(folder: Path, by_split: dict) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Return images and labels of digits of the fonts that stand in each split."""
    faces = {face["font"]: face for face in table()}
    found = {}
    for split, (_, _, fonts) in by_split.items():
        images, labels = [], []
        for font in sorted(set(fonts)):
            face = faces[font]
            path = folder / face["package"] / face["path"]
            try:
                glyphs = draw(path, DIGITS, index=int(face["index"]))
            except ArchiveError:  # the file is not there, or its digits cannot be drawn
                continue
            images += glyphs.values()
            labels += [DIGITS.index(digit) for digit in glyphs]
        found[split] = np.stack(images)[..., None], np.array(labels)
    return found


def mnist() -> dict[str, tuple[np.ndarray, np.ndarray]]:
    train, test = keras.datasets.mnist.load_data()
    return {"train": (train[0][..., None], train[1]), "test": (test[0][..., None], test[1])}


def trained(images: np.ndarray, labels: np.ndarray, epochs: int) -> keras.Model:
    keras.utils.set_random_seed(0)
    model = notmnist.models.mlp(l2=0.0005, dropout=0.4)
    model.fit(images, labels, batch_size=128, epochs=epochs, verbose=0)
    return model


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--mnist", action="store_true")
    where.add_argument("--fonts", type=Path)
    parser.add_argument("--edition", help="of letters; original with --mnist, else open")
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--figures", type=Path, help="a folder for histograms as PNG")
    arguments = parser.parse_args()
    edition = arguments.edition or ("original" if arguments.mnist else "open")
    ours = letters(edition)
    theirs = mnist() if arguments.mnist else digits(arguments.fonts, ours)
    for name, inside, outside in (("letters", ours, theirs), ("digits", theirs, ours)):
        model = trained(*inside["train"][:2], arguments.epochs)
        report = evaluate(model, inside["test"][:2])
        print(f"\ninside: {name}, {len(inside['train'][0]):,} to train on,", end=" ")
        print(f"test accuracy {report.accuracy:.2%}")
        result = ood(model, inside["test"][0], outside["test"][0])
        print(result.text())
        if arguments.figures:
            figure = notmnist.plots.out_of_distribution(result)
            figure.savefig(arguments.figures / f"ood-{name}.png", dpi=100)


if __name__ == "__main__":
    main()
