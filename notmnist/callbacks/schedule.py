"""When a picture is taken: every N, at a list of steps, or on a logarithmic scale."""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from typing import Any, Literal, SupportsIndex, TypeGuard

from notmnist.errors import invalid

__all__ = ["Every", "Schedule"]

Every = int | Sequence[int] | Literal["log"] | None
"""What the argument `every` may be."""

_RULE = 'be a positive integer, a list of integers ≥ 0, or "log"'


class Schedule:
    """The steps at which a picture is wanted, besides the first and the last.

    Args:
        every: N for every Nth step; a list of steps; or "log" for 1, 2, 5, 10, 20, 50, 100, ...

    Raises:
        ArgumentError: If `every` is none of these.

    Example:
        >>> Schedule("log").after(10), Schedule(100).after(10), Schedule([3, 7]).after(7)
        (20, 100, None)
    """

    def __init__(self, every: Every) -> None:
        self.every: int | None = None
        self.steps: list[int] | None = None
        if isinstance(every, str):
            if every != "log":
                raise invalid("every", every, _RULE)
        elif _is_integer(every):
            self.every = int(every)
            if self.every < 1:
                raise invalid("every", every, _RULE)
        else:
            self.steps = _listed(every)

    def after(self, step: int) -> int | None:
        """Return the first wanted step after `step`, or None where there is none."""
        if self.every is not None:
            return (step // self.every + 1) * self.every
        if self.steps is not None:
            place = bisect.bisect_right(self.steps, step)
            return self.steps[place] if place < len(self.steps) else None
        power = 1
        while True:
            for digit in (1, 2, 5):
                if digit * power > step:
                    return digit * power
            power *= 10

    def wants(self, step: int) -> bool:
        """Return whether a picture is wanted after `step` steps."""
        return self.after(step - 1) == step

    def between(self, step: int, end: int) -> list[int]:
        """Return the wanted steps s with step < s < end, rising."""
        found: list[int] = []
        following = self.after(step)
        while following is not None and following < end:
            found.append(following)
            following = self.after(following)
        return found


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
