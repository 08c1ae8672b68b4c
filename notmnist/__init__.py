"""notMNIST for Keras: the data, regularised models, and pictures of their weights.

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
    ClusterError,
    DownloadError,
    FallbackWarning,
    IntegrityError,
    MissingSourceError,
    NotMNISTError,
    StoreError,
)

if TYPE_CHECKING:
    from notmnist import (
        callbacks,
        datasets,
        distribution,
        evaluation,
        models,
        plots,
        tuning,
    )
    from notmnist.datasets import load, load_data

__all__ = [
    "ArchiveError",
    "ArgumentError",
    "ClusterError",
    "DownloadError",
    "FallbackWarning",
    "IntegrityError",
    "MissingSourceError",
    "NotMNISTError",
    "StoreError",
    "callbacks",
    "datasets",
    "distribution",
    "evaluation",
    "load",
    "load_data",
    "models",
    "plots",
    "tuning",
]

__version__ = "2.0.0"

_MODULES = frozenset(
    {
        "callbacks",
        "datasets",
        "distribution",
        "evaluation",
        "models",
        "plots",
        "tuning",
    }
)
_FUNCTIONS = frozenset({"load", "load_data"})


@wrapt.when_imported("tensorflow_datasets")
def _register(module: Any) -> None:
    """Register the TFDS builder: now where TFDS is imported already, else when it is.

    TFDS takes longer to import than all of this package; if you never use it, you do not pay for
    importing it.
    """
    del module
    importlib.import_module("notmnist.datasets.notmnist.notmnist_dataset_builder")


if not TYPE_CHECKING:  # or a type checker would take every name for granted

    def __getattr__(name: str) -> Any:
        """Import a part of the library when it is first asked for (PEP 562)."""
        if name in _MODULES:
            return importlib.import_module(f"notmnist.{name}")
        if name in _FUNCTIONS:
            return getattr(importlib.import_module("notmnist.datasets"), name)
        raise AttributeError(f"module 'notmnist' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
