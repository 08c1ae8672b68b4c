"""Train and measure the experiments that have no result yet."""

from __future__ import annotations

import collections
import logging
import os
import platform
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

import keras
import numpy as np

import notmnist
from notmnist import models, plots
from notmnist.callbacks import WeightImages
from notmnist.errors import ArgumentError
from notmnist.evaluation import evaluate
from notmnist.reproduction.chapters import CHAPTERS
from notmnist.reproduction.data import Arrays, Data
from notmnist.reproduction.experiments import Experiment
from notmnist.reproduction.results import Results

__all__ = ["build", "measure", "moments", "run_all", "train"]

_log = logging.getLogger("notmnist")

Tick = Callable[[], object]

_CURVE_SAMPLE = 2_000
_TRAIN_SAMPLE = 10_000
_FILMS = {
    "logistic": [0, 1, 10, 50, 100, 200, 500, 1_000, 1_500, 2_000, 2_500, 3_001],
    "mlp": [0, 500, 1_000, 1_500, 2_000, 3_001],  # before that, hidden units are noise
}


def run_all(results: Results, data: Data, verbose: int = 1) -> None:
    """Run every planned experiment with every seed that has no result yet.

    One seed is finished before the next one begins, so that an interrupted run has complete seeds.
    Each result is written to disk at once.

    Raises:
        ArgumentError: The folder contains results of other data.
    """
    from tqdm import tqdm

    facts = data.facts()
    if results.data and results.data["fingerprint"] != facts["fingerprint"]:
        message = (
            f"`folder` must be empty or contain results of the same data. Received: "
            f"folder={str(results.folder)!r} with results of {results.data['name']!r}, not "
            f"{facts['name']!r}. Choose another folder."
        )
        raise ArgumentError(message)
    results.data, results.machine = facts, _machine()
    results.write()
    data.draw(results.pictures)
    todo = [
        (experiment, seed)
        for seed in range(results.seeds)
        for experiment in results.plan.values()
        if results.run(experiment.name, seed) is None
    ]
    total = sum(experiment.steps for experiment, _ in todo)
    form = "{desc} {percentage:3.0f} %|{bar}| {elapsed} elapsed, {remaining} left"
    hidden = not verbose or not todo
    with tqdm(total=total, bar_format=form, mininterval=1, disable=hidden) as bar:
        for number, (experiment, seed) in enumerate(todo, start=1):
            bar.set_description_str(f"[{number}/{len(todo)}] {experiment.name}, seed {seed}")
            pictures = results.pictures if seed == 0 else None
            result = train(experiment, seed, data, pictures, bar.update)
            results.add(experiment.name, seed, result)
            _log.info("%s, seed %d: test %.4f", experiment.name, seed, result["test"])


def train(
    experiment: Experiment,
    seed: int,
    data: Data,
    pictures: Path | None,
    tick: Tick = lambda: None,
) -> dict[str, Any]:
    """Train and measure an experiment with one seed.

    Pictures go to the folder `pictures` unless it is None; `tick` is called after each step.

    Returns:
        Accuracies (0 to 1) on "train", "valid" and "test", the number of examples that each was
        measured on ("measured"), the number of training examples used ("examples"), and the time
        in "seconds". A Keras model adds its losses and its "curve"; scikit-learn's adds the
        "confusion" matrix of the test split (rows true, columns predicted), whether the solver
        "converged", and after how many "iterations".
    """
    begin = time.perf_counter()
    how = _train_baseline if experiment.model == "sklearn" else _train_network
    result = how(experiment, seed, data, pictures, tick)
    return {**result, "seconds": round(time.perf_counter() - begin, 1)}


def build(experiment: Experiment, seed: int) -> Any:
    """Return the compiled Keras model of an experiment; its outputs are logits.

    The article's λ is halved because `keras.regularizers.L2` is λ Σ w² and `tf.nn.l2_loss` is
    Σ w² / 2.
    """
    keras.utils.set_random_seed(seed)
    options: dict[str, Any] = {"classifier_activation": None}
    if experiment.model == "cnn":
        return models.cnn(
            filters=(16, 32), blocks=0, units=128, dropout=experiment.dropout, **options
        )
    if not experiment.modern:
        options["kernel_initializer"] = keras.initializers.TruncatedNormal(stddev=1.0)
    if experiment.model == "deep":
        decay = keras.optimizers.schedules.ExponentialDecay(0.1, max(1, experiment.steps // 5), 0.5)
        optimizer = keras.optimizers.SGD(decay, momentum=0.9)
        return models.mlp(
            hidden=(1_024, 512, 128), dropout=experiment.dropout, optimizer=optimizer, **options
        )
    options["l2"] = experiment.weight_decay / 2
    options["optimizer"] = keras.optimizers.SGD(0.5)
    if experiment.model == "logistic":
        return models.logistic(**options)
    return models.mlp(hidden=(1_024,), dropout=experiment.dropout, **options)


def measure(model: Any, examples: Arrays) -> tuple[float, float]:
    """Return the accuracy (0 to 1) and mean cross-entropy (nats) of a model with logit outputs."""
    images, labels = examples
    parts = [
        keras.ops.convert_to_numpy(model(images[at : at + 2_000, ..., None], training=False))
        for at in range(0, len(images), 2_000)
    ]
    logits = np.concatenate(parts)
    losses = keras.losses.sparse_categorical_crossentropy(labels, logits, from_logits=True)
    accuracy = (logits.argmax(axis=1) == labels).mean()
    return float(accuracy), float(keras.ops.convert_to_numpy(losses).mean(dtype=np.float64))


def moments(steps: int) -> list[int]:
    """Return the steps at which to measure a curve: 0, many early ones, fewer later, the last."""
    early = [0, 1, 2, 5, 10, 20, 50, 100, 150]
    stride = max(100, round(steps / 30 / 100) * 100)
    return sorted({step for step in [*early, *range(200, steps, stride)] if step < steps} | {steps})


class _Curve(keras.callbacks.Callback):  # type: ignore[misc]  # untyped base
    """Measures a model on fixed examples while it trains, with dropout switched off."""

    def __init__(self, examples: Mapping[str, Arrays], steps: int, tick: Tick) -> None:
        super().__init__()
        self._examples, self._moments, self._tick = examples, frozenset(moments(steps)), tick
        self.points: dict[str, list[float]] = collections.defaultdict(list)

    def on_train_begin(self, logs: Any = None) -> None:
        self._measure(0)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self._tick()
        self._measure(batch + 1)

    def _measure(self, step: int) -> None:
        if step not in self._moments:
            return
        model = self.model  # on JAX, this brings the variables up to date
        self.points["steps"].append(step)
        for split, examples in self._examples.items():
            accuracy, loss = measure(model, examples)
            self.points[split].append(round(accuracy, 5))
            self.points[f"{split}_loss"].append(float(f"{loss:.5g}"))


def _train_network(
    experiment: Experiment, seed: int, data: Data, pictures: Path | None, tick: Tick
) -> dict[str, Any]:
    model = build(experiment, seed)
    used = min(experiment.examples or data.sizes["train"], data.sizes["train"])
    sample = min(used, _CURVE_SAMPLE)
    watched = {split: data.examples(split, sample) for split in ("train", "valid")}
    curve = _Curve(watched, experiment.steps, tick)
    callbacks: list[Any] = [curve]
    if pictures is not None and any(experiment.name in chapter.films for chapter in CHAPTERS):
        folder = pictures / experiment.name
        callbacks.append(_film(experiment, folder, data.info.class_names))
    shuffle = experiment.model not in ("logistic", "mlp")  # the article keeps the stored order
    size = experiment.batch_size or used
    batches = data.batches("train", used, batch_size=size, repeat=True, shuffle=shuffle, seed=seed)
    model.fit(batches, steps_per_epoch=experiment.steps, callbacks=callbacks, verbose=0)
    result: dict[str, Any] = {"examples": used, "curve": curve.points, "measured": {}}
    for split, count in (("train", min(used, _TRAIN_SAMPLE)), ("valid", None), ("test", None)):
        examples = data.examples(split, count)
        result[split], result[f"{split}_loss"] = measure(model, examples)
        result["measured"][split] = len(examples[0])
    return result


def _film(experiment: Experiment, folder: Path, class_names: Sequence[str]) -> Any:
    outputs = experiment.model == "logistic"
    names = [*class_names, *[""] * (10 - len(class_names))]  # models always have ten outputs
    return WeightImages(
        f"{folder}/",  # without the slash, ".005" would look like a suffix
        every=_FILMS[experiment.model],
        units=None if outputs else 225,
        names=names if outputs else False,
        labels=False,
        scale="unit",  # so that weak units are as visible as strong ones
        size=56 if outputs else 28,
        columns=5 if outputs else None,
    )


def _train_baseline(
    experiment: Experiment, seed: int, data: Data, pictures: Path | None, tick: Tick
) -> dict[str, Any]:
    from sklearn.exceptions import ConvergenceWarning

    size = data.sizes["train"]
    used = min(experiment.examples or size, size)
    rows = np.sort(np.random.default_rng(seed).permutation(size)[:used])
    images, labels = data.examples("train")
    examples = {"train": (images[rows], labels[rows])}
    examples |= {split: data.examples(split) for split in ("valid", "test")}
    model = models.baseline()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # the result reports it instead
        model.fit(*examples["train"])
    tick()
    found = {split: evaluate(model, each) for split, each in examples.items()}
    if pictures is not None and data.images:
        plots.mistakes(found["test"], 40, columns=8).save(pictures / "mistakes.png")
    iterations = int(model.n_iter_.max())
    return {
        **{split: evaluation.accuracy for split, evaluation in found.items()},
        "measured": {split: len(evaluation.labels) for split, evaluation in found.items()},
        "examples": used,
        "confusion": found["test"].confusion.tolist(),
        "converged": iterations < model.max_iter,
        "iterations": iterations,
    }


def _machine() -> dict[str, str]:
    """Return what the results depend on besides the code: versions and the processor."""
    backend = keras.config.backend()
    packages = ("keras", "scikit-learn", "numpy", backend)
    return {
        "notmnist": notmnist.__version__,
        "python": platform.python_version(),
        "processor": f"{os.cpu_count()} cores, {platform.machine()}",
        "backend": backend,
        **{name: metadata.version(name) for name in packages},
    }
