"""Sweeps over λ, dropout, width and the rest of a recipe, with Optuna (`notmnist[tune]`)."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from notmnist.tuning.ranges import RANGES, Range

if TYPE_CHECKING:
    from notmnist.tuning.picture import chart
    from notmnist.tuning.sweep import tune

__all__ = ["RANGES", "Range", "chart", "tune"]

_LATE = {"chart": "notmnist.tuning.picture", "tune": "notmnist.tuning.sweep"}

if not TYPE_CHECKING:  # or a type checker would take every name for granted

    def __getattr__(name: str) -> Any:
        """Import what needs Keras or matplotlib only when it is asked for."""
        if name in _LATE:
            return getattr(importlib.import_module(_LATE[name]), name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
