"""The whole path at full size, with stand-ins of 529,119 and 18,726 members."""

import subprocess
import sys

import numpy as np
import pytest

import notmnist
from tests import standins
from tests.standins import COUNTS, members, serve, write_tar_gz

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def archives(tmp_path_factory):
    folder = tmp_path_factory.mktemp("published")
    return {
        name: write_tar_gz(folder / f"notMNIST_{name}.tar.gz", members(name))
        for name in ("large", "small")
    }


@pytest.fixture
def original(server, archives, monkeypatch):
    for name, path in archives.items():
        serve(monkeypatch, server, name, path)
    return notmnist.datasets.prepare("original", verbose=0)


def test_original_has_the_published_counts_in_load_and_in_tfds(original, tmp_path):
    import tensorflow_datasets as tfds

    assert original.sizes() == {"train": 519_114, "valid": 10_000, "test": 18_724}
    assert np.bincount(original.labels("valid")).tolist() == [1_000] * 10
    counts = [np.bincount(original.labels(split)) for split in ("train", "valid", "test")]
    assert tuple(counts[0] + counts[1]) == COUNTS["large"]
    assert tuple(counts[2]) == COUNTS["small"]
    assert sum(reason["count"] for reason in original.manifest["skipped"].values()) == 7

    splits, info = tfds.load("notmnist/original", data_dir=tmp_path, with_info=True)
    assert {name: split.num_examples for name, split in info.splits.items()} == original.sizes()
    seen = set()
    for split, dataset in splits.items():
        ours = notmnist.load("original", split=split, shuffle=False, batch_size=4096,
                             format="numpy", verbose=0)  # fmt: skip
        fonts = iter(ours.fonts)
        theirs = tfds.as_numpy(dataset.batch(4096))
        for batch, (images, labels) in zip(theirs, ours, strict=True):
            assert np.array_equal(batch["image"], images)
            assert np.array_equal(batch["label"], labels)
            assert [name.decode() for name in batch["font"]] == [next(fonts) for _ in labels]
            _check_against_the_drawing(batch)
            seen.update(zip(batch["font"], batch["label"], strict=True))
        assert next(fonts, None) is None
    assert len(seen) == 529_114 + 18_724, "no example is lost or doubled"


def _check_against_the_drawing(batch):
    """Check that the first example of a batch is the image of its font and letter."""
    name, number = batch["font"][0].decode().removesuffix(".ttf").split()
    drawn = standins.image(name, 10 * int(number) + int(batch["label"][0]))
    assert np.array_equal(batch["image"][0, :, :, 0], drawn)


def test_preparing_takes_less_than_120_mb_more_memory(archives, home):
    """The archive unpacks to about 550 MB, its images to 415 MB; neither may be in memory."""
    (home / "downloads").mkdir()
    for path in archives.values():
        (home / "downloads" / path.name).hardlink_to(path)
    checks = {name: standins.sha256(path) for name, path in archives.items()}
    command = [sys.executable, "-c", _MEASURE, repr(checks)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert int(done.stdout) < 120, f"{done.stdout} MB"


_MEASURE = """
import ast, resource, sys
from notmnist.datasets import prepare
from notmnist.datasets.editions import originals
from notmnist.datasets.fetching.mirrors import Asset, RemoteFile
checks = ast.literal_eval(sys.argv[1])
originals.ASSETS = {
    name: Asset(name, (RemoteFile(f"notMNIST_{name}.tar.gz", (), ("sha256", sha256)),))
    for name, sha256 in checks.items()
}
prepare("small", verbose=0)  # the imports and buffers of any preparation
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
prepare("original", verbose=0)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""
