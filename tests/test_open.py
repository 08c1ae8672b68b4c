import hashlib
import json
import shutil
import subprocess
import sys
import zipfile

import numpy as np
import pytest

from notmnist.datasets import curate, prepare
from notmnist.datasets.editions import embedded
from notmnist.errors import IntegrityError

DIGEST = "6914fbf12e336b6623ae1265b87cab8237840725f18891fac56d633e867402d8"


@pytest.fixture(scope="module")
def read():
    return embedded.read()


def test_the_examples_of_every_split_are_those_of_version_1():
    store, found = prepare("open", verbose=0), hashlib.sha256()
    for split in store.sizes():
        found.update(store.images(split).tobytes() + store.labels(split).tobytes())
        fonts = [store.font_names[number] for number in store.font_ids(split)]
        found.update(json.dumps([split, fonts]).encode())
    assert found.hexdigest() == DIGEST


def test_every_face_draws_all_ten_letters_unlike_any_other(read):
    faces = embedded.table()
    assert len(faces) >= 2000
    assert read.images.shape == (10 * len(faces), 28, 28)
    assert read.images.dtype == np.uint8
    assert len(read.labels) == len(read.names) == len(read.families) == len(read.images)
    assert (np.bincount(read.labels) == len(faces)).all()
    assert read.names[:10] == [faces[0]["font"]] * 10
    assert (read.images.max(axis=(1, 2)) > 100).all(), "none is blank or faint"
    assert len({face.tobytes() for face in read.images.reshape(-1, 7840)}) == len(faces)


def test_every_face_has_a_name_of_its_own_a_licence_a_package_and_a_place_of_its_own():
    faces = embedded.table()
    assert all(face[column] for face in faces for column in face)
    assert len({face["font"] for face in faces}) == len(faces)
    places = [(face["package"], face["path"], int(face["index"])) for face in faces]
    assert len(set(places)) == len(places)
    assert places == sorted(places)
    assert len({face["licence"] for face in faces}) < 60, "short enough to read"


def test_the_files_are_at_most_eight_megabytes_in_a_wheel(tmp_path):
    """Eight million bytes, compressed as a wheel compresses them."""
    with zipfile.ZipFile(tmp_path / "x.whl", "w", zipfile.ZIP_DEFLATED) as wheel:
        for path in embedded.FOLDER.iterdir():
            wheel.writestr(path.name, path.read_bytes())
    assert (tmp_path / "x.whl").stat().st_size <= 8_000_000


def test_a_changed_file_is_refused(tmp_path, monkeypatch):
    shutil.copytree(embedded.FOLDER, tmp_path / "open")
    monkeypatch.setattr(embedded, "FOLDER", tmp_path / "open")
    names = ("fonts.tsv", "images.idx.xz", "copies.txt")
    readers = (embedded.table, embedded.read, embedded.copies)
    for name, read in zip(names, readers, strict=True):
        path = tmp_path / "open" / name
        path.write_bytes(path.read_bytes()[:-1] + b"?")
        with pytest.raises(IntegrityError, match=rf"'{name}' has SHA-256"):
            read()


def test_reading_needs_neither_tensorflow_nor_pillow():
    code = (
        "import sys; from notmnist.datasets.editions.embedded import read; read();"
        "print([m for m in ('tensorflow', 'keras', 'PIL', 'sklearn') if m in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_no_image_of_valid_or_test_has_a_copy_in_another_split():
    report, _ = curate("open", verbose=0)
    for overlap in report.to_dict()["overlaps"]:
        assert (overlap["exact"], overlap["near"]) == (0, 0)
