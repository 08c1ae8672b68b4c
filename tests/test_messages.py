"""Errors not tested elsewhere: each states the rule, what was received, and what to do."""

import gzip
import re
import struct
import sys
import tarfile

import numpy as np
import pytest

import notmnist
from notmnist.cli import main
from notmnist.datasets import load, prepare
from notmnist.datasets.reading.archives import read_archive
from notmnist.datasets.reading.batches import Notes
from notmnist.datasets.reading.idx import find_pairs
from notmnist.errors import ArchiveError, ArgumentError
from notmnist.models import augmentation, logistic, mlp, recipes, weights
from notmnist.reproduction.data import Data
from notmnist.tuning import tune
from tests.archives import glyphs, write_idx, write_tar, write_zip


@pytest.mark.parametrize(
    "line", ["samples open --columns 0", "samples open -o a.txt", "train --save model.h5"]
)
def test_the_command_line_shows_what_it_was_given(line, capsys):
    assert main(line.split()) == 2
    error = capsys.readouterr().err
    assert re.match(
        rf"notmnist: error: `--\w+` must .*Received: --\w+='?{line.split()[-1]}'?\.", error
    )


IMAGES = np.zeros((2, 28, 28), np.uint8)


@pytest.mark.parametrize(
    ("blamed", "call"),
    [
        ("name='mlpp'", lambda: recipes.fit("mlpp")),
        ("name='cn'", lambda: recipes.recipe("cn")),
        ("name=[]", lambda: recipes.recipe([])),
        ("name={}", lambda: recipes.fit({})),
        ("seed=-1", lambda: recipes.fit("mlp", "open", seed=-1)),
        ("seed=None", lambda: recipes.fit("mlp", "open", seed=None)),
        ("seed='a'", lambda: recipes.fit("mlp", "open", seed="a")),
        (f"seed={2**32}", lambda: recipes.fit("mlp", "open", seed=2**32)),
        ("steps_per_execution=-1", lambda: recipes.fit("mlp", "open", steps_per_execution=-1)),
        ("recipe='mlpp'", lambda: tune("mlpp")),
        ("ranges={'bogus': [1]}", lambda: tune("logistic", "open", {"bogus": [1]})),
        ("ranges={'l2': 3}", lambda: tune("logistic", "open", {"l2": 3})),
        ("strength=5.0", lambda: augmentation.augmentation(5.0)),
        ("rate='x'", lambda: augmentation.RandomShear(rate="x")),
        ("columns='a'", lambda: notmnist.plots.sample_sheet(IMAGES, columns="a")),
        ("steps_per_execution=0", lambda: mlp(steps_per_execution=0)),
        ("edition='nope'", lambda: Data("nope")),
    ],
)
def test_an_error_blames_the_argument_that_the_caller_wrote(blamed, call):
    argument = blamed.partition("=")[0]
    with pytest.raises(ArgumentError, match=f"^`{argument}` must ") as caught:
        call()
    assert f"Received: {blamed}." in str(caught.value)


def test_weights_that_cannot_be_saved_name_the_path_that_was_given():
    with pytest.raises(FileNotFoundError, match=r"'/nowhere/x\.npz'"):
        weights.save(logistic(), "/nowhere/x.npz")


def test_endless_batches_have_no_length_and_others_end_at_theirs(archive):
    endless = load(archive, format="keras", repeat=True, verbose=0)
    with pytest.raises(TypeError, match="repeat endlessly have no length"):
        len(endless)
    batches = load(archive, format="keras", verbose=0)
    with pytest.raises(IndexError, match=f"batch {len(batches)} of {len(batches)}"):
        batches[len(batches)]


def test_two_images_files_of_one_name_are_both_named(tmp_path):
    write_idx(tmp_path / "x-labels-idx1-ubyte", np.zeros(2))
    for suffix in ("", ".gz"):
        write_idx(tmp_path / f"x-images-idx3-ubyte{suffix}", np.zeros((2, 28, 28)))
    with pytest.raises(
        ArchiveError, match=r"one images file for each name\. Received: 'x-.*' and 'x-.*gz'"
    ):
        find_pairs(tmp_path)


def test_an_archive_without_one_readable_image_says_what_was_skipped(tmp_path):
    path = write_tar(tmp_path / "empty.tar.gz", [("x/A/QQ==.png", b"")])
    with pytest.raises(
        ArchiveError, match=r"'empty\.tar\.gz' contains no readable image\..* Skipped: 1"
    ):
        prepare(path, verbose=0)


def test_an_archive_of_too_few_fonts_for_every_split_cannot_be_reproduced(tmp_path):
    path = write_tar(tmp_path / "few.tar.gz", glyphs(1))
    with pytest.raises(
        ArgumentError, match=r"every split\. Received: edition=.*Use an archive with"
    ):
        Data(str(path), verbose=0)


def test_a_plot_without_matplotlib_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    monkeypatch.delitem(sys.modules, "notmnist.plots.display", raising=False)
    with pytest.raises(notmnist.MissingExtraError, match=r'pip install "notmnist\[plots\]"'):
        notmnist.plots.class_counts([1] * 10)


def tar_block(name=b"a", *, size=b"00000000000", kind=b"0"):
    block = bytearray(tarfile.TarInfo(name.decode()).tobuf(tarfile.USTAR_FORMAT)[:512])
    block[124:136] = size.ljust(12, b"\0")
    block[156:157] = kind
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


DAMAGED = {
    "size": (tar_block(size=b"12x45"), "invalid tar header at byte 0"),
    "negative": (tar_block(size=b"-0000000001"), "invalid tar header at byte 0"),
    "pax": (
        tar_block(kind=b"x", size=b"%011o" % 4) + b"7 no".ljust(512, b"\0"),
        "invalid tar header at byte 0",
    ),
    "short": (b"\1" * 100, "cut off after 100 bytes. Copy or download it again"),
}


@pytest.mark.parametrize("kind", DAMAGED)
def test_a_damaged_tar_says_where_and_what_to_do(tmp_path, kind):
    data, message = DAMAGED[kind]
    path = tmp_path / "damaged.tar.gz"
    path.write_bytes(gzip.compress(data))
    with pytest.raises(ArchiveError, match=re.escape(message)) as caught:
        list(read_archive(path, Notes()))
    assert "damaged.tar.gz" in str(caught.value)


def member_gone(data):
    place = data.rindex(b"PK\3\4")
    return data[:place] + b"XX" + data[place + 2 :]


def directory_gone(data):
    place = data.rindex(b"PK\5\6")
    return data[: place + 12] + struct.pack("<I", 1 << 30) + data[place + 16 :]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (member_gone, "Bad magic number for file header"),
        (directory_gone, "Bad offset for central directory"),
    ],
)
def test_a_damaged_zip_says_where_and_what_to_do(tmp_path, change, message):
    path = write_zip(tmp_path / "damaged.zip", glyphs(1))
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(ArchiveError, match=rf"{message}\. Copy or download it again\.") as caught:
        list(read_archive(path, Notes()))
    assert "damaged.zip" in str(caught.value)
