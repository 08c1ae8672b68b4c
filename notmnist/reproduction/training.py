"""Train one experiment with one seed."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras

from notmnist import models
from notmnist.callbacks import WeightImages
from notmnist.models.cnn import cnn
from notmnist.reproduction.curve import Curve, measure, moments
from notmnist.reproduction.experiments import Experiment
from notmnist.reproduction.material import Material

__all__ = ["build", "describe", "train"]

_CURVE_SAMPLE = 2_000
_TRAIN_SAMPLE = 10_000


def build(experiment: Experiment, seed: int) -> Any:
    """Return the compiled model of an experiment; it gives logits.

    The tutorial's λ is halved because `keras.regularizers.L2` is λ Σ w² and
    `tf.nn.l2_loss` Σ w² / 2.
    """
    keras.utils.set_random_seed(seed)
    options: dict[str, Any] = {"classifier_activation": None}
    if experiment.model == "cnn":
        return cnn(filters=(16, 32), units=128, dropout=experiment.dropout, **options)
    if experiment.initializer == "article":
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


def train(
    experiment: Experiment,
    seed: int,
    material: Material,
    pictures: Path | None,
    tick: Callable[[int], None],
) -> dict[str, Any]:
    """Train and measure.

    Args:
        experiment: What to train.
        seed: Of the initial weights, dropout, and the order where one is drawn.
        material: The data.
        pictures: A folder for pictures of the weights, or None for no pictures.
        tick: Called with the number of steps done since its last call.

    Returns:
        Accuracies (0 to 1) on train, valid and test, the curve, and the model's layers: numbers
        and texts only.
    """
    begin = time.perf_counter()
    model = build(experiment, seed)
    used = min(experiment.examples or material.sizes["train"], material.sizes["train"])
    samples = {
        split: (material.images(split, count), material.labels(split, count))
        for split, count in (("train", min(used, _CURVE_SAMPLE)), ("valid", _CURVE_SAMPLE))
    }
    curve = Curve(samples, moments(experiment.steps), tick)
    callbacks: list[Any] = [curve]
    if pictures is not None and experiment.snapshots:
        callbacks.append(_weights(experiment, pictures))
    # The tutorial takes its batches in stored order; what comes after it shuffles.
    in_order = experiment.model in ("logistic", "mlp")
    batches = material.batches(
        "train", used, batch_size=experiment.batch_size or used, repeat=True,
        shuffle=not in_order, seed=seed,
    )  # fmt: skip
    model.fit(batches, steps_per_epoch=experiment.steps, callbacks=callbacks, verbose=0)
    result: dict[str, Any] = {}
    for split, count in (("train", min(used, _TRAIN_SAMPLE)), ("valid", None), ("test", None)):
        sample = material.images(split, count), material.labels(split, count)
        result[split], result[f"{split}_loss"] = measure(model, sample)
    return {
        **result,
        "examples": used,
        "curve": curve.points,
        "layers": describe(model),
        "parameters": model.count_params(),
        "seconds": round(time.perf_counter() - begin, 1),
    }


def describe(model: Any) -> list[dict[str, Any]]:
    """Return name, kind, output shape, weights' shapes and particulars of each layer."""
    layers = []
    for layer in model.layers:
        particulars = ""
        activation = getattr(layer, "activation", None)
        if activation is not None and activation.__name__ != "linear":
            particulars = activation.__name__
        elif isinstance(layer, keras.layers.Dropout):
            particulars = f"rate {layer.rate:g}"
        layers.append(
            {
                "name": layer.name,
                "kind": type(layer).__name__,
                "shape": list(layer.output.shape[1:]),
                "weights": {weight.name: list(weight.shape) for weight in layer.weights},
                "particulars": particulars,
            }
        )
    return layers


def _weights(experiment: Experiment, folder: Path) -> Any:
    logistic = experiment.model == "logistic"
    return WeightImages(
        f"{folder}/",  # so that the dot of "0.005" is no suffix
        every=experiment.snapshots,
        units=experiment.units,
        labels=False,
        scale="unit",  # faint units show as well as strong ones
        size=56 if logistic else 28,
        columns=5 if logistic else None,
    )
