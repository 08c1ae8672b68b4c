"""The data: editions of notMNIST, one's own archives and fonts, as batches or arrays."""

from __future__ import annotations

from notmnist.datasets.description import DatasetInfo
from notmnist.datasets.editions import EDITIONS, Edition
from notmnist.datasets.letters import CLASS_NAMES
from notmnist.datasets.loading import info, load, load_data, prepare

__all__ = [
    "CLASS_NAMES",
    "EDITIONS",
    "DatasetInfo",
    "Edition",
    "info",
    "load",
    "load_data",
    "prepare",
]
