"""The experiments of the tutorial, in its order, as one table."""

from __future__ import annotations

import dataclasses
import hashlib
from typing import Any

__all__ = ["EXPERIMENTS", "STEPS", "Experiment", "plan"]

STEPS = 3_001
"""Steps of stochastic gradient descent in every experiment of the tutorial."""

_SNAPSHOTS = (0, 1, 10, 50, 100, 200, 500, 1_000, 1_500, 2_000, 2_500, STEPS)
_MILLISECONDS = {"logistic": 1.7, "mlp": 6.5, "deep": 10.0, "cnn": 22.0}


@dataclasses.dataclass(frozen=True)
class Experiment:
    """One model, trained one way, over some seeds.

    Attributes:
        name: What results, claims and the page call it.
        title: A phrase for tables.
        model: "sklearn", "logistic", "mlp" (one hidden layer of 1,024 ReLU), "deep" or "cnn".
        initializer: "article" for TruncatedNormal(stddev=1.0); "modern" for the model's default.
        weight_decay: The tutorial's λ, of the penalty λ Σ w² / 2 on each kernel.
        dropout: The share of hidden units that training drops.
        steps: Optimizer steps.
        batch_size: Examples a step; None for all of them at once.
        examples: How many of the first training examples are used; None for all.
        snapshots: The steps at which the weights of the first seed are drawn.
        units: How many units are drawn.
        in_quick: Whether a quick run has it.
        quick_steps: Steps in a quick run, where they are fewer.
    """

    name: str
    title: str
    model: str
    initializer: str = "article"
    weight_decay: float = 0.0
    dropout: float = 0.0
    steps: int = STEPS
    batch_size: int | None = 128
    examples: int | None = None
    snapshots: tuple[int, ...] = ()
    units: int = 10
    in_quick: bool = True
    quick_steps: int | None = None

    @property
    def definition(self) -> str:
        """A hash of all that decides the result: another one makes old results useless."""
        fields: dict[str, Any] = dataclasses.asdict(self)
        for name in ("title", "in_quick", "quick_steps"):
            del fields[name]
        return hashlib.blake2b(repr(fields).encode(), digest_size=6).hexdigest()

    @property
    def seconds(self) -> float:
        """About how long one seed takes on two cores."""
        if self.model == "sklearn":
            return 3.0
        each = _MILLISECONDS[self.model] * (1 if self.batch_size else 9)
        return 1.5 + each * self.steps / 1_000


def _relu(name: str, title: str, **options: Any) -> Experiment:
    return Experiment(name, title, "mlp", units=225, **options)


EXPERIMENTS: tuple[Experiment, ...] = (
    Experiment(
        "sklearn", "scikit-learn, 5,000 images", "sklearn", "modern", steps=1, examples=5_000
    ),
    Experiment(
        "gradient-descent",
        "logistic, gradient descent, 801 steps",
        "logistic",
        steps=801,
        batch_size=None,
        examples=10_000,
        in_quick=False,
    ),
    Experiment("logistic", "logistic, SGD", "logistic", snapshots=_SNAPSHOTS),
    Experiment(
        "logistic-modern",
        "logistic, SGD, Glorot initialisation",
        "logistic",
        "modern",
        in_quick=False,
    ),
    _relu("relu", "1,024 ReLU, SGD"),
    _relu("relu-modern", "1,024 ReLU, SGD, He initialisation", initializer="modern"),
    Experiment(
        "logistic-l2-0.001",
        "logistic + L2, λ = 0.001",
        "logistic",
        weight_decay=0.001,
        in_quick=False,
    ),
    Experiment(
        "logistic-l2-0.005",
        "logistic + L2, λ = 0.005",
        "logistic",
        weight_decay=0.005,
        snapshots=_SNAPSHOTS,
    ),
    Experiment(
        "logistic-l2-0.01",
        "logistic + L2, λ = 0.01",
        "logistic",
        weight_decay=0.01,
        snapshots=_SNAPSHOTS,
        in_quick=False,
    ),
    Experiment(
        "logistic-l2-0.05",
        "logistic + L2, λ = 0.05",
        "logistic",
        weight_decay=0.05,
        snapshots=_SNAPSHOTS,
    ),
    Experiment(
        "logistic-modern-l2-0.005",
        "logistic + L2, λ = 0.005, Glorot",
        "logistic",
        "modern",
        weight_decay=0.005,
        in_quick=False,
    ),
    _relu("relu-l2-0.005", "1,024 ReLU + L2, λ = 0.005", weight_decay=0.005, snapshots=_SNAPSHOTS),
    _relu(
        "relu-l2-0.01",
        "1,024 ReLU + L2, λ = 0.01",
        weight_decay=0.01,
        snapshots=_SNAPSHOTS,
        in_quick=False,
    ),
    _relu(
        "relu-modern-l2-0.005",
        "1,024 ReLU + L2, λ = 0.005, He",
        initializer="modern",
        weight_decay=0.005,
        in_quick=False,
    ),
    _relu("five-batches", "1,024 ReLU, five batches only", examples=640, snapshots=_SNAPSHOTS),
    _relu(
        "five-batches-dropout",
        "1,024 ReLU, five batches, dropout 0.4",
        examples=640,
        dropout=0.4,
        snapshots=_SNAPSHOTS,
    ),
    Experiment(
        "deep",
        "three hidden layers, exponential decay",
        "deep",
        "modern",
        dropout=0.3,
        steps=5_000,
        quick_steps=700,
    ),
    Experiment(
        "cnn", "convolutional network", "cnn", "modern", dropout=0.3, steps=2_000, quick_steps=400
    ),
)


def plan(quick: bool = False) -> tuple[Experiment, ...]:
    """Return the experiments of a full or a quick run, in order."""
    if not quick:
        return EXPERIMENTS
    return tuple(
        dataclasses.replace(experiment, steps=experiment.quick_steps or experiment.steps)
        for experiment in EXPERIMENTS
        if experiment.in_quick
    )
