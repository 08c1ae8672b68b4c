"""Keras model factories, each in a module of its own."""

from __future__ import annotations

from notmnist.models.logistic import logistic
from notmnist.models.mlp import mlp

__all__ = ["logistic", "mlp"]
