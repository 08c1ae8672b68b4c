"""Calibration: whether a classifier is right as often as its confidence says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["BINS", "Calibration", "calibrate"]

BINS = 15  # as in Guo, Pleiss, Sun and Weinberger, "On calibration of modern neural networks", 2017

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Calibration:
    """Predictions in bins of equal width of confidence, the probability of the predicted class.

    Attributes:
        edges: float64 array of shape `(bins + 1,)`, 0 to 1; a bin includes its upper edge.
        count: int64 array of shape `(bins,)`.
        confidence: float64 array of shape `(bins,)`, the mean in each bin; NaN if it is empty.
        accuracy: float64 array of shape `(bins,)`, the share of right predictions; NaN likewise.
    """

    edges: Floats
    count: npt.NDArray[np.int64]
    confidence: Floats
    accuracy: Floats

    @property
    def error(self) -> float:
        """The expected calibration error, 0 to 1: the mean gap, weighted by the bins' counts."""
        gaps = np.nan_to_num(np.abs(self.accuracy - self.confidence))
        return float((gaps * self.count).sum() / self.count.sum())

    def to_dict(self) -> dict[str, Any]:
        """Return the bins as lists of plain numbers, with None for empty bins."""
        return {
            name: [value if value == value else None for value in column.tolist()]
            for name, column in vars(self).items()
        }


def calibrate(confidence: Floats, right: npt.NDArray[np.bool_], bins: int = BINS) -> Calibration:
    """Sort predictions into bins by confidence, 0 to 1; `right` says which are right."""
    edges = np.linspace(0, 1, bins + 1)
    place = np.clip(np.searchsorted(edges, confidence, side="left") - 1, 0, bins - 1)
    count = np.bincount(place, minlength=bins)
    with np.errstate(invalid="ignore"):
        mean = np.bincount(place, confidence, minlength=bins) / count
        share = np.bincount(place, right, minlength=bins) / count
    return Calibration(edges, count, mean, share)
