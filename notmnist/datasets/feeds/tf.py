"""Batches as a `tf.data.Dataset`: the fastest road on TensorFlow.

The rows of a batch are gathered from one in-memory tensor. That tensor is the memory-mapped
file itself, handed over by DLPack without a copy.
"""

from __future__ import annotations

import itertools
import warnings
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from notmnist.datasets.feeds.plan import FeedPlan

__all__ = ["quiet_keras", "tf_dataset"]

_ALIGNMENT = 64  # bytes; EIGEN_MAX_ALIGN_BYTES of TensorFlow's builds


def tf_dataset(plan: FeedPlan) -> Any:
    """Return the plan's batches as a `tf.data.Dataset`."""
    rows = _shuffled_rows(plan) if plan.shuffle else _ordered_rows(plan)
    array, first = plan.selection.image_rows()
    images = _tensor(array)
    labels = None if plan.label_mode is None else tf.constant(plan.labels())

    def gather(index: Any) -> Any:
        pixels = tf.expand_dims(tf.gather(images, index + first), -1)
        return pixels if labels is None else (pixels, tf.gather(labels, index))

    dataset = rows.map(gather)
    if plan.repeat:
        dataset = dataset.repeat()
    dataset = dataset.prefetch(tf.data.AUTOTUNE)
    plan.describe(dataset)
    quiet_keras()
    return dataset


def _tensor(array: npt.NDArray[np.uint8]) -> Any:
    """Return the array as a tensor, without a copy where its memory allows.

    TensorFlow aborts the process on a tensor that does not begin at a multiple of 64 bytes.
    """
    aligned = array.ctypes.data % _ALIGNMENT == 0
    if aligned and array.flags.writeable and array.flags.c_contiguous:
        return tf.experimental.dlpack.from_dlpack(array.__dlpack__())
    return tf.constant(array)


def _ordered_rows(plan: FeedPlan) -> Any:
    rows = tf.data.Dataset.range(len(plan.selection))
    if plan.batch_size is None:
        return rows
    return rows.batch(plan.batch_size, drop_remainder=plan.drop_remainder)


def _shuffled_rows(plan: FeedPlan) -> Any:
    """Return the row numbers in batches, permuted anew in every pass."""
    passes = itertools.count()
    count, size = len(plan.selection), plan.batch_size or 1
    whole = count // size

    def one_pass(_: Any) -> Any:
        order = tf.numpy_function(lambda: plan.order(next(passes)), [], tf.int64)
        order = tf.ensure_shape(order, [count])
        batches = tf.data.Dataset.from_tensor_slices(
            tf.reshape(order[: whole * size], [whole, size])
        )
        if plan.drop_remainder or whole * size == count:
            return batches
        return batches.map(lambda rows: tf.ensure_shape(rows, [None])).concatenate(
            tf.data.Dataset.from_tensors(order[whole * size :])
        )

    rows = tf.data.Dataset.from_tensors(0).flat_map(one_pass)
    rows = rows.apply(tf.data.experimental.assert_cardinality(plan.steps))
    return rows.unbatch() if plan.batch_size is None else rows


def quiet_keras() -> None:
    """Silence one warning of Keras 3.15 that is wrong about these data sets.

    `fit(dataset)` warns of every `tf.data.Dataset` that its own default `shuffle=True` is ignored
    and the data should be shuffled already (keras-team/keras#22777); these are.
    """
    warnings.filterwarnings(
        "ignore",
        message=r"`shuffle=True` was passed, but will be ignored since the data `x` was provided "
        r"as a tf\.data\.Dataset",
        category=UserWarning,
    )
