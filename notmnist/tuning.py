"""Search for L2, dropout, width and other settings of a recipe, with Optuna (`notmnist[tune]`)."""

from __future__ import annotations

import hashlib
import json
import math
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from notmnist.datasets import load, prepare
from notmnist.datasets.editions.description import info_of
from notmnist.errors import ArgumentError, invalid, missing_extra
from notmnist.models import recipes
from notmnist.models.recipes import Recipe
from notmnist.models.recipes.fitting import check_seed, find_recipe, is_held_out

__all__ = ["RANGES", "Range", "tune"]


class Range(NamedTuple):
    """Numbers from `low` to `high`, whole if both are; `log` samples them on a log scale."""

    low: float
    high: float
    log: bool = False


_L2, _WIDTH = Range(1e-6, 0.1, log=True), Range(128, 2048, log=True)
RANGES: Mapping[str, Mapping[str, Range]] = MappingProxyType(
    {
        "logistic": {"l2": _L2},
        "mlp": {"l2": _L2, "dropout": Range(0.0, 0.7), "width": _WIDTH},
        "cnn": {"l2": Range(1e-7, 0.01, log=True), "dropout": Range(0.0, 0.6), "width": _WIDTH},
    }
)
"""The ranges searched for each model by default."""


def tune(
    recipe: str | Recipe = "mlp",
    data: Any = None,
    ranges: Mapping[str, Range | Sequence[Any]] | None = None,
    *,
    trials: int | None = None,
    storage: Any = None,
    seed: int = 0,
) -> Any:
    """Search for the settings with the highest accuracy on the valid split.

    Each trial trains by the recipe, with other settings, on `train` alone. Its value is the
    accuracy on `valid`; its attribute "test" is the accuracy on `test`, which the search ignores.
    To resume a search, or to run it in several processes, call this again with the same arguments
    and storage; another recipe, data, ranges or seed starts another study.

    Args:
        recipe: The name of one of `models.recipes.RECIPES`, or a `Recipe` that trains on `train`.
        data: The training data, as for `notmnist.load`.
        ranges: The values to try for each setting: a `Range` or a list. Settings are those of
            `Recipe.changed`, and "seed" to repeat a training. If all are lists, all combinations
            are tried. None for the model's `RANGES`.
        trials: Number of trials to complete, in all processes together. None for all combinations
            if all `ranges` are lists, otherwise 20.
        storage: A file for Optuna's journal, a database URL, an Optuna storage, or None for memory.
            Processes can share all but the last.
        seed: Seed of the trainings and, without a storage, of the sampled settings.

    Returns:
        The `optuna.Study`, with `best_params`, `best_value` and `trials_dataframe()`.

    Raises:
        ArgumentError: The recipe has no such setting, or trains on `valid` or `test`; one of these
            splits is empty; or an argument has an invalid value.
        ValueError: A range is empty; Optuna raises this.
        MissingExtraError: Optuna is not installed (`pip install "notmnist[tune]"`).
        NotMNISTError: As for `notmnist.load`.

    Example:
        >>> short = Recipe("logistic", epochs=1, split="train[:640]")
        >>> study = tune(short, "open", {"l2": [0.0, 1.0]})
        >>> study.best_params
        {'l2': 0.0}
    """
    try:
        import optuna
    except ImportError as error:
        raise missing_extra("notmnist.tuning", "optuna", "tune") from error
    chosen, seed = find_recipe("recipe", recipe), check_seed(seed)
    if chosen is not recipe:
        chosen = chosen.changed(split="train")
    space = dict(RANGES[chosen.model] if ranges is None else ranges)
    _check(chosen, space, trials)
    sampler: Any = optuna.samplers.TPESampler(seed=None if storage else seed, constant_liar=True)
    wanted = 20
    if not any(isinstance(choices, Range) for choices in space.values()):
        sampler = optuna.samplers.GridSampler(space, seed=seed)
        wanted = math.prod(map(len, space.values()))
    wanted = wanted if trials is None else trials
    if isinstance(storage, str | os.PathLike) and "://" not in str(storage):
        file = optuna.storages.journal.JournalFileBackend(str(Path(storage).expanduser()))
        storage = optuna.storages.JournalStorage(file)
    store = prepare(data)
    about = info_of(store)
    for split in ("valid", "test"):
        if not about.splits[split]:
            rule = f"have examples in the split {split!r}"
            raise invalid("data", data, rule, "Use data with a train, a valid and a test split.")
        if not is_held_out(store, split, chosen.split):
            rule = "train on neither `valid`, which is used to choose the settings, nor `test`"
            raise invalid("recipe", chosen, rule, "Give recipe.changed(split='train').")
    facts = [chosen.to_dict(), about.name, about.version, dict(about.splits), space, seed]
    identity = json.dumps(facts, sort_keys=True, default=str)
    name = f"{chosen.model}-{hashlib.sha256(identity.encode()).hexdigest()[:12]}"
    study = optuna.create_study(
        storage=storage, sampler=sampler, study_name=name, direction="maximize", load_if_exists=True
    )
    study.set_user_attr("identity", identity)
    if sum(trial.state.name == "COMPLETE" for trial in study.trials) < wanted:
        enough = optuna.study.MaxTrialsCallback(wanted)
        objective = _objective(chosen, about.name if data is None else data, space, seed)
        study.optimize(objective, callbacks=[enough], gc_after_trial=True)
    return study


def _check(recipe: Recipe, space: Mapping[str, Any], trials: int | None) -> None:
    if trials is not None and (type(trials) is not int or trials < 0):
        raise invalid("trials", trials, "be 0 or a positive integer")
    for name, choices in space.items():
        if not (isinstance(choices, Sequence) and choices):
            rule = f"have a Range or a list of one or more values for {name!r}"
            raise invalid("ranges", dict(space), rule)
        if name != "seed":
            try:
                recipe.changed(**{name: choices[0]})
            except ArgumentError as error:
                rule = "have valid values for settings of the recipe"
                raise invalid("ranges", dict(space), rule, f"The reason: {error}") from error


def _objective(recipe: Recipe, data: Any, space: Mapping[str, Any], seed: int) -> Any:
    def objective(trial: Any) -> float:
        settings = {name: _suggest(trial, name, choices) for name, choices in space.items()}
        options = {"seed": settings.pop("seed", seed), "validation": None, "verbose": 0}
        model = recipes.fit(recipe.changed(**settings), data, **options)
        valid, test = (
            float(model.evaluate(load(data, split=split, verbose=0), verbose=0)[1])
            for split in ("valid", "test")
        )
        trial.set_user_attr("test", test)
        return valid

    return objective


def _suggest(trial: Any, name: str, choices: Range | Sequence[Any]) -> Any:
    if not isinstance(choices, Range):
        return trial.suggest_categorical(name, choices)
    whole = isinstance(choices.low, int) and isinstance(choices.high, int)
    suggest = trial.suggest_int if whole else trial.suggest_float
    return suggest(name, choices.low, choices.high, log=choices.log)
