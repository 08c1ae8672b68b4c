"""`WeightImages`: what it draws, and what it cannot draw."""

from __future__ import annotations

import io
import itertools

import keras
import numpy as np
import pytest
from PIL import Image

import notmnist
from notmnist.callbacks import WeightImages
from notmnist.callbacks.timing.schedule import Schedule
from notmnist.plots.grid import Grid
from tests.films import Script, fit, linear, pixels

BLUE, WHITE, RED, YELLOW = (8, 48, 95), (247, 247, 247), (103, 0, 31), (255, 208, 0)


def test_a_known_kernel_gives_a_known_picture(tmp_path):
    kernel = np.zeros((16, 3), "float32")
    kernel[0, 0], kernel[15, 1], kernel[6, 2] = 2.0, -2.0, np.nan
    fit(linear(kernel=kernel), WeightImages(tmp_path / "w", size=8, labels=False))
    page = pixels(tmp_path / "w" / "step-00000000.png")[0]
    grid = Grid.fit(3, (4, 4, 1), None, 8)
    assert page.shape[:2] == grid.size
    expected = {(0, 0): RED, (1, 15): BLUE, (2, 6): YELLOW}
    for unit, weight in itertools.product(range(3), range(16)):
        top, left = grid.corner(unit)
        row, column = divmod(weight, 4)
        colour = expected.get((unit, weight), WHITE)
        square = page[top + 2 * row : top + 2 * row + 2, left + 2 * column : left + 2 * column + 2]
        assert (square == colour).all(), (unit, weight)


def test_a_small_scale_keeps_its_shades(tmp_path):
    kernel = np.linspace(-1, 1, 48, dtype="float32").reshape(16, 3)
    kernel[0] = 1000
    callback = WeightImages(tmp_path / "w", scale=1.0, labels=False)
    fit(linear(kernel=kernel), callback)
    page = pixels(tmp_path / "w" / "step-00000006.png")[0]
    assert len(np.unique(page.reshape(-1, 3), axis=0)) > 40


def test_one_scale_holds_in_all_frames(tmp_path):
    first = np.full((16, 3), 1.0, "float32")
    last = np.full((16, 3), 1.0, "float32")
    first[3], last[3], last[4] = 9.0, 2.0, -2.0
    callback = WeightImages(tmp_path / "w.gif", every=1, size=8, labels=False)
    fit(linear(kernel=first), callback, Script([last] * 6))
    top, left = Grid.fit(3, (4, 4, 1), None, 8).corner(0)
    frames = pixels(tmp_path / "w.gif")
    for frame in frames:  # 1 is half the last frame's largest weight; 9 is beyond the scale
        one = frame[top, left].astype(int)
        assert np.abs(one - frames[-1][top, left]).max() <= 6
        assert tuple(frame[top, left + 6]) == RED
    assert tuple(frames[-1][top + 2, left]) == BLUE


def test_scale_by_frame_and_by_unit_use_their_own_largest_weight(tmp_path):
    kernel = np.zeros((16, 3), "float32")
    kernel[0] = [1.0, 0.5, -0.25]
    grid = Grid.fit(3, (4, 4, 1), None, 8)
    for scale, ends in (("unit", [RED, RED, BLUE]), ("frame", [RED, None, None])):
        callback = WeightImages(tmp_path / scale, scale=scale, size=8, labels=False)
        fit(linear(kernel=kernel), callback)
        page = pixels(tmp_path / scale / "step-00000000.png")[0]
        for unit, end in enumerate(ends):
            found = tuple(page[grid.corner(unit)])
            assert (found == end) if end else (found not in (RED, BLUE))


def test_nan_and_infinite_weights_are_drawn(tmp_path):
    bad = np.full((16, 3), np.nan, "float32")
    bad[0, 0], bad[1, 0] = np.inf, -np.inf
    callback = WeightImages(tmp_path / "w", every=1, size=8, labels=False)
    fit(linear(), callback, Script([bad] * 6))
    page = pixels(tmp_path / "w" / "step-00000006.png")[0]
    top, left = Grid.fit(3, (4, 4, 1), None, 8).corner(0)
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


def test_the_text_above_the_tiles_can_be_left_out():
    pages = []
    for labels in (False, True):
        film = WeightImages(None, labels=labels)
        film.take(linear(), 0, {"loss": 1.0})
        pages.append(film._draw(film.frames[0]))
    assert pages[0].height + 2 * 22 == pages[1].height
    assert (np.asarray(pages[1].convert("L"))[30:52, :80] < 100).any()  # the loss


def test_size_and_columns_lay_out_the_tiles(tmp_path):
    fit(linear(), WeightImages(tmp_path / "w", size=41, columns=1, labels=False))
    height, width, _ = pixels(tmp_path / "w" / "step-00000000.png")[0].shape
    assert (height, width) == (2 * 8 + 3 * 40 + 2 * 10, 2 * 8 + 40)


def test_a_notebook_shows_the_last_frame(tmp_path):
    callback = WeightImages(tmp_path / "w")
    assert callback._repr_png_() is None
    fit(linear(), callback)
    with Image.open(io.BytesIO(callback._repr_png_())) as shown:
        last = pixels(tmp_path / "w" / "step-00000006.png")[0]
        assert np.array_equal(np.asarray(shown.convert("RGB")), last)


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
    ({"colormap": ["red", "blue"]}, r"colormap=\['red', 'blue'\]"),
    ({"columns": 0}, "columns=0"),
    ({"size": -3}, "size=-3"),
    ({"labels": ["step"]}, r"True or False.*labels=\['step'\]"),
    ({"on": "batch"}, "'step', 'epoch'.*on='batch'"),
    ({"duration": 1}, "duration=1"),
    ({"hold": "long"}, "hold='long'"),
    ({"max_frames": 1}, "max_frames=1"),
    ({"image_shape": (3,)}, r"image_shape=\(3,\)"),
    ({"image_shape": (-4, -4)}, r"image_shape=\(-4, -4\)"),
    ({"path": "weights.mp4"}, r"end in \.gif.*path='weights.mp4'"),
    ({"path": "weights.webp"}, r"path='weights.webp'.*`save`"),
    ({"path": ""}, "path=''"),
    ({"names": "AB"}, "each of the 3 units.*names='AB'"),
    ({"names": 3}, "names=3"),
    ({"path": []}, r"path=\[\]"),
    ({"path": 3}, "path=3"),
]


def test_a_wrong_argument_is_reported_before_the_first_step(tmp_path):
    begun, model = [], linear()
    count = keras.callbacks.LambdaCallback(on_train_batch_begin=lambda batch, logs: begun.append(1))
    for wrong, message in WRONG:
        callback = WeightImages(**{"path": tmp_path / "w.gif", **wrong})
        with pytest.raises(notmnist.ArgumentError, match=f"(?s){message}"):
            fit(model, callback, count)
    assert not begun


def test_the_default_film_is_of_40_to_60_frames_most_of_them_early_and_below_1_mb(tmp_path):
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [keras.Input((28, 28)), keras.layers.Flatten(), keras.layers.Dense(1024)]
    )
    film, noise = WeightImages(tmp_path / "w.gif"), np.random.default_rng(0)
    kernel = noise.normal(0, 0.05, (784, 1024))
    steps = Schedule(None, 3000).steps
    assert 40 <= len(steps) <= 60
    assert sum(step < 3000 / 4 for step in steps) > len(steps) / 2
    for step in steps:  # like L2: the noise decays and a pattern remains
        model.layers[-1].kernel.assign(kernel * np.exp(-step / 1000) + 0.01 * np.sin(kernel * 100))
        film.take(model, step, {"loss": 1 / (step + 1)})
    film.finish()
    assert (tmp_path / "w.gif").stat().st_size < 1e6
    with Image.open(tmp_path / "w.gif") as image:
        assert image.n_frames == len(steps)
    fit(linear(), film, steps=30, epochs=10)
    assert 40 <= len(film.frames) <= 60


def test_names_stand_below_the_tiles(tmp_path):
    def page(**options):
        film = WeightImages(None, labels=False, **options)
        film.take(linear(), 0)
        return np.asarray(film._draw(film.frames[0]).convert("L")).astype(int)

    bare, named, numbered = page(), page(names="XYZ"), page(names=True)
    grid = Grid.fit(3, (4, 4, 1), None, None, captioned=True)
    assert bare.shape[0] < named.shape[0] == numbered.shape[0] == grid.size[0]
    assert not np.array_equal(named, numbered)
    for place in range(3):
        top, left = grid.corner(place)
        below = named[top + grid.height * grid.zoom :, left : left + grid.width * grid.zoom]
        assert (below < 100).any()
    assert np.array_equal(page(names="XYZ", units=[2]), page(names="ABZ", units=[2]))


def test_the_first_layer_on_colours_is_drawn_as_colour_filters(tmp_path):
    model = keras.Sequential(
        [
            keras.Input((8, 8, 3)),
            keras.layers.Conv2D(2, 2),
            keras.layers.Conv2D(3, 2, name="second"),
        ]
    )
    kernel = np.zeros((2, 2, 3, 2), "float32")
    kernel[0, 0, :, 0], kernel[1, 1, :, 1] = (1, -1, 0), (0, 0.5, np.nan)
    model.layers[0].kernel.assign(kernel)
    film = WeightImages(tmp_path / "w.gif", labels=False, size=8)
    film.take(model, 0)
    grid = Grid.fit(2, (2, 2, 1), None, 8)
    page = np.asarray(film._draw(film.frames[0]))
    assert page.shape == (*grid.size, 3)
    (top, left), (other, right) = grid.corner(0), grid.corner(1)
    assert tuple(page[top, left]) == (255, 0, 128)
    assert tuple(page[top, left + 4]) == (128, 128, 128)
    assert tuple(page[other + 4, right + 4]) == YELLOW
    assert np.abs(pixels(tmp_path / "w.gif")[0].astype(int) - page).max() < 9
    deeper = WeightImages(None, layer="second")
    deeper.take(model, 0)
    assert deeper._draw(deeper.frames[0]).mode == "P"
