"""SGD with momentum that passes over the weights once, on TensorFlow."""

from __future__ import annotations

import types
from typing import Any

import keras

__all__ = ["momentum_sgd"]


def momentum_sgd(learning_rate: float, momentum: float) -> Any:
    """Return `keras.optimizers.SGD` that takes its step by one kernel where TensorFlow has one.

    Keras states the step in five operations, each of which reads and writes as many numbers as
    there are weights. The object is Keras's own, with its configuration and files; one read back
    from them takes Keras's step.

    Args:
        learning_rate: 0 or more, or a schedule.
        momentum: Above 0, up to 1.
    """
    optimizer = keras.optimizers.SGD(learning_rate, momentum=momentum)
    if keras.config.backend() == "tensorflow":
        optimizer.update_step = types.MethodType(_update_step, optimizer)
    return optimizer


def _update_step(self: Any, gradient: Any, variable: Any, learning_rate: Any) -> None:
    import tensorflow as tf

    if isinstance(gradient, tf.IndexedSlices):  # of an embedding
        type(self).update_step(self, gradient, variable, learning_rate)
        return
    speed = self.momentums[self._get_variable_index(variable)]
    tf.raw_ops.ResourceApplyKerasMomentum(
        var=_handle(variable),
        accum=_handle(speed),
        lr=tf.cast(learning_rate, variable.dtype),
        grad=tf.cast(gradient, variable.dtype),
        momentum=tf.cast(self.momentum, variable.dtype),
        use_nesterov=self.nesterov,
    )


def _handle(variable: Any) -> Any:
    return (variable.value if isinstance(variable, keras.Variable) else variable).handle
