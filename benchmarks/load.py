"""Load: time the first batch and a whole shuffled epoch of prepared data, against `tfds.load`.

python benchmarks/load.py [--quick]
"""

from __future__ import annotations

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import peers
import standin
from measure import Row, apart, at_least, at_most, options, ratios, spread

QUESTION = "Load"
FORMATS = {"tf": "tensorflow", "keras": "jax", "numpy": "tensorflow"}

# Seconds to the first batch and for the epoch of each call. Another edition loads the modules
# first, and the first epoch, which brings the file into memory, is not counted.
OURS = """
import json, sys, time
from pathlib import Path
import standin, notmnist
path, home, format, turns = sys.argv[1:]
standin.store(Path(path), Path(home))
next(iter(notmnist.load("open", split="train[:256]", format=format, verbose=0)))
first, epochs, whole = [], [], []
for turn in range(int(turns) + 1):
    called = time.perf_counter()
    batches = iter(notmnist.load("stand-in", format=format, verbose=0))
    count = len(next(batches)[1])
    first.append(time.perf_counter() - called)
    for _, labels in batches:
        count += len(labels)
    whole.append(time.perf_counter() - called)
    del batches  # stops the threads of tf.data, which should not be timed
if format == "tf":
    import measure, tensorflow as tf
    batches = notmnist.load("stand-in", format=format, verbose=0)
    graph = measure.in_turns(
        {"graph": lambda: batches.reduce(0, lambda n, batch: n + tf.shape(batch[1])[0]).numpy()},
        int(turns) + 1)["graph"][1:]
    options = tf.data.Options()
    options.autotune.enabled = False
    ready = tf.data.Dataset.from_tensors(next(iter(batches))).repeat(len(batches)).prefetch(16)
    ready = ready.with_options(options)
    def loop():
        for _, labels in ready:
            len(labels)
    ready_seconds = measure.in_turns({"ready": loop}, int(turns) + 1)["ready"][1:]
else:
    graph = ready_seconds = []
print(json.dumps([count, first[1:], whole[1:], graph, ready_seconds]))
"""
TFDS = """
import json, sys, time
from pathlib import Path
import peers
import tensorflow as tf
folder, turns = sys.argv[1:]
whole = []
for turn in range(int(turns) + 1):
    called = time.perf_counter()
    count = 0
    data = peers.tfds_pairs(Path(folder))
    for _, labels in data.shuffle(10_000).batch(128).prefetch(tf.data.AUTOTUNE):
        count += len(labels)
    whole.append(time.perf_counter() - called)
print(json.dumps([count, whole[1:]]))
"""


def main() -> None:
    with options(__doc__ or "") as (given, rows):
        size, share = (100_000, 5_000) if given.quick else (529_119, 100_000)
        path = standin.archive(given.work, size)
        home = given.scratch / "home"
        by_format = {}
        for format, backend in FORMATS.items():
            count, first, whole, graph, ready = apart(
                OURS, path, home, format, given.turns, KERAS_BACKEND=backend
            )
            by_format[format] = [second / count for second in whole]
            rates = [count / second for second in whole]
            rows.append(
                Row(QUESTION, f'format="{format}", {count:,} images, first batch',
                    spread([1000 * value for value in first], "{:.0f}", " ms"), "≤ 100 ms",
                    at_most(first, 0.1))
            )  # fmt: skip
            rows.append(
                Row(QUESTION, f'format="{format}", call to end of a shuffled epoch, images/s',
                    spread(rates, "{:,.0f}"), "≥ 1,000,000", at_least(rates, 1e6),
                    "the same number of turns of a Python loop over one ready batch: "
                    + spread([count / second for second in ready], "{:,.0f}") if ready else "")
            )  # fmt: skip
            if graph:
                rates = [count / second for second in graph]
                rows.append(
                    Row(QUESTION, f'format="{format}", the same in one graph, as `fit` takes it',
                        spread(rates, "{:,.0f}"), "≥ 1,000,000", at_least(rates, 1e6))
                )  # fmt: skip
        folder = peers.tfds_folder(given.work, standin.archive(given.work, share))
        count, whole = apart(TFDS, folder, given.turns)
        theirs = [second / count for second in whole]
        rows.append(
            Row(QUESTION, f"`tfds.load` to the end of its first epoch, {count:,} images, per image "
                'against format="tf"',
                spread(ratios(theirs, by_format["tf"]), "{:.0f}", " ×"))
        )  # fmt: skip


if __name__ == "__main__":
    main()
