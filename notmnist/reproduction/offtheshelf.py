"""The off-the-shelf classifier: scikit-learn's logistic regression with its defaults."""

from __future__ import annotations

import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from notmnist.reproduction.experiments import Experiment
from notmnist.reproduction.material import Material, scaled
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
    from sklearn.linear_model import LogisticRegression

    begin = time.perf_counter()
    size = material.sizes["train"]
    used = min(experiment.examples or size, size)
    rows = np.sort(np.random.default_rng(seed).permutation(size)[:used])
    samples = {
        split: (scaled(material.images(split)).reshape(-1, 784), material.labels(split))
        for split in ("valid", "test")
    }
    chosen = scaled(material.images("train")[rows]).reshape(-1, 784), material.labels("train")[rows]
    classifier = LogisticRegression()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # the result says so instead
        classifier.fit(*chosen)
    test, labels = samples["test"]
    predicted = classifier.predict(test)
    confusion = np.zeros((10, 10), int)
    np.add.at(confusion, (labels, predicted), 1)
    wrong = np.flatnonzero(predicted != labels)
    wrong = np.sort(np.random.default_rng(0).permutation(wrong)[:MISTAKES])
    if pictures is not None and len(wrong):
        pictures.mkdir(parents=True, exist_ok=True)
        strip(material.images("test")[wrong]).save(pictures / "mistakes.png")
    return {
        "train": float(classifier.score(*chosen)),
        "valid": float(classifier.score(*samples["valid"])),
        "test": float((predicted == labels).mean()),
        "examples": used,
        "confusion": confusion.tolist(),
        "mistakes": [[int(labels[row]), int(predicted[row])] for row in wrong],
        "converged": int(classifier.n_iter_.max()) < classifier.max_iter,
        "iterations": int(classifier.n_iter_.max()),
        "parameters": 7_850,
        "seconds": round(time.perf_counter() - begin, 1),
    }
