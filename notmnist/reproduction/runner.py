"""Run what a folder still lacks."""

from __future__ import annotations

import functools
import logging
import os
import platform
from importlib import metadata

import notmnist
from notmnist.errors import ArgumentError
from notmnist.reproduction import training
from notmnist.reproduction.data import Data
from notmnist.reproduction.results import Results

__all__ = ["machine", "run_all"]

_log = logging.getLogger("notmnist")


def run_all(results: Results, data: Data, verbose: int = 1) -> None:
    """Run every planned experiment with every seed that there is no result of.

    Seed after seed, so that an interrupted run has whole seeds. Each result is on disk at once.

    Args:
        results: The experiments, the seeds, and what was run before.
        data: The data.
        verbose: 1 for a progress bar with the time left, 0 for silence.

    Raises:
        ArgumentError: The folder holds results of other data.
    """
    from tqdm import tqdm

    facts = data.facts()
    if results.data and results.data["fingerprint"] != facts["fingerprint"]:
        message = (
            f"`folder` must be empty or hold results of the same data. Received: "
            f"folder={str(results.folder)!r} with results of {results.data['name']!r}, not "
            f"{facts['name']!r}. Choose another folder."
        )
        raise ArgumentError(message)
    results.data, results.machine = facts, machine()
    results.write()
    data.draw(results.pictures)
    todo = [
        (experiment, seed)
        for seed in range(results.seeds)
        for experiment in results.plan.values()
        if results.run(experiment.name, seed) is None
    ]
    total = sum(experiment.seconds for experiment, _ in todo)
    form = "{desc} {percentage:3.0f} %|{bar}| {elapsed} gone, {remaining} left"
    hidden = not verbose or not todo
    with tqdm(total=total, bar_format=form, smoothing=0, mininterval=1, disable=hidden) as bar:
        for number, (experiment, seed) in enumerate(todo, start=1):
            bar.set_description_str(f"[{number}/{len(todo)}] {experiment.name}, seed {seed}")
            tick = functools.partial(bar.update, experiment.seconds / experiment.steps)
            pictures = results.pictures if seed == 0 else None
            result = training.train(experiment, seed, data, pictures, tick)
            results.add(experiment.name, seed, result)
            _log.info("%s, seed %d: test %.4f", experiment.name, seed, result["test"])


def machine() -> dict[str, str]:
    """Return what the figures depend on besides the code: versions, processors."""
    import keras

    backend = keras.config.backend()
    packages = ("keras", "scikit-learn", "numpy", backend)
    return {
        "notmnist": notmnist.__version__,
        "python": platform.python_version(),
        "processor": f"{os.cpu_count()} cores, {platform.machine()}",
        "backend": backend,
        **{name: metadata.version(name) for name in packages},
    }
