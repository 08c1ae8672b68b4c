"""The default optimiser is Keras's SGD with momentum, step for step, whatever kernel takes it."""

import copy

import keras
import numpy as np
import pytest

import notmnist
from notmnist.models.momentum import momentum_sgd

TENSORFLOW = keras.backend.backend() == "tensorflow"


def fitted(optimizer, *, embedded=False):
    """The weights after a few steps from the same start on the same data."""
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    x, y = rng.integers(0, 9, (64, 5)), rng.integers(0, 3, 64)
    first = keras.layers.Embedding(9, 4) if embedded else keras.layers.Rescaling(0.2)
    model = keras.Sequential(
        [first, keras.layers.Flatten(), keras.layers.Dense(7, "relu"), keras.layers.Dense(3)]
    )
    model.compile(optimizer, keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    model.fit(x, y, batch_size=16, epochs=3, shuffle=False, verbose=0)
    return model


def assert_same(model, other):
    pairs = zip(
        model.get_weights() + [np.asarray(v) for v in model.optimizer.variables],
        other.get_weights() + [np.asarray(v) for v in other.optimizer.variables],
        strict=True,
    )
    for one, two in pairs:
        np.testing.assert_allclose(one, two, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("momentum", [0.9, 0.3])
@pytest.mark.parametrize("embedded", [False, True])
def test_steps_are_those_of_keras(momentum, embedded):
    ours = fitted(momentum_sgd(0.1, momentum), embedded=embedded)
    theirs = fitted(keras.optimizers.SGD(0.1, momentum=momentum), embedded=embedded)
    assert_same(ours, theirs)


def test_nesterov_and_schedules_count_too():
    schedule = keras.optimizers.schedules.ExponentialDecay(0.1, 3, 0.5)
    ours = momentum_sgd(schedule, 0.9)
    ours.nesterov = True
    assert_same(fitted(ours), fitted(keras.optimizers.SGD(schedule, momentum=0.9, nesterov=True)))


def test_it_is_keras_optimizer_with_its_configuration_and_files(tmp_path):
    optimizer = momentum_sgd(0.05, 0.9)
    stock = keras.optimizers.SGD(0.05, momentum=0.9, name=optimizer.name)
    assert type(optimizer) is type(stock)  # on PyTorch a class of its own below Keras's
    told = keras.saving.serialize_keras_object
    assert told(optimizer) == told(stock)
    model = fitted(optimizer)
    model.save(tmp_path / "model.keras")
    assert_same(model, keras.saving.load_model(tmp_path / "model.keras"))


def test_a_deep_copy_moves_its_own_variables():
    optimizer = momentum_sgd(0.1, 0.9)
    twin = copy.deepcopy(optimizer)
    model = fitted(optimizer)
    before = [np.array(v) for v in optimizer.variables]
    assert_same(fitted(twin), model)
    for old, now in zip(before, optimizer.variables, strict=True):
        np.testing.assert_array_equal(old, np.asarray(now))


@pytest.mark.skipif(not TENSORFLOW, reason="the kernel is TensorFlow's")
def test_the_factories_take_the_step_in_one_kernel():
    import tensorflow as tf

    optimizer = notmnist.models.mlp(hidden=(8,)).optimizer
    variable = keras.Variable(np.ones(3, "float32"))
    optimizer.build([variable])
    step = tf.function(lambda slope: optimizer.apply([slope]))
    graph = step.get_concrete_function(tf.TensorSpec(3)).graph
    kinds = [op.type for op in graph.get_operations()]
    assert kinds.count("ResourceApplyKerasMomentum") == 1
