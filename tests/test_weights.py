import io
import json

import keras
import numpy as np
import pytest

import notmnist
from notmnist.errors import ArchiveError, ArgumentError, IntegrityError, MissingSourceError
from notmnist.models import weights

# Far below what the docs' table says, so that weights trained anew need no new threshold.
LEAST = {"logistic": 0.80, "mlp": 0.85, "cnn": 0.88}
LIMIT = 6_000_000  # bytes of all files together


def factory(name):
    return getattr(notmnist.models, name)


@pytest.fixture
def packed(tmp_path):
    """A small network's weights as a file."""
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
    assert set(files) == set(weights.SHA256) == set(LEAST)
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
        ("mlp", {"classes": 4}, r"`classes` is 10, for a model whose `classes` is 4"),
        ("cnn", {"input_shape": (32, 32, 1)}, r"`input_shape` is \[28, 28, 1\], .* \[32, 32, 1\]"),
        ("mlp", {"hidden": (512,)}, r"layer 'hidden_1' is Dense \(1024,\) relu, .* \(512,\) relu"),
        ("mlp", {"hidden": (1024, 8)}, r"layer 'hidden_2' is None, .* Dense \(8,\) relu"),
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


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("opne", "Received: weights='opne'"),
        (3, "None, 'open', or the path of a file. Received: weights=3"),
        ("my.weights.h5", r"save` made\. Received: weights='my\.weights\.h5'"),
    ],
)
def test_what_names_no_weights_is_shown(value, message):
    with pytest.raises(ArgumentError, match=message):
        small(weights=value)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(MissingSourceError, match=r"nowhere\.npz"):
        small(weights=tmp_path / "nowhere.npz")


def truncated(data):
    return data[: len(data) // 2]


def without_about(data):
    file = io.BytesIO()
    np.savez(file, kernel=np.zeros(3))
    return file.getvalue()


def pickled(data):
    file = io.BytesIO()
    np.savez(file, about=np.array(json.dumps({})), kernel=np.array([print], object))
    return file.getvalue()


def other_json(data):
    file = io.BytesIO()
    np.savez(file, about=np.array("[1, 2]"))
    return file.getvalue()


@pytest.mark.parametrize("spoil", [truncated, without_about, pickled, other_json, lambda data: b""])
def test_a_spoilt_file_is_an_error_and_runs_nothing(spoil, packed, capsys):
    packed.write_bytes(spoil(packed.read_bytes()))
    with pytest.raises(ArchiveError, match=r"Cannot read '.*small\.npz' as weights"):
        small(weights=packed)


def test_a_changed_file_in_the_package_is_refused(monkeypatch):
    monkeypatch.setitem(weights.SHA256, "logistic", "0" * 64)
    with pytest.raises(IntegrityError, match=r"logistic\.npz .* not 0000"):
        notmnist.models.logistic(weights="open")


def test_a_file_of_weights_ends_in_npz(tmp_path):
    with pytest.raises(ArgumentError, match=r"Received: path='.*small\.h5'"):
        weights.save(small(), tmp_path / "small.h5")


def test_weights_that_are_not_finite_are_not_packed():
    model = small()
    kernel = model.get_layer("logits").kernel
    kernel.assign(np.full(kernel.shape, 1e6, np.float32))  # beyond half precision
    with pytest.raises(ArgumentError, match="Received: 'logits/kernel'"):
        weights.pack(model)
