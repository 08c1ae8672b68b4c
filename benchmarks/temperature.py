"""Finds the temperature of recipes: what to divide logits by so that confidence matches accuracy.

    python benchmarks/temperature.py cnn mlp

Trains each recipe on open's train split alone and prints the temperature with the least log loss on
its valid split, with the accuracy there. The shipped weights are trained on both splits, so their
own temperature cannot be measured on either; the recipe keeps the number found here.
"""

from __future__ import annotations

import argparse
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
from scipy import optimize, special

import notmnist
from notmnist.evaluation import evaluate
from notmnist.evaluation.calibration import calibrate
from notmnist.models import recipes


def best_temperature(log_probabilities: np.ndarray, labels: np.ndarray) -> float:
    """Return the temperature with the least log loss."""

    def log_loss(temperature: float) -> float:
        scaled = special.log_softmax(log_probabilities / temperature, axis=1)
        return float(-scaled[np.arange(len(labels)), labels].mean())

    return float(optimize.minimize_scalar(log_loss, bounds=(0.1, 10.0)).x)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("recipes", nargs="+", choices=recipes.RECIPES)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    for name in options.recipes:
        recipe = recipes.recipe(name).changed(split="train", temperature=1.0)
        model = recipes.fit(recipe, "open", seed=options.seed, validation=None, verbose=2)
        result = evaluate(model, notmnist.load("open", split="valid", shuffle=False))
        logs = np.log(np.maximum(result.probabilities, 1e-30))
        temperature = best_temperature(logs, result.labels)
        scaled = special.softmax(logs / temperature, axis=1)
        error = calibrate(scaled.max(1), result.right).error
        print(
            f"{name}: temperature {temperature:.3f}; on open's valid split accuracy "
            f"{result.accuracy:.2%}, calibration error {result.calibration.error:.2%}, "
            f"with the temperature {error:.2%}",
            flush=True,
        )


if __name__ == "__main__":
    main()
