"""Results as JSON beside the page: kept after every run, so that nothing is trained twice."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np

from notmnist.errors import StoreError
from notmnist.reproduction.experiments import Experiment

__all__ = ["FILE", "Results"]

FILE = "results.json"
_FORMAT = 1


class Results:
    """The numbers of a report.

    Args:
        folder: The report's folder; it may hold results of an earlier, interrupted run.

    Raises:
        StoreError: There is a results file that cannot be read.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE
        self.data: dict[str, Any] = {}
        self.machine: dict[str, str] = {}
        self.runs: dict[str, dict[str, Any]] = {}
        if self.path.exists():
            self._read()

    def _read(self) -> None:
        try:
            content = json.loads(self.path.read_text("utf-8"))
            if content["format"] != _FORMAT:
                raise KeyError("format")
            self.data, self.machine = content["data"], content["machine"]
            self.runs = content["runs"]
        except (ValueError, KeyError, TypeError) as error:
            message = (
                f"{self.path} is not a results file of this version. Delete it, or choose another "
                "folder."
            )
            raise StoreError(message) from error

    def write(self) -> None:
        """Write the file, whole or not at all."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        content = {
            "format": _FORMAT, "data": self.data, "machine": self.machine, "runs": self.runs,
        }  # fmt: skip
        part = self.path.with_suffix(".part")
        part.write_text(json.dumps(content, ensure_ascii=False) + "\n", "utf-8")
        part.replace(self.path)

    def run(self, experiment: Experiment, seed: int) -> dict[str, Any] | None:
        """Return the result of one seed; None where it was not run or was defined otherwise."""
        run = self.runs.get(f"{experiment.name}/{seed}")
        return run if run and run["definition"] == experiment.definition else None

    def add(self, experiment: Experiment, seed: int, result: dict[str, Any]) -> None:
        """Keep the result of one seed and write the file."""
        key = f"{experiment.name}/{seed}"
        self.runs[key] = {"definition": experiment.definition, **result}
        self.write()

    def values(self, experiment: Experiment, seeds: int, metric: str) -> list[float]:
        """Return a metric of every seed that was run, in the order of the seeds."""
        found = (self.run(experiment, seed) for seed in range(seeds))
        return [float(run[metric]) for run in found if run and math.isfinite(run[metric])]

    def summary(self, experiment: Experiment, seeds: int, metric: str) -> tuple[float, float, int]:
        """Return mean, standard deviation (NaN for one seed) and number of seeds of a metric."""
        values = self.values(experiment, seeds, metric)
        if not values:
            return math.nan, math.nan, 0
        deviation = float(np.std(values, ddof=1)) if len(values) > 1 else math.nan
        return float(np.mean(values)), deviation, len(values)
