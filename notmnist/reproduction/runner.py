"""Run what a report still lacks."""

from __future__ import annotations

import logging
import os
import platform
from collections.abc import Iterator, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

import notmnist
from notmnist.errors import ArgumentError
from notmnist.reproduction.experiments import Experiment
from notmnist.reproduction.material import Material
from notmnist.reproduction.results import Results

__all__ = ["PICTURES", "machine", "run_all"]

PICTURES = "pictures"
"""The folder of pictures beside the page."""

_log = logging.getLogger("notmnist")


def run_all(
    folder: Path, material: Material, plan: Sequence[Experiment], seeds: int, verbose: int = 1
) -> Results:
    """Run every planned experiment with every seed that the folder has no result of.

    Seed after seed, so that an interrupted run has whole seeds.

    Args:
        folder: The report's folder.
        material: The data.
        plan: The experiments.
        seeds: How many seeds: 0, 1, ...
        verbose: 1 for a progress bar with the time left, 0 for silence.

    Returns:
        All results, also on disk.

    Raises:
        ArgumentError: The folder holds results of other data.
        StoreError: Its results file cannot be read.
    """
    results = Results(folder)
    _check_data(results, material, folder)
    results.data, results.machine = material.facts(), machine()
    material.draw(folder / PICTURES)
    results.write()
    todo = [
        (experiment, seed)
        for seed in range(seeds)
        for experiment in plan
        if results.run(experiment, seed) is None
    ]
    for experiment, seed, tick in _with_progress(todo, verbose):
        pictures = folder / PICTURES if seed == 0 else None
        if experiment.model == "sklearn":
            from notmnist.reproduction.offtheshelf import fit_baseline

            result = fit_baseline(experiment, seed, material, pictures)
        else:
            from notmnist.reproduction.training import train

            weights = pictures / experiment.name if pictures else None
            result = train(experiment, seed, material, weights, tick)
        results.add(experiment, seed, result)
        _log.info("%s, seed %d: test %.4f", experiment.name, seed, result["test"])
    return results


def machine() -> dict[str, str]:
    """Return what the figures depend on besides the code: versions, processors."""
    import keras

    versions = {name: metadata.version(name) for name in ("keras", "scikit-learn", "numpy")}
    backend = keras.config.backend()
    versions[backend] = metadata.version(backend)
    return {
        "notmnist": notmnist.__version__,
        "python": platform.python_version(),
        "processor": f"{os.cpu_count()} cores, {platform.machine()}",
        "backend": backend,
        **versions,
    }


def _check_data(results: Results, material: Material, folder: Path) -> None:
    known = results.data.get("fingerprint")
    if known and known != material.fingerprint:
        message = (
            f"`folder` must be empty or hold results of the same data. Received: "
            f"folder={str(folder)!r} with results of {results.data['name']!r}, not "
            f"{material.name!r}. Choose another folder."
        )
        raise ArgumentError(message)


def _with_progress(todo: Sequence[tuple[Experiment, int]], verbose: int) -> Iterator[Any]:
    """Yield each run with its `tick`, and move one bar by how long the steps take."""
    from tqdm import tqdm

    form = "{desc} {percentage:3.0f} %|{bar}| {elapsed} gone, {remaining} left"
    total = sum(experiment.seconds for experiment, _ in todo)
    with tqdm(total=total, bar_format=form, disable=not verbose or not todo) as bar:
        for number, (experiment, seed) in enumerate(todo, start=1):
            bar.set_description_str(f"[{number}/{len(todo)}] {experiment.name}, seed {seed}")
            share = experiment.seconds / experiment.steps
            done = 0.0

            def tick(steps: int, share: float = share) -> None:
                nonlocal done
                done += steps * share
                bar.update(steps * share)

            yield experiment, seed, tick
            bar.update(experiment.seconds - done)
