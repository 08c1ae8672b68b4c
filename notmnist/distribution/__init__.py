"""Training on several machines at once: data-parallel, on JAX, through `keras.distribution`."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from notmnist.distribution.cluster import Cluster, join

if TYPE_CHECKING:
    from notmnist.distribution.backup import Backup

__all__ = ["Backup", "Cluster", "join"]

if not TYPE_CHECKING:  # or a type checker would take every name for granted

    def __getattr__(name: str) -> Any:
        """Import what needs Keras only when it is asked for: its backend may not be set yet."""
        if name == "Backup":
            return importlib.import_module("notmnist.distribution.backup").Backup
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
