"""The scripts in tools/open_edition, which build the edition `open`."""

import hashlib
import json
import shutil
from pathlib import Path

import matplotlib
import numpy as np
import pytest

import choice
import faces
import licences
import rebuild
from copies import find_copies
from notmnist.datasets.editions import embedded

DEJAVU = Path(matplotlib.get_data_path(), "fonts", "ttf")


def test_every_package_of_the_table_is_among_the_sources():
    packages = {row["package"] for row in rebuild.rows(rebuild.HERE / "sources.tsv")}
    assert {face["package"] for face in embedded.table()} <= packages


@pytest.mark.slow  # test_open tests what users see
def test_the_copies_left_out_are_those_that_the_rule_finds():
    known = embedded.copies()
    assert np.array_equal(known, find_copies())


@pytest.mark.slow  # a quarter of a minute of compression
def test_packing_what_was_read_gives_the_shipped_file():
    packed = rebuild.pack(embedded.read().images)
    assert hashlib.sha256(packed).hexdigest() == embedded.IMAGES_SHA256


@pytest.fixture
def sources(tmp_path):
    """Two packages with two faces each; only the licence of one of them is known."""
    for package, licence in (("fonts-free", "OFL-1.1"), ("fonts-secret", "ask-me")):
        folder = tmp_path / "sources" / package / "usr/share"
        (folder / "doc" / package).mkdir(parents=True)
        (folder / "doc" / package / "copyright").write_text(f"Files: *\nLicense: {licence}\n")
        shutil.copy(DEJAVU / "DejaVuSans.ttf", folder)
        shutil.copy(DEJAVU / "DejaVuSerif.ttf", folder)
    return tmp_path / "sources"


def test_candidates_are_the_licensed_faces_with_all_letters(sources):
    packages = [{"package": "fonts-secret"}, {"package": "fonts-free"}]
    rows = [candidate.row for candidate in choice.candidates(sources, packages)]
    assert [row["path"] for row in rows] == [
        "usr/share/DejaVuSans.ttf",
        "usr/share/DejaVuSerif.ttf",
    ]
    assert {(row["package"], row["licence"]) for row in rows} == {("fonts-free", "OFL-1.1")}


def test_rebuilding_draws_the_faces_of_the_table_and_says_that_they_differ(
    sources, tmp_path, monkeypatch
):
    found = choice.candidates(sources, [{"package": "fonts-free"}])
    rebuild.write(tmp_path / "fonts.tsv", [candidate.row for candidate in found])
    monkeypatch.setattr(rebuild, "FOLDER", tmp_path)
    assert rebuild.main([str(sources), "--out", str(tmp_path / "out")]) == 1
    packed = (tmp_path / "out" / "images.idx.xz").read_bytes()
    assert packed == rebuild.pack(np.concatenate([candidate.images for candidate in found]))


LICENCES = [
    ("SIL-OFL-1.1", "OFL-1.1"),
    ("OFL-1.1-RFN", "OFL-1.1"),
    ("ofl", "OFL-1.1"),
    ("GPL-2.0+ with Font exception", "GPL-2.0+ with font exception"),
    ("GPL-2+FE", "GPL-2.0-only with font exception"),
    ("MIT or OFL-1.1", "MIT or OFL-1.1"),
    ("BSD3|SIL", None),
    ("lppl1.3c", "LPPL-1.0+"),
    ("Apache-2", "Apache-2.0"),
    ("custom", None),
    ("OFL-1.1 and something-else", None),
    ("other-free", None),
]


def test_licences_get_their_usual_names_or_none():
    assert [licences.spdx(said) for said, _ in LICENCES] == [name for _, name in LICENCES]


def test_a_debian_package_s_licence_is_that_of_its_files_not_of_its_packaging(tmp_path):
    doc = tmp_path / "usr/share/doc/fonts-x"
    doc.mkdir(parents=True)
    (doc / "copyright").write_text(
        "Format: x\n\nFiles: debian/*\nLicense: GPL-3+\n\nFiles: *\nCopyright: me\nLicense: MIT\n"
    )
    assert licences.debian(tmp_path) == "MIT"
    (doc / "copyright").write_text("Nobody knows.")
    assert licences.debian(tmp_path) is None


def test_a_package_from_npm_must_state_one_licence_twice(tmp_path):
    for stated, text, licence in (
        ("OFL-1.1", "", None),
        ("OFL-1.1", "under the SIL Open Font License, Version 1.1.", "OFL-1.1"),
        ("Apache-2.0", "Apache License\nVersion 2.0", "Apache-2.0"),
        ("MIT", "under the SIL Open Font License, Version 1.1.", None),  # of the packaging only
    ):
        (tmp_path / "package.json").write_text(json.dumps({"license": stated}))
        if text:
            (tmp_path / "LICENSE").write_text(text)
        assert licences.npm(tmp_path) == licence


def test_the_regular_upright_latin_file_of_a_web_font_is_read(tmp_path):
    files = tmp_path / "package/files"
    files.mkdir(parents=True)
    for name in (
        "latin-200-normal",
        "latin-500-normal",
        "latin-500-italic",
        "latin-ext-400-normal",
    ):
        (files / f"x-{name}.woff2").touch()
    assert [path.name for path in choice.files(tmp_path)] == ["x-latin-500-normal.woff2"]


def drawn(count, seed=0):
    """Return faces of rectangles: letter k is a bar at height k, with another weight per face."""
    random = np.random.default_rng(seed)
    images = np.zeros((count, 10, 28, 28), np.uint8)
    for face in images:
        for number, image in enumerate(face):
            image[:, : random.integers(3, 8)] = 255
            image[2 + 2 * number : 5 + 2 * number, : random.integers(16, 28)] = 255
    return images


def test_near_copies_go_and_the_first_of_them_stays():
    images = drawn(40)
    copies = images[:5].copy()
    copies[:, :, 0, 0] ^= 20
    assert faces.distinct(np.concatenate([images, copies]), 2.0).tolist() == list(range(40))


def test_near_copies_are_those_below_the_distance_and_no_others():
    base = np.zeros((1, 10, 28, 28), np.uint8)
    faint = base + np.uint8(11)
    assert faces.distinct(np.concatenate([base, faint]), 12.0).tolist() == [0]
    assert faces.distinct(np.concatenate([base, faint]), 10.0).tolist() == [0, 1]


def test_faces_that_draw_no_letters_are_distinguished_from_those_that_do():
    random = np.random.default_rng(3)
    letters = drawn(60)
    shuffled = drawn(6, seed=9)[:, random.permutation(10)]
    everything = np.concatenate([letters, shuffled])
    families = [f"family {number}" for number in range(66)]
    read = faces.letters_read(everything, families)
    assert read[:60].min() >= faces.LEAST_READ
    assert read[60:].max() < faces.LEAST_READ
