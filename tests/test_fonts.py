import os
import shutil
import struct
import sys
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from fontTools.ttLib import TTCollection, TTFont

from notmnist.datasets.fonts import folder as fonts
from notmnist.datasets.fonts.rendering import draw
from notmnist.errors import ArchiveError
from tests.test_render import DEJAVU, font

FOLDER = Path(matplotlib.get_data_path(), "fonts", "ttf")


def test_font_files_are_found_in_all_subfolders_in_a_fixed_order(tmp_path):
    for name in ("b/x.TTF", "a/y.otf", "a/z.txt", "c.woff2", "d.pfb", "a/n.ttc"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
    found = [path.relative_to(tmp_path).as_posix() for path in fonts.find(tmp_path)]
    assert found == ["a/n.ttc", "a/y.otf", "b/x.TTF", "c.woff2", "d.pfb"]


def test_faces_come_with_names_letters_and_images():
    (face,) = fonts.read([DEJAVU], "BAÄ")
    assert (face.name, face.family, face.style) == ("DejaVuSans.ttf", "DejaVu Sans", "Book")
    assert face.letters == "BAÄ"
    assert (face.images[1] == draw(DEJAVU, "A")["A"]).all()


def test_web_fonts_draw_the_same_images(tmp_path):
    plain = font(tmp_path / "plain.ttf", {"A": [(0, 0, 500, 90)], "B": [(0, 0, 500, 900)]})
    for flavor in ("woff", "woff2"):
        web = TTFont(plain)
        web.flavor = flavor
        web.save(tmp_path / f"web.{flavor}")
    one, *others = fonts.read([plain, tmp_path / "web.woff", tmp_path / "web.woff2"], "AB")
    assert [(one.images == other.images).all() for other in others] == [True, True]


def test_every_face_of_a_collection_is_drawn(tmp_path):
    path = tmp_path / "two.ttc"
    collection = TTCollection()
    collection.fonts = [TTFont(DEJAVU), TTFont(FOLDER / "DejaVuSerif.ttf")]
    collection.save(path)
    names = [(face.name, face.family) for face in fonts.read([path], "A")]
    assert names == [("two.ttc", "DejaVu Sans"), ("two.ttc#1", "DejaVu Serif")]


def test_a_face_without_the_letters_is_a_problem_with_its_name(tmp_path):
    path = font(tmp_path / "only-x.ttf", {"x": [(0, 0, 500, 500)]})
    (problem,) = fonts.read([path], "AB")
    assert problem == (path, "only-x.ttf", "draws none of the letters")


def hostile(folder, count):
    """Write broken and hostile font files: cut, garbled, empty, lying about their sizes."""
    good = [path.read_bytes() for path in sorted(FOLDER.glob("*.ttf"))[:4]]
    random = np.random.default_rng(1)
    folder.mkdir()
    for number in range(count):
        raw = bytearray(good[number % len(good)])
        kind = number % 8
        if kind == 0:
            raw = raw[: random.integers(0, 3000)]
        elif kind == 1:  # garbled everywhere
            for place in random.integers(0, len(raw), 2000):
                raw[place] = random.integers(256)
        elif kind == 2:  # garbled table directory: offsets and lengths out of bounds
            for place in random.integers(4, 300, 40):
                raw[place] = random.integers(256)
        elif kind == 3:
            raw = bytearray(random.bytes(5000))
        elif kind == 4:
            raw = bytearray(b"ttcf\0\1\0\0" + struct.pack(">I", 2**32 - 1) + random.bytes(400))
        elif kind == 5:
            raw = bytearray()
        elif kind == 6:  # every table claims four gigabytes
            for entry in range(raw[5]):
                raw[12 + 16 * entry + 12 : 12 + 16 * entry + 16] = b"\xff" * 4
        else:
            raw = bytearray(b"wOF2" + random.bytes(3000))
        suffix = ("ttf", "otf", "pfb", "woff2", "ttc")[number % 5]
        (folder / f"{number:03}.{suffix}").write_bytes(raw)


def test_two_hundred_hostile_files_cost_a_problem_each_and_not_the_run(tmp_path):
    hostile(tmp_path / "bad", 200)
    shutil.copy(DEJAVU, tmp_path / "bad" / "zzz.ttf")
    found = list(fonts.read(fonts.find(tmp_path / "bad"), "ABCDEFGHIJ"))
    assert len({entry.path for entry in found}) == 201
    problems = [entry for entry in found if isinstance(entry, fonts.Problem)]
    assert len(problems) > 120  # some garbled fonts can still be drawn
    assert all(problem.reason for problem in problems)
    assert isinstance(found[-1], fonts.Face)
    assert found[-1].letters == "ABCDEFGHIJ"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_file_that_never_ends_is_given_up_and_the_next_one_is_read(tmp_path):
    endless = tmp_path / "endless.ttf"
    os.mkfifo(endless)
    problem, face = fonts.read([endless, DEJAVU], "A", seconds=2.0)
    assert "takes longer than 2 s" in problem.reason
    assert face.letters == "A"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux limits the memory")
def test_a_face_that_needs_too_much_memory_is_a_problem_and_the_next_one_is_read(tmp_path):
    huge = font(tmp_path / "huge.ttf", {"A": [(-3750, -3750, 3750, 3750)]})  # 2.1 GB
    problem, face = fonts.read([huge, DEJAVU], "A", 1024)
    assert problem.reason == "cannot be drawn: MemoryError()"
    assert face.images.shape == (1, 1024, 1024)


def test_a_collection_is_read_up_to_sixty_four_faces(tmp_path):
    one = font(tmp_path / "one.ttf", {"A": [(0, 0, 500, 500)]})
    many = TTCollection()
    many.fonts = [TTFont(one) for _ in range(70)]
    many.save(tmp_path / "many.ttc")
    assert len(list(fonts.read([tmp_path / "many.ttc"], "A"))) == 64


def test_a_process_that_cannot_start_is_an_error_and_not_a_problem_of_every_font(monkeypatch):
    monkeypatch.setattr(fonts.sys, "executable", "/bin/false")
    with pytest.raises(ArchiveError, match="must be able to import notmnist"):
        list(fonts.read([DEJAVU], "A"))


def test_a_design_is_what_weights_and_widths_share():
    designs = {
        "DejaVu Sans Condensed": "deja vu sans",
        "Roboto-BoldItalic": "roboto",
        "Noto Serif Display ExtraLight": "noto serif",
        "Black": "black",
    }
    assert {family: fonts.design(family) for family in designs} == designs
