"""Exports, and loading them again."""

import errno
import gzip
import io
import zipfile
from collections import Counter

import numpy as np
import pytest
from PIL import Image

import notmnist
from notmnist.cli import main
from notmnist.datasets import export, exporting, prepare
from notmnist.datasets.splitting import SPLITS
from notmnist.errors import ArgumentError, StoreError
from tests.archives import glyphs, write_tar, write_zip
from tests.real import real

FORMS = ("png", "idx", "npz")


def place(folder, form):
    return folder / ("out.npz" if form == "npz" else "out")


def examples(name, *, fonts=False):
    """Count, for each split, each pair of image and label, and each font."""
    store = prepare(name, verbose=0)
    return {
        split: Counter(
            (image.tobytes(), label, store.font_names[font] if fonts else "")
            for image, label, font in zip(
                store.images(split),
                store.labels(split).tolist(),
                store.font_ids(split).tolist(),
                strict=True,
            )
        )
        for split in SPLITS
    }


def picture(seed, size, mode="L"):
    random = np.random.default_rng(seed)
    pixels = random.integers(0, 200, (size, size, 3), np.uint8)  # dark on average, so no warning
    file = io.BytesIO()
    Image.fromarray(pixels).convert(mode).save(file, "PNG")
    return file.getvalue()


@pytest.fixture
def colours(tmp_path):
    """Digits 0 and 1 of forty fonts, in colour."""
    entries = [
        (f"digits/{label}/font {font}.png", picture(2 * font + label, 9, "RGB"))
        for label in (0, 1)
        for font in range(40)
    ]
    return write_zip(tmp_path / "digits.zip", entries)


@pytest.fixture
def alphabet(tmp_path):
    """Letters A to Z of twelve fonts, 20 × 20 pixels."""
    entries = [
        (f"letters/{letter}/font {font}.png", picture(ord(letter) + 100 * font, 20))
        for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
        for font in range(12)
    ]
    return write_tar(tmp_path / "letters.tar.gz", entries)


@pytest.mark.parametrize("form", FORMS)
def test_what_is_exported_loads_as_the_same_examples_in_the_same_splits(
    archive, alphabet, tmp_path, form
):
    path = export(archive, place(tmp_path, form), form, verbose=0)
    assert path == place(tmp_path, form)
    fonts = form == "png"
    assert examples(path, fonts=fonts) == examples(archive, fonts=fonts)
    path = export(alphabet, tmp_path / f"more{path.suffix}", form, verbose=0)
    assert examples(path) == examples(alphabet)
    info = notmnist.datasets.info(path)
    assert "".join(info.class_names) == "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    assert info.image_shape == (20, 20, 1)


def test_real_files_with_the_names_of_real_fonts_survive(tmp_path):
    archive = real("notMNIST_large_part.tar.gz")
    path = export(archive, tmp_path / "out", verbose=0)
    assert examples(path, fonts=True) == examples(archive, fonts=True)


def test_colour_survives(colours, tmp_path):
    for form in ("png", "npz"):
        path = export(colours, place(tmp_path, form), form, verbose=0)
        assert examples(path) == examples(colours)
        info = notmnist.datasets.info(path)
        assert (info.class_names, info.image_shape) == (("0", "1"), (9, 9, 3))


def test_idx_files_are_named_and_laid_out_as_mnists(archive, tmp_path):
    path = export(archive, tmp_path / "out", "idx", verbose=0)
    assert sorted(file.name for file in path.iterdir()) == [
        f"{name}-{kind}-ubyte.gz"
        for name in ("t10k", "train", "valid")
        for kind in ("images-idx3", "labels-idx1")
    ]
    with gzip.open(path / "t10k-images-idx3-ubyte.gz") as file:  # as tutorials read MNIST
        images = np.frombuffer(file.read(), np.uint8, offset=16).reshape(-1, 28, 28)
    with gzip.open(path / "t10k-labels-idx1-ubyte.gz") as file:
        labels = np.frombuffer(file.read(), np.uint8, offset=8)
    _, (x_test, y_test) = notmnist.load_data(archive, verbose=0)
    assert np.array_equal(images, x_test)
    assert np.array_equal(labels, y_test)


def test_an_npz_contains_what_load_data_returns(archive, tmp_path):
    path = export(archive, tmp_path / "out.npz", verbose=0)
    with np.load(path) as arrays:
        found = [arrays[name] for name in ("x_train", "y_train", "x_test", "y_test")]
        names = arrays["class_names"].tolist()
    (x_train, y_train), (x_test, y_test) = notmnist.load_data(archive, verbose=0)
    assert all(map(np.array_equal, found, (x_train, y_train, x_test, y_test)))
    assert names == list("ABCDEFGHIJ")


def test_a_folder_of_png_is_what_keras_reads(archive, tmp_path):
    import keras

    path = export(archive, tmp_path / "out", verbose=0)
    read = keras.utils.image_dataset_from_directory(
        path / "valid", image_size=(28, 28), color_mode="grayscale", shuffle=False, verbose=False
    )
    assert read.class_names == list("ABCDEFGHIJ")
    assert sum(len(labels) for _, labels in read) == 30


# The base64 of the last two differs only in case.
AWKWARD = ("Sk\\xe4gg.ttf", "Skägg.ttf", "a\\b.otf", "Lato.2", "字.ttf", "Lato", "aaa", "aaG")


def test_names_of_fonts_survive_whatever_they_are_and_however_often(tmp_path, monkeypatch):
    entries = [
        (f"test/{letter}/{number}.png", picture(ord(letter) + number, 28))
        for letter in "AB"
        for number in range(3 * len(AWKWARD))
    ]
    entries += [(f"train/{letter}/1.png", picture(ord(letter) + 90, 28)) for letter in "AB"]
    archive = write_zip(tmp_path / "fonts.zip", entries)
    store = prepare(archive, verbose=0)
    names = [AWKWARD[int(name) % len(AWKWARD)] for name in store.font_names]
    monkeypatch.setattr(store, "font_names", names)
    monkeypatch.setattr(exporting, "prepare", lambda *args, **more: store)
    path = export(archive, tmp_path / "out", "png", verbose=0)
    found = prepare(path, verbose=0)
    assert Counter(found.font_names[font] for font in found.font_ids("test")) == dict.fromkeys(
        AWKWARD, 6
    )
    files = [file.relative_to(path) for file in path.rglob("*.png")]
    assert len({str(file).casefold() for file in files}) == len(files) == 50


def test_files_without_fonts_are_numbered(tmp_path, archive):
    plain = export(archive, tmp_path / "out.npz", verbose=0)
    path = export(plain, tmp_path / "out", "png", verbose=0)
    names = sorted(file.name for file in (path / "valid").rglob("*.png"))
    assert names == [f"{number:02}.png" for number in range(1, 31)]
    assert examples(path) == examples(archive)


def test_an_export_has_the_same_bytes_each_time(archive, tmp_path, monkeypatch):
    def content(name):
        folder = tmp_path / name
        folder.mkdir()
        for form in FORMS:
            export(archive, folder / f"{form}{'.npz' * (form == 'npz')}", form, verbose=0)
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        return [(str(file.relative_to(folder)), file.read_bytes()) for file in files]

    first = content("first")
    monkeypatch.setattr("time.time", lambda: 2e9)
    assert content("second") == first
    with zipfile.ZipFile(tmp_path / "first" / "npz.npz") as file:
        assert {info.date_time[0] for info in file.infolist()} == {1980}


def test_an_empty_folder_is_filled_and_anything_else_is_left_as_it_is(archive, tmp_path):
    (tmp_path / "empty").mkdir()
    assert len(list(export(archive, tmp_path / "empty", "idx", verbose=0).iterdir())) == 6
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("mine")
    (tmp_path / "mine.npz").write_text("mine")
    for path, form in (("full", "png"), ("full", "idx"), ("mine.npz", "npz"), ("mine.npz", "png")):
        with pytest.raises(ArgumentError, match=r"`path` must .* Received: path='.*(full|mine)"):
            export(archive, tmp_path / path, form, verbose=0)
    assert [file.name for file in (tmp_path / "full").iterdir()] == ["mine.txt"]
    assert (tmp_path / "mine.npz").read_text() == "mine"


@pytest.mark.parametrize("form", FORMS)
def test_a_full_disk_or_an_interrupt_leaves_nothing(archive, tmp_path, form, monkeypatch):
    folder = tmp_path / "place"
    folder.mkdir()
    errors = iter([OSError(errno.ENOSPC, "No space left"), KeyboardInterrupt()])

    class Bar:
        def __init__(self, **arguments): ...
        def __enter__(self):
            return self

        def __exit__(self, *error): ...
        def update(self, count=1):
            assert any(folder.rglob("out*")), "it is written beside its target"
            raise next(errors)

    monkeypatch.setattr(exporting, "tqdm", Bar)
    for expected, message in ((StoreError, "Free some"), (KeyboardInterrupt, None)):
        with pytest.raises(expected, match=message):
            export(archive, place(folder, form), form, verbose=0)
        assert list(folder.iterdir()) == []


WRONG = [
    ("out", "zip", r"`form` must be one of 'png', 'idx', 'npz'. Received: form='zip'"),
    ("out.zip", None, r"`path` must end in \.npz, or .* Received: path=.*out\.zip"),
    ("out", "npz", r"`path` must end in \.npz for form='npz'"),
    ("gone/out", "png", r"`path` must be in a folder that exists. Received: path='.*gone"),
]


def test_a_wrong_argument_is_an_error_that_shows_it(archive, tmp_path):
    for path, form, message in WRONG:
        with pytest.raises(ArgumentError, match=message):
            export(archive, tmp_path / path, form, verbose=0)


def test_what_a_form_cannot_hold_is_an_error_that_names_the_others(colours, tmp_path):
    with pytest.raises(ArgumentError, match=r"'png' or 'npz' for colour images.*form='idx'"):
        export(colours, tmp_path / "out", "idx", verbose=0)
    for number, name in enumerate(("../up", "a/b", ".")):
        arrays = tmp_path / f"{number}.npz"
        images = np.zeros((40, 28, 28), np.uint8)
        np.savez(arrays, images=images, labels=np.repeat([name, "B"], 20))
        with pytest.raises(ArgumentError, match=rf"'npz' or 'idx' for class names.*{name!r}"):
            export(arrays, tmp_path / "out", "png", verbose=0)
    assert not (tmp_path / "out").exists()


def test_the_command_line_exports_by_suffix_or_form(tmp_path, capsys):
    archive = write_tar(tmp_path / "small.tar.gz", glyphs(12))
    assert main(["export", str(archive), "-o", str(tmp_path / "a.npz")]) == 0
    assert str(tmp_path / "a.npz") in capsys.readouterr().out
    assert main(["export", str(archive), "-o", str(tmp_path / "b"), "--form", "idx"]) == 0
    assert examples(tmp_path / "a.npz") == examples(tmp_path / "b") == examples(archive)
    assert main(["export", str(archive), "-o", str(tmp_path / "b")]) == 2
    assert "`path` must be a new or empty folder" in capsys.readouterr().err
