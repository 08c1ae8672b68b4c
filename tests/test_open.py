import collections
import hashlib
import json
import shutil
import subprocess
import sys
import zipfile

import numpy as np
import pytest
from notmnist.datasets.open.copies import find_copies_of_open, known_copies

from notmnist.datasets import open as edition
from notmnist.datasets import prepare
from notmnist.datasets.curation import curate_store
from notmnist.datasets.open import choice, licences, rebuild
from notmnist.errors import IntegrityError


@pytest.fixture(scope="module")
def read():
    return edition.read()


def test_the_edition_is_as_large_as_promised(read):
    faces = edition.table()
    assert len(faces) >= 2000
    assert read.images.shape == (10 * len(faces), 28, 28)
    assert read.images.dtype == np.uint8
    assert len(read.labels) == len(read.fonts) == len(read.families) == len(read.images)


def test_every_face_draws_all_ten_letters(read):
    assert (np.bincount(read.labels) == len(read.images) // 10).all()
    assert read.fonts[:10] == (read.fonts[0],) * 10


def test_no_image_is_blank_and_none_is_missing_its_light(read):
    assert (read.images.max(axis=(1, 2)) > 100).all()


def test_no_two_faces_are_the_same(read):
    faces = read.images.reshape(-1, 10 * 784)
    assert len({face.tobytes() for face in faces}) == len(faces)


def test_every_face_has_a_licence_a_package_and_a_place_of_its_own():
    faces = edition.table()
    assert all(face[column] for face in faces for column in face)
    places = [(face["package"], face["path"], int(face["index"])) for face in faces]
    assert len(set(places)) == len(places)
    assert places == sorted(places)


def test_every_face_has_a_name_of_its_own():
    assert len({face["font"] for face in edition.table()}) == len(edition.table())


def test_every_package_of_the_table_is_among_the_sources():
    packages = {row["package"] for row in rebuild.rows(rebuild.HERE / "sources.tsv")}
    assert {face["package"] for face in edition.table()} <= packages


def test_the_files_are_at_most_eight_megabytes_in_a_wheel(tmp_path):
    """Eight million bytes, compressed as a wheel compresses them."""
    with zipfile.ZipFile(tmp_path / "x.whl", "w", zipfile.ZIP_DEFLATED) as wheel:
        for path in rebuild.HERE.iterdir():
            if path.is_file():
                wheel.write(path, path.name)
    assert (tmp_path / "x.whl").stat().st_size <= 8_000_000


@pytest.mark.parametrize("name", ["images.idx.xz", "fonts.tsv"])
def test_a_changed_file_is_refused(tmp_path, monkeypatch, name):
    shutil.copytree(rebuild.HERE, tmp_path / "open", ignore=shutil.ignore_patterns("*.py"))
    path = tmp_path / "open" / name
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    monkeypatch.setattr(edition.resources, "files", lambda package: tmp_path / "open")
    with pytest.raises(IntegrityError, match=rf"'{name}' has SHA-256"):
        edition.read()


def test_reading_needs_neither_tensorflow_nor_pillow():
    code = (
        "import sys; from notmnist.datasets.open import read; read();"
        "print([m for m in ('tensorflow', 'keras', 'PIL', 'sklearn') if m in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


@pytest.mark.slow  # a quarter of a minute of compression
def test_packing_what_was_read_gives_the_shipped_file(read):
    packed = rebuild.pack(read.images)
    assert hashlib.sha256(packed).hexdigest() == edition.IMAGES_SHA256


@pytest.mark.parametrize(
    ("said", "name"),
    [
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
    ],
)
def test_licences_get_their_usual_names_or_none(said, name):
    assert licences.spdx(said) == name


def test_a_debian_package_s_licence_is_that_of_its_files_not_of_its_packaging(tmp_path):
    doc = tmp_path / "usr/share/doc/fonts-x"
    doc.mkdir(parents=True)
    (doc / "copyright").write_text(
        "Format: x\n\nFiles: debian/*\nLicense: GPL-3+\n\nFiles: *\nCopyright: me\nLicense: MIT\n"
    )
    assert licences.debian(tmp_path) == "MIT"
    (doc / "copyright").write_text("Nobody knows.")
    assert licences.debian(tmp_path) is None


@pytest.mark.parametrize(
    ("stated", "text", "licence"),
    [
        ("OFL-1.1", "under the SIL Open Font License, Version 1.1.", "OFL-1.1"),
        ("Apache-2.0", "Apache License\nVersion 2.0", "Apache-2.0"),
        ("MIT", "under the SIL Open Font License, Version 1.1.", None),  # the packaging's alone
        ("OFL-1.1", None, None),
    ],
)
def test_a_package_from_npm_must_state_one_licence_twice(tmp_path, stated, text, licence):
    (tmp_path / "package.json").write_text(json.dumps({"license": stated}))
    if text is not None:
        (tmp_path / "LICENSE").write_text(text)
    assert licences.npm(tmp_path) == licence


def test_of_a_web_font_s_files_the_regular_latin_upright_one_is_read(tmp_path):
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


def test_the_table_of_licences_is_short_enough_to_read():
    assert len(collections.Counter(face["licence"] for face in edition.table())) < 60


def test_the_copies_left_out_are_those_that_the_rule_finds():
    assert np.array_equal(known_copies(), find_copies_of_open())


def test_no_image_of_valid_or_test_has_a_copy_in_another_split():
    report, _ = curate_store(prepare("open", verbose=0))
    for overlap in report.to_dict()["overlaps"]:
        assert (overlap["exact"], overlap["near"]) == (0, 0)
