"""A sampler whose random numbers depend on the trial's number, not on the process.

Optuna's samplers with a seed start their random numbers anew in every process: a sweep that is
resumed, or that runs in several processes, would try the same settings again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from optuna.samplers import BaseSampler, TPESampler

__all__ = ["NumberedSampler"]


class NumberedSampler(BaseSampler):  # type: ignore[misc]  # untyped without Optuna
    """Optuna's TPE, seeded anew for each trial by its number.

    Args:
        seed: Of the sweep.

    Note:
        Bergstra, Bardenet, Bengio and Kégl, "Algorithms for hyper-parameter optimization", 2011.
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._number = -1
        self._sampler: Any = None

    def infer_relative_search_space(self, study: Any, trial: Any) -> dict[str, Any]:
        """Return what is drawn together."""
        space: dict[str, Any] = self._of(trial).infer_relative_search_space(study, trial)
        return space

    def sample_relative(self, study: Any, trial: Any, search_space: Any) -> dict[str, Any]:
        """Draw it."""
        drawn: dict[str, Any] = self._of(trial).sample_relative(study, trial, search_space)
        return drawn

    def sample_independent(
        self, study: Any, trial: Any, param_name: str, param_distribution: Any
    ) -> Any:
        """Draw a setting by itself."""
        return self._of(trial).sample_independent(study, trial, param_name, param_distribution)

    def after_trial(
        self, study: Any, trial: Any, state: Any, values: Sequence[float] | None
    ) -> None:
        """Take note of a result."""
        self._of(trial).after_trial(study, trial, state, values)

    def _of(self, trial: Any) -> Any:
        if trial.number != self._number:
            self._number = trial.number
            seed = np.random.SeedSequence([self._seed, trial.number]).generate_state(1)[0]
            self._sampler = TPESampler(seed=int(seed), constant_liar=True)
        return self._sampler
