"""What the article says, as inequalities that a run either meets or does not."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence

import numpy as np

from notmnist.reproduction.experiments import Experiment
from notmnist.reproduction.results import Results

__all__ = ["CLAIMS", "Check", "Claim", "Part", "check", "check_all", "signed"]

Quantity = tuple[str, str]
"""An experiment's name and a metric of it."""


@dataclasses.dataclass(frozen=True)
class Part:
    """One inequality: `greater` is above `less`, or at least `bound`."""

    greater: Quantity
    less: Quantity | None = None
    bound: float = 0.0


@dataclasses.dataclass(frozen=True)
class Claim:
    """A statement and the inequalities that it comes to.

    Attributes:
        name: A word for it.
        text: What is claimed.
        parts: All of them must hold.
        article: Whether the article claims it, or this page.
    """

    name: str
    text: str
    parts: tuple[Part, ...]
    article: bool = True


@dataclasses.dataclass(frozen=True)
class Check:
    """What became of a claim.

    Attributes:
        claim: The claim.
        held: Whether every part held; None where an experiment was not run.
        evidence: A sentence for each part, with its numbers.
    """

    claim: Claim
    held: bool | None
    evidence: tuple[str, ...]

    @property
    def verdict(self) -> str:
        """In words."""
        return {True: "held", False: "not held", None: "not run"}[self.held]


def _test(name: str) -> Quantity:
    return name, "test"


CLAIMS: tuple[Claim, ...] = (
    Claim("hidden layer", "A hidden layer of 1,024 ReLU units improves on logistic regression.",
          (Part(_test("relu"), _test("logistic")),)),
    Claim("L2", "The right amount of L2 improves the test accuracy of both models (λ = 0.005).",
          (Part(_test("logistic-l2-0.005"), _test("logistic")),
           Part(_test("relu-l2-0.005"), _test("relu")))),
    Claim("underfitting", "With λ = 0.05 logistic regression underfits: accuracy falls on the "
          "training images as well as on the test images.",
          (Part(_test("logistic-l2-0.005"), _test("logistic-l2-0.05")),
           Part(("logistic-l2-0.005", "train"), ("logistic-l2-0.05", "train")))),
    Claim("overfitting", "Trained on five batches only, the network reaches 100 % on them, and "
          "its test accuracy falls.",
          (Part(("five-batches", "train"), None, 0.9995),
           Part(_test("relu"), _test("five-batches")))),
    Claim("dropout", "A dropout rate of 0.4 brings test accuracy back in the five-batch case.",
          (Part(_test("five-batches-dropout"), _test("five-batches")),)),
    Claim("initialisation", "Today's initialisation alone does more for the network than L2 did.",
          (Part(_test("relu-modern"), _test("relu-l2-0.005")),), article=False),
    Claim("depth", "More layers with exponential decay beat every network of the article.",
          (Part(_test("deep"), _test("relu-l2-0.005")),), article=False),
    Claim("convolution", "A convolutional network beats them all.",
          (Part(_test("cnn"), _test("deep")),), article=False),
)  # fmt: skip


def check_all(results: Results, plan: Sequence[Experiment], seeds: int) -> list[Check]:
    """Check every claim against the results of the planned experiments."""
    return [check(claim, results, plan, seeds) for claim in CLAIMS]


def check(claim: Claim, results: Results, plan: Sequence[Experiment], seeds: int) -> Check:
    """Check one claim.

    The same seed starts from the same weights in both experiments, so the differences are taken
    seed by seed. Over several seeds, one holds if the lower end of its one-sided 95 % interval
    (Student's t) is above 0; with one seed, if it is above 0.
    """
    planned = {experiment.name: experiment for experiment in plan}
    verdicts: list[bool | None] = []
    evidence = []
    for part in claim.parts:
        values = []
        for quantity in (part.greater, part.less):
            if quantity is None:
                continue
            experiment = planned.get(quantity[0])
            values.append(results.values(experiment, seeds, quantity[1]) if experiment else [])
        if not all(len(each) == seeds for each in values):
            verdicts.append(None)
            continue
        if part.less is None:
            verdicts.append(min(values[0]) >= part.bound)
            evidence.append(f"{_metric(part.greater)} {_share(part.greater, values[0], planned)}")
            continue
        low, mean = _interval(np.subtract(values[0], values[1]))
        verdicts.append(low > 0)
        evidence.append(
            f"{_metric(part.greater)} {_share(part.greater, values[0], planned)} against "
            f"{_share(part.less, values[1], planned)}: {signed(100 * mean)} points"
        )
    held = None if None in verdicts else all(verdicts)
    return Check(claim, held, tuple(evidence))


def _interval(differences: np.ndarray[tuple[int], np.dtype[np.float64]]) -> tuple[float, float]:
    """Return the lower end of the one-sided 95 % interval of the mean, and the mean."""
    mean, count = float(differences.mean()), len(differences)
    if count < 2:
        return mean, mean
    from scipy import stats

    error = float(differences.std(ddof=1)) / math.sqrt(count)
    return mean - float(stats.t.ppf(0.95, count - 1)) * error, mean


def signed(number: float) -> str:
    """Return a number with one digit and its sign, the real minus.

    Example:
        >>> signed(1.25), signed(-2)
        ('+1.2', '−2.0')
    """
    return f"{number:+.1f}".replace("-", "−")


def _metric(quantity: Quantity) -> str:
    return {"test": "Test:", "train": "Training:"}[quantity[1]]


def _share(quantity: Quantity, values: Sequence[float], planned: Mapping[str, Experiment]) -> str:
    return f"{100 * float(np.mean(values)):.1f} % ({planned[quantity[0]].title})"
