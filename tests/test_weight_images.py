"""`WeightImages` in real fits; its files read back with Pillow."""

from __future__ import annotations

import itertools
import signal
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
from PIL import Image, ImageSequence

import notmnist
from notmnist.callbacks import WeightImages
from notmnist.callbacks.tiles import Grid

BLUE, WHITE, RED, YELLOW = (8, 48, 95), (247, 247, 247), (103, 0, 31), (255, 208, 0)
TORCH = keras.backend.backend() == "torch"
RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (60, 4, 4, 1)).astype("uint8")
LABELS = RNG.integers(0, 3, 60)


def linear(units=3, rate=0.0, kernel=None, **compiled):
    """Flatten and one dense layer; with rate 0 the weights stay as they are."""
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.Input((4, 4, 1), name="image"),
            keras.layers.Rescaling(1 / 255, name="rescaling"),
            keras.layers.Flatten(name="flatten"),
            keras.layers.Dense(units, name="logits"),
        ]
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.SGD(rate), loss, metrics=["accuracy"], **compiled)
    if kernel is not None:
        model.get_layer("logits").kernel.assign(np.asarray(kernel, "float32"))
    return model


def fit(model, *callbacks, steps=6, **options):
    options = {"batch_size": 60 // steps, "epochs": 1, "shuffle": False, **options}
    return model.fit(IMAGES, LABELS, verbose=0, callbacks=list(callbacks), **options)


def pixels(path):
    with Image.open(path) as image:
        return [np.asarray(frame.convert("RGB")) for frame in ImageSequence.Iterator(image)]


def steps_of(callback):
    return [frame.step for frame in callback.frames]


class Script(keras.callbacks.Callback):
    """Sets the kernel after each step to what the script says."""

    def __init__(self, kernels):
        super().__init__()
        self.kernels = iter(kernels)

    def on_train_batch_end(self, batch, logs=None):
        kernel = next(self.kernels, None)
        if kernel is not None:
            self.model.get_layer("logits").kernel.assign(kernel)


def test_a_known_kernel_gives_a_known_picture(tmp_path):
    kernel = np.zeros((16, 3), "float32")
    kernel[0, 0], kernel[15, 1], kernel[6, 2] = 2.0, -2.0, np.nan
    fit(linear(kernel=kernel), WeightImages(tmp_path / "w", size=8, labels=False))
    page = pixels(tmp_path / "w" / "step-00000000.png")[0]
    grid = Grid.fit(3, (4, 4, 1), None, 8, 0)
    assert page.shape[:2] == grid.size
    expected = {(0, 0): RED, (1, 15): BLUE, (2, 6): YELLOW}
    for unit, weight in itertools.product(range(3), range(16)):
        top, left = grid.corner(unit)
        row, column = divmod(weight, 4)
        colour = expected.get((unit, weight), WHITE)
        square = page[top + 2 * row : top + 2 * row + 2, left + 2 * column : left + 2 * column + 2]
        assert (square == colour).all(), (unit, weight)


@pytest.mark.parametrize("scale", ["fixed", "frame", "unit", 1.5])
def test_every_format_shows_the_same_pixels(tmp_path, scale):
    names = ["a.gif", "a.png", "a.apng", "a.webp"]
    places = [*(tmp_path / name for name in names), f"{tmp_path}/a/"]
    callback = WeightImages(places, every=2, scale=scale)
    kernels = [RNG.normal(size=(16, 3)).astype("float32") * size for size in (9, 1, 4, 2, 0, 3)]
    fit(linear(), callback, Script(kernels))
    assert steps_of(callback) == [0, 2, 4, 6]
    folder = [pixels(path)[0] for path in sorted((tmp_path / "a").iterdir())]
    assert len(folder) == 4
    for name in names:
        frames = pixels(tmp_path / name)
        assert len(frames) == 4, name
        assert all((one == other).all() for one, other in zip(frames, folder, strict=True)), name


def test_one_scale_holds_in_all_frames(tmp_path):
    first = np.full((16, 3), 1.0, "float32")
    last = np.full((16, 3), 1.0, "float32")
    first[3], last[3], last[4] = 9.0, 2.0, -2.0
    callback = WeightImages(tmp_path / "w.gif", every=1, size=8, labels=False)
    fit(linear(kernel=first), callback, Script([last] * 6))
    top, left = Grid.fit(3, (4, 4, 1), None, 8, 0).corner(0)
    frames = pixels(tmp_path / "w.gif")
    for frame in frames:  # 1 is half the last frame's largest weight; 9 is beyond the scale
        one = frame[top, left].astype(int)
        assert np.abs(one - frames[-1][top, left]).max() <= 6
        assert tuple(frame[top, left + 6]) == RED
    assert tuple(frames[-1][top + 2, left]) == BLUE


def test_scale_by_frame_and_by_unit_use_their_own_largest_weight(tmp_path):
    kernel = np.zeros((16, 3), "float32")
    kernel[0] = [1.0, 0.5, -0.25]
    grid = Grid.fit(3, (4, 4, 1), None, 8, 0)
    for scale, ends in (("unit", [RED, RED, BLUE]), ("frame", [RED, None, None])):
        callback = WeightImages(tmp_path / scale, scale=scale, size=8, labels=False)
        fit(linear(kernel=kernel), callback)
        page = pixels(tmp_path / scale / "step-00000000.png")[0]
        for unit, end in enumerate(ends):
            found = tuple(page[grid.corner(unit)])
            assert (found == end) if end else (found not in (RED, BLUE))


def test_frames_hold_the_weights_as_they_were(tmp_path):
    kernels = [RNG.normal(size=(16, 3)).astype("float32") for _ in range(6)]
    callback = WeightImages(tmp_path / "w.gif", every=[2, 5])
    fit(linear(), callback, Script(kernels))
    assert steps_of(callback) == [0, 2, 5, 6]
    for frame in callback.frames[1:]:
        assert frame.tiles.dtype == np.float32
        assert np.array_equal(frame.tiles, kernels[frame.step - 1].T.reshape(3, 4, 4, 1))


def test_the_first_and_the_last_step_are_always_there(tmp_path):
    callback = WeightImages(tmp_path / "w.gif", every=1000)
    fit(linear(), callback)
    assert steps_of(callback) == [0, 6]
    assert callback.frames[0].logs == {}
    assert set(callback.frames[1].logs) == {"loss", "accuracy"}


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


def test_a_resumed_fit_keeps_the_earlier_pictures_of_a_folder(tmp_path):
    fit(linear(), WeightImages(tmp_path / "w", every=6), epochs=3)
    (tmp_path / "w" / "mine.png").write_bytes(b"not ours")
    fit(linear(), WeightImages(tmp_path / "w", every=4), epochs=3, initial_epoch=1)
    names = sorted(path.name for path in (tmp_path / "w").iterdir())
    assert names == ["mine.png", *(f"step-{step:08d}.png" for step in (0, 6, 8, 12, 16, 18))]


@pytest.mark.filterwarnings("ignore:.*ran out of data")
@pytest.mark.parametrize("execution", [1] if TORCH else [1, 4])
def test_data_of_unknown_length_are_counted_right(tmp_path, execution):
    def batches():
        for start in range(0, 60, 10):
            yield IMAGES[start : start + 10], LABELS[start : start + 10]

    callback = WeightImages(tmp_path / "w.gif", every=4)
    model = linear(rate=0.1, steps_per_execution=execution)
    model.fit(batches(), shuffle=False, verbose=0, callbacks=[callback])
    assert steps_of(callback) == [0, 4, 6]


def test_stopping_early_leaves_the_last_step(tmp_path):
    class Stop(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            self.model.stop_training = batch == 3

    callback = WeightImages(tmp_path / "w.gif", every=100)
    fit(linear(), callback, Stop(), epochs=5)
    assert steps_of(callback) == [0, 4]


@pytest.mark.skipif(TORCH, reason="Keras on PyTorch has no steps_per_execution")
@pytest.mark.parametrize("execution", [4, 6, 7])
def test_long_executions_are_seen_inside_and_change_nothing(tmp_path, execution):
    def run(execution, *places):
        callbacks = [WeightImages(tmp_path / place, every=every) for place, every in places]
        model = linear(rate=0.1, steps_per_execution=execution)
        history = fit(model, *callbacks, steps=20, epochs=2).history
        assert model.steps_per_execution == execution
        return callbacks, history, model.get_weights()

    places = [("a.gif", [1, 2, 3, 7, 19, 20, 21, 39]), ("b.gif", 3)]
    ones, history, weights = run(1, *places)
    many, history_many, weights_many = run(execution, *places)
    _, history_bare, weights_bare = run(execution)
    for one, other in zip(ones, many, strict=True):
        assert steps_of(one) == steps_of(other)
        for left, right in zip(one.frames, other.frames, strict=True):
            assert np.array_equal(left.tiles, right.tiles)
            assert left.logs == pytest.approx(right.logs)
    for name in history:
        assert history[name] == pytest.approx(history_many[name])
        assert history_many[name] == pytest.approx(history_bare[name])
    for one, many_, bare in zip(weights, weights_many, weights_bare, strict=True):
        assert np.array_equal(one, many_)
        assert np.array_equal(one, bare)


def test_one_instance_serves_several_fits_and_models(tmp_path):
    callback = WeightImages(tmp_path / "w.gif", every=2)
    fit(linear(), callback)
    fit(linear(units=5), callback, steps=3)
    assert steps_of(callback) == [0, 2, 3]
    assert callback.frames[0].tiles.shape == (5, 4, 4, 1)
    assert len(pixels(tmp_path / "w.gif")) == 3


def test_memory_and_files_stay_bounded(tmp_path):
    places = [tmp_path / name for name in ("w.gif", "w.png", "w.webp", "w")]
    callback = WeightImages(places, every=1, max_frames=8)
    fit(linear(rate=0.1), callback, steps=60, epochs=3)
    assert steps_of(callback) == [0, 32, 64, 96, 128, 160, 180]
    for place in places[:3]:
        assert len(pixels(place)) == 7
    assert len(list((tmp_path / "w").iterdir())) == 7


def test_a_list_of_steps_is_kept_in_full(tmp_path):
    callback = WeightImages(tmp_path / "w.gif", every=range(1, 30, 2), max_frames=5)
    fit(linear(), callback, steps=30)
    assert steps_of(callback) == [0, *range(1, 30, 2), 30]


def test_an_exception_in_fit_leaves_readable_pictures(tmp_path):
    def fail(batch, logs):
        if batch == 4:
            raise RuntimeError("mid-fit")

    places = [tmp_path / name for name in ("w.gif", "w.png", "w.webp", "w")]
    stop = keras.callbacks.LambdaCallback(on_train_batch_end=fail)
    with pytest.raises(RuntimeError, match="mid-fit"):
        fit(linear(), WeightImages(places, every=1), stop)
    assert [len(pixels(place)) for place in places[:3]] == [5, 5, 5]
    assert len(list((tmp_path / "w").iterdir())) == 5


KILLED = """
import os, signal, sys, keras
sys.path.insert(0, sys.argv[1])
from test_weight_images import WeightImages, fit, linear
class Kill(keras.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        if batch == 5:
            os.kill(os.getpid(), signal.SIGKILL)
places = [sys.argv[2] + name for name in ("w.gif", "w.png", "w.webp", "w")]
fit(linear(rate=0.1), WeightImages(places, every=1), Kill())
"""


def test_a_killed_fit_leaves_readable_pictures(tmp_path):
    command = [sys.executable, "-c", KILLED, str(Path(__file__).parent), f"{tmp_path}/"]
    done = subprocess.run(command, capture_output=True, timeout=120, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    for name in ("w.gif", "w.png", "w.webp"):
        assert len(pixels(tmp_path / name)) == 6, name
    assert len(list((tmp_path / "w").iterdir())) == 6


def test_nan_and_infinite_weights_are_drawn(tmp_path):
    bad = np.full((16, 3), np.nan, "float32")
    bad[0, 0], bad[1, 0] = np.inf, -np.inf
    callback = WeightImages(tmp_path / "w", every=1, size=8, labels=False)
    fit(linear(), callback, Script([bad] * 6))
    page = pixels(tmp_path / "w" / "step-00000006.png")[0]
    top, left = Grid.fit(3, (4, 4, 1), None, 8, 0).corner(0)
    found = [tuple(page[top, left + shift]) for shift in (0, 2, 4)]
    assert found == [RED, BLUE, YELLOW]


def test_units_are_the_same_in_all_frames_and_for_a_seed(tmp_path):
    def run(**options):
        callback = WeightImages(tmp_path / "w.gif", every=2, **options)
        model = linear(units=50)
        fit(model, callback)
        return callback.frames, model.get_weights()[0].T.reshape(50, 4, 4, 1)

    frames, kernel = run(units=7, seed=3)
    assert all(np.array_equal(frame.tiles, frames[0].tiles) for frame in frames)
    assert np.array_equal(frames[0].tiles, run(units=7, seed=3)[0][0].tiles)
    assert not np.array_equal(frames[0].tiles, run(units=7, seed=4)[0][0].tiles)
    assert np.array_equal(run(units=[9, 2])[0][0].tiles, kernel[[9, 2]])
    assert np.array_equal(run()[0][0].tiles, kernel)


def test_the_library_s_mlp_shows_225_of_its_units(tmp_path):
    callback = WeightImages(tmp_path / "w")
    images = RNG.integers(0, 256, (4, 28, 28, 1)).astype("uint8")
    notmnist.models.mlp().fit(images, np.arange(4), verbose=0, callbacks=[callback])
    assert callback.frames[-1].tiles.shape == (225, 28, 28, 1)


def test_labels_choose_the_text_on_the_picture(tmp_path):
    def height(labels):
        fit(linear(), WeightImages(tmp_path / "w", labels=labels))
        return pixels(tmp_path / "w" / "step-00000006.png")[0].shape[0]

    assert height(False) < height(["step"]) < height(True)
    assert height(["step", "loss"]) == height(True)
    assert height(["epoch", "step"]) == height(["step"])


def test_size_and_columns_lay_out_the_tiles(tmp_path):
    fit(linear(), WeightImages(tmp_path / "w", size=41, columns=1, labels=False))
    height, width, _ = pixels(tmp_path / "w" / "step-00000000.png")[0].shape
    assert (height, width) == (2 * 8 + 3 * 40 + 2 * 10, 2 * 8 + 40)


def test_a_notebook_shows_the_last_frame(tmp_path):
    callback = WeightImages(tmp_path / "w")
    assert callback._repr_png_() is None
    assert "no frames" in callback._repr_html_()
    fit(linear(), callback)
    assert callback._repr_png_() == (tmp_path / "w" / "step-00000006.png").read_bytes()
    assert 'src="data:image/png;base64,' in callback._repr_html_()


def test_the_last_frame_of_an_animation_is_held(tmp_path):
    places = [tmp_path / name for name in ("w.gif", "w.png")]
    fit(linear(), WeightImages(places, every=3, duration=120, hold=900))
    for place in places:
        with Image.open(place) as image:
            shown = [frame.info["duration"] for frame in ImageSequence.Iterator(image)]
        assert shown == [120, 120, 900], place


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="others build before fit")
def test_a_model_that_fit_builds_is_drawn_from_its_first_step(tmp_path):
    model = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(3)])
    model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    callback = WeightImages(tmp_path / "w.gif", every=2)
    fit(model, callback)
    assert steps_of(callback) == [1, 2, 4, 6]


@pytest.mark.skipif(TORCH, reason="keras.distribution has no PyTorch side")
@pytest.mark.parametrize("execution", [1, 4])
def test_a_distributed_fit_is_drawn(tmp_path, execution):
    callback = WeightImages(tmp_path / "w.gif", every=3)
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        with tf.distribute.MirroredStrategy(["CPU:0"]).scope():
            model = linear(rate=0.1, steps_per_execution=execution)
        fit(model, callback)
    else:
        before = keras.distribution.distribution()
        keras.distribution.set_distribution(keras.distribution.DataParallel())
        try:
            model = linear(rate=0.1, steps_per_execution=execution)
            fit(model, callback)
        finally:
            keras.distribution.set_distribution(before)
    assert steps_of(callback) == [0, 3, 6]
    kernel = model.get_weights()[0].T.reshape(3, 4, 4, 1)
    assert np.array_equal(callback.frames[-1].tiles, kernel)


def test_fit_never_waits_for_metrics_after_each_batch():
    for name in ("on_batch_end", "on_train_batch_end"):
        assert getattr(WeightImages, name) is getattr(keras.callbacks.Callback, name)


WRONG = [
    ({"layer": "hidden"}, "one of the model's layers.*layer='hidden'.*'logits'"),
    ({"layer": "flatten"}, "whose kernel is an image.*layer='flatten'.*'logits'"),
    ({"units": 4}, "between 1 and 3.*units=4"),
    ({"units": [0, 3]}, r"from 0 to 2.*units=\[0, 3\]"),
    ({"units": []}, r"units=\[\]"),
    ({"units": "all"}, "units='all'"),
    ({"every": 0}, "positive integer.*every=0"),
    ({"every": "linear"}, "every='linear'"),
    ({"every": [-1]}, r"every=\[-1\]"),
    ({"every": 1.5}, "every=1.5"),
    ({"scale": "max"}, "'fixed', 'frame', 'unit'.*scale='max'"),
    ({"scale": -1.0}, "scale=-1.0"),
    ({"colormap": "jet"}, "'blue-red'.*colormap='jet'"),
    ({"colormap": [(0, 0, 300), (0, 0, 0)]}, "colormap="),
    ({"colormap": [(0, 0), (1, 1)]}, "colormap="),
    ({"columns": 0}, "columns=0"),
    ({"size": -3}, "size=-3"),
    ({"labels": "step"}, "labels='step'"),
    ({"labels": 3}, "labels=3"),
    ({"on": "batch"}, "'step', 'epoch'.*on='batch'"),
    ({"duration": 1}, "duration=1"),
    ({"hold": "long"}, "hold='long'"),
    ({"max_frames": 1}, "max_frames=1"),
    ({"image_shape": (3,)}, r"image_shape=\(3,\)"),
    ({"image_shape": (-4, -4)}, r"image_shape=\(-4, -4\)"),
    ({"path": "weights.mp4"}, r"\.apng, \.gif, \.png, \.webp.*path='weights.mp4'"),
    ({"path": []}, r"path=\[\]"),
    ({"path": 3}, "path=3"),
]


@pytest.mark.parametrize(("wrong", "message"), WRONG)
def test_a_wrong_argument_is_told_before_the_first_step(tmp_path, wrong, message):
    begun = []
    count = keras.callbacks.LambdaCallback(on_train_batch_begin=lambda batch, logs: begun.append(1))
    callback = WeightImages(**{"path": tmp_path / "w.gif", **wrong})
    with pytest.raises(notmnist.ArgumentError, match=f"(?s){message}"):
        fit(linear(), callback, count)
    assert not begun


def test_a_place_that_cannot_be_written_is_told_before_the_first_step(tmp_path):
    (tmp_path / "file").write_text("")
    (tmp_path / "folder.gif").mkdir()
    for path in ("file/w.gif", "file/w", "file", "folder.gif"):
        with pytest.raises(notmnist.ArgumentError, match=r"`path` must.*Received: path="):
            fit(linear(), WeightImages(tmp_path / path))


def test_no_file_is_left_beside_the_pictures(tmp_path):
    fit(linear(rate=0.1), WeightImages([tmp_path / "w.gif", tmp_path / "w.webp"], every=1))
    assert sorted(tmp_path.iterdir()) == [tmp_path / "w.gif", tmp_path / "w.webp"]
