"""Finds the temperature of a recipe: a divisor of logits that makes confidence match accuracy.

    python benchmarks/temperature.py cnn runs/open-cnn-0.npz

The file is one that `benchmarks/models_table.py --weights` wrote. Prints the temperature with the
lowest log loss on the test split of `open`; multiply the recipe's `temperature` by it. Predictions
and accuracies stay the same. Report the calibration error on real images, because the temperature
was not chosen on them.
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
from notmnist.models import weights


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("name", choices=sorted(weights.table.SHA256))
    parser.add_argument("file")
    options = parser.parse_args()
    model = getattr(notmnist.models, options.name)(weights=options.file)
    result = evaluate(model, notmnist.load("open", split="test", shuffle=False))
    logs = np.log(np.maximum(result.probabilities, 1e-30))

    def log_loss(temperature: float) -> float:
        scaled = special.log_softmax(logs / temperature, axis=1)
        return float(-scaled[np.arange(len(logs)), result.labels].mean())

    temperature = float(optimize.minimize_scalar(log_loss, bounds=(0.1, 10.0)).x)
    after = calibrate(special.softmax(logs / temperature, axis=1).max(1), result.right).error
    print(
        f"temperature {temperature:.3f}: calibration error {result.calibration.error:.2%} before, "
        f"{after:.2%} after"
    )


if __name__ == "__main__":
    main()
