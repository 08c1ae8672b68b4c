"""When a picture is taken: most of them early, every N, at a list of steps, or logarithmically."""

from __future__ import annotations

import bisect
import math
from collections.abc import Sequence
from typing import Any, Literal, SupportsIndex, TypeGuard

from notmnist.errors import invalid

__all__ = ["Every", "Schedule"]

Every = int | Sequence[int] | Literal["log"] | None
"""The type of the argument `every`."""

_RULE = 'be a positive integer, a list of integers ≥ 0, "log" or None'
_MOMENTS = 56  # of a whole fit; at the start several fall on one step
_POWER = 3  # weights then change about as much from each picture to the next
_GROWTH = 1.15  # if the end is unknown; about as dense: 50 pictures in 3,000 steps


class Schedule:
    """The steps at which a picture is wanted, besides the first and the last.

    `every` is that of `WeightImages`, `total` the steps of the whole fit, or None if unknown.

    Raises:
        ArgumentError: `every` is invalid.

    Example:
        >>> Schedule("log").after(10), Schedule(100).after(10), Schedule([3, 7]).after(7)
        (20, 100, None)
        >>> Schedule(None, 3000).after(0), Schedule(None, 3000).after(1500)
        (1, 1557)
    """

    def __init__(self, every: Every, total: int | None = None) -> None:
        self.every: int | None = None
        self.steps: list[int] | None = None
        self._growing = False
        if every is None:
            self._growing = total is None
            if total is not None:
                shares = (moment / _MOMENTS for moment in range(_MOMENTS + 1))
                self.steps = sorted({round(total * share**_POWER) for share in shares})
        elif _is_integer(every) and int(every) >= 1:
            self.every = int(every)
        elif not isinstance(every, str) or every != "log":
            self.steps = _listed(every)

    def after(self, step: int) -> int | None:
        """Return the first wanted step after `step`, or None after the last one."""
        if self.every is not None:
            return (step // self.every + 1) * self.every
        if self.steps is not None:
            place = bisect.bisect_right(self.steps, step)
            return self.steps[place] if place < len(self.steps) else None
        if self._growing:
            return max(step + 1, math.ceil(step * _GROWTH))
        power: int = 10 ** (len(str(step)) - 1)
        return next(nice * power for nice in (1, 2, 5, 10) if nice * power > step)

    def wants(self, step: int) -> bool:
        """Return whether a picture is wanted after `step` steps."""
        return self.after(step - 1) == step


def _listed(every: Any) -> list[int]:
    try:
        steps = list(every)
    except TypeError:
        raise invalid("every", every, _RULE) from None
    if not all(_is_integer(step) and int(step) >= 0 for step in steps):
        raise invalid("every", every, _RULE)
    return sorted({int(step) for step in steps})


def _is_integer(value: object) -> TypeGuard[SupportsIndex]:
    return not isinstance(value, bool) and hasattr(value, "__index__")
