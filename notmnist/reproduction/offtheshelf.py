"""The off-the-shelf classifier: scikit-learn's logistic regression with its defaults."""

from __future__ import annotations

import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from notmnist.reproduction.experiments import Experiment
from notmnist.reproduction.material import Material
from notmnist.reproduction.sheets import strip

__all__ = ["MISTAKES", "fit_baseline"]

MISTAKES = 40
"""How many wrong predictions are kept for the page."""


def fit_baseline(
    experiment: Experiment, seed: int, material: Material, pictures: Path | None
) -> dict[str, Any]:
    """Fit on examples drawn at random by the seed, and measure.

    Args:
        experiment: How many examples.
        seed: Of the draw.
        material: The data.
        pictures: A folder for the strip of wrongly classified images, or None.

    Returns:
        Accuracies (0 to 1), the confusion matrix of the test split (rows true, columns
        predicted), wrong predictions as pairs of labels, and whether the solver converged.
    """
    from sklearn.exceptions import ConvergenceWarning

    from notmnist import models

    begin = time.perf_counter()
    size = material.sizes["train"]
    used = min(experiment.examples or size, size)
    rows = np.sort(np.random.default_rng(seed).permutation(size)[:used])
    samples = {"train": (material.images("train")[rows], material.labels("train")[rows])}
    for split in ("valid", "test"):
        samples[split] = material.images(split), material.labels(split)
    model = models.baseline()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # the result says so instead
        model.fit(*samples["train"])
    predicted, labels = model.predict(samples["test"][0]), samples["test"][1]
    confusion = np.zeros((10, 10), int)
    np.add.at(confusion, (labels, predicted), 1)
    wrong = np.flatnonzero(predicted != labels)
    wrong = np.sort(np.random.default_rng(0).permutation(wrong)[:MISTAKES])
    if pictures is not None and len(wrong):
        pictures.mkdir(parents=True, exist_ok=True)
        strip(material.images("test")[wrong]).save(pictures / "mistakes.png")
    iterations = int(model.classifier.n_iter_.max())
    return {
        **{split: model.evaluate(*sample)[1] for split, sample in samples.items()},
        "examples": used,
        "confusion": confusion.tolist(),
        "mistakes": [[int(labels[row]), int(predicted[row])] for row in wrong],
        "converged": iterations < model.classifier.max_iter,
        "iterations": iterations,
        "parameters": 7_850,
        "seconds": round(time.perf_counter() - begin, 1),
    }
