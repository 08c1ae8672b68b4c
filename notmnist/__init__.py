"""notMNIST for Keras: the data, models with L2 and dropout, and pictures of their weights.

Example:
    >>> import notmnist
    >>> train = notmnist.load("open", split="train[:1000]", batch_size=100)
    >>> len(train)
    10
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

import wrapt

from notmnist.errors import (
    ArchiveError,
    ArgumentError,
    DownloadError,
    FallbackWarning,
    IntegrityError,
    MissingExtraError,
    MissingSourceError,
    NotMNISTError,
    StoreError,
)

if TYPE_CHECKING:
    from notmnist import (
        callbacks,
        datasets,
        evaluation,
        models,
        plots,
        reproduction,
        tuning,
    )
    from notmnist.datasets import load, load_data

__all__ = [
    "ArchiveError",
    "ArgumentError",
    "DownloadError",
    "FallbackWarning",
    "IntegrityError",
    "MissingExtraError",
    "MissingSourceError",
    "NotMNISTError",
    "StoreError",
    "callbacks",
    "datasets",
    "evaluation",
    "load",
    "load_data",
    "models",
    "plots",
    "reproduction",
    "tuning",
]

__version__ = "2.0.0"

_FUNCTIONS = frozenset({"load", "load_data"})
_MODULES = frozenset(name for name in __all__ if name.islower()) - _FUNCTIONS


@wrapt.when_imported("tensorflow_datasets")
def _register(module: Any) -> None:
    """Register the TFDS builder, now if TFDS is already imported, otherwise when it is.

    TFDS is slow to import: if you never use it, you do not pay for importing it.
    """
    del module
    importlib.import_module("notmnist.datasets.notmnist.notmnist_dataset_builder")


if not TYPE_CHECKING:  # otherwise a type checker would accept any name

    def __getattr__(name: str) -> Any:
        """Import a submodule or function on first access (PEP 562)."""
        if name in _MODULES:
            return importlib.import_module(f"notmnist.{name}")
        if name in _FUNCTIONS:
            return getattr(importlib.import_module("notmnist.datasets"), name)
        raise AttributeError(f"module 'notmnist' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
