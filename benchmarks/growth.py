"""Growth: how prepare, load and epoch take more time and memory with more images.

    python benchmarks/growth.py [--quick]

A time that grows as n to the power of k has the exponent k: 1 is linear, 0 is flat.
"""

from __future__ import annotations

import statistics

import numpy as np
import standin
from measure import Row, apart, options
from prepare import OURS

QUESTION = "Growth"
SIZES = (10_000, 30_000, 100_000, 300_000, 529_119)

# Seconds of a call, of its first batch and of an epoch, and the megabytes that they add.
LOAD = """
import json, sys, time
from pathlib import Path
import numpy as np, psutil, standin, notmnist
path, home = sys.argv[1:]
standin.store(Path(path), Path(home))
next(iter(notmnist.load("open", split="train[:256]", format="numpy", verbose=0)))
def anonymous():
    info = psutil.Process().memory_info()
    return info.rss - info.shared  # what is mapped of the files is the system's to take back
before, called = anonymous(), time.perf_counter()
batches = notmnist.load("stand-in", format="numpy", verbose=0)
loaded = time.perf_counter()
for _ in batches:  # brings the file into memory
    pass
first = []
for _ in range(3):
    begun = time.perf_counter()
    for _ in batches:
        pass
    first.append(time.perf_counter() - begun)
print(json.dumps([loaded - called, sorted(first)[1], (anonymous() - before) / 2**20]))
"""


def exponent(sizes: list[int], values: list[float]) -> float:
    return float(np.polyfit(np.log(sizes), np.log(values), 1)[0])


def main() -> None:
    with options(__doc__ or "") as (given, rows):
        sizes = list(SIZES[:3] if given.quick else SIZES)
        found: dict[str, list[float]] = {key: [] for key in ("prepare", "p", "load", "epoch", "e")}
        for size in sizes:
            path = standin.archive(given.work, size)
            runs = [apart(OURS, path, given.scratch, "time")[0] for _ in range(3)]
            found["prepare"].append(statistics.median(runs))
            found["p"].append(apart(OURS, path, given.scratch, "memory")[1])
            load, epoch, memory = apart(LOAD, path, given.scratch / "home")
            for key, value in zip(("load", "epoch", "e"), (load, epoch, memory), strict=True):
                found[key].append(value)
        between = f"{sizes[0]:,} to {sizes[-1]:,} images"
        for key, what, rule in (
            ("prepare", "prepare", "linear: ≤ 1.1"),
            ("epoch", "a shuffled epoch of NumPy batches", "linear: ≤ 1.1"),
            ("load", "the call of `load`", "flat: ≤ 0.1"),
        ):
            power = exponent(sizes, found[key])
            text = " ".join(f"{1000 * value:,.4g}" for value in found[key])
            rows.append(
                Row(QUESTION, f"{what}, {between}: exponent (ms: {text})", f"{power:.2f}", rule,
                    power <= (0.1 if key == "load" else 1.1))
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
