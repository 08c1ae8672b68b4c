import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest
import tensorflow_datasets as tfds

import notmnist
from notmnist.datasets.editions.own import source_of_path
from notmnist.datasets.editions.table import Edition
from notmnist.datasets.notmnist.notmnist_dataset_builder import Builder, NotMNISTConfig
from tests.archives import glyphs, write_idx_pair, write_tar


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory):
    """The edition `open` as TFDS stores it, built once."""
    folder = tmp_path_factory.mktemp("tfds")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NOTMNIST_HOME", str(folder / "home"))
        tfds.builder("notmnist/open", data_dir=folder).download_and_prepare()
    return folder


def small_config(path):
    """Return a config that reads an archive, as the configs of editions read theirs."""
    edition = Edition(
        "drawn", "1.0.0", "Drawn by a test.", "300", "None.", (), lambda *_: source_of_path(path)
    )
    return NotMNISTConfig(name="drawn", version="1.0.0", edition=edition)


class TestDrawn(tfds.testing.DatasetBuilderTestCase):
    """TFDS's own contract test, on a drawn archive in the original layout."""

    DATASET_CLASS = Builder
    SPLITS = {"train": 240, "valid": 30, "test": 30}  # noqa: RUF012 - as TFDS has it
    EXAMPLE_DIR = str(Path(__file__).parent)  # TFDS requires it, but nothing is read from it
    SKIP_CHECKSUMS = True

    @classmethod
    def setUpClass(cls):
        folder = Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        archive = write_tar(folder / "notMNIST_drawn.tar.gz", glyphs(30))
        cls.BUILDER_CONFIG_NAMES_TO_TEST = [small_config(archive)]  # TFDS keeps the named ones
        super().setUpClass()


def examples(builder, split):
    return list(tfds.as_numpy(builder.as_dataset(split=split)))


def test_tfds_and_load_give_the_same_examples_in_the_same_order(data_dir):
    builder = tfds.builder("notmnist/open", data_dir=data_dir)
    for split in ("train[10:20%]", "valid", "train[:50]+test"):
        found = examples(builder, split)
        ours = notmnist.load(
            "open", split=split, shuffle=False, batch_size=None, format="numpy", verbose=0
        )
        assert len(found) == len(ours)
        for example, (image, label), font in zip(found, ours, ours.fonts, strict=True):
            assert np.array_equal(example["image"], image)
            assert example["label"] == label
            assert example["font"].decode() == font


def test_tfds_load_as_supervised_gives_pairs(data_dir):
    train, info = tfds.load(
        "notmnist/open", split="train", as_supervised=True, with_info=True, data_dir=data_dir
    )
    image, label = next(iter(train))
    assert image.shape == (28, 28, 1)
    assert info.features["label"].int2str(int(label)) in "ABCDEFGHIJ"
    assert "bulatov2011notmnist" in info.citation
    assert "image-classification" in " ".join(Builder.get_metadata().tags)


def test_files_may_be_shuffled_as_in_tfds_s_own_keras_tutorial(data_dir):
    train = tfds.load(
        "notmnist/open", split="train", shuffle_files=True, as_supervised=True, data_dir=data_dir
    )
    assert len(list(train.take(300))) == 300


def test_a_data_source_reads_at_random(archive, tmp_path):
    config = small_config(archive)
    builder = Builder(config=config, data_dir=tmp_path, file_format="array_record")
    builder.download_and_prepare()
    source = builder.as_data_source(split="test")
    _, (x_test, y_test) = notmnist.load_data(archive, verbose=0)
    assert len(source) == len(y_test)
    for row in (len(source) - 1, 0, 7):
        assert np.array_equal(source[row]["image"][..., 0], x_test[row])


def test_idx_files_reach_tfds_with_an_empty_font(tmp_path):
    write_idx_pair(tmp_path, "train", 120)
    write_idx_pair(tmp_path, "t10k", 20)
    builder = Builder(config=small_config(tmp_path), data_dir=tmp_path / "tfds")
    builder.download_and_prepare()
    assert builder.info.splits["test"].num_examples == 20
    assert {example["font"] for example in examples(builder, "train")} == {b""}


def test_importing_notmnist_registers_the_builder_before_and_after_tfds():
    first, second = "import notmnist", "import tensorflow_datasets as tfds"
    orders = f"{first}; {second}", f"{second}; {first}"
    check = "assert 'notmnist' in tfds.list_builders(); tfds.builder_cls('notmnist')"
    started = [subprocess.Popen([sys.executable, "-c", f"{code}; {check}"]) for code in orders]
    assert [process.wait() for process in started] == [0, 0]


def test_the_tfds_command_line_builds_it(tmp_path):
    pytest.importorskip("apache_beam", reason="the tfds command imports Beam: extra tfds-cli")
    tfds_command = shutil.which("tfds", path=str(Path(sys.executable).parent))
    subprocess.run(
        [tfds_command, "build", "notmnist/open", "--imports=notmnist", f"--data_dir={tmp_path}"],
        check=True, capture_output=True, cwd=tmp_path,
    )  # fmt: skip
    assert list(tmp_path.glob("notmnist/open/1.0.0/*train*"))
