import inspect
import json

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st
from keras import ops

from notmnist.datasets.editions.embedded import read
from notmnist.errors import ArgumentError
from notmnist.models import augmentation
from notmnist.models.augmentation import glyph

LAYERS = [getattr(augmentation, name) for name in augmentation.__all__ if "Random" in name]


@pytest.fixture(scope="module")
def images():
    return read().images[:320:10, ..., None].copy()


@pytest.mark.parametrize("layer", LAYERS)
def test_images_change_in_training_and_only_in_training(layer, images):
    changed = np.asarray(layer(rate=1.0, seed=0)(images, training=True))
    assert changed.shape == images.shape
    assert changed.dtype == images.dtype
    assert (changed != images).any(axis=(1, 2, 3)).mean() > 0.8
    kept = layer(rate=1.0, seed=0)(images, training=False)
    assert (np.asarray(kept) == images).all()


@pytest.mark.parametrize("layer", LAYERS)
def test_no_augmentation_wipes_a_letter_out(layer, images):
    changed = np.asarray(layer(rate=1.0, seed=1)(images, training=True)) / 255.0
    assert changed.mean(axis=(1, 2, 3)).min() > 0.02
    assert changed.max(axis=(1, 2, 3)).min() > 0.3


@pytest.mark.parametrize("layer", LAYERS)
def test_what_was_drawn_touches_all_four_edges(layer, images):
    changed = np.asarray(layer(rate=1.0, seed=2)(images, training=True))[..., 0]
    edges = [changed[:, 0], changed[:, -1], changed[:, :, 0], changed[:, :, -1]]
    assert np.mean([edge.max(axis=1) > 20 for edge in edges]) > 0.9


@pytest.mark.parametrize("layer", LAYERS)
def test_the_share_of_changed_images_is_the_rate(layer, images):
    many = np.concatenate([images] * 4)
    changed = np.asarray(layer(rate=0.25, seed=3)(many, training=True))
    share = (changed != many).any(axis=(1, 2, 3)).mean()
    assert 0.15 < share <= 0.25


@pytest.mark.parametrize("layer", LAYERS)
def test_the_same_seed_draws_the_same_images(layer, images):
    one, two = (np.asarray(layer(seed=5)(images, training=True)) for _ in range(2))
    assert (one == two).all()


@pytest.mark.parametrize("layer", LAYERS)
def test_every_argument_comes_back_from_the_configuration(layer):
    others = {
        "factor": 0.3, "turn": 0.2, "parts": 5, "pixels": 2, "width": 0.2, "most": 5.0,
        "smallest": 0.6, "reach": 0.3, "grains": (5,), "openings": (4,),
    }  # fmt: skip
    names = [name for name in inspect.signature(layer).parameters if name != "kwargs"]
    given_ = {name: others[name] for name in names} | {"rate": 0.7, "seed": 8}
    if layer is augmentation.RandomPixels:
        given_["pixels"] = (9,)
    saved = json.loads(json.dumps(keras.saving.serialize_keras_object(layer(**given_))))
    loaded = keras.saving.deserialize_keras_object(saved)
    assert type(loaded) is layer
    for name, value in given_.items():
        assert getattr(loaded, name) == value


@pytest.mark.parametrize("rate", [-0.1, 1.5])
def test_rates_are_shares(rate):
    with pytest.raises(ArgumentError, match=f"Received: rate={rate}"):
        augmentation.RandomShear(rate=rate)


def test_a_model_trains_through_the_augmentations_and_saves_with_them(images, tmp_path):
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1), dtype="uint8"),
            *augmentation.augmentation(seed=1).layers,
            keras.layers.Flatten(),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile("sgd", "sparse_categorical_crossentropy")
    model.fit(images, np.zeros(len(images)), batch_size=15, verbose=0)  # a short last batch too
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert np.allclose(model.predict(images, verbose=0), loaded.predict(images, verbose=0))


def test_the_augmentations_map_over_a_pipeline(images):
    layers = augmentation.augmentation(seed=1)
    batches = tf.data.Dataset.from_tensor_slices(images).batch(10)
    drawn = list(batches.map(lambda batch: layers(batch, training=True)).as_numpy_iterator())
    assert [batch.shape for batch in drawn] == [(10, 28, 28, 1)] * 3 + [(2, 28, 28, 1)]


def test_without_strength_nothing_is_drawn_anew(images):
    smooth = np.asarray(augmentation.augmentation(0.0)(images.astype("float32"), training=True))
    assert np.abs(smooth - images).mean() < 8  # enlarging and reducing blurs a little


@given(
    top=st.integers(0, 12),
    left=st.integers(0, 12),
    rows=st.integers(1, 15),
    cols=st.integers(1, 15),
)
def test_stretching_a_rectangle_fills_the_box(top, left, rows, cols):
    ink = np.zeros((1, 28, 28, 1), np.float32)
    ink[0, top : top + rows, left : left + cols] = 1.0
    assert np.allclose(np.asarray(glyph.stretch(ink)), 1.0, atol=1e-5)


def test_stretching_a_full_image_leaves_it():
    ink = np.random.default_rng(0).uniform(0.3, 1, (2, 28, 28, 1)).astype(np.float32)
    assert np.allclose(np.asarray(glyph.stretch(ink)), ink, atol=1e-5)


def test_stretching_a_blank_image_gives_a_blank_image():
    assert float(ops.max(glyph.stretch(np.zeros((1, 28, 28, 1), np.float32)))) == 0.0


def test_sampling_at_the_pixels_gives_the_pixels():
    ink = np.random.default_rng(0).uniform(0, 1, (2, 9, 7, 1)).astype(np.float32)
    rows, columns = np.meshgrid(np.arange(9.0), np.arange(7.0), indexing="ij")
    places = (np.broadcast_to(grid, (2, 9, 7)).astype(np.float32) for grid in (rows, columns))
    assert np.allclose(np.asarray(glyph.sample(ink, *places)), ink, atol=1e-6)


def test_erosion_undoes_the_dilation_of_a_block():
    ink = np.zeros((1, 12, 12, 1), np.float32)
    ink[0, 4:8, 3:9] = 1.0
    assert (np.asarray(glyph.erode(glyph.dilate(ink))) == ink).all()
    assert np.asarray(glyph.erode(np.ones((1, 5, 5, 1), np.float32))).sum() == 9
