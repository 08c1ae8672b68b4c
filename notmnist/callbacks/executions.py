"""Stopping inside an execution of several steps, only where a callback wants to look."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from typing import Any

import keras

__all__ = ["StepByStep"]

Look = Callable[[int, Mapping[str, Any]], None]
"""Takes the number of steps done and what the last one logged; may read the model's variables."""


class StepByStep:
    """Runs one execution of `steps_per_execution` steps as so many single ones.

    Keras compiles the steps of an execution into one call, and callbacks hear of nothing in
    between. Where a step in the middle is wanted, this object takes the place of the model's
    `train_function` for that one call, runs the same train step as often, one at a time, and looks
    after the wanted ones. All other executions run whole. The results are the same either way.

    Args:
        model: A compiled model whose `fit` is about to begin, its `train_function` made.
    """

    def __init__(self, model: Any) -> None:
        self._model = model
        self._whole: Any = None
        self._single: Any = _single(model) if model.steps_per_execution > 1 else None
        self._looks: list[tuple[int, Look]] = []
        self._begin = 0

    def install(self, begin: int, steps: list[int], look: Look) -> None:
        """Look after each of `steps` in the execution that starts when `begin` steps are done."""
        here = self._model.train_function
        if isinstance(here, StepByStep) and here is not self:
            here.install(begin, steps, look)  # another callback was first: share its single steps
            return
        if here is not self:
            self._whole, self._begin, self._looks = here, begin, []
            self._model.train_function = self
        self._looks += [(step, look) for step in steps]

    def remove(self) -> None:
        """Give the model its own function back, if it was never called."""
        if self._model.train_function is self:
            self._model.train_function = self._whole

    def __call__(self, *arguments: Any) -> Any:
        """Run the execution; arguments and result are those of Keras's own train function."""
        self.remove()
        steps = self._model.steps_per_execution
        self._model.steps_per_execution = 1
        try:
            if keras.backend.backend() == "jax":
                return self._run_jax(steps, *arguments)
            return self._run(steps, *arguments)
        finally:
            self._model.steps_per_execution = steps

    def _run(self, steps: int, iterator: Any) -> Any:
        logs: Any = None
        for done in range(1, steps + 1):
            # Asking first: a single step that finds no data still counts a batch in the metrics.
            batch = iterator.get_next_as_optional()
            if not batch.has_value():
                if done == 1:
                    raise StopIteration
                break
            logs = self._single(iter([batch.get_value()]))
            self._look(done, logs, contextlib.nullcontext())
        return logs

    def _run_jax(self, steps: int, state: Any, iterator: Any) -> Any:
        model = self._model
        logs: Any = None
        for done in range(1, steps + 1):
            try:
                logs, state = self._single(state, iterator)
            except StopIteration:
                if done == 1:
                    raise
                break
            variables = (model.trainable_variables, model.non_trainable_variables)
            pairs = [
                pair
                for known, values in zip(variables, state, strict=False)
                for pair in zip(known, values, strict=True)
            ]
            self._look(done, logs, keras.StatelessScope(state_mapping=pairs))
        return logs, state

    def _look(self, done: int, logs: Any, scope: contextlib.AbstractContextManager[Any]) -> None:
        for step, look in self._looks:
            if step == self._begin + done:
                with scope:
                    look(step, logs if isinstance(logs, Mapping) else {})


def _single(model: Any) -> Any:
    """Return a train function of one step; nothing is compiled before it is called."""
    whole, steps = model.train_function, model.steps_per_execution
    model.steps_per_execution = 1
    try:
        model.make_train_function(force=True)
        return model.train_function
    finally:
        model.train_function, model.steps_per_execution = whole, steps
