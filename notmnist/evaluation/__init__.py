"""How good a classifier is, whether another is better, and how it reacts to unfamiliar images."""

from __future__ import annotations

from notmnist.evaluation.comparison import Comparison, compare
from notmnist.evaluation.outside import OutOfDistribution, ood
from notmnist.evaluation.report import Evaluation, Mistake, evaluate

__all__ = [
    "Comparison",
    "Evaluation",
    "Mistake",
    "OutOfDistribution",
    "compare",
    "evaluate",
    "ood",
]
