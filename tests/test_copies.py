"""Copies and curation: the fast search against all pairs, the rule against its description."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notmnist.datasets.curation import copies as module
from notmnist.datasets.curation.copies import find_copies
from notmnist.datasets.curation.rule import REASONS, curate
from notmnist.datasets.splitting import SPLITS
from notmnist.errors import ArgumentError

SEEDS = st.integers(0, 2**32 - 1)


def crowd(seed, rows=120, size=6):
    """Draw images, some equal, some a few grey levels apart, some far; labels and splits."""
    rng = np.random.default_rng(seed)
    centres = rng.integers(0, 256, (rng.integers(1, 12), size, size))
    noise = rng.integers(-12, 13, (rows, size, size)) * (rng.random((rows, 1, 1)) < 0.7)
    images = np.clip(centres[rng.integers(len(centres), size=rows)] + noise, 0, 255)
    return images.astype(np.uint8), rng.integers(0, 3, rows), rng.integers(0, 3, rows)


def squares(images):
    """Return the sums of squared differences of all pairs, as integers."""
    flat = images.reshape(len(images), -1).astype(np.int64)
    return ((flat[:, None] - flat[None]) ** 2).sum(2)


def copied(images, distance):
    """Return a matrix of which rows are exact or near copies of each other."""
    return squares(images) <= distance**2 * images[0].size


@settings(deadline=None, max_examples=40)
@given(SEEDS, st.sampled_from([0, 2.0, 5.5, 8, 40, 300]), st.integers(2, 60))
def test_the_search_finds_what_comparing_all_pairs_finds(seed, distance, leaf):
    images, _, _ = crowd(seed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_BLOCK", leaf)
        patch.setattr(module, "_DIRECTIONS", 1 + seed % 9)
        patch.setattr(module, "_TREE", 1 + seed % 4)
        patch.setattr(module, "_BATCH", 1 + seed % 70)
        found = find_copies(images, distance=distance)
    first = images[found.first]
    expected = np.argwhere(np.triu(copied(first, distance), 1))
    np.testing.assert_array_equal(found.pairs, expected)
    np.testing.assert_array_equal(squares(images) == 0, found.group[:, None] == found.group)
    np.testing.assert_array_equal(found.group[found.first], np.arange(len(found.first)))
    assert all(found.first[group] <= row for row, group in enumerate(found.group))


@settings(deadline=None, max_examples=25)
@given(SEEDS)
def test_a_permutation_of_the_rows_changes_nothing_but_their_places(seed):
    images, labels, splits = crowd(seed)
    order = np.random.default_rng(seed).permutation(len(images))
    before = curate(images, labels, splits)
    after = curate(images[order], labels[order], splits[order])
    assert before.to_dict() == after.to_dict()
    assert before.text() == after.text()
    np.testing.assert_array_equal(before.copies.group[order], after.copies.group)
    np.testing.assert_array_equal(before.copies.pairs, after.copies.pairs)
    for split in range(3):
        ours, theirs = (
            {
                (one.splits[row], one.copies.group[row])
                for row in one.kept
                if one.splits[row] == split
            }
            for one in (before, after)
        )
        assert ours == theirs


@settings(deadline=None, max_examples=25)
@given(SEEDS)
def test_with_keys_the_same_rows_stay_in_whatever_order_they_come(seed):
    images, labels, splits = crowd(seed)
    rng = np.random.default_rng(seed)
    keys, order = rng.permutation(len(images)).astype(np.uint64), rng.permutation(len(images))
    before = curate(images, labels, splits, keys=keys).kept
    after = curate(images[order], labels[order], splits[order], keys=keys[order]).kept
    assert set(before) == set(order[after])


@settings(deadline=None, max_examples=25)
@given(SEEDS)
def test_clean_keeps_the_promises_of_its_rule(seed):
    images, labels, splits = crowd(seed)
    report = curate(images, labels, splits)
    same = copied(images, report.copies.distance)
    gone = {name: report.reason == place for place, name in enumerate(REASONS)}
    kept = gone["kept"]
    same_split = splits[:, None] == splits
    # a copy in a later split: exactly the leaks
    np.testing.assert_array_equal(gone["leak"], (same & (splits[:, None] < splits)).any(1))
    clash = (same & (splits == 0) & (labels[:, None] != labels)).any(1) & (splits == 0)
    np.testing.assert_array_equal(gone["conflict"], clash & ~gone["leak"])
    # no copies among the kept rows, within or across; a row removed as a copy has one that is kept
    assert not (np.triu(same, 1) & kept & kept[:, None]).any()
    assert ((same & kept & same_split).any(1) | ~gone["copy"]).all()


@settings(deadline=None, max_examples=25)
@given(SEEDS)
def test_the_report_counts_what_comparing_all_pairs_counts(seed):
    images, labels, splits = crowd(seed)
    report = curate(images, labels, splits)
    counts = report.to_dict()
    equal, same = squares(images) == 0, copied(images, report.copies.distance)
    for one in counts["overlaps"]:
        of, into = (SPLITS.index(one[key]) for key in ("rows_of", "also_in"))
        assert one["exact"] == (equal & (splits == into)).any(1)[splits == of].sum()
        assert one["near"] == (same & (splits == into)).any(1)[splits == of].sum()
        assert 0 <= one["exact_rate"] <= one["near_rate"] <= 1
    clash = labels[:, None] != labels
    several = (equal & clash).any(1)
    assert counts["groups"]["conflicting"] == len(np.unique(report.copies.group[several]))
    assert counts["groups"]["rows"] == (equal.sum(1) > 1).sum()
    assert counts["groups"]["largest"] == equal.sum(1).max()
    for name, one in counts["splits"].items():
        assert one["kept"] + sum(one["removed"].values()) == one["rows"], name


def test_pairs_to_look_at_are_copies_of_the_sort_asked_for():
    images, labels, splits = crowd(1)
    report = curate(images, labels, splits)
    pixels = squares(images)
    left, right = report.pairs("exact").T
    assert (pixels[left, right] == 0).all()
    assert len(left) == report.to_dict()["groups"]["exact"] > 0
    left, right = report.pairs("near").T
    assert (pixels[left, right] > 0).all()
    assert len(left) > 0
    left, right = report.pairs("conflict").T
    assert (labels[left] != labels[right]).all()
    assert len(left) > 0


def test_images_without_copies_all_stay():
    images = np.repeat(np.arange(0, 250, 25, dtype=np.uint8), 16).reshape(10, 4, 4)
    report = curate(images, np.arange(10), np.arange(10) % 3)
    assert report.kept.tolist() == list(range(10))
    assert [len(report.pairs(kind)) for kind in ("exact", "near", "conflict")] == [0, 0, 0]


def test_too_many_near_copies_are_an_error_before_memory_runs_out(monkeypatch):
    monkeypatch.setattr(module, "_MAX_PAIRS", 100)
    with pytest.raises(ArgumentError, match=r"at most 100 pairs.*distance=50\."):
        find_copies(crowd(3)[0], distance=50)


def test_memory_mapped_images_are_read_in_place(tmp_path):
    images, labels, splits = crowd(4)
    np.save(tmp_path / "images.npy", images)
    mapped = np.load(tmp_path / "images.npy", mmap_mode="r")
    assert curate(mapped, labels, splits).text() == curate(images, labels, splits).text()


def test_what_is_not_an_array_of_images_or_not_a_distance_is_an_error():
    for images in (np.zeros((0, 28, 28), np.uint8), np.zeros((3, 28, 28)), np.zeros(5, np.uint8)):
        with pytest.raises(ArgumentError, match=r"`images` must be a uint8 array.*of dtype"):
            find_copies(images)
    for distance in (-1, float("nan"), float("inf"), "near"):
        with pytest.raises(ArgumentError, match=f"distance={distance!r}"):
            find_copies(crowd(0)[0], distance=distance)


def test_columns_that_do_not_fit_are_errors():
    images, labels, splits = crowd(0)
    with pytest.raises(ArgumentError, match=r"`labels` must .*\(120,\).*shape \(119,\)"):
        curate(images, labels[1:], splits)
    with pytest.raises(ArgumentError, match=r"`labels` must be from 0 to 61.*62"):
        curate(images, labels + 60, splits)
    with pytest.raises(ArgumentError, match=r"`splits` must be an integer array.*float64"):
        curate(images, labels, splits * 1.0)
    with pytest.raises(ArgumentError, match=r"`splits` must be from 0 to 2"):
        curate(images, labels, splits + 1)
    with pytest.raises(ArgumentError, match=r"one of 'exact', 'near', 'conflict'.*'odd'"):
        curate(images, labels, splits).pairs("odd")
