"""A table of the tutorial's experiments, in its order, and of the published results."""

from __future__ import annotations

import dataclasses
import hashlib

__all__ = ["EXPERIMENTS", "PUBLISHED", "Experiment", "plan"]

_STEPS = 3_001  # of stochastic gradient descent in the tutorial


@dataclasses.dataclass(frozen=True)
class Experiment:
    """A model and how it is trained.

    Attributes:
        name: The name in results, claims and chapters.
        title: The name in tables.
        model: "sklearn", "logistic", "mlp" (one hidden layer of 1,024 ReLU), "deep" or "cnn".
        modern: Whether to initialise weights with today's defaults; if not, as in the article,
            with TruncatedNormal(stddev=1.0).
        weight_decay: The article's λ: the penalty is λ Σ w² / 2 for each kernel.
        dropout: The share of hidden units to drop in training.
        steps: The number of optimizer steps.
        batch_size: The number of examples in a step; None for all of them.
        examples: How many of the first training examples to use; None for all.
    """

    name: str
    title: str
    model: str
    modern: bool = False
    weight_decay: float = 0.0
    dropout: float = 0.0
    steps: int = _STEPS
    batch_size: int | None = 128
    examples: int | None = None

    @property
    def definition(self) -> str:
        """A hash of everything that decides the result; if it changes, old results are stale."""
        fields = dataclasses.asdict(self)
        del fields["title"]
        return hashlib.blake2b(repr(fields).encode(), digest_size=6).hexdigest()


EXPERIMENTS: tuple[Experiment, ...] = (
    Experiment(
        "sklearn", "scikit-learn, 5,000 images", "sklearn", modern=True, steps=1, examples=5_000
    ),
    Experiment(
        "gradient-descent",
        "logistic, gradient descent, 801 steps",
        "logistic",
        steps=801,
        batch_size=None,
        examples=10_000,
    ),
    Experiment("logistic", "logistic, SGD", "logistic"),
    Experiment("logistic-modern", "logistic, SGD, Glorot initialisation", "logistic", modern=True),
    Experiment("relu", "1,024 ReLU, SGD", "mlp"),
    Experiment("relu-modern", "1,024 ReLU, SGD, He initialisation", "mlp", modern=True),
    Experiment("logistic-l2-0.001", "logistic + L2, λ = 0.001", "logistic", weight_decay=0.001),
    Experiment("logistic-l2-0.005", "logistic + L2, λ = 0.005", "logistic", weight_decay=0.005),
    Experiment("logistic-l2-0.01", "logistic + L2, λ = 0.01", "logistic", weight_decay=0.01),
    Experiment("logistic-l2-0.05", "logistic + L2, λ = 0.05", "logistic", weight_decay=0.05),
    Experiment(
        "logistic-modern-l2-0.005",
        "logistic + L2, λ = 0.005, Glorot",
        "logistic",
        modern=True,
        weight_decay=0.005,
    ),
    Experiment("relu-l2-0.005", "1,024 ReLU + L2, λ = 0.005", "mlp", weight_decay=0.005),
    Experiment("relu-l2-0.01", "1,024 ReLU + L2, λ = 0.01", "mlp", weight_decay=0.01),
    Experiment(
        "relu-modern-l2-0.005",
        "1,024 ReLU + L2, λ = 0.005, He",
        "mlp",
        modern=True,
        weight_decay=0.005,
    ),
    Experiment("five-batches", "1,024 ReLU, five batches only", "mlp", examples=640),
    Experiment(
        "five-batches-dropout",
        "1,024 ReLU, five batches, dropout 0.4",
        "mlp",
        examples=640,
        dropout=0.4,
    ),
    Experiment(
        "deep",
        "three hidden layers, exponential decay",
        "deep",
        modern=True,
        dropout=0.3,
        steps=5_000,
    ),
    Experiment("cnn", "convolutional network", "cnn", modern=True, dropout=0.3, steps=2_000),
)

_QUICK_STEPS = {  # experiments that differ in a quick run; 0 leaves one out
    "gradient-descent": 0,
    "logistic-modern": 0,
    "logistic-l2-0.001": 0,
    "logistic-l2-0.01": 0,
    "logistic-modern-l2-0.005": 0,
    "relu-l2-0.01": 0,
    "relu-modern-l2-0.005": 0,
    "deep": 700,
    "cnn": 400,
}

PUBLISHED: dict[str, tuple[str, str]] = {
    "sklearn": ("figure", "84.4, 84.4, 85.1, 85.3, 85.4"),
    "gradient-descent": ("", "82.2 to 83.2"),
    "logistic": ("figure", "85.2 to 86.8"),
    "logistic-l2-0.005": ("88.3", "88.1 to 88.5"),
    "logistic-l2-0.01": ("lower than 88.3", ""),
    "logistic-l2-0.05": ("lower than 88.3", ""),
    "relu": ("figure", "89.1, 89.3, 89.4, 90.5"),
    "relu-modern": ("", "about 94"),
    "relu-l2-0.005": ("91.1", "91.4 to 93.0"),
    "five-batches": ("train 100, test falls", ""),
    "five-batches-dropout": ("test rises again", ""),
    "deep": ("to be continued", "95.1 to 96.5"),
    "cnn": ("", "96.5 to 97.3"),
}
"""Published test accuracies by experiment, in per cent, on 10,000 images of notMNIST small: those
of the article ("figure" if only a picture shows them), and those of other published runs.

Sources: "Deep Learning with TensorFlow in Python" (Data Science Central, 2017), which the page
calls the article, and public solutions of the same Udacity assignments.
"""


def plan(quick: bool = False) -> tuple[Experiment, ...]:
    """Return the experiments of a full or a quick run, in order."""
    if not quick:
        return EXPERIMENTS
    steps = {each: _QUICK_STEPS.get(each.name, each.steps) for each in EXPERIMENTS}
    return tuple(dataclasses.replace(each, steps=steps[each]) for each in steps if steps[each])
