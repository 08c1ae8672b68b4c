"""What is given to a constructor is kept, and comes back from a file: driven by the signatures."""

import functools
import inspect

import keras
import numpy as np
import pytest

import notmnist
from notmnist.callbacks import MistakeImages, TensorBoardLog, WeightImages

FACTORIES = [
    name
    for name in notmnist.models.__all__
    if inspect.isfunction(factory := getattr(notmnist.models, name))
    and "steps_per_execution" in inspect.signature(factory).parameters
]
OTHER = {
    "activation": "tanh",
    "classes": 4,
    "classifier_activation": None,
    "compile": False,
    "dropout": 0.125,
    "filters": (4, 6),
    "hidden": (12, 7),
    "input_shape": (8, 12, 2),
    "kernel_initializer": "zeros",
    "l2": 0.25,
    "label_mode": "categorical",
    "name": "other",
    "optimizer": "nadam",
    "steps_per_execution": 4,
    "units": 9,
}
NO_CONFIGURATION = {"weights"}  # numbers, not a setting: they have tests of their own
CASES = [
    (name, argument)
    for name in FACTORIES
    for argument in inspect.signature(getattr(notmnist.models, name)).parameters
    if argument not in NO_CONFIGURATION
]


@functools.cache
def default(name):
    return getattr(notmnist.models, name)().to_json()


def test_every_architecture_is_among_them():
    assert {"cnn", "logistic", "mlp"} <= set(FACTORIES)


@pytest.mark.parametrize(("name", "argument"), CASES)
def test_an_argument_of_a_model_shows_in_its_configuration_and_survives_a_file(
    name, argument, tmp_path
):
    small = {"filters": (4,), "units": 8, "hidden": (8,)}
    given = {argument: OTHER[argument]}
    model = getattr(notmnist.models, name)(**given)
    assert model.to_json() != default(name)
    if argument not in small:  # weights enough for a file, and no more
        given |= {key: small[key] for key in small if (name, key) in CASES}
    model = getattr(notmnist.models, name)(**given)
    if model.compiled:
        model.optimizer.build(model.trainable_variables)  # as after a first step
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert loaded.to_json() == model.to_json()
    assert all(map(np.array_equal, loaded.get_weights(), model.get_weights()))


@pytest.mark.parametrize("callback", [MistakeImages, TensorBoardLog, WeightImages])
def test_a_callback_keeps_every_argument_under_its_name(callback):
    values = {name: object() for name in inspect.signature(callback).parameters}
    kept = callback(**values)
    assert all(getattr(kept, name) is value for name, value in values.items())
