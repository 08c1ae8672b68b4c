"""The recipes: the settings behind the table of models in the docs."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from types import MappingProxyType

from notmnist.models.recipes.settings import Recipe

__all__ = ["RECIPES"]

_LOGISTIC = Recipe(
    model="logistic",
    rate=0.001,
    weight_decay=0.02,
    ema=0.99,
    schedule="cosine",
    warmup=200,
    epochs=4,
    split="train+valid",
    label_smoothing=0.05,
    temperature=0.72,  # found by benchmarks/temperature.py, like those below
)
RECIPES: Mapping[str, Recipe] = MappingProxyType(
    {
        "logistic": _LOGISTIC,
        "mlp": dataclasses.replace(
            _LOGISTIC,
            model="mlp",
            arguments={"dropout": 0.3},
            epochs=30,
            augmentation=0.3,
            temperature=0.66,
        ),
        # The tutorial ends by suggesting more hidden layers and exponential decay.
        "mlp-deep": Recipe(
            model="mlp",
            arguments={"hidden": (1024, 512, 256), "dropout": 0.3},
            optimizer="sgd",
            rate=0.05,
            schedule="exponential",
            final=0.01,
            epochs=10,
            split="train+valid",
        ),
        "cnn": dataclasses.replace(
            _LOGISTIC,
            model="cnn",
            rate=0.003,
            weight_decay=0.03,
            ema=0.998,
            epochs=36,
            augmentation=0.6,
            temperature=0.7,
            dtype="mixed_bfloat16",
        ),
    }
)
