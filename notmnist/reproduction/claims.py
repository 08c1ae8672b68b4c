"""The claims of the article as inequalities, and whether they hold in a run."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

import numpy as np
from scipy import stats

from notmnist.reproduction.results import Results

__all__ = ["CLAIMS", "Check", "Claim", "check_all", "margin", "signed"]

_CONFIDENCE = 0.95  # one-sided
_METRICS = {"test": "Test:", "train": "Training:"}
# If the parts of a claim have different verdicts, the first one in this order counts.
_VERDICTS = ("not run", "not held", "not decided", "held")

Part = tuple[str, str, str | float]
"""A metric, an experiment, and the experiment to beat or the number to reach."""


@dataclasses.dataclass(frozen=True)
class Claim:
    """A claim and the inequalities that test it.

    Attributes:
        text: The claim in words.
        parts: The inequalities. All of them must hold.
        article: Whether the article makes the claim; if not, this page does.
    """

    text: str
    parts: tuple[Part, ...]
    article: bool = True


@dataclasses.dataclass(frozen=True)
class Check:
    """The result of checking a claim.

    Attributes:
        claim: The claim.
        verdict: "held", "not held", "not decided" if a difference is within its interval, or "not
            run" if an experiment is missing.
        evidence: One sentence with numbers for each part that was run.
    """

    claim: Claim
    verdict: str
    evidence: tuple[str, ...]


CLAIMS: tuple[Claim, ...] = (
    Claim(
        "A hidden layer of 1,024 ReLU units improves on logistic regression.",
        (("test", "relu", "logistic"),),
    ),
    Claim(
        "The right amount of L2 improves the test accuracy of both models (λ = 0.005).",
        (("test", "logistic-l2-0.005", "logistic"), ("test", "relu-l2-0.005", "relu")),
    ),
    Claim(
        "With λ = 0.05 logistic regression underfits: accuracy falls on the training images as "
        "well as on the test images.",
        (
            ("test", "logistic-l2-0.005", "logistic-l2-0.05"),
            ("train", "logistic-l2-0.005", "logistic-l2-0.05"),
        ),
    ),
    Claim(
        "Trained on five batches only, the network reaches 100 % on them, and its test accuracy "
        "falls.",
        (("train", "five-batches", 0.9995), ("test", "relu", "five-batches")),
    ),
    Claim(
        "A dropout rate of 0.4 brings test accuracy back in the five-batch case.",
        (("test", "five-batches-dropout", "five-batches"),),
    ),
    Claim(
        "Today's initialisation alone does more for the network than L2 did.",
        (("test", "relu-modern", "relu-l2-0.005"),),
        article=False,
    ),
    Claim(
        "More layers with exponential decay beat every network in the article.",
        (("test", "deep", "relu-l2-0.005"),),
        article=False,
    ),
    Claim("A convolutional network beats them all.", (("test", "cnn", "deep"),), article=False),
)


def check_all(results: Results) -> list[Check]:
    """Check every claim: it holds if all of its parts do."""
    checks = []
    for claim in CLAIMS:
        judged = [_judge(part, results) for part in claim.parts]
        verdict = min((verdict for verdict, _ in judged), key=_VERDICTS.index)
        checks.append(Check(claim, verdict, tuple(text for _, text in judged if text)))
    return checks


def margin(values: Sequence[float], others: Sequence[float], sizes: Sequence[int]) -> float:
    """Return the half-width of the interval of a mean difference between accuracies, 0 to 1.

    Both experiments start alike if they have the same seed, so differences are taken seed by seed,
    and their interval is Student's t. A single seed says nothing about other seeds: its interval
    comes from the numbers of images, `sizes`, alone (binomial, both independent).
    """
    count = len(values)
    if count > 1:
        error = float(np.subtract(values, others).std(ddof=1)) / math.sqrt(count)
        return float(stats.t.ppf(_CONFIDENCE, count - 1)) * error
    variances = [p * (1 - p) / n for p, n in zip((values[0], others[0]), sizes, strict=True)]
    return float(stats.norm.ppf(_CONFIDENCE)) * math.sqrt(sum(variances))


def signed(number: float) -> str:
    """Return a number with its sign and one decimal; the minus is a true minus sign."""
    return f"{number:+.1f}".replace("-", "−")


def _judge(part: Part, results: Results) -> tuple[str, str]:
    """Return the verdict on one part, and a sentence with its numbers."""
    metric, name, other = part
    against = [name] if isinstance(other, float) else [name, other]
    values = [results.values(each, metric) for each in against]
    if any(len(each) < results.seeds for each in values):
        return "not run", ""
    shares = [
        f"{100 * np.mean(each):.1f} % ({results.plan[experiment].title})"
        for experiment, each in zip(against, values, strict=True)
    ]
    text = f"{_METRICS[metric]} {' against '.join(shares)}"
    if isinstance(other, float):
        return "held" if min(values[0]) >= other else "not held", text
    difference = float(np.mean(values[0]) - np.mean(values[1]))
    sizes = [results.runs(each)[0]["measured"][metric] for each in against]
    within = margin(values[0], values[1], sizes)
    text += f": {signed(100 * difference)} ± {100 * within:.1f} points"
    if abs(difference) <= within:
        return "not decided", text
    return "held" if difference > 0 else "not held", text
