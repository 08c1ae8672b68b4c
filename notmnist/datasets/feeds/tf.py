"""Batches as a `tf.data.Dataset`: the fastest format on TensorFlow."""

from __future__ import annotations

import functools
import itertools
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from notmnist.datasets.feeds.plan import FeedPlan, permutation

__all__ = ["tf_dataset"]

_BLOCK = 2048  # rows to gather in one call, which takes as long as copying a hundred rows
_AHEAD = 16  # batches to prefetch
_no_autograph = tf.autograph.experimental.do_not_convert  # converting takes longer than tracing
_ALIGNMENT = 64  # bytes; EIGEN_MAX_ALIGN_BYTES of TensorFlow's builds


def tf_dataset(plan: FeedPlan) -> Any:
    """Return the plan's batches; the rows of many batches are gathered at once, then divided."""
    images, labels = _tensor(plan.images), tf.constant(plan.labels)
    count, size = len(plan.selection), plan.batch_size or 1
    block = size * max(1, _BLOCK // size)
    # TensorFlow keeps the function until the process ends (its pull request 123530). It must not
    # refer to the plan, whose files would stay open.
    draw = functools.partial(permutation, count, plan.seed or 0)
    passes = itertools.count()

    def one_pass(_: Any) -> Any:
        if plan.shuffle:
            order = tf.numpy_function(lambda: draw(next(passes)), [], tf.int64)
        else:
            order = tf.range(count, dtype=tf.int64)
        order = tf.ensure_shape(order, [count])

        def gather(start: Any) -> Any:
            rows = order[start : start + block]
            pixels = tf.gather(images, rows)
            return pixels if plan.label_mode is None else (pixels, tf.gather(labels, rows))

        blocks = tf.data.Dataset.range(0, count, block).map(_no_autograph(gather)).prefetch(1)
        if plan.batch_size is None:
            return blocks.unbatch()
        return blocks.rebatch(size, drop_remainder=plan.drop_remainder)

    dataset = tf.data.Dataset.from_tensors(0).flat_map(_no_autograph(one_pass))
    dataset = dataset.apply(tf.data.experimental.assert_cardinality(plan.steps))
    if plan.repeat:
        dataset = dataset.repeat()
    options = tf.data.Options()
    options.autotune.enabled = False  # its thread delays the end of a pass: benchmarks/autotune.py
    options.experimental_optimization.apply_default_optimizations = False  # slow to start
    dataset = dataset.prefetch(_AHEAD).with_options(options)
    plan.describe(dataset)
    return dataset


def _tensor(array: npt.NDArray[np.uint8]) -> Any:
    """Return a memory-mapped array as a tensor, without a copy (by DLPack) if it is aligned.

    TensorFlow aborts the process on a tensor that does not begin at a multiple of 64 bytes.
    """
    aligned = array.ctypes.data % _ALIGNMENT == 0
    if aligned and array.flags.writeable and array.flags.c_contiguous:
        return tf.experimental.dlpack.from_dlpack(array.__dlpack__())
    return tf.constant(array)
