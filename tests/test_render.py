import shutil
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from notmnist.datasets.fonts import rendering
from notmnist.errors import ArchiveError

DEJAVU = Path(matplotlib.get_data_path(), "fonts", "ttf", "DejaVuSans.ttf")


def rectangles(*boxes):
    """Return a glyph of rectangles, each (left, bottom, right, top) in thousandths of an em."""
    pen = TTGlyphPen(None)
    for left, bottom, right, top in boxes:
        pen.moveTo((left, bottom))
        for corner in ((left, top), (right, top), (right, bottom)):
            pen.lineTo(corner)
        pen.closePath()
    return pen.glyph()


def font(path, glyphs, notdef=(), family="Testface"):
    """Build a font of known rectangles, so that tests know what must be drawn."""
    names = [".notdef", *glyphs]
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder(names)
    builder.setupCharacterMap({ord(letter): letter for letter in glyphs})
    builder.setupGlyf(
        {".notdef": rectangles(*notdef), **{k: rectangles(*v) for k, v in glyphs.items()}}
    )
    builder.setupHorizontalMetrics(dict.fromkeys(names, (1000, 0)))
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": family, "styleName": "Bold"})
    builder.setupOS2()
    builder.setupPost()
    builder.save(path)
    return path


def test_a_letter_fills_the_box_from_edge_to_edge_whatever_its_proportions():
    for letter, image in rendering.draw(DEJAVU, "ABDEH").items():
        ink = image > 40
        assert ink.any(axis=1)[[0, -1]].all(), letter
        assert ink.any(axis=0)[[0, -1]].all(), letter


def test_a_rectangle_becomes_a_full_box(tmp_path):
    path = font(tmp_path / "one.ttf", {"A": [(100, 0, 180, 700)]})
    image = rendering.draw(path, "A")["A"]
    assert image.shape == (28, 28)
    assert image.dtype == np.uint8
    assert image[2:-2, 2:-4].min() > 250


def test_ink_is_light_and_is_where_the_outline_is(tmp_path):
    path = font(tmp_path / "l.ttf", {"A": [(0, 0, 100, 1000), (0, 0, 1000, 100)]})  # an L
    image = rendering.draw(path, "A", size=50)["A"]
    assert image[:, :4].min() > 200
    assert image[-4:, :].min() > 200
    assert image[:40, 10:].max() < 30


@given(size=st.integers(4, 90))
def test_any_size_can_be_drawn(size):
    assert rendering.draw(DEJAVU, "Ω", size)["Ω"].shape == (size, size)


def test_letters_that_the_face_lacks_are_left_out(tmp_path):
    path = font(tmp_path / "a.ttf", {"A": [(0, 0, 500, 500)]}, notdef=[(0, 0, 300, 900)])
    assert list(rendering.draw(path, "AB")) == ["A"]


def test_blank_letters_are_left_out(tmp_path):
    path = font(tmp_path / "a.ttf", {"A": [(0, 0, 500, 500)], "B": []})
    assert list(rendering.draw(path, "AB")) == ["A"]


def test_a_letter_drawn_as_the_box_for_missing_glyphs_counts_as_missing(tmp_path):
    box = [(0, 0, 300, 900)]
    path = font(tmp_path / "a.ttf", {"A": [(0, 0, 500, 500)], "B": box}, notdef=box)
    assert list(rendering.draw(path, "AB")) == ["A"]


def test_a_letter_larger_than_twelve_ems_is_an_error_not_a_gigabyte(tmp_path):
    path = font(tmp_path / "huge.ttf", {"A": [(-15000, -15000, 15000, 15000)]})
    with pytest.raises(ArchiveError, match=r"huge\.ttf.*pixels large"):
        rendering.draw(path, "A")


def test_a_file_that_is_not_a_font_is_named(tmp_path):
    path = tmp_path / "not.ttf"
    path.write_bytes(b"not a font at all")
    with pytest.raises(ArchiveError, match=r"Cannot draw with the font '.*not\.ttf'"):
        rendering.draw(path, "A")


def test_a_damaged_font_is_not_replaced_by_one_of_the_system_of_the_same_name(
    tmp_path, monkeypatch
):
    system = tmp_path / "share" / "fonts"
    system.mkdir(parents=True)
    shutil.copy(DEJAVU, system)
    monkeypatch.setenv("XDG_DATA_DIRS", str(system.parent))
    damaged = tmp_path / DEJAVU.name
    damaged.write_bytes(DEJAVU.read_bytes()[:2000])
    with pytest.raises(ArchiveError):
        rendering.draw(damaged, "A")


def test_stretching_keeps_a_picture_that_has_the_box_s_size():
    image = np.arange(784, dtype=np.uint8).reshape(28, 28)
    assert (rendering.stretch(Image.fromarray(image)) == image).all()
