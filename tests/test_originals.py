import itertools
import pickle

import numpy as np
import pytest

from notmnist.datasets import info, load, load_data, prepare
from notmnist.datasets.editions import originals
from notmnist.errors import ArchiveError, DownloadError
from tests import standins
from tests.loopback import Served
from tests.standins import members, serve, write_idx_pair, write_tar_gz, write_zip


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """The small stand-in as a tar.gz and a zip."""
    folder = tmp_path_factory.mktemp("small")
    entries = list(members("small"))
    return (
        write_tar_gz(folder / "notMNIST_small.tar.gz", entries),
        write_zip(folder / "notMNIST_small.zip", entries),
    )


def examples(store, split):
    fonts = [store.font_names[number] for number in store.font_ids(split)]
    return [
        (image.tobytes(), label, font)
        for image, label, font in zip(
            store.images(split), store.labels(split).tolist(), fonts, strict=True
        )
    ]


def test_small_has_every_readable_image_and_no_font_in_two_splits(server, small, monkeypatch):
    serve(monkeypatch, server, "small", *small)
    store = prepare("small", verbose=0)
    sizes = store.sizes()
    assert sum(sizes.values()) == 18_724
    assert abs(sizes["train"] - 0.8 * 18_724) < 100
    assert abs(sizes["valid"] - sizes["test"]) < 100
    fonts = [set(np.unique(store.font_ids(split)).tolist()) for split in sizes]
    assert not any(one & other for one, other in itertools.combinations(fonts, 2))
    for images, split in ((store.images(split), split) for split in sizes):
        for row in (0, len(images) - 1):
            font = store.font_names[store.font_ids(split)[row]]
            label = int(store.labels(split)[row])
            number = 10 * int(font.removeprefix("small ").removesuffix(".ttf")) + label
            assert np.array_equal(images[row], standins.image("small", number))
    facts = info("small", verbose=0)
    counts = np.sum([facts.class_counts[split] for split in facts.splits], axis=0)
    assert tuple(counts) == standins.COUNTS["small"]
    assert facts.skipped["empty"]["count"] == 2
    assert "The author states none" in facts.licence
    assert "Bulatov" in facts.citation
    assert facts.known_flaws


def test_the_zip_of_one_mirror_is_the_edition_of_the_other_ones_archive(
    server, small, monkeypatch, home
):
    serve(monkeypatch, server, "small", *small)
    of_tar = prepare("small", verbose=0)
    assert [path.name for path in (home / "downloads").glob("not*")] == ["notMNIST_small.tar.gz"]
    server.served["notMNIST_small.tar.gz"] = Served(fault="status 404")
    monkeypatch.setenv("NOTMNIST_HOME", str(home / "other"))
    of_zip = prepare("small", verbose=0)
    downloaded = home / "other" / "downloads"
    assert [path.name for path in downloaded.glob("not*")] == ["notMNIST_small.zip"]
    for split in of_tar.sizes():
        assert examples(of_tar, split) == examples(of_zip, split)
    assert of_tar.manifest["fingerprint"] == of_zip.manifest["fingerprint"]


def test_a_prepared_edition_needs_no_network_and_no_archive(server, small, monkeypatch, home):
    serve(monkeypatch, server, "small", *small)
    first = next(iter(load("small", format="numpy", shuffle=False, verbose=0)))
    for path in (home / "downloads").glob("not*"):
        path.unlink()
    monkeypatch.setenv("NOTMNIST_OFFLINE", "1")
    again = next(iter(load("small", format="numpy", shuffle=False, verbose=0)))
    assert all(np.array_equal(one, other) for one, other in zip(first, again, strict=True))


def test_a_file_put_there_by_hand_is_used_without_the_network(server, small, monkeypatch, home):
    serve(monkeypatch, server, "small", *small)
    (home / "downloads").mkdir()
    (home / "downloads" / small[1].name).write_bytes(small[1].read_bytes())
    monkeypatch.setenv("NOTMNIST_OFFLINE", "1")
    assert sum(prepare("small", verbose=0).sizes().values()) == 18_724
    assert not server.requests


def test_a_named_edition_never_falls_back(small, monkeypatch, server, recwarn):
    serve(monkeypatch, server, "small", *small)
    server.served.clear()
    with pytest.raises(DownloadError, match=r"notMNIST_small\.zip: HTTP status 404") as caught:
        load("small", verbose=0)
    urls = [server.url + path.name for path in small]
    assert caught.value.attempts == [(url, "HTTP status 404") for url in urls]
    assert pickle.loads(pickle.dumps(caught.value)).attempts == caught.value.attempts
    monkeypatch.setenv("NOTMNIST_OFFLINE", "1")
    for name in ("small", "original", "idx"):
        with pytest.raises(DownloadError, match="NOTMNIST_OFFLINE is set"):
            load(name, verbose=0)
    assert not recwarn.list


def test_a_file_whose_hash_is_right_is_read_and_another_count_is_logged(
    server, monkeypatch, tmp_path, caplog
):
    *entries, (name, _) = members("small", [20] * 10)
    entries.append((name, b""))
    serve(monkeypatch, server, "small", write_tar_gz(tmp_path / "notMNIST_small.tar.gz", entries))
    store = prepare("small", verbose=0)
    assert sum(store.sizes().values()) == 199
    assert store.manifest["skipped"]["empty"]["count"] == 3
    assert "small: 199 readable images, not the published 18724." in caplog.text


def test_a_complete_file_that_is_not_an_archive_is_an_archive_error(
    server, monkeypatch, tmp_path, home
):
    (tmp_path / "notMNIST_small.tar.gz").write_bytes(b"an HTML page " * 100)
    serve(monkeypatch, server, "small", tmp_path / "notMNIST_small.tar.gz")
    with pytest.raises(ArchiveError, match=r"notMNIST_small\.tar\.gz"):
        prepare("small", verbose=0)


def test_idx_has_the_published_sizes(server, monkeypatch, tmp_path):
    for name, count in (("train", 60_000), ("t10k", 10_000)):
        write_idx_pair(tmp_path, name, count)
        for kind, suffix in (("images", "idx3"), ("labels", "idx1")):
            path = tmp_path / f"{name}-{kind}-{suffix}-ubyte.gz"
            serve(monkeypatch, server, f"{name}-{kind}", path)
    store = prepare("idx", verbose=0)
    assert store.sizes() == {"train": 55_000, "valid": 5_000, "test": 10_000}
    assert np.bincount(store.labels("valid")).tolist() == [500] * 10
    assert set(np.unique(store.images("test")[:, 1])) == {2}
    (x_train, _), (x_test, _) = load_data("idx", verbose=0)
    assert (len(x_train), len(x_test)) == (55_000, 10_000)


@pytest.fixture
def tiny_original(server, monkeypatch, tmp_path):
    """`original` in the published layout, with a hundredth of the images."""
    for name, count in (("large", 500), ("small", 20)):
        path = write_tar_gz(tmp_path / f"notMNIST_{name}.tar.gz", members(name, [count] * 10))
        serve(monkeypatch, server, name, path)
    monkeypatch.setattr(originals, "_VALID", {"original": 100})
    return server


def test_original_holds_valid_out_of_large_and_takes_test_from_small(tiny_original):
    store = prepare("original", verbose=0)
    assert store.sizes() == {"train": 4_900, "valid": 100, "test": 200}
    assert np.bincount(store.labels("valid")).tolist() == [10] * 10
    fonts = {split: {font for _, _, font in examples(store, split)} for split in store.sizes()}
    assert {font.split()[0] for font in fonts["train"] | fonts["valid"]} == {"large"}
    assert {font.split()[0] for font in fonts["test"]} == {"small"}
    assert store.manifest["skipped"]["empty"]["count"] == 6
    train, valid = (
        {image for image, _, _ in examples(store, split)} for split in ("train", "valid")
    )
    assert len(train | valid) == 5_000


def test_tfds_needs_no_archive_once_the_edition_is_prepared(
    server, small, monkeypatch, home, tmp_path
):
    import tensorflow_datasets as tfds

    serve(monkeypatch, server, "small", small[0])
    store = prepare("small", verbose=0)
    asked = len(server.requests)
    (home / "downloads" / small[0].name).unlink()
    found = tfds.load("notmnist/small", split="test", data_dir=tmp_path / "tfds", batch_size=-1)
    assert len(server.requests) == asked
    assert np.array_equal(found["image"].numpy()[..., 0], store.images("test"))
    assert np.array_equal(found["label"].numpy(), store.labels("test"))
