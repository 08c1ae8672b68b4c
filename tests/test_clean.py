"""The edition `clean`: prepared like `original`, without the copies that curation removes."""

from __future__ import annotations

import dataclasses
import io

import numpy as np
import pytest
from PIL import Image

from notmnist.datasets.curation.rule import curate
from notmnist.datasets.editions.table import EDITIONS
from notmnist.datasets.preparation import prepare_source
from notmnist.datasets.reading.archives import read_archive
from notmnist.datasets.reading.source import Part, Source
from notmnist.datasets.splitting import SPLITS
from tests.archives import write_tar


def glyph(seed):
    return np.random.default_rng(seed).integers(0, 251, (28, 28), np.uint8)


def png(image):
    file = io.BytesIO()
    Image.fromarray(image).save(file, "PNG")
    return file.getvalue()


# Large: 40 glyphs of each letter, some of them copied. Small: 5 others of each letter, some copies.
LARGE = {("ABCDEFGHIJ"[n % 10], f"Large {n // 10:02}"): glyph(n) for n in range(400)}
SMALL = {("ABCDEFGHIJ"[n % 10], f"Small {n // 10:02}"): glyph(1000 + n) for n in range(50)}
SMALL["A", "Small 00"] = LARGE["A", "Large 05"]  # an exact copy across the archives
SMALL["B", "Small 00"] = LARGE["B", "Large 06"] + np.uint8(4)  # a near copy
SMALL["C", "Small 01"] = SMALL["C", "Small 00"]  # a copy within test
LARGE["D", "Large 08"] = LARGE["E", "Large 08"]  # a conflict
LARGE["F", "Large 10"] = LARGE["F", "Large 11"]  # a copy within or between train and valid


@pytest.fixture
def sources(tmp_path):
    def write(name, glyphs):
        entries = [(f"{name}/{at[0]}/{at[1]}.png", png(image)) for at, image in glyphs.items()]
        return write_tar(tmp_path / name, entries), write_tar(tmp_path / f"{name}2", entries[::-1])

    large, small = write("large", LARGE), write("small", SMALL)

    def source(name, turned):
        parts = tuple(
            Part(role, lambda notes, path=path: read_archive(path, notes))
            for role, path in (("train", large[turned]), ("test", small[turned]))
        )
        curated = name == "clean"
        return Source(f"{name}{turned}", name, "1", "x", parts, valid=40, curated=curated)

    return source


def examples(store):
    return {
        split: [
            (int(label), store.font_names[font], image.tobytes())
            for label, font, image in zip(
                store.labels(split), store.font_ids(split), store.images(split), strict=True
            )
        ]
        for split in SPLITS
    }


def curated(store):
    """The rule applied to a prepared store, and the store's images."""
    images = np.concatenate([store.images(split) for split in SPLITS])
    labels = np.concatenate([store.labels(split) for split in SPLITS])
    splits = np.repeat(np.arange(3), [store.sizes()[split] for split in SPLITS])
    return curate(images, labels, splits), images


def test_clean_is_original_less_what_curation_takes_out(sources):
    original = prepare_source(sources("original", 0), verbose=0)
    store = prepare_source(sources("clean", 0), verbose=0)
    before, after = examples(original), examples(store)
    report, images = curated(original)
    everything = [one for split in SPLITS for one in before[split]]
    assert [images[row].tobytes() for row in (0, 449)] == [everything[0][2], everything[-1][2]]
    removed = {}
    for split in SPLITS:
        assert set(after[split]) < set(before[split]) or after[split] == before[split]
        order = [one for one in before[split] if one in set(after[split])]
        assert after[split] == order  # the rows kept stay in order
        removed[split] = len(before[split]) - len(after[split])
    assert sum(removed.values()) == 450 - len(report.kept) == 6
    assert removed["test"] == 1
    gone = {font for split in SPLITS for _, font, _ in set(before[split]) - set(after[split])}
    assert {"Large 05", "Large 06", "Large 08"} < gone
    assert gone & {"Large 10", "Large 11"}
    assert store.manifest["curation"]["splits"] == report.to_dict()["splits"]
    again, _ = curated(store)
    assert len(again.kept) == sum(store.sizes().values())


def test_the_order_of_an_archive_does_not_decide_which_copy_stays(sources):
    one, other = (prepare_source(sources("clean", turned), verbose=0) for turned in (0, 1))
    assert examples(one) == examples(other)


def test_the_edition_clean_is_the_source_of_original_curated():
    clean, original = (EDITIONS[name].source(False, 0) for name in ("clean", "original"))
    assert clean.curated
    assert not original.curated
    same = dataclasses.replace(
        clean, key=original.key, name=original.name, curated=False, obtain=original.obtain,
        parts=original.parts,
    )  # fmt: skip
    assert same == original
    assert clean.key != original.key


def test_only_a_conflict_within_train_is_taken_out_as_one():
    images = np.stack([glyph(1), glyph(1), glyph(2), glyph(2)])
    report = curate(images, np.array([0, 1, 2, 3]), np.array([2, 2, 0, 1]))
    assert report.kept.tolist() == [0, 3]  # test keeps its copies once, whatever their labels
