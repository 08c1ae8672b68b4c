"""Which layers are images, and what their tiles look like."""

from __future__ import annotations

import keras
import numpy as np
import pytest

import notmnist
from notmnist.plots.kernels import find, image_kernels

L = keras.layers


def shapes(model):
    return {kernel.layer.name: (kernel.shape, kernel.units) for kernel in image_kernels(model)}


def sequential(*layers):
    return keras.Sequential(list(layers))


def test_the_library_s_models_show_their_first_layer():
    for make, layer, units in (("logistic", "logits", 10), ("mlp", "hidden_1", 1024)):
        kernel = find(getattr(notmnist.models, make)(), None)
        assert (kernel.layer.name, kernel.shape, kernel.units) == (layer, (28, 28, 1), units)


def test_a_second_dense_layer_is_not_an_image_even_if_its_width_is_a_square():
    model = notmnist.models.mlp(hidden=(1024, 784))
    assert list(shapes(model)) == ["hidden_1"]
    with pytest.raises(notmnist.ArgumentError, match=r"layer='logits'.*'hidden_1'"):
        find(model, "logits")


def test_layers_in_between_that_keep_the_shape_do_not_matter():
    model = sequential(
        keras.Input((6, 5, 3)),
        L.Flatten(),
        L.Dropout(0.1),
        L.BatchNormalization(),
        L.Activation("relu"),
        L.Dense(4, name="wanted"),
    )
    assert shapes(model) == {"wanted": ((6, 5, 3), 4)}
    model = sequential(keras.Input((4, 6, 1)), L.Reshape((24,)), L.Dense(3, name="after"))
    assert shapes(model) == {"after": ((4, 6, 1), 3)}
    model = sequential(keras.Input((8, 8, 1)), L.Conv2D(5, 3), L.Flatten(), L.Dense(3, name="deep"))
    assert shapes(model)["deep"] == ((6, 6, 5), 3)


def test_pooling_to_a_vector_is_not_an_image():
    model = sequential(keras.Input((8, 8, 16)), L.GlobalAveragePooling2D(), L.Dense(4, name="head"))
    assert shapes(model) == {}
    with pytest.raises(notmnist.ArgumentError, match="This model has none"):
        find(model, None)


def test_flat_input_is_drawn_as_a_square_if_it_can_be_one():
    grey = sequential(keras.Input((784,)), L.Dense(4, name="grey"))
    colour = sequential(keras.Input((3072,)), L.Dense(4, name="colour"))
    neither = sequential(keras.Input((100 * 7,)), L.Dense(4))
    assert shapes(grey) == {"grey": ((28, 28, 1), 4)}
    assert shapes(colour) == {"colour": ((32, 32, 3), 4)}
    assert shapes(neither) == {}


def test_the_shape_can_be_given():
    model = sequential(keras.Input((700,)), L.Dense(4, name="wide"))
    assert find(model, "wide", (7, 100)).shape == (7, 100, 1)
    with pytest.raises(notmnist.ArgumentError, match="layer='wide'"):
        find(model, "wide", (7, 99))


def test_a_subclassed_model_is_drawn_by_its_width_or_by_the_shape_given():
    class Own(keras.Model):
        def __init__(self):
            super().__init__()
            self.flatten = L.Flatten()
            self.first = L.Dense(4, name="first")

        def call(self, x):
            return self.first(self.flatten(x))

    model = Own()
    model(np.zeros((1, 6, 6, 1), "float32"))
    assert find(model, None).shape == (6, 6, 1)
    assert find(model, None, (4, 9)).shape == (4, 9, 1)


def test_a_nested_model_s_layers_are_found():
    inner = sequential(keras.Input((4, 4, 1)), L.Flatten(), L.Dense(3, name="inside"))
    model = sequential(keras.Input((4, 4, 1)), inner)
    assert shapes(model) == {"inside": ((4, 4, 1), 3)}


def test_a_dense_tile_is_the_unit_s_weights_in_the_image_s_shape():
    model = sequential(keras.Input((4, 5, 3)), L.Flatten(), L.Dense(6, name="dense"))
    layer = model.get_layer("dense")
    weights = np.random.default_rng(0).normal(size=(60, 6)).astype("float32")
    layer.kernel.assign(weights)
    tiles = find(model, "dense").tiles([4, 1])
    image = np.random.default_rng(1).normal(size=(1, 4, 5, 3)).astype("float32")
    answer = keras.ops.convert_to_numpy(model(image))[0, [4, 1]]
    assert (tiles * image).sum(axis=(1, 2, 3)) == pytest.approx(answer, abs=1e-4)


def test_a_convolution_has_a_tile_for_each_filter_and_channel():
    for layer, shape, units in (
        (L.Conv2D(5, (3, 2), name="kernel"), (3, 2, 4), 5),
        (L.Conv2DTranspose(5, (3, 2), name="kernel"), (3, 2, 5), 4),
        (L.DepthwiseConv2D((3, 2), depth_multiplier=2, name="kernel"), (3, 2, 4), 2),
    ):
        kernel = find(sequential(keras.Input((8, 8, 4)), layer), None)
        assert (kernel.shape, kernel.units) == (shape, units)
        size = layer.kernel.shape
        weights = np.arange(np.prod(size), dtype="float32").reshape(size)
        layer.kernel.assign(weights)
        assert np.array_equal(kernel.tiles(range(units)), np.moveaxis(weights, -1, 0))


def test_a_one_by_one_convolution_is_drawn_only_when_asked_for():
    model = sequential(
        keras.Input((8, 8, 4)), L.Conv2D(5, 1, name="mix"), L.Conv2D(5, 3, name="see")
    )
    assert find(model, None).layer.name == "see"
    assert find(model, "mix").shape == (1, 1, 4)


def test_many_channels_draw_fewer_filters():
    model = sequential(keras.Input((8, 8, 64)), L.Conv2D(128, 3, name="wide"))
    assert len(find(model, None).choose(None, 0)) == 225 // 64
    assert len(find(notmnist.models.mlp(), None).choose(None, 0)) == 49
