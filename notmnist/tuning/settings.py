"""A recipe with other settings."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from notmnist.errors import invalid, one_of
from notmnist.models.recipes import Recipe

__all__ = ["arguments_of", "changed", "require_known"]

_FIELDS = frozenset(
    {"augmentation", "batch_size", "ema", "epochs", "label_smoothing", "rate", "weight_decay"}
)
_ARGUMENTS = {
    "logistic": frozenset({"l2"}),
    "mlp": frozenset({"dropout", "l2", "width"}),
    "cnn": frozenset({"dropout", "l2", "width"}),
}


def require_known(recipe: Recipe, names: Mapping[str, Any]) -> None:
    """Raise an `ArgumentError` for a setting that the recipe's model does not have."""
    known = _FIELDS | _ARGUMENTS[recipe.model] | {"seed"}
    for name in names:
        if name not in known:
            raise invalid("setting", name, one_of(sorted(known)))


def changed(recipe: Recipe, values: Mapping[str, Any]) -> Recipe:
    """Return a recipe with other settings.

    Args:
        recipe: What the rest is taken from.
        values: Fields of the recipe, `l2`, `dropout` or `width`; `seed` is left alone.

    Returns:
        A `Recipe`.

    Example:
        >>> from notmnist.models.recipes import recipe
        >>> changed(recipe("mlp-deep"), {"width": 512}).arguments["hidden"]
        (512, 256, 128)
    """
    arguments = arguments_of(recipe, values)
    fields = {name: value for name, value in values.items() if name in _FIELDS}
    return dataclasses.replace(recipe, arguments={**recipe.arguments, **arguments}, **fields)


def arguments_of(recipe: Recipe, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return which arguments of the model's factory the settings are."""
    arguments = {name: values[name] for name in ("dropout", "l2") if name in values}
    if "width" in values:
        width = int(values["width"])
        if recipe.model == "cnn":
            arguments["units"] = width
        else:
            hidden = recipe.arguments.get("hidden", (width,))
            arguments["hidden"] = tuple(max(1, round(n * width / hidden[0])) for n in hidden)
    return arguments
