"""Schedules and the drawing board, against plain definitions."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

import notmnist.callbacks
from notmnist.callbacks.picture import stretch
from notmnist.callbacks.schedule import Schedule
from notmnist.callbacks.tiles import Grid
from notmnist.plots import palette
from notmnist.plots.palette import PAPER

LOGARITHMIC = [d * 10**p for p in range(6) for d in (1, 2, 5)]
EVERY = st.one_of(st.integers(1, 50), st.lists(st.integers(0, 300), max_size=20), st.just("log"))


def wanted(every, step):
    if every == "log":
        return step in LOGARITHMIC
    return step > 0 and step % every == 0 if isinstance(every, int) else step in every


@given(EVERY, st.integers(0, 200), st.integers(0, 100))
def test_a_schedule_wants_what_it_says(every, step, length):
    schedule = Schedule(every)
    inside = [s for s in range(step + 1, step + length) if wanted(every, s)]
    assert schedule.between(step, step + length) == inside
    assert schedule.wants(step) == wanted(every, step) or step == 0


@given(st.floats(-10, 10), st.floats(0.1, 10), st.floats(0.1, 10))
def test_stretching_a_drawn_frame_is_as_good_as_drawing_it_on_the_common_scale(value, own, common):
    drawn = palette.entries(np.array([value]), own)
    direct = int(palette.entries(np.array([np.clip(value, -own, own)]), common)[0])
    step = max(1.0, own / common)  # levels that one level of the frame's own scale becomes
    assert abs(int(stretch(own / common)[drawn][0]) - direct) <= 0.5 * step + 1


def test_paper_ink_and_nan_are_never_stretched():
    assert stretch(7.0)[palette.NAN :].tolist() == list(range(palette.NAN, 256))


@given(st.integers(1, 40), st.integers(1, 9), st.integers(1, 9), st.integers(1, 3), st.data())
def test_every_tile_stands_where_the_grid_says(tiles, height, width, channels, data):
    columns = data.draw(st.one_of(st.none(), st.integers(1, 12)))
    caption = data.draw(st.sampled_from([0, 20]))
    grid = Grid.fit(tiles, (height, width, channels), columns, None, 2, caption)
    count = tiles * channels
    entries = np.arange(count * height * width).reshape(count, height, width) % 200
    page = grid.draw(entries.astype(np.uint8))
    assert page.shape == grid.size
    covered = np.zeros(page.shape, bool)
    for tile in range(count):
        top, left = grid.corner(tile)
        place = np.s_[top : top + height * grid.zoom, left : left + width * grid.zoom]
        assert not covered[place].any()
        covered[place] = True
        assert np.array_equal(page[place][:: grid.zoom, :: grid.zoom], entries[tile])
    assert (page[~covered] == PAPER).all()


def test_the_face_is_what_it_says():
    names = notmnist.callbacks.__all__
    assert names == sorted(names)
    public = {name for name, value in vars(notmnist.callbacks).items() if isinstance(value, type)}
    assert public == set(names)
