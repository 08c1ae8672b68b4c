"""Train: the same model on this library's batches, on plain arrays and on batches of TFDS.

    python benchmarks/train.py [--quick]

The data are 100,000 images of a stand-in archive, half as many as in the tutorial, and a few
hundred of them for the slow cnn. All three take turns in one process per backend. "Stock" is the
model as the factory returns it, trained with `fit(x, y, batch_size=128)`. "Ours" trains on what
`notmnist.load` returns, on TensorFlow also with as many steps per execution as the command line
sets.
"""

from __future__ import annotations

import os
import statistics
from argparse import Namespace

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import peers
import standin
from measure import Row, apart, at_least, options, ratios, spread

QUESTION = "Train"
BARS = {("tensorflow", "logistic"): 3.0, ("tensorflow", "mlp"): 1.5}
GEMM_SHARE = 0.7
IMAGES = 100_000
SPLITS = {"logistic": "train", "mlp": "train", "cnn": "train[:640]"}
FEW_STEPS = "steps_per_execution=1"
NAMES = {"stock": "stock", "tfds": "TFDS"}

# Milliseconds per step on each kind of data in each turn, and of an mlp's matrix products alone.
CODE = """
import json, sys
from pathlib import Path
from measure import in_turns
import keras, numpy as np, standin, notmnist
from notmnist import models
name, split, turns, path, folder, home = sys.argv[1:]
standin.store(Path(path), Path(home))
tensorflow = keras.backend.backend() == "tensorflow"
data = notmnist.load("stand-in", split=split, format="numpy", shuffle=False, verbose=0)
x, y = (np.concatenate(part) for part in zip(*data))
steps = -(-len(x) // 128)
def fit(model, *given, **named):
    return lambda: model.fit(*given, verbose=0, **named)
def build(**named):
    keras.utils.set_random_seed(0)
    return getattr(models, name)(**named)
def pairs():
    import tensorflow as tf
    tf.config.set_visible_devices([], "GPU")
    import peers
    return peers.for_training(peers.tfds_pairs(Path(folder)).take(len(x)))
ours = notmnist.load("stand-in", split=split, verbose=0)
several = {"logistic": 128, "mlp": 32, "cnn": 32}[name]  # a call takes longer than a small step
works = {
    "stock": fit(build(), x, y, batch_size=128),
    "tfds": fit(build(), pairs()),
    "ours": fit(build(steps_per_execution=several if tensorflow else 1), ours),
}
if tensorflow:
    works["ours, steps_per_execution=1"] = fit(build(), ours)
    if name == "mlp":
        import tensorflow as tf
        a, w, g = (tf.random.normal(shape) for shape in ((128, 784), (784, 1024), (128, 1024)))
        v, h = tf.random.normal((1024, 10)), tf.random.normal((128, 10))
        def once(step, sum):
            forward = tf.matmul(a, w)[0, 0] + tf.matmul(g, v)[0, 0]
            back = tf.matmul(h, v, transpose_b=True)[0, 0]
            kernels = tf.matmul(a, g, transpose_a=True)[0, 0]
            kernels += tf.matmul(g, h, transpose_a=True)[0, 0]
            return step + 1, sum + forward + back + kernels
        products = tf.function(
            lambda: tf.while_loop(
                lambda step, sum: step < steps, once, (0, 0.0), parallel_iterations=1
            ), autograph=False)
        works["products"] = products
        pixels, y0 = tf.random.uniform((128, 784)), tf.zeros((128,), tf.int32)
        shapes = (784, 1024), (1024,), (1024, 10), (10,)
        weights = [tf.Variable(0.03 * tf.random.normal(shape)) for shape in shapes]
        speeds = [tf.Variable(tf.zeros(shape)) for shape in shapes]
        def bare_step(step):
            with tf.GradientTape() as tape:
                hidden = tf.nn.relu(tf.matmul(pixels, weights[0]) + weights[1])
                logits = tf.matmul(hidden, weights[2]) + weights[3]
                loss = tf.nn.sparse_softmax_cross_entropy_with_logits(y0, logits)
                loss = tf.reduce_mean(loss)
            for weight, speed, slope in zip(weights, speeds, tape.gradient(loss, weights)):
                tf.raw_ops.ResourceApplyKerasMomentum(
                    var=weight.handle, accum=speed.handle, lr=0.05, grad=slope, momentum=0.9)
            return (step + 1,)
        works["bare"] = tf.function(
            lambda: tf.while_loop(
                lambda step: step < steps, bare_step, (0,), parallel_iterations=1
            ), autograph=False)
for work in works.values():
    work()
seconds = in_turns(works, int(turns))
print(json.dumps({key: [1000 * s / steps for s in value] for key, value in seconds.items()}))
"""


def measured(backend: str, model: str, given: Namespace) -> dict[str, list[float]]:
    path = standin.archive(given.work, IMAGES // 5 if given.quick else IMAGES)
    folder = peers.tfds_folder(given.work, path)
    return apart(
        CODE, model, SPLITS[model], given.turns, path, folder, given.scratch / "home",
        KERAS_BACKEND=backend,
    )  # fmt: skip


def rows_of(backend: str, model: str, times: dict[str, list[float]]) -> list[Row]:
    about = f"{model}, {backend}"
    step = Row(QUESTION, f"{about}: ms per step, ours", spread(times["ours"], "{:.2f}"))
    if backend == "jax":
        best = min(("stock", "tfds"), key=lambda feed: statistics.median(times[feed]))
        values = ratios(times[best], times["ours"])
        # If both are equally fast, noise decides: the target is "as fast", within 5 %.
        row = Row(QUESTION, f"{about}: the better of stock and TFDS against ours",
                  spread(values, "{:.2f}", " ×"), "≥ 1 ×, within 5 %", at_least(values, 0.95),
                  f"the better: {NAMES[best]}")  # fmt: skip
        return [step, row]
    rows = [step]
    bar = BARS.get((backend, model))
    values = ratios(times["stock"], times["ours"])
    rows.append(
        Row(QUESTION, f"{about}: stock against ours", spread(values, "{:.2f}", " ×"),
            f"≥ {bar} ×" if bar else "", at_least(values, bar) if bar else None)
    )  # fmt: skip
    for name, feed in (("stock", "ours, " + FEW_STEPS), ("tfds", "ours")):
        rows.append(
            Row(QUESTION, f"{about}: {NAMES[name]} against {feed}",
                spread(ratios(times[name], times[feed]), "{:.2f}", " ×"))
        )  # fmt: skip
    if "products" in times:
        share = [100 * value for value in ratios(times["products"], times["ours"])]
        bare = [100 * value for value in ratios(times["products"], times["bare"])]
        rows.append(
            Row(QUESTION, f"{about}: share of a step that its matrix products alone take",
                spread(share, "{:.0f}", " %"), f"≥ {GEMM_SHARE:.0%}",
                at_least(share, 100 * GEMM_SHARE),
                "the same step in bare TensorFlow, without Keras, data and metrics: "
                f"{spread(bare, '{:.0f}', ' %')}")
        )  # fmt: skip
    return rows


def main() -> None:
    with options(__doc__ or "") as (given, rows):
        models = ("logistic", "mlp") if given.quick else ("logistic", "mlp", "cnn")
        for backend in ("tensorflow", "jax"):
            for model in models:
                times = measured(backend, model, given)
                rows += rows_of(backend, model, times)


if __name__ == "__main__":
    main()
