"""Measures how well the rules find faces without letters; the judgements by eye are the truth.

    python benchmarks/legibility.py SOURCES --out legibility.json

SOURCES as for `python -m notmnist.datasets.open.rebuild`. Faces that no one looked at are those
of which at least nine letters were read when the sheets were made: they count as letters.
"""

import argparse
import json
import logging
from pathlib import Path

import numpy as np

from notmnist.datasets import faces
from notmnist.datasets.open import choice, rebuild


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sources", type=Path)
    parser.add_argument("--out", type=Path, default=Path("legibility.json"))
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO)
    packages = rebuild.rows(rebuild.HERE / "sources.tsv")
    seen = rebuild.rows(rebuild.HERE / "seen.tsv")
    symbols = {(row["package"], row["path"]) for row in seen if row["verdict"] == "symbols"}
    found = choice.candidates(options.sources, packages)
    images = np.stack([candidate.images for candidate in found])
    kept = faces.distinct(images)
    rows = [found[index].row for index in kept]
    truth = np.array([(row["package"], row["path"]) in symbols for row in rows])
    read = faces.letters_read(images[kept], [row["family"] for row in rows])
    result = {"candidates": len(found), "distinct": len(rows), "symbols": int(truth.sum())}
    for least in range(3, 8):
        dropped = read < least
        hits = int((dropped & truth).sum())
        result[f"fewer than {least} read"] = {
            "dropped": int(dropped.sum()),
            "precision": round(hits / max(int(dropped.sum()), 1), 3),
            "recall": round(hits / int(truth.sum()), 3),
        }
    options.out.write_text(json.dumps(result, indent=1) + "\n")
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
