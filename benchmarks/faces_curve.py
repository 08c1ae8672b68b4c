"""Measure accuracy against the number of faces: what would twice as many faces bring?

    python benchmarks/faces_curve.py REAL --recipe mlp --seeds 0 1 2
    python benchmarks/faces_curve.py --table

REAL is a folder with real notMNIST images as IDX files, which are only used for testing. A recipe
is trained on an eighth, a quarter, a half and all of the faces in train and valid of the edition
`open`, chosen at random, with the same number of steps. benchmarks/results/faces has a JSON file
for each recipe.
"""

import argparse
import dataclasses
import json
import os
import statistics
import tempfile
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
from models_table import as_text, circumstances

import notmnist
from notmnist.models import recipes

RESULTS = Path(__file__).parent / "results" / "faces"
SHARES = (8, 4, 2, 1)  # one face in 8, 4, 2, 1


def part(folder, one_in, seed):
    """Write one in `one_in` faces, at random, to a folder of IDX files; return faces and images."""
    data = notmnist.load("open", split="train+valid", format="numpy", verbose=0)
    images, labels = (np.concatenate(column) for column in zip(*data, strict=True))
    fonts = np.array(data.fonts)
    names = np.unique(fonts)
    few = np.random.default_rng(seed).permutation(names)[: len(names) // one_in]
    rows = np.flatnonzero(np.isin(fonts, few))
    for name, array in (("images-idx3", images[rows, ..., 0]), ("labels-idx1", labels[rows])):
        header = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes()
        (folder / f"part-{name}-ubyte").write_bytes(header + array.astype(np.uint8).tobytes())
    return len(few), len(rows)


def run(name, one_in, seed, length, real):
    recipe = recipes.recipe(name)
    epochs = max(1, round(length * one_in * recipe.epochs))
    with tempfile.TemporaryDirectory() as folder:
        faces, images = part(Path(folder), one_in, seed)
        start = time.process_time()
        model = recipes.fit(
            dataclasses.replace(recipe, split="all", epochs=epochs),
            folder, seed=seed, validation=None, verbose=0,
        )  # fmt: skip
        seconds = time.process_time() - start
    _, accuracy = model.evaluate(notmnist.load(real, split="all", verbose=0), verbose=0)
    return {
        "one_in": one_in, "seed": seed, "faces": faces, "images": images, "epochs": epochs,
        "real_accuracy": round(float(accuracy), 4), "cpu_seconds": round(seconds),
    }  # fmt: skip


def table():
    lines = ["| faces | " + " | ".join(sorted(p.stem for p in RESULTS.glob("*.json"))) + " |"]
    lines.append("|---" * (lines[0].count("|") - 1) + "|")
    runs = {p.stem: json.loads(p.read_text())["runs"] for p in sorted(RESULTS.glob("*.json"))}
    for one_in in SHARES:
        cells, faces = [], []
        for rows in runs.values():
            here = [100 * row["real_accuracy"] for row in rows if row["one_in"] == one_in]
            faces += [row["faces"] for row in rows if row["one_in"] == one_in]
            spread = f" ± {statistics.stdev(here):.1f}" if len(here) > 1 else ""
            cells.append(f"{np.mean(here):.1f}{spread} %" if here else "–")
        lines.append(f"| {round(np.mean(faces)):,} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("real", type=Path, nargs="?", help="the folder of real images")
    parser.add_argument("--recipe", choices=recipes.RECIPES, default="mlp")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--length", type=float, default=1.0, help="share of the recipe's epochs")
    parser.add_argument("--table", action="store_true", help="print what was measured")
    options = parser.parse_args()
    if options.real is not None:
        RESULTS.mkdir(parents=True, exist_ok=True)
        runs = []
        for seed in options.seeds:
            for one_in in SHARES:
                runs.append(run(options.recipe, one_in, seed, options.length, options.real))
                print(runs[-1], flush=True)
                result = {"recipe": options.recipe, "length": options.length, "runs": runs}
                text = as_text({**result, **circumstances()})
                (RESULTS / f"{options.recipe}.json").write_text(text)
    if options.table or options.real is None:
        print(table())


if __name__ == "__main__":
    main()
