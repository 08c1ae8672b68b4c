"""Train a model by a recipe."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import keras

from notmnist.datasets import info, load
from notmnist.errors import did_you_mean, invalid, one_of, warn
from notmnist.models.recipes.drawing import Redrawn, redrawn
from notmnist.models.recipes.settings import Recipe
from notmnist.models.recipes.table import RECIPES

__all__ = ["fit", "recipe"]


def recipe(name: str | Recipe) -> Recipe:
    """Return the recipe of that name.

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
    if isinstance(name, Recipe):
        return name
    if name not in RECIPES:
        raise invalid("recipe", name, one_of(RECIPES), did_you_mean(name, RECIPES))
    return RECIPES[name]


def fit(
    name: str | Recipe,
    data: Any = None,
    *,
    seed: int = 0,
    validation: str | None = "valid",
    callbacks: Sequence[Any] = (),
    steps_per_execution: int = 32,
    verbose: int = 1,
) -> Any:
    """Train a model by a recipe.

    Sets Keras's global seed, which decides first weights and dropout. The model has the classes and
    the image size of the data. A last batch that is not full is left out, unless it is the only
    one; every pass has another order. On TensorFlow augmentation runs beside the training in two
    threads, which makes runs of one seed differ a little; elsewhere it is part of the training
    step.

    Args:
        name: One of `RECIPES`, or a `Recipe` of your own.
        data: What is trained on, as for `notmnist.load`: an edition, a path, or None.
        seed: Of weights, dropout, order and augmentation.
        validation: The split evaluated after each epoch, unless the recipe trains on it; None for
            none.
        callbacks: For `keras.Model.fit`; `keras.callbacks.History` among them keeps the figures.
        steps_per_execution: As for `keras.Model.compile`, on TensorFlow; 1 elsewhere. More is
            faster, but callbacks hear of one step in so many.
        verbose: 1 for a progress bar, 0 for silence, 2 for a line an epoch.

    Returns:
        The trained `keras.Model`, compiled for integer labels as its factory compiles it, without
        augmentation. Where the recipe says so its weights are the moving average.

    Raises:
        ArgumentError: No recipe has that name.
        NotMNISTError: As for `notmnist.load`.

    Example:
        >>> import dataclasses
        >>> short = dataclasses.replace(recipe("logistic"), epochs=1, split="train[:2000]")
        >>> model = fit(short, "open", validation=None, verbose=0)
        >>> model.name
        'logistic'
    """
    chosen = recipe(name)
    keras.utils.set_random_seed(seed)
    about = info(data, verbose=min(verbose, 1))
    size = {"classes": len(about.class_names), "input_shape": about.image_shape}
    chosen = dataclasses.replace(chosen, arguments={**size, **chosen.arguments})
    model = chosen.build()
    batches = _batches(data, chosen.split, chosen, verbose, seed=seed)
    if len(batches) > 1:
        batches = _batches(data, chosen.split, chosen, verbose, seed=seed, drop_remainder=True)
    if validation is not None and chosen.trains_on(validation):
        validation = None
    valid = None if validation is None else _batches(data, validation, chosen, verbose)
    steps = len(batches)
    twin = _twin(model, chosen)
    trained = twin
    if chosen.augmentation and about.image_shape[2] > 1:
        warn("The recipe's augmentation redraws grey letters. It is left out for colour images.")
    elif chosen.augmentation:
        if keras.config.backend() == "tensorflow":
            batches = redrawn(batches, chosen.augmentation, seed)
        else:
            trained = Redrawn(twin, chosen.augmentation, seed)
    trained.compile(
        optimizer=chosen.make_optimizer(steps * chosen.epochs),
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
    model.optimizer.build(model.trainable_variables)  # or a saved model warns when it is loaded
    return model


def _twin(model: Any, chosen: Recipe) -> Any:
    """Return the model again, bare, with the same weights, to be trained in the recipe's dtype."""
    usual = keras.config.dtype_policy()
    keras.config.set_dtype_policy(chosen.dtype)
    try:
        twin = chosen.build(compile=False)
    finally:
        keras.config.set_dtype_policy(usual)
    twin.set_weights(model.get_weights())
    return twin


def _batches(
    data: Any, split: str, chosen: Recipe, verbose: int, seed: int | None = None, **options: Any
) -> Any:
    """Load a split in batches with one-hot labels; shuffled where there is a seed."""
    return load(
        data,
        split=split,
        batch_size=chosen.batch_size,
        shuffle=seed is not None,
        seed=seed,
        label_mode="categorical",
        verbose=min(verbose, 1),
        **options,
    )
