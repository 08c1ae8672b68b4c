"""From selected rows to batches, in the form that each backend fits fastest."""

from __future__ import annotations

from typing import Any

from notmnist.datasets.feeds.plan import FORMATS, LABEL_MODES, FeedPlan
from notmnist.errors import invalid, one_of

__all__ = ["FORMATS", "LABEL_MODES", "FeedPlan", "feed"]


def feed(plan: FeedPlan, format: str | None) -> Any:
    """Return the batches that `plan` describes.

    Args:
        plan: What to give.
        format: "tf" for a `tf.data.Dataset`, "keras" for a `keras.utils.PyDataset`, "numpy"
            for a plain iterable; None for what Keras's present backend fits fastest.

    Returns:
        The batches. They carry the attributes `class_names`, `fonts` and `shuffled`.

    Raises:
        ArgumentError: The format is unknown.
    """
    if format is None:
        import keras

        format = "tf" if keras.config.backend() == "tensorflow" else "keras"
    if format == "tf":
        from notmnist.datasets.feeds.tf import tf_dataset

        return tf_dataset(plan)
    if format == "keras":
        from notmnist.datasets.feeds.keras import BatchDataset

        return BatchDataset(plan)
    if format == "numpy":
        from notmnist.datasets.feeds.numpy import NumpyBatches

        return NumpyBatches(plan)
    raise invalid("format", format, f"be None or {one_of(FORMATS)}")
