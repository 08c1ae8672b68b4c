"""Real PNG files of the published archives, with their real names, read in every way."""

import base64
import gzip
import io
import tarfile
from collections import Counter

import numpy as np
import pytest
from PIL import Image

import notmnist
from notmnist.datasets.reading.archives import read_archive
from notmnist.datasets.reading.batches import Notes, font_name
from notmnist.datasets.reading.idx import read_idx
from tests.archives import write_tar, write_zip
from tests.real import real
from tests.standins import serve

EMPTY = {
    "A/RGVtb2NyYXRpY2FCb2xkT2xkc3R5bGUgQm9sZC50dGY=.png",
    "F/Q3Jvc3NvdmVyIEJvbGRPYmxpcXVlLnR0Zg==.png",
}


def entries(path):
    with tarfile.open(path) as archive:
        return [(member.name, archive.extractfile(member).read()) for member in archive]


def read(path, notes=None):
    batches = list(read_archive(path, notes or Notes("ABCDEFGHIJ", (28, 28))))
    names = [name for batch in batches for name in batch.names]
    images = np.concatenate([batch.images for batch in batches])
    return images, np.concatenate([batch.labels for batch in batches]), names


CONTAINERS = {
    "tar.gz": lambda path, source: source,
    "tar": lambda path, source: path.write_bytes(gzip.decompress(source.read_bytes())) and path,
    "zip": lambda path, source: write_zip(path, entries(source)),
}


@pytest.mark.parametrize("part", ["small", "large"])
def test_pixels_are_those_that_pillow_reads(tmp_path, part):
    source = real(f"notMNIST_{part}_part.tar.gz")
    members = [(name, data) for name, data in entries(source) if data]
    expected = np.stack([np.asarray(Image.open(io.BytesIO(data))) for _, data in members])
    for kind, pack in CONTAINERS.items():
        images, labels, names = read(pack(tmp_path / "a", source))
        assert np.array_equal(images, expected), kind
        pairs = zip(labels, names, strict=True)
        paths = [f"{'ABCDEFGHIJ'[label]}/{name}.png" for label, name in pairs]
        assert paths == [name.partition("/")[2] for name, _ in members], kind


def test_the_archive_holds_the_images_of_the_idx_files():
    images, labels, _ = read(real("notMNIST_small_part.tar.gz"))
    of_archive = [image.tobytes() for image in images]
    of_idx = [image.tobytes() for image in read_idx(real("sample-images-idx3-ubyte.gz"))]
    assert sorted(of_archive) == sorted(of_idx)
    in_archive = Counter(zip(of_archive, labels.tolist(), strict=True))
    in_idx = Counter(
        zip(of_idx, read_idx(real("sample-labels-idx1-ubyte.gz")).tolist(), strict=True)
    )
    # one image is both a B and a C in the published archive; each sample has one of the two
    assert (in_archive - in_idx).total() == 1


def test_the_two_empty_files_of_small_are_skipped_and_named():
    notes = Notes("ABCDEFGHIJ", (28, 28))
    read(real("notMNIST_small_part.tar.gz"), notes)
    names = notes.skipped.to_dict()["empty"]["names"]
    assert {name.partition("/")[2] for name in names} == EMPTY
    assert len(notes.skipped) == 2


def test_escapes_in_names_become_the_characters_they_stand_for():
    _, _, names = read(real("notMNIST_large_part.tar.gz"))
    fonts = {font_name(name) for name in names}
    assert {"Skäggbiff.ttf", "Otherworld™.ttf", "Comons Lighÿ.ttf", "Äggstock.ttf"} <= fonts
    assert not any("\\" in font for font in fonts)
    assert all(font.endswith((".ttf", ".otf", ".pfb", ".ttc")) for font in fonts)


def test_an_escape_that_stands_for_no_printable_character_stays():
    stem = base64.b64encode(rb"a\x07b\ud800.ttf").decode()
    assert font_name(stem) == r"a\x07b\ud800.ttf"


def test_a_served_archive_of_real_files_becomes_an_edition_from_download_to_fit(
    server, monkeypatch, tmp_path
):
    path = tmp_path / "notMNIST_small.tar.gz"
    path.write_bytes(real("notMNIST_small_part.tar.gz").read_bytes())
    serve(monkeypatch, server, "small", path)
    train, info = notmnist.load("small", with_info=True, verbose=0)
    assert sum(info.splits.values()) == 6000
    assert info.skipped["empty"]["count"] == 2
    model = notmnist.models.logistic()
    before = model.evaluate(notmnist.load("small", split="test", verbose=0), verbose=0)[0]
    model.fit(train, epochs=2, verbose=0)
    loss, accuracy = model.evaluate(notmnist.load("small", split="test", verbose=0), verbose=0)
    assert loss < before
    assert accuracy > 0.75


def test_tfds_holds_the_real_png_files_byte_for_byte(server, monkeypatch, tmp_path):
    import tensorflow_datasets as tfds

    source = real("notMNIST_small_part.tar.gz")
    path = write_tar(tmp_path / "notMNIST_small.tar.gz", entries(source))
    serve(monkeypatch, server, "small", path)
    builder = tfds.builder("notmnist/small", data_dir=tmp_path / "tfds")
    builder.download_and_prepare()
    undecoded = builder.as_dataset(split="all", decoders={"image": tfds.decode.SkipDecoding()})
    found = sorted(bytes(example["image"]) for example in tfds.as_numpy(undecoded))
    assert found == sorted(data for _, data in entries(source) if data)
