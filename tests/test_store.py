import contextlib
import dataclasses
import os
import shutil
import subprocess
import sys

import numpy as np
import pytest
from filelock import FileLock

from notmnist.datasets import preparation
from notmnist.datasets.editions.own import source_of_path
from notmnist.datasets.preparation import prepare_source, store_folder
from notmnist.datasets.store.arrays import open_store
from notmnist.errors import ArchiveError, DownloadError, MissingSourceError, StoreError
from tests.archives import LETTERS, draw, glyphs, write_idx_pair, write_tar


def everything(store):
    """Return all examples of a store as a set of (label, font, pixels), and their number."""
    found = []
    for split in store.sizes():
        for image, label, font in zip(
            store.images(split), store.labels(split), store.font_ids(split), strict=True
        ):
            found.append((int(label), store.font_names[font], image.tobytes()))
    return found


def test_no_example_is_lost_doubled_or_changed_and_no_font_is_in_two_splits(archive):
    store = prepare_source(source_of_path(archive), verbose=0)
    found = everything(store)
    expected = {
        (LETTERS.index(letter), f"Test Font {font:04}.ttf", draw(font, letter).tobytes())
        for letter in LETTERS
        for font in range(30)
    }
    assert len(found) == len(expected)
    assert set(found) == expected
    assert store.sizes() == {"train": 240, "valid": 30, "test": 30}
    fonts = [set(store.font_ids(split).tolist()) for split in store.sizes()]
    assert not fonts[0] & fonts[1]
    assert not (fonts[0] | fonts[1]) & fonts[2]
    for split, size in store.sizes().items():
        assert np.bincount(store.labels(split)).tolist() == [size // 10] * 10


def test_the_order_of_members_does_not_matter(tmp_path):
    entries = glyphs(12)
    stores = [
        prepare_source(source_of_path(write_tar(tmp_path / name, some)), verbose=0)
        for name, some in (("a", entries), ("b", entries[::-1]))
    ]
    for split in stores[0].sizes():
        assert np.array_equal(stores[0].images(split), stores[1].images(split))
        assert np.array_equal(stores[0].labels(split), stores[1].labels(split))


def test_origin_leads_back_to_the_archive(archive):
    store = prepare_source(source_of_path(archive), verbose=0)
    members = [draw(font, letter) for letter in LETTERS for font in range(30)]
    for split in store.sizes():
        for image, origin in zip(store.images(split), store.origin(split), strict=True):
            assert np.array_equal(image, members[origin])


def test_of_two_members_with_one_name_the_first_stays_and_the_second_is_counted(tmp_path):
    entries = [*glyphs(5), ("other/C/" + glyphs(1)[0][0].split("/")[-1], glyphs(5)[-1][1])]
    store = prepare_source(source_of_path(write_tar(tmp_path / "a", entries)), verbose=0)
    assert sum(store.sizes().values()) == 50
    assert store.manifest["skipped"]["a second file of the same name"]["count"] == 1
    assert (2, "Test Font 0000.ttf", draw(0, "C").tobytes()) in everything(store)


def test_the_manifest_holds_counts_and_the_mean_of_the_pixels(archive):
    store = prepare_source(source_of_path(archive), verbose=0)
    images = np.concatenate([store.images(split) for split in store.sizes()]) / 255
    assert store.manifest["pixel_mean"] == pytest.approx(images.mean())
    assert store.manifest["pixel_std"] == pytest.approx(images.std())
    assert store.manifest["splits"]["train"]["class_counts"] == [24] * 10


def test_idx_files_named_train_and_t10k_keep_their_splits(tmp_path):
    write_idx_pair(tmp_path, "train", 1200)
    write_idx_pair(tmp_path, "t10k", 50)
    store = prepare_source(source_of_path(tmp_path), verbose=0)
    assert store.sizes() == {"train": 1100, "valid": 100, "test": 50}
    assert np.bincount(store.labels("valid")).tolist() == [10] * 10
    assert sorted(store.origin("test").tolist()) == list(range(1200, 1250))


def test_a_single_idx_pair_is_split_80_10_10_and_balanced(tmp_path):
    write_idx_pair(tmp_path, "any", 1000, "")
    store = prepare_source(source_of_path(tmp_path), verbose=0)
    assert store.sizes() == {"train": 800, "valid": 100, "test": 100}
    assert np.bincount(store.labels("test")).tolist() == [10] * 10
    assert store.font_names == ("",)


def test_folders_without_clear_splits_are_errors(tmp_path):
    for name in ("a", "b"):
        write_idx_pair(tmp_path, name, 10)
    with pytest.raises(ArchiveError, match=r"pairs \['a', 'b'\]"):
        source_of_path(tmp_path)
    (tmp_path / "a.txt").write_text("?")
    with pytest.raises(ArchiveError, match=r"IDX file of images .*a\.txt"):
        source_of_path(tmp_path / "a.txt")
    with pytest.raises(MissingSourceError, match="nowhere"):
        source_of_path(tmp_path / "nowhere")


def test_a_second_call_opens_the_same_folder_without_reading(archive):
    source = source_of_path(archive)
    first = prepare_source(source, verbose=0)
    stamp = (first.folder / "manifest.json").stat().st_mtime_ns
    archive.write_bytes(b"")  # the source object remembers the old file
    assert (prepare_source(source, verbose=0).folder / "manifest.json").stat().st_mtime_ns == stamp


def test_a_changed_file_is_read_again(tmp_path):
    path = write_tar(tmp_path / "a", glyphs(10))
    prepare_source(source_of_path(path), verbose=0)
    write_tar(path, glyphs(20))
    assert sum(prepare_source(source_of_path(path), verbose=0).sizes().values()) == 200


def test_a_damaged_store_is_made_anew(archive):
    source = source_of_path(archive)
    expected = everything(prepare_source(source, verbose=0))
    folder = store_folder(source)
    for damage in (
        lambda: (folder / "train-images.npy").unlink(),
        lambda: os.truncate(folder / "train-images.npy", 1000),
        lambda: (folder / "manifest.json").write_text("{}"),
        lambda: (folder / "manifest.json").write_text("[1"),
        lambda: (folder / "fonts.json").write_text('["x"]'),
    ):
        damage()
        assert everything(prepare_source(source, verbose=0)) == expected


def test_a_failed_or_interrupted_read_leaves_nothing_behind(tmp_path, home, monkeypatch):
    path = write_tar(tmp_path / "a", glyphs(30))
    path.write_bytes(path.read_bytes()[:-500])
    with pytest.raises(ArchiveError):
        prepare_source(source_of_path(path), verbose=0)
    assert not [path for path in home.rglob("*") if path.is_file() and path.suffix != ".lock"]

    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(preparation, "_write", interrupt)
    with pytest.raises(KeyboardInterrupt):
        prepare_source(source_of_path(path), verbose=0)
    assert not [path for path in home.rglob("*") if path.is_file() and path.suffix != ".lock"]


def test_litter_of_a_killed_process_is_swept(archive):
    folder = store_folder(source_of_path(archive))
    litter = folder.parent / ".abc.tmp"
    litter.mkdir(parents=True)
    (litter / "images.raw").write_bytes(bytes(1000))
    prepare_source(source_of_path(archive), verbose=0)
    assert not litter.exists()


PREPARE = """
import sys
from notmnist.datasets.preparation import prepare_source
from notmnist.datasets.editions.own import source_of_path
store = prepare_source(source_of_path(sys.argv[1]), verbose=0)
print(store.sizes(), store.images("train").sum())
"""


def test_processes_that_prepare_at_once_agree_on_one_copy(archive, home):
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", PREPARE, archive], stdout=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]
    outputs = {run.communicate()[0] for run in runs}
    assert [run.returncode for run in runs] == [0] * 4
    assert len(outputs) == 1
    assert len(list(home.rglob("manifest.json"))) == 1
    assert not list(home.rglob("*.tmp"))


def test_a_home_that_cannot_be_written_is_an_error_that_says_what_to_do(
    archive, tmp_path, monkeypatch
):
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    monkeypatch.setenv("NOTMNIST_HOME", str(blocked))
    with pytest.raises(StoreError, match=r"file/store.*NOTMNIST_HOME to another folder"):
        prepare_source(source_of_path(archive), verbose=0)


def test_a_changed_bit_anywhere_in_a_store_changes_no_example(tmp_path):
    """Each kind of damage is found when the store is opened; the store is then prepared again."""
    path = write_tar(tmp_path / "a", glyphs(3))
    store = prepare_source(source_of_path(path), verbose=0)
    expected = everything(store)
    files = sorted(store.folder.iterdir())
    rng = np.random.default_rng(0)
    for _ in range(600):
        file = files[rng.integers(len(files))]
        original = file.read_bytes()
        data = bytearray(original)
        data[rng.integers(len(data))] ^= 1 << rng.integers(8)
        file.write_bytes(data)
        with contextlib.suppress(StoreError):
            assert everything(open_store(store.folder)) == expected, "opened although damaged"
        file.write_bytes(original)


def test_a_store_that_is_open_outlives_its_folder_and_its_successor(tmp_path, home):
    path = write_tar(tmp_path / "a", glyphs(10))
    store = prepare_source(source_of_path(path), verbose=0)
    expected = everything(store)
    write_tar(path, glyphs(20))
    assert len(everything(prepare_source(source_of_path(path), verbose=0))) == 200
    assert everything(store) == expected
    shutil.rmtree(home)
    assert everything(store) == expected


def test_a_store_of_a_later_format_is_left_alone(archive):
    source = source_of_path(archive)
    later = store_folder(source).with_name("v999-0123")
    later.mkdir(parents=True)
    (later / "manifest.json").write_text("{}")
    prepare_source(source, verbose=0)
    assert (later / "manifest.json").read_text() == "{}"


def test_a_damaged_store_whose_source_is_gone_is_an_error_that_says_both(archive):
    source = source_of_path(archive)
    store = prepare_source(source, verbose=0)
    (store.folder / "fonts.json").write_text("[]")

    def gone():
        raise DownloadError("Could not download it.")

    gone = dataclasses.replace(source, obtain=gone)
    with pytest.raises(StoreError, match=r"fonts\.json.*cannot be prepared again: Could not"):
        prepare_source(gone, verbose=0)


def test_waiting_for_another_process_ends_and_names_the_lock(archive, monkeypatch):
    source = source_of_path(archive)
    lock = store_folder(source).parent / "prepare.lock"
    lock.parent.mkdir(parents=True)
    monkeypatch.setattr(preparation, "_PATIENCE", 0.1)
    with (
        FileLock(lock),
        pytest.raises(StoreError, match=r"lock '.*prepare\.lock'.*delete that file"),
    ):
        prepare_source(source, verbose=0)
