"""Trains a model by a recipe."""

from __future__ import annotations

import itertools
import numbers
from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from notmnist.datasets import load, prepare
from notmnist.datasets.store.arrays import Store
from notmnist.datasets.store.selection import select
from notmnist.errors import did_you_mean, invalid, one_of
from notmnist.models.augmentation import augmentation
from notmnist.models.classifier import check_positive
from notmnist.models.recipes.settings import Recipe
from notmnist.models.recipes.table import RECIPES

__all__ = ["check_seed", "find_recipe", "fit", "is_held_out", "recipe"]


def recipe(name: str | Recipe) -> Recipe:
    """Return the recipe with that name.

    Args:
        name: One of `RECIPES`, or a recipe, which is returned as it is.

    Returns:
        A `Recipe`.

    Raises:
        ArgumentError: No recipe has that name.

    Example:
        >>> recipe("cnn").schedule
        'cosine'
    """
    return find_recipe("name", name)


def find_recipe(argument: str, name: str | Recipe) -> Recipe:
    """Return the recipe with that name; `argument` is what its name is called in error messages."""
    if isinstance(name, Recipe):
        return name
    if name not in tuple(RECIPES):
        raise invalid(argument, name, one_of(RECIPES), did_you_mean(name, RECIPES))
    return RECIPES[name]


def check_seed(seed: Any) -> int:
    """Return a seed, which may be a NumPy integer, as the integer that Keras takes."""
    if not isinstance(seed, numbers.Integral) or not 0 <= int(seed) < 2**32:
        raise invalid("seed", seed, "be an integer from 0 to 2**32 - 1")
    return int(seed)


def fit(
    name: str | Recipe,
    data: Any = None,
    *,
    seed: int = 0,
    validation: str | None = "valid",
    callbacks: Sequence[Any] = (),
    steps_per_execution: int = 32,
    verbose: int = 1,
) -> keras.Model:
    """Train a model by a recipe.

    This sets Keras's global seed, which determines the initial weights and dropout. The model gets
    its classes and image size from the data. An incomplete last batch is dropped, unless it is the
    only one; every pass has a new order.

    Args:
        name: One of `RECIPES`, or a `Recipe` of your own.
        data: The training data, as for `notmnist.load`.
        seed: Seed of the weights, dropout, order and augmentation, from 0 to 2³² - 1.
        validation: The split to evaluate after each epoch, unless it has no examples or the recipe
            trains on some of them; None for no validation.
        callbacks: As for `keras.Model.fit`.
        steps_per_execution: As for `keras.Model.compile`, on TensorFlow; 1 elsewhere. A larger
            number is faster, but callbacks are called only once for this many steps.
        verbose: As for `keras.Model.fit`.

    Returns:
        The trained `keras.Model` without augmentation, compiled by its factory for integer labels.
        If the recipe says so, its weights are the moving average.

    Raises:
        ArgumentError: No recipe has that name, or an argument has an invalid value.
        NotMNISTError: As for `notmnist.load`.

    Example:
        >>> short = recipe("logistic").changed(epochs=1, split="train[:2000]")
        >>> model = fit(short, "open", validation=None, verbose=0)
        >>> model.name
        'logistic'
    """
    chosen = recipe(name)
    seed = check_seed(seed)
    check_positive("steps_per_execution", steps_per_execution)
    keras.utils.set_random_seed(seed)
    store = prepare(data, verbose=min(verbose, 1))
    size = {"classes": len(store.class_names), "input_shape": store.image_shape}
    model = chosen.build(**size)
    options: dict[str, Any] = {
        "batch_size": chosen.batch_size,
        "label_mode": "categorical",
        "verbose": min(verbose, 1),
    }
    ordered = {**options, "split": chosen.split, "shuffle": True, "seed": seed}
    batches = load(data, **ordered)
    if len(batches) > 1:
        batches = load(data, **ordered, drop_remainder=True)
    valid = None
    if validation is not None and is_held_out(store, validation, chosen.split):
        valid = load(data, split=validation, **options)
    twin = trained = _twin(model, chosen, size)
    if chosen.augmentation:
        inputs = keras.Input(store.image_shape, dtype="uint8")
        drawn = _Redraw(chosen.augmentation, seed)(inputs)
        trained = keras.Model(inputs, twin(drawn), name=model.name)
    trained.compile(
        optimizer=chosen.make_optimizer(len(batches) * chosen.epochs),
        loss=chosen.loss(),
        metrics=["accuracy"],
        steps_per_execution=steps_per_execution if keras.config.backend() == "tensorflow" else 1,
    )
    trained.fit(
        batches,
        epochs=chosen.epochs,
        validation_data=valid,
        callbacks=list(callbacks),
        shuffle=False,
        verbose=verbose,
    )
    model.set_weights(twin.get_weights())
    for weight in model.get_layer("logits").weights:
        weight.assign(weight / chosen.temperature)
    model.optimizer.build(model.trainable_variables)  # otherwise a saved model warns on loading
    return model


def is_held_out(store: Store, split: str, trained: str) -> bool:
    """Return whether a split has examples, and none that is also in the split trained on."""
    if store.sizes().get(split) == 0:
        return False
    runs = itertools.product(select(store, split).runs, select(store, trained).runs)
    return not any(
        name == other and max(start, first) < min(stop, end)
        for (name, start, stop), (other, first, end) in runs
    )


class _Redraw(keras.layers.Layer):  # type: ignore[misc]  # Keras ships no types
    """Augmentation before a model that takes uint8 images, active only in training."""

    def __init__(self, strength: float, seed: int) -> None:
        super().__init__()
        self.drawing = augmentation(strength, seed=seed)

    def build(self, input_shape: Any) -> None:
        self.drawing.build(input_shape)

    def call(self, images: Any, training: bool | None = None) -> Any:
        if not training:
            return images
        drawn = ops.round(self.drawing(images, training=True))
        return ops.cast(ops.clip(drawn, 0, 255), "uint8")


def _twin(model: Any, chosen: Recipe, size: dict[str, Any]) -> Any:
    """Return an uncompiled copy of the model, to be trained in the recipe's dtype."""
    usual = keras.config.dtype_policy()
    keras.config.set_dtype_policy(chosen.dtype)
    try:
        twin = chosen.build(compile=False, **size)
    finally:
        keras.config.set_dtype_policy(usual)
    twin.set_weights(model.get_weights())
    return twin
