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
def test_letters_change_in_training_fill_the_box_and_can_still_be_read(layer, images):
    changed = np.asarray(layer(rate=1.0, seed=0)(images, training=True))
    assert (changed.shape, changed.dtype) == (images.shape, images.dtype)
    assert (changed != images).any(axis=(1, 2, 3)).mean() > 0.8
    assert changed.mean(axis=(1, 2, 3)).min() > 0.02 * 255
    assert changed.max(axis=(1, 2, 3)).min() > 0.3 * 255
    edges = [changed[:, 0], changed[:, -1], changed[:, :, 0], changed[:, :, -1]]
    assert np.mean([edge.max(axis=1) > 20 for edge in edges]) > 0.9
    kept = layer(rate=1.0, seed=0)(images, training=False)
    assert (np.asarray(kept) == images).all()


def test_the_rate_is_the_share_that_changes_and_a_seed_draws_the_same(images):
    many = np.concatenate([images] * 4)
    one, two = (
        np.asarray(augmentation.RandomShear(rate=0.25, seed=3)(many, training=True))
        for _ in range(2)
    )
    assert 0.15 < (one != many).any(axis=(1, 2, 3)).mean() <= 0.25
    assert (one == two).all()


def test_rates_are_from_0_to_1():
    with pytest.raises(ArgumentError, match=r"Received: rate=1\.5"):
        augmentation.RandomShear(rate=1.5)


def test_a_model_trains_through_the_augmentations_and_saves_with_them(images, tmp_path):
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1), dtype="uint8"),
            *augmentation.augmentation(seed=1).layers,
            keras.layers.Flatten(),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    if keras.config.backend() == "tensorflow":  # its XLA cannot resize, so it must be off on a GPU
        assert not all(layer.supports_jit for layer in model.layers)
    model.compile("sgd", "sparse_categorical_crossentropy")
    model.fit(images, np.zeros(len(images)), batch_size=15, verbose=0)  # a short last batch too
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert np.allclose(model.predict(images, verbose=0), loaded.predict(images, verbose=0))


def test_the_augmentations_map_over_a_pipeline_of_images_of_another_size(images):
    layers = augmentation.augmentation(seed=1)
    coloured = np.repeat(images[:, :20], 3, axis=-1)
    batches = tf.data.Dataset.from_tensor_slices(coloured).batch(15)
    drawn = list(batches.map(lambda batch: layers(batch, training=True)).as_numpy_iterator())
    assert [batch.shape for batch in drawn] == [(15, 20, 28, 3)] * 2 + [(2, 20, 28, 3)]


def test_images_need_not_be_square_nor_of_one_channel(images):
    coloured = np.repeat(images[:8, :20], 3, axis=-1)
    for layer in LAYERS:
        changed = np.asarray(layer(rate=1.0, seed=0)(coloured, training=True))
        assert changed.shape == coloured.shape
        assert (changed != coloured).any(axis=(1, 2, 3)).mean() > 0.8


def test_without_strength_nothing_is_drawn_anew(images):
    smooth = np.asarray(augmentation.augmentation(0.0)(images.astype("float32"), training=True))
    assert np.abs(smooth - images).mean() < 8  # enlarging and shrinking blurs a little


@given(
    top=st.integers(0, 12),
    left=st.integers(0, 12),
    rows=st.integers(1, 15),
    cols=st.integers(1, 15),
)
def test_stretching_a_rectangle_fills_the_box(top, left, rows, cols):
    ink = np.zeros((1, 28, 28, 1), np.float32)
    ink[0, top : top + rows, left : left + cols] = 1.0
    assert np.allclose(np.asarray(glyph.stretch(ink, (20, 30))), 1.0, atol=1e-5)


def test_stretching_leaves_a_full_image_and_a_blank_one():
    ink = np.random.default_rng(0).uniform(0.3, 1, (2, 28, 28, 1)).astype(np.float32)
    assert np.allclose(np.asarray(glyph.stretch(ink, (28, 28))), ink, atol=1e-5)
    assert float(ops.max(glyph.stretch(np.zeros((1, 28, 28, 1), np.float32), (28, 28)))) == 0.0


def test_sampling_at_the_pixels_gives_the_pixels():
    ink = np.random.default_rng(0).uniform(0, 1, (1, 9, 7, 1)).astype(np.float32)
    assert np.allclose(np.asarray(glyph.sample(ink, *glyph.places(ink))), ink, atol=1e-5)


def test_erosion_undoes_the_dilation_of_a_block():
    ink = np.zeros((1, 12, 12, 1), np.float32)
    ink[0, 4:8, 3:9] = 1.0
    assert (np.asarray(glyph.erode(glyph.dilate(ink))) == ink).all()
    assert np.asarray(glyph.erode(np.ones((1, 5, 5, 1), np.float32))).sum() == 9
