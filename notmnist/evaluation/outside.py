"""Out-of-distribution detection: does a classifier notice images of another kind?

Source: Hendrycks and Gimpel, "A baseline for detecting misclassified and out-of-distribution
examples in neural networks", 2017 (maximum softmax, and the measures); Hendrycks et al., "Scaling
out-of-distribution detection for real-world settings", 2022 (maximum logit); Liu, Wang, Owens and
Li, "Energy-based out-of-distribution detection", 2020 (energy).
"""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import special

from notmnist.errors import ArgumentError
from notmnist.evaluation.examples import read_examples
from notmnist.evaluation.outputs import logits
from notmnist.notebook import html_table

__all__ = ["OutOfDistribution", "ood"]

Floats = npt.NDArray[np.float64]
_TITLES = {
    "auroc": "AUROC",
    "aupr_in": "AUPR in",
    "aupr_out": "AUPR out",
    "fpr95": "FPR at 95 % TPR",
}


@dataclass(frozen=True, eq=False, repr=False)
class OutOfDistribution:
    """Scores of images of the kind that a classifier was trained on, and of another kind.

    Attributes:
        inside: A float64 array of shape `(rows,)` for each score: "max_softmax" (its logarithm),
            "max_logit", "energy", "entropy" (negative) and "mean_pixel"; higher means more likely
            inside.
        outside: The same for the other images.
    """

    inside: Mapping[str, Floats]
    outside: Mapping[str, Floats]

    @functools.cached_property
    def measures(self) -> dict[str, dict[str, float]]:
        """How well each score separates the two, in measures from 0 to 1.

        "auroc", and "aupr_in" and "aupr_out" (average precision with inside and outside as
        positives), are better when higher; "fpr95", the share of outside images accepted by the
        strictest threshold that accepts 95 % of inside ones, when lower.
        """
        return {name: _measure(self.inside[name], self.outside[name]) for name in self.inside}

    def text(self) -> str:
        """Return the measures as a table in plain text, in percent."""
        inside, outside = (
            len(next(iter(scores.values()))) for scores in (self.inside, self.outside)
        )
        lines = [
            f"{inside:,} images inside, {outside:,} outside; percent",
            f"{'score':12}" + "".join(f"{title:>17}" for title in _TITLES.values()),
        ]
        for name, row in self.measures.items():
            lines.append(f"{name:12}" + "".join(f"{100 * row[key]:>17.2f}" for key in _TITLES))
        return "\n".join(lines)

    def __repr__(self) -> str:
        return f"<OutOfDistribution: scores {', '.join(self.inside)}>"

    def _repr_html_(self) -> str:
        rows = [
            (name, *(f"{100 * row[key]:.1f}" for key in _TITLES))
            for name, row in self.measures.items()
        ]
        return html_table(self.text().splitlines()[0], ("score", *_TITLES.values()), rows)


def ood(model: Any, inside: Any, outside: Any, *, batch_size: int = 512) -> OutOfDistribution:
    """Score images of the kind that a classifier knows, and of another kind.

    Pass both as the model expects them: uint8, 0 to 255, for this library's models.

    Args:
        model: A Keras model that ends in logits or has a layer "logits" before its softmax, as this
            library's have, or a scikit-learn classifier with `decision_function`.
        inside: Images of the kind that the model was trained on, but not the training images: what
            `notmnist.load` returns, or an array of shape `(rows, height, width)`, or with channels.
            Labels are ignored.
        outside: Images of another kind, of the same shape and type.
        batch_size: Number of images per prediction batch.

    Returns:
        The scores: `print(result.text())`, `result.measures["energy"]["auroc"]`. The score
        "mean_pixel" does not use the model: it is how close an image's mean pixel is to that of all
        inside images. If it separates the two as well, the other scores prove little.

    Raises:
        ArgumentError: `inside` or `outside` is empty, they differ in shape or type, pixels or
            logits are not finite, or the model has no logits.

    Example:
        >>> letters, _ = notmnist.load_data("open", verbose=0)
        >>> noise = np.random.default_rng(0).integers(0, 256, (100, 28, 28), "uint8")
        >>> result = notmnist.evaluation.ood(notmnist.models.logistic(), letters[0][:100], noise)
        >>> sorted(result.measures)
        ['energy', 'entropy', 'max_logit', 'max_softmax', 'mean_pixel']
    """
    images = read_examples("inside", inside, labelled=False).images
    others = read_examples("outside", outside, labelled=False).images
    images, others = (part[..., None] if part.ndim == 3 else part for part in (images, others))
    if images.shape[1:] != others.shape[1:] or images.dtype != others.dtype:
        message = (
            "`outside` must have the same dtype and shape as `inside`: "
            f"{images.dtype} {images.shape[1:]}. Received: {others.dtype} {others.shape[1:]}. "
            "Resize and rescale them first."
        )
        raise ArgumentError(message)
    usual = images.mean(dtype=np.float64)
    return OutOfDistribution(
        *(
            {
                **_scores(logits("model", model, part, batch_size)),
                "mean_pixel": -abs(part.mean(axis=(1, 2, 3), dtype=np.float64) - usual),
            }
            for part in (images, others)
        )
    )


def _scores(values: Floats) -> dict[str, Floats]:
    # The logarithm of the largest softmax is computed from logits, leaving out the 1 of that class
    # in the sum. A softmax would round to 1, but this still tells 1 - 1e-30 from 1.
    shifted = values - values.max(1, keepdims=True)
    others = np.exp(shifted)
    others[np.arange(len(values)), values.argmax(1)] = 0
    log_p_top = -np.log1p(others.sum(1))
    log_p = shifted + log_p_top[:, None]
    return {
        "max_softmax": log_p_top,
        "max_logit": values.max(1),
        "energy": special.logsumexp(values, axis=1),
        "entropy": (np.exp(log_p) * log_p).sum(1),
    }


def _measure(inside: Floats, outside: Floats) -> dict[str, float]:
    from sklearn import metrics

    scores = np.concatenate([inside, outside])
    kind = np.repeat([1, 0], [len(inside), len(outside)])
    threshold = np.sort(inside)[::-1][math.ceil(0.95 * len(inside)) - 1]
    measures = {
        "auroc": float(metrics.roc_auc_score(kind, scores)),
        "aupr_in": float(metrics.average_precision_score(kind, scores)),
        "aupr_out": float(metrics.average_precision_score(1 - kind, -scores)),
        "fpr95": float((outside >= threshold).mean()),
    }
    return {name: min(value, 1.0) for name, value in measures.items()}  # sums round past 1
