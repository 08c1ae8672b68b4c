"""Callbacks keep the arguments of their constructors; the signatures list them."""

import inspect

import pytest

from notmnist.callbacks import MistakeImages, TensorBoardLog, WeightImages


@pytest.mark.parametrize("callback", [MistakeImages, TensorBoardLog, WeightImages])
def test_a_callback_keeps_every_argument_under_its_name(callback):
    values = {name: object() for name in inspect.signature(callback).parameters}
    kept = callback(**values)
    assert all(getattr(kept, name) is value for name, value in values.items())
