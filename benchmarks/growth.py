"""Growth: how much time and memory prepare, load and an epoch take with more images.

    python benchmarks/growth.py [--quick]

A time that grows as n to the power of k has the exponent k: 1 is linear, 0 is flat. Small data fit
into the processor's cache, so the exponent of an epoch is above 1 whatever the code: picking the
same rows from one array in memory shows by how much.
"""

from __future__ import annotations

import statistics

import numpy as np
import standin
from measure import Row, apart, options
from prepare import OURS

QUESTION = "Growth"
SIZES = (10_000, 30_000, 100_000, 300_000, 529_119)

# Seconds of a call and of an epoch, the megabytes that they add, and seconds to pick the rows.
LOAD = """
import json, sys, time
from pathlib import Path
import numpy as np, psutil, standin, notmnist
from measure import timed
path, home = sys.argv[1:]
standin.store(Path(path), Path(home))
next(iter(notmnist.load("open", split="train[:256]", format="numpy", verbose=0)))
def anonymous():
    info = psutil.Process().memory_info()
    return info.rss - info.shared  # the system can take back the mapped parts of files
before, called = anonymous(), time.perf_counter()
batches = notmnist.load("stand-in", format="numpy", verbose=0)
loaded = time.perf_counter()
for _ in batches:  # brings the file into memory
    pass
first = []
def epoch():
    for _ in batches:
        pass
for _ in range(5):
    first.append(timed(epoch))
added = (anonymous() - before) / 2**20
images = np.concatenate([images for images, _ in batches])
labels = np.zeros(len(images), np.int32)
def pick():
    order = np.random.default_rng(0).permutation(len(images))
    for start in range(0, len(images), 128):
        rows = order[start : start + 128]
        np.take(images, rows, axis=0), labels[rows]
picks = [timed(pick) for _ in range(5)]
print(json.dumps([loaded - called, sorted(first)[2], added, sorted(picks)[2]]))
"""


def exponent(sizes: list[int], values: list[float]) -> float:
    return float(np.polyfit(np.log(sizes), np.log(values), 1)[0])


def times(seconds: list[float]) -> str:
    return "ms: " + " ".join(f"{1000 * value:,.4g}" for value in seconds)


def main() -> None:
    with options(__doc__ or "") as (given, rows):
        sizes = list(SIZES[:3] if given.quick else SIZES)
        found: dict[str, list[float]] = {
            key: [] for key in ("prepare", "p", "load", "epoch", "e", "pick")
        }
        for size in sizes:
            path = standin.archive(given.work, size)
            runs = [apart(OURS, path, given.scratch, "time")[0] for _ in range(3)]
            found["prepare"].append(statistics.median(runs))
            found["p"].append(apart(OURS, path, given.scratch, "memory")[1])
            measured = apart(LOAD, path, given.scratch / "home")
            for key, value in zip(("load", "epoch", "e", "pick"), measured, strict=True):
                found[key].append(value)
        between = f"{sizes[0]:,} to {sizes[-1]:,} images"
        picking = exponent(sizes, found["pick"])
        for key, what, most, limit in (
            ("prepare", "prepare", 1.1, ""),
            ("epoch", "a shuffled epoch of NumPy batches", 1.1,
             f"`numpy.take` of the same rows of one array: {picking:.2f} ({times(found['pick'])})"),
            ("load", "the call of `load`", 0.1, ""),
        ):  # fmt: skip
            power = exponent(sizes, found[key])
            rule = f"{'flat' if key == 'load' else 'linear'}: ≤ {most}"
            rows.append(
                Row(QUESTION, f"{what}, {between}: exponent ({times(found[key])})",
                    f"{power:.2f}", rule, power <= most, limit)
            )  # fmt: skip
        for key, what in (("p", "prepare"), ("e", "load and epoch, files mapped aside")):
            text = " ".join(f"{value:.0f}" for value in found[key])
            grown = found[key][-1] - found[key][0]
            rows.append(
                Row(QUESTION, f"memory of {what}, smallest to largest, MB", text,
                    "grows ≤ 100 MB", grown <= 100)
            )  # fmt: skip


if __name__ == "__main__":
    main()
