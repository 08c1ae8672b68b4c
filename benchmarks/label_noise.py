"""Estimates how many labels are wrong from how often `cnn(weights="open")` disagrees with them.

    python benchmarks/label_noise.py notMNIST_small.tar.gz notMNIST_large.tar.gz

The first file is the reference, whose labels were cleaned by hand. If the network disagrees more
often in another file, the excess is attributed to wrong labels. This assumes that the network reads
correctly labelled images of both files equally well. Paths are as for `notmnist.load`.

Prints, for each file, the share of labels that the network disagrees with, the share that it
disagrees with while at least 80 % sure, the excess over the reference, and the number of images
that have an exact copy with another label. Intervals are 95 %: Wilson's, and Newcombe's for the
excess.
"""

from __future__ import annotations

import argparse
import os
from collections import defaultdict
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
from scipy import stats

import notmnist
from notmnist.evaluation import Evaluation, evaluate

SURE = 0.8


def share(wrong: np.ndarray) -> tuple[float, float, float]:
    """Return the share of true values and its interval."""
    interval = stats.binomtest(int(wrong.sum()), len(wrong)).proportion_ci(0.95, method="wilson")
    return float(wrong.mean()), float(interval.low), float(interval.high)


def excess(other: tuple[float, ...], reference: tuple[float, ...]) -> tuple[float, float, float]:
    """Return (p - q) / (1 - q) with Newcombe's interval of the difference p - q."""
    (p, p_low, p_high), (q, q_low, q_high) = other, reference
    bounds = (
        0.0,
        -(((p - p_low) ** 2 + (q_high - q) ** 2) ** 0.5),
        ((p_high - p) ** 2 + (q - q_low) ** 2) ** 0.5,
    )
    middle, low, high = ((p - q + bound) / (1 - q) for bound in bounds)
    return middle, low, high


def conflicting(evaluation: Evaluation) -> np.ndarray:
    """Return whether an exact copy of each image has another label."""
    labels = defaultdict(set)
    keys = [image.tobytes() for image in evaluation.images]
    for key, label in zip(keys, evaluation.labels.tolist(), strict=True):
        labels[key].add(label)
    return np.array([len(labels[key]) > 1 for key in keys])


def percent(values: tuple[float, float, float]) -> str:
    """Return a share and its interval in percent."""
    middle, low, high = (100 * value for value in values)
    return f"{middle:.1f} ({low:.1f} to {high:.1f})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("reference")
    parser.add_argument("others", nargs="+")
    options = parser.parse_args()
    model = notmnist.models.cnn(weights="open")
    print(
        "| file | images | disagrees, % | at least 80 % sure, % | excess, % | conflicting copies |"
    )
    print("|---|--:|--:|--:|--:|--:|")
    reference = None
    for data in (options.reference, *options.others):
        result = evaluate(model, notmnist.load(data, split="all", shuffle=False))
        disagrees = share(~result.right)
        sure = share(~result.right & (result.probabilities.max(1) >= SURE))
        reference = reference or disagrees
        beyond = "–" if disagrees is reference else percent(excess(disagrees, reference))
        print(
            f"| {Path(data).name} | {len(result.labels):,} | {percent(disagrees)} "
            f"| {percent(sure)} | {beyond} | {int(conflicting(result).sum())} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
