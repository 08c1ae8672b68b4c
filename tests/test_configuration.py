"""Callbacks and layers keep the arguments of their constructors; the signatures list them."""

import inspect
import json

import keras
import pytest

from notmnist.callbacks import MistakeImages, TensorBoardLog, WeightImages
from notmnist.models import augmentation

REGISTERED = [
    value
    for name, value in keras.saving.get_custom_objects().items()
    if name.startswith("notmnist>")
]
OTHER = {float: 0.7, int: 3, type(None): 8}  # another value, by the type of the default


@pytest.mark.parametrize("callback", [MistakeImages, TensorBoardLog, WeightImages])
def test_a_callback_keeps_every_argument_under_its_name(callback):
    values = {name: object() for name in inspect.signature(callback).parameters}
    kept = callback(**values)
    assert all(getattr(kept, name) is value for name, value in values.items())


def test_every_argument_of_what_keras_saves_comes_back_from_its_configuration():
    assert {*augmentation.__all__} - {"GlyphLayer", "augmentation"} <= {
        thing.__name__ for thing in REGISTERED
    }
    offenders = []
    for thing in REGISTERED:
        given = {
            name: OTHER[type(each.default)]
            for owner in thing.__mro__[: thing.__mro__.index(keras.layers.Layer)]
            for name, each in inspect.signature(owner).parameters.items()
            if each.kind is not each.VAR_KEYWORD
        }
        saved = json.loads(json.dumps(keras.saving.serialize_keras_object(thing(**given))))
        loaded = keras.saving.deserialize_keras_object(saved)
        if type(loaded) is not thing or not given.items() <= vars(loaded).items():
            offenders.append(thing)
    assert offenders == []
