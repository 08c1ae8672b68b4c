import os
import shutil

import numpy as np
import pytest
import tensorflow_datasets as tfds

import notmnist
from notmnist.cli import main
from notmnist.datasets import FontsConfig
from notmnist.datasets.fonts.folder import read
from notmnist.datasets.splitting import by_hash
from notmnist.errors import ArchiveError, ArgumentError, MissingSourceError
from tests.test_render import DEJAVU, font

# DirectRunner would first look for the binary of another runner on the network
TWO_PROCESSES = [
    "--runner=FnApiRunner",
    "--direct_running_mode=multi_processing",
    "--direct_num_workers=2",
]
SPLITS = ("train", "valid", "test")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Forty families that draw a bar, one that draws all letters, and a broken file."""
    folder = tmp_path_factory.mktemp("fonts")
    shutil.copy(DEJAVU, folder)
    for number in range(40):
        family = f"F{'abcdefghij'[number % 10]}{'klmn'[number // 10]}"
        font(folder / f"{family}.ttf", {"x": [(0, 0, 100 + number, 900)]}, family=family)
    (folder / "broken.ttf").write_bytes(DEJAVU.read_bytes()[:2000])
    return folder


@pytest.fixture
def small(tmp_path):
    """A folder of one font, a T and an L."""
    path = tmp_path / "small"
    path.mkdir()
    t, l = [(0, 900, 900, 1000), (400, 0, 500, 900)], [(0, 0, 100, 900), (0, 0, 900, 100)]  # noqa: E741
    font(path / "a.ttf", {"T": t, "L": l, "U": [*l, (800, 0, 900, 900)]}, family="train")
    return path


def prepared(config, data_dir, **kwargs):
    builder = tfds.builder("notmnist", config=config, data_dir=data_dir)
    builder.download_and_prepare(**kwargs)
    return builder


def contents(builder):
    """Return font, label and pixels of all examples of every split of a TFDS data set."""
    return {
        split: [
            (example["font"].decode(), int(example["label"]), example["image"].tobytes())
            for example in tfds.as_numpy(builder.as_dataset(split=split))
        ]
        for split in builder.info.splits
    }


def stored(config):
    """Return the same for a store."""
    loaded = notmnist.load(config, split=None, batch_size=None, format="numpy", shuffle=False)
    return {
        split: [
            (name, int(label), image.tobytes())
            for name, (image, label) in zip(data.fonts, data, strict=True)
        ]
        for split, data in loaded.items()
    }


def drawn(config):
    """The examples of all splits: a label and an image each."""
    data = notmnist.load(config, split="all", batch_size=None, format="numpy", verbose=0)
    return {(int(label), image.tobytes()) for image, label in data}


def expected(path, letters, size=28):
    (face,) = read([path], letters, size)
    labels = map(letters.index, face.letters)
    return {(label, image.tobytes()) for label, image in zip(labels, face.images, strict=True)}


def test_your_own_fonts_load_as_any_data_do(folder):
    config = FontsConfig("own", fonts=folder, letters="xΩ", size=16)
    data, info = notmnist.load(
        config,
        split=["train", "train[:5]"],
        batch_size=4,
        label_mode="categorical",
        format="numpy",
        with_info=True,
    )
    images, labels = next(iter(data[0]))
    assert tuple(images.shape) == (4, 16, 16, 1)
    assert np.array(labels).sum(axis=1).tolist() == [1, 1, 1, 1]
    assert sum(len(batch) for batch, _ in data[1]) == 5
    assert (info.name, info.class_names, info.image_shape) == ("own", ("x", "Ω"), (16, 16, 1))
    assert sum(info.splits.values()) == 42  # one x for each font, and the Ω of DejaVu
    assert [entry["names"] for entry in info.skipped.values()] == [["broken.ttf"]]


def test_the_images_are_those_that_the_face_draws(folder):
    found = drawn(FontsConfig("own", fonts=folder, letters="xΩ", size=20))
    assert expected(folder / "DejaVuSans.ttf", "xΩ", 20) <= found


def test_a_design_is_in_the_split_that_its_hash_says(folder):
    config = FontsConfig("own", fonts=folder, letters="xΩ")
    for split, examples in stored(config).items():
        for name, _, _ in examples:
            design = "deja vu sans" if name == "DejaVuSans.ttf" else name[:-4].lower()
            assert SPLITS[by_hash([design])[0]] == split


def test_other_letters_or_another_size_under_the_same_name_are_other_images(small):
    first = FontsConfig("mine", fonts=small, letters="TL")
    assert drawn(first) == expected(small / "a.ttf", "TL")
    for letters, size in (("LT", 28), ("TL", 20)):
        config = FontsConfig("mine", fonts=small, letters=letters, size=size)
        assert drawn(config) == expected(small / "a.ttf", letters, size)
    assert drawn(first) == expected(small / "a.ttf", "TL")


def test_added_fonts_or_another_folder_under_the_same_name_are_drawn(small, tmp_path):
    config = FontsConfig("mine", fonts=small, letters="TL")
    before = drawn(config)
    shutil.copy(DEJAVU, small)
    both = before | expected(DEJAVU, "TL")
    assert drawn(config) == drawn(FontsConfig("mine", fonts=small, letters="TL")) == both
    other = tmp_path / "other"
    other.mkdir()
    shutil.copy(DEJAVU, other)
    assert drawn(FontsConfig("mine", fonts=other, letters="TL")) == expected(DEJAVU, "TL")


def test_a_font_that_was_replaced_by_another_of_the_same_length_is_drawn_anew(small):
    config, path = FontsConfig("mine", fonts=small, letters="TL"), small / "a.ttf"
    drawn(config)
    length, when = path.stat().st_size, path.stat().st_mtime_ns
    font(path, {"T": [(0, 0, 9, 9)], "L": [(0, 0, 9, 9)]}, family="train")
    path.write_bytes(path.read_bytes().ljust(length, b"\0")[:length])
    os.utime(path, ns=(when + 1, when + 1))
    assert path.stat().st_size == length
    assert drawn(config) == expected(path, "TL")


def test_tfds_never_gives_old_images_under_the_same_name(small, tmp_path):
    config = FontsConfig("mine", fonts=small, letters="TL")
    builder = prepared(config, tmp_path)
    assert {label for _, label, _ in contents(builder)["train"]} == {0, 1}
    for letters, size in (("LTU", 28), ("TL", 20)):
        other = FontsConfig("mine", fonts=small, letters=letters, size=size)
        assert contents(prepared(other, tmp_path)) == stored(other)
    late = tfds.builder("notmnist", config=config, data_dir=tmp_path / "late")
    shutil.copy(DEJAVU, small)
    for use in (late.download_and_prepare, lambda: prepared(config, tmp_path)):
        with pytest.raises(ArgumentError, match="Create the FontsConfig again"):
            use()
    again = prepared(FontsConfig("mine", fonts=small, letters="TL"), tmp_path)
    assert sum(map(len, contents(again).values())) == 4


def test_a_name_that_is_a_path_is_refused_and_writes_nothing(small, tmp_path, home):
    before = sorted(tmp_path.rglob("*"))
    for name in ("../../evil", "/evil", "a/b", "..", "", "x" * 101, 5, "evil\n"):
        with pytest.raises(ArgumentError, match="Received: name="):
            notmnist.load(FontsConfig(name, fonts=small, letters="TL"))
    assert sorted(tmp_path.rglob("*")) == before
    assert list(home.iterdir()) == []


def test_wrong_arguments_are_named(folder):
    wrong = {
        "letters": ["A", "AA", ["A", "B"], "A\n", "A ", "A\ud800"],
        "size": [3, 1025, 28.5, "28"],
        "fonts": ["", "~nobody-of-this-name/fonts"],
    }
    for argument, values in wrong.items():
        for value in values:
            with pytest.raises(ArgumentError, match=f"Received: {argument}="):
                FontsConfig(**{"name": "own", "fonts": folder, argument: value})


def test_a_folder_that_is_not_there_is_named(tmp_path):
    for name in ("nowhere", "x" * 5000, "nul\0"):
        with pytest.raises(MissingSourceError, match=f"`fonts` must .*{name[:3]}"):
            FontsConfig(name="own", fonts=tmp_path / name)


def test_a_split_without_a_design_says_what_to_do(small, tmp_path):
    config = FontsConfig("few", fonts=small, letters="TL")
    assert len(notmnist.load(config, split="train", format="numpy", batch_size=None)) == 2
    with pytest.raises(ArgumentError, match=r"split='test' of 'few'.*Use another split"):
        notmnist.load(config, split="test")
    assert list(notmnist.load(config, split=None, format="numpy")) == ["train"]
    assert list(prepared(config, tmp_path).info.splits) == ["train"]


def test_fonts_without_one_for_training_are_an_error_that_says_what_to_do(tmp_path):
    assert by_hash(["only"])[0] > 0
    font(tmp_path / "a.ttf", {"T": [(0, 0, 9, 9)], "L": [(0, 0, 9, 9)]}, family="only")
    with pytest.raises(ArchiveError, match=r"too few groups .* Add some"):
        notmnist.load(FontsConfig("few", fonts=tmp_path, letters="TL"))


def test_a_folder_without_a_font_that_draws_the_letters_is_an_error(tmp_path):
    (tmp_path / "broken.ttf").write_bytes(b"")
    with pytest.raises(ArchiveError, match=r"No font in .* draws one of the letters 'TL'.*: 1 "):
        notmnist.load(FontsConfig("none", fonts=tmp_path, letters="TL"))


def test_tfds_and_the_store_have_the_same_examples_in_the_same_order(folder, tmp_path):
    config = FontsConfig("own", fonts=folder, letters="xΩ", size=20)
    builder = prepared(config, tmp_path)
    assert builder.info.features["label"].names == ["x", "Ω"]
    assert contents(builder) == stored(config)


def test_the_command_line_prepares_your_own_fonts_below_the_home(folder, home, capsys):
    own = ["--letters", "xΩ", "--size", "12", "--name", "mine"]
    assert main(["prepare", "--fonts", str(folder), *own]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("mine: train ")
    assert f"examples in {home / 'store' / 'fonts' / 'mine-'}" in printed
    assert main(["prepare"]) == 2
    assert "Received: data=None" in capsys.readouterr().err


@pytest.mark.slow  # starts a Beam pipeline
def test_beam_writes_the_same_examples(folder, tmp_path):
    options = pytest.importorskip("apache_beam.options.pipeline_options").PipelineOptions
    config = FontsConfig("own", fonts=folder, letters="xΩ", beam=True)
    beam = prepared(
        config,
        tmp_path,
        download_config=tfds.download.DownloadConfig(beam_options=options(TWO_PROCESSES)),
    )
    examples = {split: sorted(each) for split, each in contents(beam).items()}
    assert examples == {split: sorted(each) for split, each in stored(config).items()}
