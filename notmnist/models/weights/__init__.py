"""Weights trained on the edition `open`, and functions that save weights of your own."""

from __future__ import annotations

from notmnist.models.weights.files import save
from notmnist.models.weights.packing import pack

__all__ = ["pack", "save"]
