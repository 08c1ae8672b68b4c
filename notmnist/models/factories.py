"""The factories by the names that recipes, weights and the command line use."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from notmnist.models.cnn import cnn
from notmnist.models.logistic import logistic
from notmnist.models.mlp import mlp

__all__ = ["FACTORIES"]

FACTORIES: Mapping[str, Callable[..., Any]] = MappingProxyType(
    {"cnn": cnn, "logistic": logistic, "mlp": mlp}
)
