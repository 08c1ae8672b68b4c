"""A recipe as data: which model to train, with which optimiser, on what, and for how long."""

from __future__ import annotations

import dataclasses
import inspect
import json
import math
import numbers
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import keras

from notmnist.errors import ArgumentError, invalid, one_of
from notmnist.models.classifier import check_positive, widths
from notmnist.models.cnn import cnn
from notmnist.models.logistic import logistic
from notmnist.models.mlp import mlp

__all__ = ["FACTORIES", "Recipe"]

FACTORIES: Mapping[str, Callable[..., Any]] = MappingProxyType(
    {"cnn": cnn, "logistic": logistic, "mlp": mlp}
)
"""The architectures by the names that recipes, weights and the command line use."""

_OPTIMIZERS = ("adamw", "sgd")
_SCHEDULES = ("constant", "cosine", "exponential")
_DTYPES = ("float32", "mixed_bfloat16")
_NUMBERS = (
    "rate",
    "weight_decay",
    "ema",
    "final",
    "label_smoothing",
    "augmentation",
    "temperature",
)
_FIT_SETS = ("classes", "compile", "include_top", "input_shape", "label_mode")


@dataclasses.dataclass(frozen=True)
class Recipe:
    """How to train a model. `changed` returns a recipe with other settings.

    Attributes:
        model: The factory: "cnn", "logistic" or "mlp".
        arguments: The arguments of the factory, without those that `fit` sets: `classes`,
            `compile`, `include_top`, `input_shape` and `label_mode`. The recipe keeps a copy.
        optimizer: "adamw", or "sgd" with momentum 0.9.
        rate: The highest learning rate.
        weight_decay: As for the optimiser, 0 or more; 0 for none.
        ema: Momentum of the weights' moving average, 0 up to but not including 1, which the trained
            model gets; None for none.
        schedule: How the rate falls: "constant"; "cosine"; "exponential", by the same factor each
            step (`keras.optimizers.schedules.ExponentialDecay`).
        warmup: Steps over which "cosine" first rises from a tenth of `rate`; at most half of all
            steps.
        final: The fraction of `rate` left after the last step, above 0 and at most 1.
        epochs: Passes over the data.
        batch_size: Examples per batch.
        label_smoothing: As for `keras.losses.CategoricalCrossentropy`, 0 up to but not including 1.
        augmentation: The strength of `notmnist.models.augmentation.augmentation`, 0 to 2; 0 for
            none.
        temperature: A number above 0 to divide the trained model's logits by, so that its
            confidence matches its accuracy. Label smoothing makes a model less confident than it
            should be; a number below 1 undoes this. After Guo, Pleiss, Sun and Weinberger, "On
            calibration of modern neural networks", 2017.
        dtype: The precision of training: "float32", or "mixed_bfloat16", which is about 1.5 times
            as fast on processors that support bfloat16. The trained model computes in float32.
        split: The split to train on, as for `notmnist.load`.

    Raises:
        ArgumentError: A setting is not as described above.
    """

    model: str
    arguments: Mapping[str, Any] = dataclasses.field(default_factory=dict, hash=False)
    optimizer: str = "adamw"
    rate: float = 0.001
    weight_decay: float = 0.0
    ema: float | None = None
    schedule: str = "constant"
    warmup: int = 0
    final: float = 0.002
    epochs: int = 10
    batch_size: int = 128
    label_smoothing: float = 0.0
    augmentation: float = 0.0
    temperature: float = 1.0
    dtype: str = "float32"
    split: str = "train"

    def __post_init__(self) -> None:
        for name, allowed in (
            ("model", tuple(FACTORIES)),
            ("optimizer", _OPTIMIZERS),
            ("schedule", _SCHEDULES),
            ("dtype", _DTYPES),
        ):
            if getattr(self, name) not in allowed:
                raise invalid(name, getattr(self, name), one_of(allowed))
        if not isinstance(self.split, str):
            raise invalid("split", self.split, "be a string, such as 'train'")
        if not isinstance(self.arguments, Mapping) or any(n in self.arguments for n in _FIT_SETS):
            rule = f"be a dict that does not contain {', '.join(_FIT_SETS)}, which `fit` sets"
            raise invalid("arguments", self.arguments, rule)
        copy = {n: tuple(v) if isinstance(v, list) else v for n, v in self.arguments.items()}
        object.__setattr__(self, "arguments", copy)  # tuples, also from JSON
        for name, least in (("epochs", 1), ("batch_size", 1), ("warmup", 0)):
            value = getattr(self, name)
            if type(value) is not int or value < least:
                raise invalid(name, value, f"be an integer of at least {least}")
        for name in _NUMBERS:
            value = getattr(self, name)
            real = isinstance(value, numbers.Real) and not isinstance(value, bool)
            if not real and (name, value) != ("ema", None):
                raise invalid(name, value, "be a number")
        for name, fits, rule in (
            ("rate", 0 < self.rate < math.inf, "be more than 0 and finite"),
            ("weight_decay", 0 <= self.weight_decay < math.inf, "be 0 or more and finite"),
            ("ema", self.ema is None or 0 <= self.ema < 1, "be None, or 0 or more and below 1"),
            ("temperature", 0 < self.temperature < math.inf, "be more than 0 and finite"),
            ("final", 0 < self.final <= 1, "be more than 0 and at most 1"),
            ("label_smoothing", 0 <= self.label_smoothing < 1, "be at least 0 and less than 1"),
            ("augmentation", 0 <= self.augmentation <= 2, "be from 0 to 2"),
        ):
            if not fits:
                raise invalid(name, getattr(self, name), rule)

    def build(self, **arguments: Any) -> Any:
        """Return the untrained `keras.Model`, with `arguments` added to those of the recipe.

        Raises:
            ArgumentError: The factory has no such argument, or its value is invalid.
        """
        try:
            return FACTORIES[self.model](**{**self.arguments, **arguments})
        except TypeError as error:
            message = f"`arguments` must be arguments of {self.model!r}. Received: {error}."
            raise ArgumentError(message) from None

    def changed(self, **settings: Any) -> Recipe:
        """Return the recipe with other settings.

        Args:
            **settings: Attributes of the recipe, or arguments of its factory; "width" sets the
                units of a cnn's dense layer or of an mlp's first hidden layer, and scales the later
                ones in proportion.

        Raises:
            ArgumentError: There is no such setting, or the value of an attribute or of "width" is
                invalid. `build` checks the other arguments of the factory.

        Example:
            >>> deep = Recipe("mlp", {"hidden": (1024, 512)})
            >>> deep.changed(epochs=5, width=256, l2=0.001).arguments
            {'hidden': (256, 128), 'l2': 0.001}
        """
        fields = {field.name for field in dataclasses.fields(self)} - {"arguments"}
        known = fields | {*inspect.signature(FACTORIES[self.model]).parameters} - {*_FIT_SETS}
        known |= set() if self.model == "logistic" else {"width"}
        for name, value in settings.items():
            if name not in known:
                rule = f"be a setting of {self.model!r}: {', '.join(sorted(known))}"
                raise invalid(name, value, rule)
        if "width" in settings:
            width = settings.pop("width")
            check_positive("width", width)
            hidden = widths("hidden", self.arguments.get("hidden", width))
            several = tuple(max(1, round(n * width / hidden[0])) for n in hidden)
            settings |= {"units": width} if self.model == "cnn" else {"hidden": several}
        own = {name: settings.pop(name) for name in fields & {*settings}}
        return dataclasses.replace(self, arguments={**self.arguments, **settings}, **own)

    def to_dict(self) -> dict[str, Any]:
        """Return the settings as JSON stores them; `Recipe(**settings)` is the recipe again."""
        settings: dict[str, Any] = json.loads(json.dumps(vars(self)))
        return settings

    def learning_rate(self, steps: int) -> Any:
        """Return the learning rate for training with `steps`: a number or a Keras schedule."""
        if self.schedule == "constant":
            return self.rate
        if self.schedule == "exponential":
            return keras.optimizers.schedules.ExponentialDecay(
                self.rate, decay_steps=steps, decay_rate=self.final
            )
        warmup = min(self.warmup, steps // 2)
        return keras.optimizers.schedules.CosineDecay(
            self.rate / 10 if warmup else self.rate,
            steps - warmup,
            alpha=self.final,
            warmup_target=self.rate if warmup else None,
            warmup_steps=warmup,
        )

    def make_optimizer(self, steps: int) -> Any:
        """Return the optimiser for training with `steps`."""
        rate = self.learning_rate(steps)
        average = {} if self.ema is None else {"use_ema": True, "ema_momentum": self.ema}
        if self.optimizer == "sgd":
            decay = self.weight_decay or None
            return keras.optimizers.SGD(rate, momentum=0.9, weight_decay=decay, **average)
        return keras.optimizers.AdamW(rate, weight_decay=self.weight_decay, **average)

    def loss(self) -> Any:
        """Return the loss, for one-hot labels."""
        return keras.losses.CategoricalCrossentropy(
            from_logits=self.arguments.get("classifier_activation", "softmax") is None,
            label_smoothing=self.label_smoothing,
        )
