import contextlib
import io
import os
import tracemalloc
import zipfile

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import notmnist
from notmnist.errors import ArchiveError, ArgumentError, IntegrityError, MissingSourceError
from notmnist.models import weights

# Far below the numbers in the docs, so that newly trained weights need no new threshold.
LEAST = {"logistic": 0.80, "mlp": 0.85, "cnn": 0.88}
LIMIT = 6_000_000  # bytes of all files together


def factory(name):
    return getattr(notmnist.models, name)


@pytest.fixture
def packed(tmp_path):
    """The weights of a small network as a file."""
    path = tmp_path / "small.npz"
    weights.save(small(), path)
    return path


def small(**arguments):
    return notmnist.models.mlp(hidden=(6,), **arguments)


@pytest.mark.parametrize("name", LEAST)
def test_the_shipped_weights_read_letters_as_the_docs_say(name):
    model = factory(name)(weights="open")
    test = notmnist.load("open", split="test", batch_size=500, verbose=0)
    assert model.evaluate(test, verbose=0)[1] > LEAST[name]


def test_the_shipped_files_are_small_and_those_of_the_table():
    from pathlib import Path

    files = {path.stem: path.stat().st_size for path in Path(weights.__file__).parent.glob("*.npz")}
    assert set(files) == set(weights.table.SHA256) == set(LEAST)
    assert sum(files.values()) <= LIMIT


def test_weights_come_back_from_a_file_in_half_precision(packed):
    images = np.random.default_rng(0).integers(0, 256, (9, 28, 28, 1), dtype=np.uint8)
    loaded = small(weights=packed)
    again = small(weights=str(packed), dropout=0.5, classifier_activation=None, l2=0.1)
    with np.load(packed, allow_pickle=False) as file:
        assert {array.dtype.name for name, array in file.items() if array.ndim > 1} == {"float16"}
        assert np.array_equal(
            file["hidden_1/kernel"], keras.ops.convert_to_numpy(loaded.get_layer("hidden_1").kernel)
        )
    assert np.allclose(
        keras.ops.convert_to_numpy(keras.ops.softmax(again.predict(images, verbose=0))),
        loaded.predict(images, verbose=0),
        atol=1e-5,
    )


def test_the_same_weights_are_the_same_bytes():
    model = small()
    assert weights.pack(model) == weights.pack(model)


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("cnn", {"input_shape": (32, 32, 1)}, r"`input_shape` is \[28, 28, 1\], .* \[32, 32, 1\]"),
        ("mlp", {"hidden": (512,)}, r"layer 'hidden_1' is Dense \(1024,\) relu, .* \(512,\) relu"),
        ("mlp", {"hidden": (1024, 8)}, r"layer 'hidden_2' is missing, .* Dense \(8,\) relu"),
        ("mlp", {"activation": "tanh"}, r"Dense \(1024,\) relu, for .* Dense \(1024,\) tanh"),
        ("logistic", {"classes": 11}, r"weights='open', whose `classes` is 10"),
    ],
)
def test_weights_that_do_not_fit_are_refused_with_the_reason(name, arguments, message):
    with pytest.raises(ArgumentError, match=message):
        factory(name)(weights="open", **arguments)


def test_weights_of_the_same_layers_in_other_shapes_are_refused(tmp_path, packed):
    with np.load(packed) as file:
        arrays = dict(file)
    arrays["logits/kernel"] = arrays["logits/kernel"][:, :9]
    np.savez(tmp_path / "other.npz", **arrays)
    with pytest.raises(ArgumentError, match=r"weight 'logits/kernel' is \(6, 9\), .* \(6, 10\)"):
        small(weights=tmp_path / "other.npz")


def test_another_number_of_classes_gets_a_new_output_layer_and_the_other_shipped_weights():
    for name, kept in (("mlp", "hidden_1"), ("cnn", "hidden")):
        whole, other = factory(name)(weights="open"), factory(name)(weights="open", classes=26)
        assert other.output_shape == (None, 26)
        assert np.array_equal(kernel(whole, kept), kernel(other, kept))
    assert np.std(kernel(other, "logits")) < 0.2  # as it was initialised


def test_the_features_of_the_cnn_are_those_of_the_whole_network():
    whole = notmnist.models.cnn(weights="open")
    images = np.random.default_rng(0).integers(0, 256, (3, 28, 28, 1), dtype=np.uint8)
    inner = keras.Model(whole.input, whole.get_layer("pool").output).predict(images, verbose=0)
    pooled = {None: inner, "avg": inner.mean((1, 2)), "max": inner.max((1, 2))}
    for pooling, expected in pooled.items():
        base = notmnist.models.cnn(include_top=False, pooling=pooling, weights="open")
        assert not base.compiled
        assert np.allclose(base.predict(images, verbose=0), expected, atol=1e-4)
    larger = notmnist.models.cnn(include_top=False, weights="open", input_shape=(64, 48, 1))
    assert larger.output_shape == (None, 8, 6, 128)
    with pytest.raises(
        ArgumentError, match=r"'conv_1/kernel' is \(3, 3, 1, 32\), .* \(3, 3, 3, 32"
    ):
        notmnist.models.cnn(include_top=False, weights="open", input_shape=(64, 48, 3))
    for fewer in ({"blocks": 1}, {"filters": (32, 64)}):
        with pytest.raises(ArgumentError, match="must fit the model"):
            notmnist.models.cnn(include_top=False, weights="open", **fewer)


def kernel(model, layer):
    return keras.ops.convert_to_numpy(model.get_layer(layer).kernel)


def test_a_file_with_other_classes_is_not_taken_silently(packed):
    with pytest.raises(ArgumentError, match=r"`classes` is 10, for a model whose `classes` is 4"):
        small(classes=4, weights=packed)


def test_what_names_no_weights_is_shown_with_what_to_do(tmp_path):
    for value, message in (
        ("opne", "Received: weights='opne'"),
        (3, "None, 'open', or the path of a file. Received: weights=3"),
        ("my.keras", r"Received: weights='my\.keras'\. Load it with keras\.saving\.load_model"),
        ("my.weights.h5", r"Received: weights='my\.weights\.h5'\. Build .* its load_weights"),
    ):
        with pytest.raises(ArgumentError, match=message):
            small(weights=value)
    with pytest.raises(MissingSourceError, match=r"nowhere\.npz"):
        small(weights=tmp_path / "nowhere.npz")


def changed(**others):
    """Return a change of some arrays in a file; None leaves one out."""

    def change(data):
        with np.load(io.BytesIO(data)) as file:
            arrays = {**file, **{name.replace("__", "/"): array for name, array in others.items()}}
        file = io.BytesIO()
        np.savez(file, **{name: array for name, array in arrays.items() if array is not None})
        return file.getvalue()

    return change


def twice(data):
    file = io.BytesIO(data)
    with zipfile.ZipFile(file, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("logits/bias.npy", b"")
    return file.getvalue()


def longer(data):
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(file, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name) + b"more" * (name == "logits/bias.npy"))
    return file.getvalue()


SPOILT = {
    "truncated": lambda data: data[: len(data) // 2],
    "empty": lambda data: b"",
    "without about": changed(about=None),
    "about of another kind": changed(about=np.array("[1, 2]")),
    "about nested too deep": changed(about=np.array("[" * 100_000)),
    "about of bytes": changed(about=np.zeros(3)),
    "object": changed(logits__bias=np.array([print] * 10, object)),
    "text": changed(logits__bias=np.array(["1"] * 10)),
    "complex": changed(logits__bias=np.ones(10, complex)),
    "NaN": changed(logits__bias=np.full(10, np.nan)),
    "infinity": changed(logits__bias=np.full(10, np.inf)),
    "beyond single precision": changed(logits__bias=np.full(10, 1e300)),
    "a name twice": twice,
    "bytes after an array": longer,
}


def test_a_spoilt_file_is_an_error_that_names_it_and_changes_no_weight(packed):
    model, whole = small(), packed.read_bytes()
    before = model.get_weights()
    for kind, spoil in SPOILT.items():
        packed.write_bytes(spoil(whole))
        with pytest.raises(ArchiveError, match=r"Cannot read '.*small\.npz' as weights"):
            weights.files.give(model, packed, "mlp")
        assert all(map(np.array_equal, before, model.get_weights())), kind


SMALL = {}  # a model and its file, made once: Hypothesis calls the test below very often


@settings(max_examples=150)
@given(st.data())
def test_any_bit_that_is_changed_is_found_or_changes_nothing(data):
    if not SMALL:
        model = small()
        SMALL.update(model=model, file=weights.pack(model))
        weights.packing.unpack(model, io.BytesIO(SMALL["file"]), "it")
    before, spoilt = SMALL["model"].get_weights(), bytearray(SMALL["file"])
    place = data.draw(st.integers(0, len(spoilt) - 1))
    spoilt[place] ^= 1 << data.draw(st.integers(0, 7))
    with contextlib.suppress(ArchiveError, ArgumentError):
        weights.packing.unpack(SMALL["model"], io.BytesIO(bytes(spoilt)), "it")
    assert all(map(np.array_equal, before, SMALL["model"].get_weights()))


def test_an_array_is_not_inflated_before_its_shape_is_known_to_fit(packed):
    file = io.BytesIO(packed.read_bytes())
    with (
        zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as archive,
        archive.open("bomb/kernel.npy", "w") as member,
    ):
        header = {"descr": "<f4", "fortran_order": False, "shape": (1 << 26,)}
        np.lib.format.write_array_header_1_0(member, header)
        for _ in range(256):
            member.write(bytes(1 << 20))
    packed.write_bytes(file.getvalue())
    assert packed.stat().st_size < 1 << 20
    tracemalloc.start()
    with pytest.raises(ArgumentError, match=r"weight 'bomb/kernel' is \(67108864,\), .* None"):
        small(weights=packed)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 32 << 20


def test_a_file_is_replaced_only_by_a_whole_one(packed, monkeypatch):
    def full(_):
        raise OSError(28, "No space left on device")

    before = packed.read_bytes()
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        weights.save(small(), packed)
    assert packed.read_bytes() == before
    assert list(packed.parent.iterdir()) == [packed]


def test_a_changed_file_in_the_package_is_refused(monkeypatch):
    monkeypatch.setitem(weights.table.SHA256, "logistic", "0" * 64)
    with pytest.raises(IntegrityError, match=r"logistic\.npz .* not 0000"):
        notmnist.models.logistic(weights="open")


def test_what_cannot_be_saved_is_an_error(tmp_path):
    model = small()
    with pytest.raises(ArgumentError, match=r"Received: path='.*small\.h5'"):
        weights.save(model, tmp_path / "small.h5")
    kernel = model.get_layer("logits").kernel
    kernel.assign(np.full(kernel.shape, 1e6, np.float32))  # beyond half precision
    with pytest.raises(ArgumentError, match="Received: 'logits/kernel'"):
        weights.pack(model)
