"""The data: editions of notMNIST, your own files and fonts, as batches or arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from notmnist.datasets.editions.description import DatasetInfo
from notmnist.datasets.editions.table import EDITIONS, Edition
from notmnist.datasets.exporting import export
from notmnist.datasets.letters import CLASS_NAMES
from notmnist.datasets.loading import curate, info, load, load_data, prepare

if TYPE_CHECKING:
    from notmnist.datasets.notmnist.fonts import FontsConfig

__all__ = [
    "CLASS_NAMES",
    "EDITIONS",
    "DatasetInfo",
    "Edition",
    "FontsConfig",
    "curate",
    "export",
    "info",
    "load",
    "load_data",
    "prepare",
]


if not TYPE_CHECKING:  # otherwise a type checker would accept any name

    def __getattr__(name: str) -> Any:
        """Import `FontsConfig` on first access, since it imports TFDS."""
        if name == "FontsConfig":
            from notmnist.datasets.notmnist.fonts import FontsConfig

            return FontsConfig
        raise AttributeError(f"module 'notmnist.datasets' has no attribute {name!r}")
