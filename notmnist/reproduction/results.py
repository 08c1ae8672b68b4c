"""Results in a JSON file beside the page, saved after every run so that none is repeated."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from notmnist.callbacks.files.folder import replacing
from notmnist.errors import StoreError
from notmnist.reproduction.experiments import Experiment

__all__ = ["FILE", "NOTEBOOK", "Results"]

FILE = "results.json"
NOTEBOOK = "tutorial.ipynb"

_FORMAT = 2


class Results:
    """The results of the planned experiments in a page's folder, each with seeds 0, 1, ...

    Attributes:
        data: Facts about the data, from `Data.facts`.
        machine: The versions and the processor that the results depend on.

    Raises:
        StoreError: The results file cannot be read.
    """

    def __init__(self, folder: Path, plan: Sequence[Experiment], seeds: int) -> None:
        self.folder = folder
        self.plan = {experiment.name: experiment for experiment in plan}
        self.seeds = seeds
        self.data: dict[str, Any] = {}
        self.machine: dict[str, str] = {}
        self._runs: dict[str, dict[str, Any]] = {}
        if (folder / FILE).exists():
            self._read()

    @property
    def pictures(self) -> Path:
        """The folder of pictures beside the page."""
        return self.folder / "pictures"

    @property
    def seconds(self) -> float:
        """The time that all runs took, in seconds."""
        return float(sum(run["seconds"] for run in self._runs.values()))

    def run(self, name: str, seed: int = 0) -> dict[str, Any] | None:
        """Return the result of one seed; None if it was not run or its definition has changed."""
        run, experiment = self._runs.get(f"{name}/{seed}"), self.plan.get(name)
        defined = experiment and run and run["definition"] == experiment.definition
        return run if defined else None

    def runs(self, name: str) -> list[dict[str, Any]]:
        """Return the results of an experiment in the order of the seeds."""
        return [run for seed in range(self.seeds) if (run := self.run(name, seed))]

    def values(self, name: str, metric: str = "test") -> list[float]:
        """Return the finite values of a metric in the order of the seeds."""
        return [float(run[metric]) for run in self.runs(name) if math.isfinite(run[metric])]

    def mean(self, name: str, metric: str = "test") -> float | None:
        """Return the mean of a metric over the seeds; None if there are no values."""
        values = self.values(name, metric)
        return float(np.mean(values)) if values else None

    def deviation(self, name: str, metric: str = "test") -> float | None:
        """Return the standard deviation of a metric over the seeds; None for fewer than two."""
        values = self.values(name, metric)
        return float(np.std(values, ddof=1)) if len(values) > 1 else None

    def gain(self, name: str, other: str) -> float | None:
        """Return the gain in mean test accuracy over another experiment, in points, or None."""
        value, against = self.mean(name), self.mean(other)
        return None if value is None or against is None else 100 * (value - against)

    def add(self, name: str, seed: int, result: dict[str, Any]) -> None:
        """Add the result of one seed and write the file."""
        definition = self.plan[name].definition
        self._runs[f"{name}/{seed}"] = {"definition": definition, **result}
        self.write()

    def write(self) -> None:
        """Write the file, whole or not at all."""
        self.folder.mkdir(parents=True, exist_ok=True)
        content = {"format": _FORMAT, "data": self.data, "machine": self.machine}
        text = json.dumps({**content, "runs": self._runs}, ensure_ascii=False)
        with replacing(self.folder / FILE) as file:
            file.write(f"{text}\n".encode())

    def _read(self) -> None:
        path = self.folder / FILE
        try:
            content = json.loads(path.read_text("utf-8"))
            if content["format"] != _FORMAT:
                raise KeyError("format")
            self.data, self.machine = content["data"], content["machine"]
            self._runs = content["runs"]
        except (ValueError, KeyError, TypeError) as error:
            advice = "Delete it, or choose another folder."
            raise StoreError(f"{path} is not a results file of this version. {advice}") from error
