"""What the page is drawn from: experiments, results, pictures."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from notmnist.reproduction.experiments import Experiment
from notmnist.reproduction.results import Results
from notmnist.reproduction.runner import PICTURES

__all__ = ["Report", "percent"]


@dataclasses.dataclass(frozen=True)
class Report:
    """A run as it lies in its folder.

    Attributes:
        folder: The report's folder.
        results: Its numbers.
        plan: The experiments.
        seeds: How many seeds each has.
        quick: Whether it is a quick run.
    """

    folder: Path
    results: Results
    plan: Sequence[Experiment]
    seeds: int
    quick: bool

    @property
    def data(self) -> dict[str, Any]:
        """Facts of the data, from `Material.facts`."""
        return self.results.data

    @property
    def edition(self) -> str:
        """The data's name, as code would load it."""
        return str(self.data["name"])

    @property
    def pictures(self) -> Path:
        """The folder of pictures."""
        return self.folder / PICTURES

    def experiment(self, name: str) -> Experiment | None:
        """Return a planned experiment; None where this run does not have it."""
        return next((each for each in self.plan if each.name == name), None)

    def first(self, name: str) -> dict[str, Any] | None:
        """Return the result of an experiment's first seed, or None."""
        experiment = self.experiment(name)
        return self.results.run(experiment, 0) if experiment else None

    def runs(self, name: str) -> list[dict[str, Any]]:
        """Return the results of an experiment, seed by seed."""
        experiment = self.experiment(name)
        if experiment is None:
            return []
        found = (self.results.run(experiment, seed) for seed in range(self.seeds))
        return [run for run in found if run]

    def mean(self, name: str, metric: str = "test") -> float:
        """Return the mean of a metric over seeds; NaN where it was not run."""
        experiment = self.experiment(name)
        return self.results.summary(experiment, self.seeds, metric)[0] if experiment else math.nan

    def seeds_text(self) -> str:
        """Return "one seed" or "3 seeds"."""
        return "one seed" if self.seeds == 1 else f"{self.seeds} seeds"


def percent(share: float) -> str:
    """Return a share of 1 as per cent with one digit, a dash where there is none.

    Example:
        >>> percent(0.8834), percent(float("nan"))
        ('88.3', '–')
    """
    return "–" if math.isnan(share) else f"{100 * share:.1f}"
