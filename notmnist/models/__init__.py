"""Keras model factories, one in each module, and the scikit-learn baseline."""

from __future__ import annotations

from notmnist.models import augmentation, recipes, weights
from notmnist.models.baseline import Baseline, baseline
from notmnist.models.cnn import cnn
from notmnist.models.logistic import logistic
from notmnist.models.mlp import mlp
from notmnist.models.reading import Reading, read

__all__ = [
    "Baseline",
    "Reading",
    "augmentation",
    "baseline",
    "cnn",
    "logistic",
    "mlp",
    "read",
    "recipes",
    "weights",
]
