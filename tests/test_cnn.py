import numpy as np
import pytest

from notmnist.errors import ArgumentError
from notmnist.models.cnn import cnn


def test_the_parameters_are_as_many_as_the_documentation_says():
    assert cnn().count_params() == 806_314


def test_it_learns_to_tell_ten_patterns_apart_and_saves_what_it_learnt(tmp_path):
    import keras

    random = np.random.default_rng(0)
    patterns = random.integers(0, 256, (10, 28, 28, 1))
    labels = np.arange(400) % 10
    images = np.clip(patterns[labels] + random.normal(0, 30, (400, 28, 28, 1)), 0, 255)
    images = images.astype(np.uint8)
    keras.utils.set_random_seed(0)
    model = cnn(filters=(8, 16), units=32, dropout=0.1)
    losses = model.fit(images, labels, batch_size=40, epochs=6, verbose=0).history["loss"]
    assert losses[-1] < losses[0] / 2
    model.save(tmp_path / "cnn.keras")
    loaded = keras.saving.load_model(tmp_path / "cnn.keras")
    assert np.allclose(model.predict(images, verbose=0), loaded.predict(images, verbose=0))


def test_every_kernel_gets_its_penalty():
    model = cnn(filters=(4, 4), units=8, l2=[0.1, 0.2, 0.3, 0.4], compile=False)
    found = [
        float(layer.kernel_regularizer.l2)
        for layer in model.layers
        if getattr(layer, "kernel_regularizer", None) is not None
    ]
    assert np.allclose(found, [0.1, 0.2, 0.3, 0.4])


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("filters", ()),
        ("filters", (8, 0)),
        ("units", 0),
        ("dropout", 1.0),
        ("l2", -1.0),
        ("classes", 1),
        ("pooling", "avg"),
        ("pooling", "mean"),
    ],
)
def test_wrong_arguments_are_named(argument, value):
    with pytest.raises(ArgumentError, match=f"Received: {argument}="):
        cnn(**{argument: value})
