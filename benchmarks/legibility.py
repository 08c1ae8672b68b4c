"""Measure how well the rules find faces without letters, compared with judgements by eye.

    python benchmarks/legibility.py SOURCES --out legibility.json

SOURCES is as for tools/open_edition/rebuild.py. Faces with at least nine letters read when the
sheets were made were not looked at; they count as letters.
"""

import argparse
import json
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "tools" / "open_edition"))
import choice
import faces
import rebuild


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sources", type=Path)
    parser.add_argument("--out", type=Path, default=Path("legibility.json"))
    options = parser.parse_args()
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
