"""When a film's frames are taken, and which steps they are labelled with."""

from __future__ import annotations

import os
import subprocess
import sys

import keras
import numpy as np
import pytest

import notmnist
from notmnist.callbacks import MistakeImages, WeightImages
from tests.films import IMAGES, LABELS, RNG, TORCH, Script, fit, linear, pixels, steps_of


def test_frames_hold_the_weights_as_they_were(tmp_path):
    kernels = [RNG.normal(size=(16, 3)).astype("float32") for _ in range(6)]
    callback = WeightImages(tmp_path / "w.gif", every=[2, 5])
    fit(linear(), callback, Script(kernels))
    assert steps_of(callback) == [0, 2, 5, 6]
    for frame in callback.frames[1:]:
        assert frame.tiles.dtype == np.float32
        assert np.array_equal(frame.tiles, kernels[frame.step - 1].T.reshape(3, 4, 4, 1))


def test_a_logarithmic_schedule_and_epochs(tmp_path):
    logarithmic = WeightImages(tmp_path / "log.gif", every="log")
    epochs = WeightImages(tmp_path / "epochs.gif", on="epoch", every=2)
    fit(linear(), logarithmic, epochs, epochs=5)
    assert steps_of(logarithmic) == [0, 1, 2, 5, 10, 20, 30]
    assert steps_of(epochs) == [0, 12, 24, 30]
    assert [frame.epoch for frame in epochs.frames] == [1, 2, 4, 5]


def test_steps_go_on_where_initial_epoch_and_steps_per_epoch_say(tmp_path):
    callback = WeightImages(tmp_path / "w", every=5)
    fit(linear(), callback, epochs=4, initial_epoch=2)
    assert steps_of(callback) == [12, 15, 20, 24]
    short = WeightImages(tmp_path / "short", every=3)
    fit(linear(), short, epochs=2, steps_per_epoch=2, steps=30)
    assert steps_of(short) == [0, 3, 4]


def test_stopping_early_leaves_the_last_step(tmp_path):
    class Stop(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            self.model.stop_training = batch == 3

    callback = WeightImages(tmp_path / "w.gif", every=100)
    fit(linear(), callback, Stop(), epochs=5)
    assert steps_of(callback) == [0, 4]
    assert callback.frames[0].logs == {}
    assert set(callback.frames[1].logs) == {"loss", "accuracy"}


def counting(**compiled):
    """Return a model whose weights all equal the number of steps so far."""
    model = linear(kernel=np.zeros((16, 3)))
    model.compile(keras.optimizers.SGD(1.0), lambda y, p: -keras.ops.sum(p, axis=-1), **compiled)
    return model


def batches_of_unknown_number(batches):
    for _ in range(batches):
        yield np.full((10, 4, 4, 1), 255, "float32"), np.zeros(10)


@pytest.mark.filterwarnings("ignore:.*ran out of data")
@pytest.mark.parametrize("execution", [1] if TORCH else [1, 3])
def test_every_frame_is_labelled_with_the_step_whose_weights_it_shows(tmp_path, execution):
    x, y = np.full((80, 4, 4, 1), 255, "float32"), np.zeros(80)
    fits = [
        lambda model, film: model.fit(
            x, y, 10, 3, verbose=0, callbacks=[film], steps_per_epoch=5, shuffle=False
        ),  # Keras stops the second epoch after three of its five steps
        lambda model, film: model.fit(x, y, 10, 2, verbose=0, callbacks=[film]),
        lambda model, film: model.fit(
            batches_of_unknown_number(8), verbose=0, callbacks=[film], shuffle=False
        ),
    ]
    for number, run in enumerate(fits):
        model, film = counting(steps_per_execution=execution), WeightImages(None, every=1)
        run(model, film)
        for frame in film.frames:
            np.testing.assert_allclose(frame.tiles, frame.step, rtol=1e-5, err_msg=str(number))
        assert film.frames[-1].step == round(model.get_weights()[0].max())
        if execution == 1:
            assert steps_of(film) == list(range([14, 17, 9][number]))


@pytest.mark.filterwarnings("ignore:.*ran out of data")
def test_an_optimizer_that_gathers_gradients_does_not_confuse_the_count(tmp_path):
    model, film = linear(), WeightImages(None, every=2)
    optimizer = keras.optimizers.SGD(1.0, gradient_accumulation_steps=4)
    model.compile(optimizer, lambda y, p: -keras.ops.sum(p, axis=-1))
    model.fit(batches_of_unknown_number(9), verbose=0, callbacks=[film], shuffle=False)
    assert steps_of(film) == [0, 2, 4, 6, 8, 9]


@pytest.mark.skipif(keras.backend.backend() == "jax", reason="this is JAX")
def test_the_same_holds_on_jax():
    pytest.importorskip("jax")
    environment = {**os.environ, "KERAS_BACKEND": "jax"}
    chosen = "labelled or gathers or weights_as_they_were or initial_epoch or never_waits"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", chosen]
    done = subprocess.run([*command, __file__], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


@pytest.mark.skipif(TORCH, reason="Keras on PyTorch has no steps_per_execution")
def test_a_long_execution_is_drawn_where_it_ends_and_runs_as_without_a_callback(tmp_path):
    film = WeightImages(tmp_path / "a.gif", every=[1, 2, 5, 9])
    model = linear(rate=0.1, steps_per_execution=4)
    bare = linear(rate=0.1, steps_per_execution=4)
    fit(model, film, steps=10)
    fit(bare, steps=10)
    assert steps_of(film) == [0, 4, 8, 10]
    assert all(map(np.array_equal, model.get_weights(), bare.get_weights()))


def test_one_instance_serves_several_fits_and_models(tmp_path):
    callback = WeightImages(tmp_path / "w.gif", every=2)
    fit(linear(), callback)
    fit(linear(units=5), callback, steps=3)
    assert steps_of(callback) == [0, 2, 3]
    assert callback.frames[0].tiles.shape == (5, 4, 4, 1)
    assert len(pixels(tmp_path / "w.gif")) == 3


def test_a_list_of_steps_is_kept_in_full(tmp_path):
    callback = WeightImages(tmp_path / "w.gif", every=range(1, 30, 2), max_frames=5)
    fit(linear(), callback, steps=30)
    assert steps_of(callback) == [0, *range(1, 30, 2), 30]


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="others build before fit")
def test_a_model_that_fit_builds_is_drawn_from_its_first_step(tmp_path):
    model = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(3)])
    model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    callback = WeightImages(tmp_path / "w.gif", every=2)
    fit(model, callback)
    assert steps_of(callback) == [1, 2, 4, 6]


@pytest.mark.skipif(TORCH, reason="keras.distribution has no PyTorch side")
def test_a_distributed_fit_is_drawn(tmp_path):
    callback = WeightImages(tmp_path / "w.gif", every=3)
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        with tf.distribute.MirroredStrategy(["CPU:0"]).scope():
            model = linear(rate=0.1, steps_per_execution=4)
        fit(model, callback)
    else:
        before = keras.distribution.distribution()
        keras.distribution.set_distribution(keras.distribution.DataParallel())
        try:
            model = linear(rate=0.1, steps_per_execution=4)
            fit(model, callback)
        finally:
            keras.distribution.set_distribution(before)
    assert steps_of(callback) == [0, 4, 6]
    kernel = model.get_weights()[0].T.reshape(3, 4, 4, 1)
    assert np.array_equal(callback.frames[-1].tiles, kernel)


def test_fit_never_waits_for_metrics_after_each_batch(tmp_path, monkeypatch):
    waited = []

    def look(callbacks, batch, logs=None):  # Keras calls this when it does not wait
        waited.append(callbacks._async_train)

    monkeypatch.setattr(keras.callbacks.CallbackList, "on_train_batch_end", look)
    fit(linear())
    fit(linear(), WeightImages(None), MistakeImages(None, (IMAGES, LABELS)))
    assert waited[6:] == waited[:6]


def test_a_film_of_one_instance_goes_on_in_one_scale(tmp_path):
    film = WeightImages(tmp_path / "w.gif", every=3)
    model = linear(rate=0.1)
    fit(model, film)
    fit(model, film, epochs=2, initial_epoch=1)
    assert steps_of(film) == [0, 3, 6, 9, 12]
    film.save(tmp_path / "again.gif")
    assert all(map(np.array_equal, pixels(tmp_path / "w.gif"), pixels(tmp_path / "again.gif")))


def test_a_loop_without_fit_is_filmed(tmp_path):
    film, model = WeightImages([tmp_path / "w.gif", tmp_path / "w"]), linear(rate=0.1)
    truth = []
    for step in range(4):
        film.take(model, step, {"loss": 1.5})
        truth.append(model.get_weights()[0].T.reshape(3, 4, 4, 1))
        model.train_on_batch(IMAGES, LABELS)
    film.finish()
    assert steps_of(film) == [0, 1, 2, 3]
    assert all(map(np.array_equal, [frame.tiles for frame in film.frames], truth))
    assert len(pixels(tmp_path / "w.gif")) == len(list((tmp_path / "w").iterdir())) == 4
    film.take(model, 0)
    assert steps_of(film) == [0]
    assert len(pixels(tmp_path / "w.gif")) == 1
    for wrong in (-1, 1.5):
        with pytest.raises(notmnist.ArgumentError, match=f"step={wrong}"):
            film.take(model, wrong)
