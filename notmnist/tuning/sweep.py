"""Tries settings of a recipe and keeps what each of them gave."""

from __future__ import annotations

import math
import os
import socket
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import keras

from notmnist.datasets import load
from notmnist.errors import invalid
from notmnist.models.recipes import Recipe, fit
from notmnist.models.recipes import recipe as recipe_of
from notmnist.tuning.ranges import RANGES, Range
from notmnist.tuning.settings import changed, require_known
from notmnist.tuning.storage import open_storage, optuna

__all__ = ["tune"]


def tune(
    recipe: str | Recipe = "mlp",
    data: Any = None,
    *,
    ranges: Mapping[str, Range] | None = None,
    values: Mapping[str, Sequence[float]] | None = None,
    trials: int | None = None,
    storage: str | os.PathLike[str] | None = None,
    name: str = "notmnist",
    seed: int = 0,
    verbose: int = 1,
) -> Any:
    """Search for the settings with the highest accuracy on the valid split.

    Each trial trains by the recipe with other settings, and keeps the accuracy on valid as its
    value and that on test as its attribute "test", which decides nothing. Call it again with the
    same storage, after an interrupt or at the same time in more processes or on more machines:
    each goes on until so many trials are complete in all. A trial that was interrupted does not
    count.

    Args:
        recipe: One of `notmnist.models.recipes.RECIPES` by name, or a `Recipe`.
        data: What is trained on, as for `notmnist.load`.
        ranges: What is tried: a `Range` each for "l2", "dropout", "width", or a number among the
            recipe's fields ("rate", "epochs", "weight_decay", ...). None for `RANGES`. Drawn at
            random first, then by TPE from what has been found.
        values: Instead of ranges, the values of each setting; all combinations are tried. "seed"
            among them repeats trainings.
        trials: How many are to be complete at the end; None for 20, or all combinations.
        storage: A file or a database's URL, to be resumed and shared; None for memory.
        name: The sweep's name within the storage.
        seed: Of all trainings, and with a trial's number of the settings that are drawn.
        verbose: 1 for a line a trial in Optuna's log, 0 for silence.

    Returns:
        The `optuna.Study`: `best_params`, `best_value`, `trials` and `trials_dataframe()`.

    Raises:
        ArgumentError: A setting is none of the recipe's, or another argument is not allowed.
        MissingExtraError: Optuna is not installed (`pip install "notmnist[tune]"`).
        NotMNISTError: As for `notmnist.load`.

    Example:
        >>> import dataclasses
        >>> short = dataclasses.replace(recipe_of("logistic"), epochs=1, split="train[:640]")
        >>> study = tune(short, "open", values={"l2": [0.0, 1.0]}, verbose=0)
        >>> study.best_params
        {'l2': 0.0}
    """
    chosen = recipe_of(recipe)
    if ranges is not None and values is not None:
        raise invalid("values", values, "be None where `ranges` is given")
    space: Mapping[str, Any] = values or ranges or RANGES[chosen.model]
    require_known(chosen, space)
    if values is not None and not all(values.values()):
        raise invalid("values", values, "have a value or more for each setting")
    wanted = trials or (math.prod(map(len, values.values())) if values else 20)
    if type(wanted) is not int or wanted < 1:
        raise invalid("trials", trials, "be a positive integer")
    study = _open(values, storage, name, seed, verbose)
    _optimise(study, wanted, _objective(chosen, data, space, seed))
    return study


def _open(
    values: Mapping[str, Sequence[float]] | None,
    storage: Any,
    name: str,
    seed: int,
    verbose: int,
) -> Any:
    library = optuna()
    library.logging.set_verbosity(library.logging.INFO if verbose else library.logging.WARNING)
    if values:
        grid = {setting: list(choices) for setting, choices in values.items()}
        sampler = library.samplers.GridSampler(grid, seed=seed)
    else:
        from notmnist.tuning.sampler import NumberedSampler

        sampler = NumberedSampler(seed)
    return library.create_study(
        storage=open_storage(storage),
        sampler=sampler,
        study_name=name,
        direction="maximize",
        load_if_exists=True,
    )


def _optimise(study: Any, wanted: int, objective: Callable[[Any], float]) -> None:
    library = optuna()
    complete = library.trial.TrialState.COMPLETE
    if len(study.get_trials(deepcopy=False, states=(complete,))) >= wanted:
        return
    enough = library.study.MaxTrialsCallback(wanted, states=(complete,))
    study.optimize(objective, callbacks=[enough], gc_after_trial=True)


def _objective(
    recipe: Recipe, data: Any, space: Mapping[str, Any], seed: int
) -> Callable[[Any], float]:
    def objective(trial: Any) -> float:
        trial.set_user_attr("process", f"{socket.gethostname()}:{os.getpid()}")
        settings = {name: _suggest(trial, name, choices) for name, choices in space.items()}
        keras.utils.clear_session(free_memory=True)
        model = fit(
            changed(recipe, settings),
            data,
            seed=int(settings.get("seed", seed)),
            validation=None,
            verbose=0,
        )
        valid, test = (
            model.evaluate(load(data, split=split, verbose=0), verbose=0, return_dict=True)
            for split in ("valid", "test")
        )
        trial.set_user_attr("test", float(test["accuracy"]))
        return float(valid["accuracy"])

    return objective


def _suggest(trial: Any, name: str, choices: Range | Sequence[float]) -> Any:
    if not isinstance(choices, Range):
        return trial.suggest_categorical(name, list(choices))
    if choices.integer:
        return trial.suggest_int(name, int(choices.low), int(choices.high), log=choices.log)
    return trial.suggest_float(name, choices.low, choices.high, log=choices.log)
