import gc
import itertools
import os
import pickle
import subprocess
import sys
import warnings
from pathlib import Path

import keras
import numpy as np
import pytest

import notmnist
from notmnist.datasets.editions import embedded
from notmnist.errors import ArgumentError, MissingExtraError, MissingSourceError

FORMATS = ("tf", "keras", "grain", "numpy")
OPEN_FILES = Path("/dev/fd")


def rows(batches):
    """Return every example of a pass as values that can be compared."""
    return [
        (np.asarray(image).tobytes(), np.asarray(label).tolist())
        for images, labels in batches
        for image, label in zip(np.asarray(images), np.asarray(labels), strict=True)
    ]


@pytest.mark.parametrize("format", FORMATS)
def test_batches_have_the_documented_shapes_dtypes_and_length(archive, format):
    train = notmnist.load(archive, batch_size=100, format=format, verbose=0)
    shapes = [(np.asarray(x).shape, np.asarray(y).shape) for x, y in train]
    assert shapes == [((n, 28, 28, 1), (n,)) for n in (100, 100, 40)]
    assert len(train) == 3
    images, labels = next(iter(train))
    assert (np.asarray(images).dtype, np.asarray(labels).dtype) == (np.uint8, np.int32)
    assert train.class_names == list("ABCDEFGHIJ")
    assert len(train.fonts) == 240
    assert train.fonts[0].startswith("Test Font")


def test_one_seed_gives_every_example_once_in_the_same_new_orders_in_every_format(archive):
    plain = rows(notmnist.load(archive, shuffle=False, format="numpy", verbose=0))
    passes = []
    for format in FORMATS:
        train = notmnist.load(archive, batch_size=32, seed=5, format=format, verbose=0)
        passes.append([rows(train), rows(train)])
    first, second = passes[0]
    assert sorted(first) == sorted(second) == sorted(plain)
    assert first != plain
    assert first != second
    assert all(others == passes[0] for others in passes)
    other = notmnist.load(archive, seed=6, format="numpy", verbose=0)
    assert rows(other) != first


def test_valid_and_test_keep_their_stored_order_in_every_format(archive):
    _, (x_test, y_test) = notmnist.load_data(archive, verbose=0)
    expected = [(image.tobytes(), int(label)) for image, label in zip(x_test, y_test, strict=True)]
    for format in FORMATS:
        valid, test = notmnist.load(archive, split=["valid", "test"], format=format, verbose=0)
        assert rows(valid) == rows(valid)
        assert not test.shuffled
        assert rows(test) == expected


@pytest.mark.parametrize("format", FORMATS)
def test_repeat_goes_on_with_whole_passes(archive, format):
    train = notmnist.load(archive, batch_size=60, repeat=True, seed=2, format=format, verbose=0)
    batches = list(itertools.islice(iter(train), 8))
    assert sorted(rows(batches[:4])) == sorted(rows(batches[4:]))
    assert rows(batches[:4]) != rows(batches[4:])


@pytest.mark.parametrize("format", FORMATS)
def test_drop_remainder_and_label_modes(archive, format):
    load = lambda **kw: notmnist.load(archive, batch_size=100, format=format, verbose=0, **kw)
    assert [len(np.asarray(y)) for _, y in load(drop_remainder=True)] == [100, 100]
    hot = [np.asarray(y) for _, y in load(label_mode="categorical", shuffle=False)]
    plain = [np.asarray(y) for _, y in load(shuffle=False)]
    assert hot[0].dtype == np.float32
    assert np.array_equal(np.concatenate(hot).argmax(1), np.concatenate(plain))
    assert np.concatenate(hot).sum() == 240
    assert np.asarray(next(iter(load(label_mode=None)))).shape == (100, 28, 28, 1)


@pytest.mark.parametrize("format", ["tf", "grain", "numpy"])
def test_no_batch_size_gives_single_examples(archive, format):
    for shuffle in (False, True):
        train = notmnist.load(archive, batch_size=None, shuffle=shuffle, format=format, verbose=0)
        examples = [(np.asarray(x).shape, np.asarray(y).shape) for x, y in train]
        assert examples == [((28, 28, 1), ())] * 240


@pytest.mark.parametrize("format", ["tf", "numpy"])  # tf reads slices without a copy
def test_slices_sums_and_lists_of_splits(archive, format):
    load = lambda split: notmnist.load(
        archive, split=split, shuffle=False, format=format, verbose=0
    )
    train, valid = rows(load("train")), rows(load("valid"))
    assert rows(load("train[:10%]")) == train[:24]
    assert rows(load("train[-5:]+valid")) == train[-5:] + valid
    parts = load(("train[:50%]", "train[50%:]"))
    assert isinstance(parts, tuple)
    assert rows(parts[0]) + rows(parts[1]) == train
    assert len(rows(load("all"))) == 300
    assert list(load(None)) == ["train", "valid", "test"]
    assert rows(load(None)["valid"]) == valid


def test_only_train_is_shuffled_by_default(archive):
    load = lambda split: notmnist.load(archive, split=split, format="numpy", verbose=0)
    assert [load(split).shuffled for split in ("train", "train[:9]", "test", "train+test")] == [
        True, True, False, False,
    ]  # fmt: skip


def test_load_data_is_shaped_as_keras_has_it_and_writing_to_it_changes_no_file(archive):
    (x_train, y_train), (x_test, y_test) = notmnist.load_data(archive, verbose=0)
    assert x_train.shape == (240, 28, 28)
    assert x_test.shape == (30, 28, 28)
    assert {a.dtype for a in (x_train, y_train, x_test, y_test)} == {np.dtype(np.uint8)}
    before = x_train.copy()
    x_train[:] = 0
    y_train += 1
    (again, labels), _ = notmnist.load_data(archive, verbose=0)
    assert np.array_equal(again, before)
    assert labels.max() == 9


def test_info_counts_what_is_there(archive):
    _, info = notmnist.load(archive, format="numpy", with_info=True, verbose=0)
    assert info.splits == {"train": 240, "valid": 30, "test": 30}
    assert info.class_counts["test"] == (3,) * 10
    assert info.image_shape == (28, 28, 1)
    assert "bulatov" in info.citation
    assert "Train: 240 examples" in str(info)


def test_the_open_edition_needs_no_network_and_does_not_warn():
    train, info = notmnist.load("open", format="numpy", with_info=True, verbose=0)
    assert info.name == "open"
    assert info.splits["train"] > 3000
    images, labels = next(iter(train))
    assert images.shape == (128, 28, 28, 1)
    assert set(labels.tolist()) <= set(range(10))


def test_the_open_edition_keeps_families_whole_and_leaves_out_copies_alone():
    store = notmnist.datasets.prepare("open", verbose=0)
    family = {face["font"]: face["family"] for face in embedded.table()}
    families = [
        {family[store.font_names[font]] for font in store.font_ids(split)}
        for split in store.sizes()
    ]
    assert not families[0] & families[1]
    assert not (families[0] | families[1]) & families[2]
    left_out = len(embedded.copies())
    assert sum(store.sizes().values()) == 10 * len(embedded.table()) - left_out


WRONG = [
    ({"name": "opne"}, r"`name` must be one of .*'open'.* Received: name='opne'"),
    ({"name": "x" * 5000}, r"`name` must be one of .*Received: name='xxx"),
    ({"split": "tain"}, r"'train', 'valid', 'test'.* Received: split='tain'"),
    ({"split": "train[:640]"}, r"\[:640\] incompatible with 240 examples"),
    ({"split": "train[:9999]"}, r"Received: split='train\[:9999\]'.*240 examples"),
    ({"split": "train[9:5]"}, r"at least one example.* Received: split='train\[9:5\]'"),
    ({"split": 3}, r"Received: split=3"),
    ({"label_mode": "one-hot"}, r"'int', 'categorical', None.* Received: label_mode='one-hot'"),
    (
        {"format": "torch"},
        r"None or one of 'tf', 'keras', 'grain', 'numpy'.* Received: format='torch'",
    ),
    ({"batch_size": -1}, r"positive integer.* Received: batch_size=-1"),
    ({"batch_size": 0}, r"Received: batch_size=0"),
    ({"batch_size": 2.5}, r"Received: batch_size=2\.5"),
    ({"batch_size": True}, r"Received: batch_size=True"),
    ({"batch_size": None, "format": "keras"}, r"format='keras'.* Received: batch_size=None"),
    ({"batch_size": 999, "drop_remainder": True}, r"240 examples.* Received: batch_size=999"),
    ({"seed": -3}, r"Received: seed=-3"),
    ({"shuffle": "yes"}, r"True, False or None.* Received: shuffle='yes'"),
]


def test_a_wrong_argument_is_an_error_that_shows_it(archive):
    for wrong, message in WRONG:
        with pytest.raises(ArgumentError, match=message):
            notmnist.load(**{"name": archive, "format": "numpy", "verbose": 0} | wrong)


def test_a_path_that_does_not_exist_is_reported(tmp_path):
    for path in (tmp_path / "gone.tar.gz", str(tmp_path / "gone"), "gone.tar.gz"):
        with pytest.raises(MissingSourceError, match="gone"):
            notmnist.load(path)
    with pytest.raises(FileNotFoundError):
        notmnist.load_data(tmp_path / "gone")


def test_a_batch_of_grain_is_found_by_its_number_which_counts_on_over_the_passes(archive):
    load = lambda **kw: notmnist.load(archive, seed=5, format="grain", verbose=0, **kw)
    train = load()
    passes = rows(train), rows(train)
    assert rows([train[1], train[0]]) == passes[0][128:] + passes[0][:128]
    assert rows([train[2], train[3]]) == passes[1], "whatever pass came before"
    assert rows([train[-1]]) == passes[0][128:]
    assert rows(train[:1]) == passes[0][:128]
    assert rows(load(repeat=True)[2:4]) == passes[1]
    assert rows(pickle.loads(pickle.dumps(train))) == rows(train), "both in their third pass"


def test_keras_fits_what_load_gives_without_a_warning(archive):
    model = notmnist.models.logistic()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        notmnist.datasets.feeds.quiet_keras()
        for format in ("tf", "keras"):
            train, valid = (
                notmnist.load(archive, split=split, format=format, verbose=0)
                for split in ("train", "valid")
            )
            history = model.fit(train, validation_data=valid, epochs=2, verbose=0)
            assert len(history.history["val_loss"]) == 2
        for format in ("tf", "keras", "grain"):
            endless = notmnist.load(archive, repeat=True, format=format, verbose=0)
            shuffle = format != "keras"  # the one warning of `fit` that is right
            history = model.fit(endless, steps_per_epoch=5, epochs=2, shuffle=shuffle, verbose=0)
            assert len(history.epoch) == 2


# Up to 3.15, Keras gives this warning after every pass of Grain (keras-team/keras#23360).
@pytest.mark.filterwarnings("ignore:Your input ran out of data")
def test_keras_fits_every_pass_of_grain_in_an_order_of_its_own(archive):
    epochs = []

    def note(batch):
        epochs[-1].extend(batch[0][:, 1, 0, 0].tolist())
        return batch

    train, valid = (
        notmnist.load(archive, split=split, batch_size=100, format="grain", verbose=0)
        for split in ("train", "valid")
    )
    epochs.append([])  # for the batches that Keras reads before the first epoch
    begin = keras.callbacks.LambdaCallback(on_epoch_begin=lambda *_: epochs.append([]))
    model = notmnist.models.logistic()
    history = model.fit(
        train.map(note), validation_data=valid, epochs=3, callbacks=[begin], verbose=0
    )
    assert len(history.history["val_loss"]) == 3
    assert [len(epoch) for epoch in epochs[1:]] == [240] * 3
    assert len(set(map(tuple, epochs[1:]))) == 3


@pytest.mark.slow  # a process that imports JAX
def test_keras_fits_every_pass_of_grain_on_jax_too():
    name = test_keras_fits_every_pass_of_grain_in_an_order_of_its_own.__name__
    subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", f"{__file__}::{name}"],
        env=os.environ | {"KERAS_BACKEND": "jax"},
        check=True,
    )


def test_without_grain_the_error_names_the_extra(archive, monkeypatch):
    monkeypatch.setitem(sys.modules, "grain", None)
    monkeypatch.delitem(sys.modules, "notmnist.datasets.feeds.grain", raising=False)
    with pytest.raises(MissingExtraError, match=r"notmnist\[grain\]"):
        notmnist.load(archive, format="grain", verbose=0)


def test_the_end_of_a_pass_never_waits_for_an_autotuner(archive):
    options = notmnist.load(archive, format="tf", verbose=0).options()
    assert options.autotune.enabled is False


@pytest.mark.skipif(not OPEN_FILES.is_dir(), reason="the system has no /dev/fd")
def test_loading_again_and_again_leaves_no_file_open(archive):
    def loaded():
        for _ in notmnist.load(archive, split="train", verbose=0):
            pass
        gc.collect()
        return sum(1 for _ in OPEN_FILES.iterdir())

    before = loaded()
    assert [loaded() for _ in range(3)] == [before] * 3
