"""Sheets of images have the given pixels and captions, and need only Pillow."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from notmnist import plots
from notmnist.datasets.curation.rule import curate
from notmnist.errors import ArgumentError
from notmnist.evaluation import Evaluation
from notmnist.plots import palette
from notmnist.plots.grid import Grid

NAMES = ("A", "B", "C")
RNG = np.random.default_rng(0)
FRAME = 128


def found(picture, image, scale):
    """Return the corners where a picture has an enlarged, framed image."""
    page = np.asarray(picture)
    large = np.pad(image.repeat(scale, 0).repeat(scale, 1), 1, constant_values=FRAME)
    windows = np.lib.stride_tricks.sliding_window_view(page, large.shape)
    return np.argwhere((windows == large).all((2, 3))).tolist()


def test_a_sheet_holds_each_image_once_enlarged_and_framed_in_reading_order():
    images = RNG.integers(0, 256, (5, 6, 6), np.uint8)
    for captions in (None, list("VWXYZ")):
        picture = plots.sample_sheet(images, captions=captions, columns=3, scale=2)
        places = [found(picture, image, 2) for image in images]
        assert [len(each) for each in places] == [1] * 5
        assert sorted(places) == places
        assert places[0][0][0] == places[2][0][0] < places[3][0][0]
        assert places[0][0][1] == places[3][0][1]


def test_labels_are_written_below_as_the_names_of_their_classes():
    images = np.full((2, 6, 6), 255, np.uint8)
    by_label = plots.sample_sheet(images, [2, 0], NAMES)
    assert by_label == plots.sample_sheet(images, captions=["C", "A"])
    assert by_label != plots.sample_sheet(images, [2, 1], NAMES)
    assert plots.sample_sheet(images, [12, 0]) == plots.sample_sheet(images, captions=["12", "A"])


def test_names_in_other_scripts_are_not_boxes():
    pytest.importorskip("matplotlib")
    images = np.zeros((1, 28, 28), np.uint8)
    assert len({plots.sample_sheet(images, captions=[name]).tobytes() for name in "αβж"}) == 3
    rows = np.zeros((2, 28, 28), np.uint8)
    assert plots.class_sheet(rows, [0, 1], ["α", "β"]) != plots.class_sheet(
        rows, [0, 1], ["β", "α"]
    )


def test_floats_are_stretched_and_colours_stay_colours():
    images = RNG.integers(0, 256, (3, 6, 6, 1)).astype("uint8")
    images[0, 0, :2, 0] = 0, 255
    scaled = (images - np.float32(127.5)) / 255
    assert plots.sample_sheet(scaled) == plots.sample_sheet(images)
    colour = np.zeros((1, 6, 6, 3), np.uint8)
    colour[:, 2:4, 2:4] = 255, 0, 9
    picture = plots.sample_sheet(colour, scale=1)
    assert picture.mode == "RGB"
    assert (255, 0, 9) in [shade for _, shade in picture.getcolors()]


def test_the_class_sheet_has_one_row_per_class_and_takes_the_same_arguments():
    images = RNG.integers(0, 256, (6, 6, 6), np.uint8)
    labels = np.array([2, 0, 0, 2, 1, 2])
    picture = plots.class_sheet(images, labels, NAMES, columns=2, scale=1)
    corners = [found(picture, image, 1) for image in images]
    assert corners[5] == []  # the third of its class
    (c0, a0, a1, c1, b0) = (each[0] for each in corners[:5])
    assert a0[0] == a1[0] < b0[0] < c0[0] == c1[0]
    assert a0[1] == b0[1] == c0[1] < a1[1] == c1[1]
    assert (np.asarray(picture)[:, : a0[1]] < 100).any()  # names
    plots.sample_sheet(images, labels, NAMES, columns=2, scale=1)


def test_mistakes_show_label_prediction_and_confidence():
    images = RNG.integers(0, 256, (60, 8, 8), np.uint8)
    result = Evaluation(images, np.arange(60) % 3, RNG.dirichlet([0.3] * 3, 60), NAMES)
    worst = result.mistakes(4)
    captions = [f"{m.label} as {m.predicted} {m.confidence:.0%}" for m in worst]
    expected = plots.sample_sheet(images[[m.row for m in worst]], captions=captions, columns=10)
    assert plots.mistakes(result, 4) == expected
    perfect = Evaluation(images, result.labels, np.eye(3)[result.labels], NAMES)
    assert plots.mistakes(perfect).height < 40


def test_the_sheet_of_copies_shows_pairs_one_above_the_other():
    images = np.zeros((6, 8, 8), np.uint8)
    images[2:4], images[4], images[5] = 250, 100, 104
    report = curate(images, np.array([0, 0, 1, 2, 0, 0]), np.zeros(6, int))
    whole = plots.copies_sheet(report, images, NAMES)
    near = np.concatenate([images[4], np.full((1, 8), FRAME, np.uint8), images[5]])
    assert len(found(whole, near, 2)) == 1
    assert plots.copies_sheet(report, images, NAMES, count=1).height == whole.height
    alone = plots.copies_sheet(curate(images[[0, 3]], [0, 1], [0, 0]), images[[0, 3]], NAMES)
    assert alone.height == 3 * 34  # three headings


def test_sheets_need_no_matplotlib():
    code = (
        "import sys; sys.modules['matplotlib'] = None\n"
        "import numpy as np; from notmnist import plots\n"
        "plots.sample_sheet(np.zeros((2, 8, 8), np.uint8), [0, 1])"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    subprocess.run([sys.executable, "-c", code], check=True, env=environment)


def test_what_is_not_a_sheet_is_a_clear_error():
    two = np.zeros((2, 8, 8), np.uint8)
    for call, message in (
        (
            lambda: plots.sample_sheet(np.zeros((2, 8, 8), int)),
            r"dtype int64 and shape \(2, 8, 8\)",
        ),
        (lambda: plots.sample_sheet(np.zeros((8, 8), np.uint8)), r"shape \(8, 8\)"),
        (lambda: plots.sample_sheet(np.zeros((0, 8, 8), np.uint8)), r"empty.*\(0, 8, 8\)"),
        (lambda: plots.sample_sheet(np.full((1, 8, 8), np.nan)), "`images` must be finite"),
        (
            lambda: plots.sample_sheet(two, captions=["A"]),
            r"2 images.*captions=\['A'\]",
        ),
        (lambda: plots.sample_sheet(two, [0]), r"`labels`.*\(2,\).*\(1,\)"),
        (lambda: plots.sample_sheet(two, columns=0), "`columns`.*columns=0"),
        (lambda: plots.class_sheet(two, [0.5, 1]), "dtype float64"),
        (
            lambda: plots.class_sheet(np.zeros((1, 8, 8), np.uint8), [0], scale=0),
            "`scale`.*scale=0",
        ),
    ):
        with pytest.raises(ArgumentError, match=f"(?s){message}"):
            call()


@given(st.integers(1, 40), st.integers(1, 9), st.integers(1, 9), st.integers(1, 3), st.data())
def test_every_tile_is_where_the_grid_says(units, height, width, channels, data):
    columns = data.draw(st.one_of(st.none(), st.integers(1, 12)))
    options = {"lines": data.draw(st.integers(0, 2)), "left": data.draw(st.sampled_from([0, 30]))}
    grid = Grid.fit(units, (height, width, channels), columns, None, captioned=True, **options)
    tiles = np.arange(units * channels * height * width).reshape(-1, height, width) % 200
    page = np.asarray(grid.page()).copy()
    grid.fill(page, tiles.astype(np.uint8))
    assert page.shape == grid.size
    covered = np.zeros(page.shape, bool)
    for place, tile in enumerate(tiles):
        top, left = grid.corner(place)
        where = np.s_[top : top + height * grid.zoom, left : left + width * grid.zoom]
        assert not covered[where].any()
        covered[where] = True
        assert np.array_equal(page[where][:: grid.zoom, :: grid.zoom], tile)
    assert (page[~covered] == 255).all()


def test_a_long_heading_loses_its_last_items_and_captions_stay_below_their_tiles():
    grid = Grid(2, 8, 8, 2, 4, lines=1, captioned=True)
    short, long = grid.page(), grid.page()
    grid.write(short, 0, ["step 1", "loss 2"])
    grid.write(long, 0, ["step 1", "loss 2", "x" * 100])
    assert short == long
    page = np.asarray(grid.page(["one", "a caption that is far too long"]))
    (top, left), middle = grid.corner(0), grid.corner(1)[1] - 2
    assert (page[: top + 32] == 255).all()
    assert (page[top + 32 :, left:middle] < 128).any()
    assert (page[:, :left] == 255).all()


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6))
def test_a_colour_tells_sign_and_size(value, scale):
    entry = int(palette.entries(np.array([value]), scale)[0])
    assert entry == 115 + round(115 * min(1, max(-1, value / scale)))


def test_a_diverging_map_is_lightest_at_zero_and_never_red_against_green():
    for name in set(palette.COLORMAPS) - {"grey"}:
        colours = palette.palette(name)[: palette.LEVELS].astype(float)
        lightness = colours @ [0.2126, 0.7152, 0.0722]
        assert (np.diff(lightness[:116]) >= -0.5).all(), name
        assert (np.diff(lightness[115:]) <= 0.5).all(), name
        # Red-green blindness loses most of R − G; the two ends still differ in blue.
        for level in (20, 60, 90):
            low, high = colours[level], colours[230 - level]
            assert abs((low[2] - low[:2].mean()) - (high[2] - high[:2].mean())) > 25, name


def test_grey_text_keeps_its_shades_in_the_palette():
    greys = np.arange(256, dtype=np.uint8)
    shown = palette.palette()[palette.grey_entries(greys)][:, 0]
    assert shown[255] == 255
    assert shown[0] == 25
    assert np.abs(shown - np.interp(greys, [0, 255], [25, 255])).max() <= 6
