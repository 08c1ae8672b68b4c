"""Batches of selected rows, in the format that is fastest on each backend."""

from __future__ import annotations

import warnings
from typing import Any

from notmnist.datasets.feeds.plan import FeedPlan
from notmnist.errors import missing_extra

__all__ = ["FORMATS", "FeedPlan", "feed", "quiet_keras"]

FORMATS = ("tf", "keras", "grain", "numpy")


def feed(plan: FeedPlan, format: str | None) -> Any:
    """Return the batches that `plan` describes, in one of `FORMATS` or, if None, the fastest.

    Raises:
        ArgumentError: The format cannot give what `plan` asks for.
        MissingExtraError: The format is "grain", and Grain is not installed.
    """
    if format is None:
        import keras

        format = "tf" if keras.config.backend() == "tensorflow" else "keras"
    if format == "tf":
        from notmnist.datasets.feeds.tf import tf_dataset

        quiet_keras()
        return tf_dataset(plan)
    if format == "keras":
        from notmnist.datasets.feeds.keras import BatchDataset

        return BatchDataset(plan)
    if format == "grain":
        try:
            from notmnist.datasets.feeds.grain import grain_dataset
        except ImportError as error:
            raise missing_extra("format='grain'", "grain", "grain") from error

        quiet_keras()
        return grain_dataset(plan)
    from notmnist.datasets.feeds.numpy import NumpyBatches

    return NumpyBatches(plan)


def quiet_keras() -> None:
    """Silence a Keras warning that does not apply to these data sets.

    `fit` warns that its default `shuffle=True` is ignored and the data should already be shuffled
    (keras-team/keras#22777), which it is.
    """
    warnings.filterwarnings(
        "ignore",
        message=r"`shuffle=True` was passed, but will be ignored since the data `x` was provided "
        r"as a (tf\.data\.Dataset|grain dataset)",
        category=UserWarning,
    )
