import shutil
from pathlib import Path

import matplotlib
import numpy as np
import pytest
import tensorflow_datasets as tfds
from notmnist.datasets.notmnist.own_fonts import FontsConfig, split_of

import notmnist
from notmnist.cli import main
from notmnist.datasets import fonts
from notmnist.errors import ArgumentError, MissingSourceError
from tests.test_render import font

# DirectRunner would look for another runner's binary in the network first
TWO_PROCESSES = [
    "--runner=FnApiRunner",
    "--direct_running_mode=multi_processing",
    "--direct_num_workers=2",
]

FOLDER = Path(matplotlib.get_data_path(), "fonts", "ttf")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Forty families that draw a bar, one that draws all letters, and a broken file."""
    folder = tmp_path_factory.mktemp("fonts")
    shutil.copy(FOLDER / "DejaVuSans.ttf", folder / "DejaVuSans.ttf")
    raw = (FOLDER / "DejaVuSans.ttf").read_bytes()
    for number in range(40):
        family = f"F{'abcdefghij'[number % 10]}{'klmn'[number // 10]}"
        font(folder / f"{family}.ttf", {"x": [(0, 0, 100 + number, 900)]}, family=family)
    (folder / "broken.ttf").write_bytes(raw[:2000])
    return folder


def prepared(config, data_dir, **kwargs):
    builder = tfds.builder("notmnist", config=config, data_dir=data_dir)
    builder.download_and_prepare(**kwargs)
    return builder


def contents(builder):
    return {
        split: sorted(
            (example["font"], int(example["label"]), example["image"].tobytes())
            for example in tfds.as_numpy(builder.as_dataset(split=split))
        )
        for split in builder.info.splits
    }


def test_one_s_own_fonts_become_a_data_set_of_one_s_own_letters(folder, tmp_path):
    builder = prepared(FontsConfig(name="own", fonts=folder, letters="xΩ", size=20), tmp_path)
    assert builder.info.features["label"].names == ["x", "Ω"]
    found = [entry for split in contents(builder).values() for entry in split]
    assert len(found) == 42  # an x each, and the one Ω of DejaVu
    (face,) = fonts.read([folder / "DejaVuSans.ttf"], "xΩ", 20)
    omega = face.images[1][..., None]
    assert (b"DejaVuSans.ttf", 1, omega.tobytes()) in found
    assert all(len(image) == 400 for _, _, image in found)


def test_a_family_stands_in_one_split_whatever_its_weight():
    assert split_of("Lato Light") == split_of("Lato-BoldItalic") == split_of("lato")


def test_splits_of_many_families_have_their_shares():
    splits = [split_of(f"family{number}") for number in range(4000)]
    shares = [splits.count(split) / 4000 for split in ("train", "valid", "test")]
    assert np.allclose(shares, [0.8, 0.1, 0.1], atol=0.02)


@pytest.mark.parametrize(
    ("argument", "value"), [("letters", "A"), ("letters", "AA"), ("size", 3), ("size", 2000)]
)
def test_wrong_arguments_are_named(folder, argument, value):
    with pytest.raises(ArgumentError, match=f"Received: {argument}="):
        FontsConfig(name="own", fonts=folder, **{argument: value})


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(MissingSourceError, match="nowhere"):
        FontsConfig(name="own", fonts=tmp_path / "nowhere")


def test_load_gives_batches_of_one_s_own_fonts(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(tfds.core.constants, "DATA_DIR", str(tmp_path))
    config = FontsConfig(name="own", fonts=folder, letters="xΩ", size=16)
    data, info = notmnist.load(
        config, split=["train", "train[:5]"], batch_size=4, label_mode="categorical", with_info=True
    )
    images, labels = next(iter(data[0]))
    assert images.shape == (4, 16, 16, 1)
    assert labels.numpy().tolist()[0] in ([1.0, 0.0], [0.0, 1.0])
    assert sum(len(batch) for batch, _ in data[1]) == 5
    assert info.features["label"].names == ["x", "Ω"]
    with pytest.raises(ArgumentError, match="Received: format='numpy'"):
        notmnist.load(config, format="numpy")


def test_the_command_line_prepares_one_s_own_fonts(folder, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(tfds.core.constants, "DATA_DIR", str(tmp_path))
    own = ["--letters", "xΩ", "--size", "12", "--name", "mine"]
    assert main(["prepare", "--fonts", str(folder), *own]) == 0
    assert "notmnist/mine: train" in capsys.readouterr().out
    assert main(["prepare"]) == 2
    assert "Received: data=None" in capsys.readouterr().err


@pytest.mark.slow  # starts a Beam pipeline
def test_beam_writes_the_same_examples_as_the_plain_run(folder, tmp_path):
    options = pytest.importorskip("apache_beam.options.pipeline_options").PipelineOptions
    plain = prepared(FontsConfig(name="own", fonts=folder, letters="xΩ"), tmp_path / "plain")
    beam = prepared(
        FontsConfig(name="own", fonts=folder, letters="xΩ", beam=True),
        tmp_path / "beam",
        download_config=tfds.download.DownloadConfig(beam_options=options(TWO_PROCESSES)),
    )
    assert contents(beam) == contents(plain)
