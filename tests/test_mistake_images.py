"""`MistakeImages` in real fits; its files read back with Pillow."""

from __future__ import annotations

import io

import keras
import numpy as np
import pytest
from PIL import Image

import notmnist
from notmnist.callbacks import MistakeImages
from tests.films import pixels

RNG = np.random.default_rng(0)


def lookup(probabilities, rate=0.0):
    """Return a model whose output for an image is the row with the number in its first pixel."""
    table = np.asarray(probabilities, "float32")
    keras.utils.set_random_seed(0)
    image = keras.Input((2, 2, 1), name="image")
    first = keras.layers.Flatten()(image)[:, :1]
    rows = keras.layers.Embedding(len(table), table.shape[1], name="table")
    scores = keras.layers.Reshape(table.shape[1:])(rows(first))
    model = keras.Model(image, scores)
    rows.embeddings.assign(table)
    model.compile(keras.optimizers.SGD(rate), "sparse_categorical_crossentropy")
    return model


PROBABILITIES = [[0.9, 0.1, 0.0], [0.2, 0.7, 0.1], [0.3, 0.1, 0.6], [0.0, 0.0, 1.0]]
IMAGES = np.zeros((4, 2, 2, 1), "uint8")
IMAGES[:, 0, 0, 0] = range(4)
IMAGES[:, 1, 1, 0] = 255
LABELS = np.array([1, 1, 0, 0])  # wrong: 0 (0.9 sure), 2 (0.6 sure), 3 (1.0 sure)


def fit(model, *callbacks, **options):
    options = {"batch_size": 2, "epochs": 3, **options}
    return model.fit(IMAGES, LABELS, verbose=0, callbacks=list(callbacks), **options)


def test_the_most_confident_mistakes_come_first(tmp_path):
    callback = MistakeImages(tmp_path / "m.gif", (IMAGES, LABELS), class_names="XYZ")
    fit(lookup(PROBABILITIES), callback)
    frame = callback.frames[-1]
    assert frame.images[:, 0, 0, 0].tolist() == [3, 0, 2]
    assert [(one.label, one.predicted) for one in frame.mistakes] == [
        ("X", "Z"),
        ("Y", "X"),
        ("X", "Z"),
    ]
    assert [one.confidence for one in frame.mistakes] == pytest.approx([1.0, 0.9, 0.6])
    assert (frame.wrong, frame.total) == (3, 4)


def test_every_epoch_has_its_sheet_in_every_place(tmp_path):
    callback = MistakeImages([tmp_path / "m.gif", tmp_path / "m"], (IMAGES, LABELS))
    fit(lookup(PROBABILITIES), callback)
    assert [(frame.step, frame.epoch) for frame in callback.frames] == [(2, 1), (4, 2), (6, 3)]
    folder = [pixels(path)[0] for path in sorted((tmp_path / "m").iterdir())]
    assert len(folder) == 3
    for name in ("again.gif", "again.png", "again.webp"):
        callback.save(tmp_path / name)
    for name in ("m.gif", "again.gif", "again.png", "again.webp"):
        frames = pixels(tmp_path / name)
        assert len(frames) == 3
        assert all((one == other).all() for one, other in zip(frames, folder, strict=True))


def test_the_images_are_found_in_the_pixels(tmp_path):
    images = RNG.integers(0, 256, (4, 2, 2, 1)).astype("uint8")
    images[:, 0, 0, 0] = range(4)
    callback = MistakeImages(tmp_path / "m", (images, LABELS))
    fit(lookup(PROBABILITIES), callback, epochs=1)
    page = pixels(tmp_path / "m" / "step-00000002.png")[0].astype(int)
    for place, image in enumerate(callback.frames[0].images):
        top, left = callback._grid.corner(place)
        shown = page[top + 21 : top + 84 : 42, left + 21 : left + 84 : 42]
        assert np.array_equal(shown, image.repeat(3, axis=2))
    top, left = callback._grid.corner(3)  # only three were wrong: the rest is blank
    assert (page[top : top + 84, left : left + 84] == 255).all()


def test_colour_images_and_floats_are_drawn(tmp_path):
    image = np.zeros((2, 2, 2, 3), "float32")
    image[:, 0, 1], image[:, 1, 0] = (1, 0, 0), (0, 1, 1)
    keras.utils.set_random_seed(0)
    flat = [keras.Input((2, 2, 3)), keras.layers.Flatten(), keras.layers.Dense(2)]
    model = keras.Sequential(flat)
    model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    wrong = 1 - np.argmax(keras.ops.convert_to_numpy(model(image)), axis=1)
    callback = MistakeImages(tmp_path / "m", (image, wrong))
    model.fit(image[:1], wrong[:1] * 0, verbose=0, callbacks=[callback])
    if len(callback.frames[-1].images) == 0:
        pytest.fail("the model learned the two images in one step")
    page = pixels(tmp_path / "m" / "step-00000001.png")[0]
    top, left = callback._grid.corner(0)
    assert tuple(page[top, left + 42]) == (255, 0, 0)
    assert tuple(page[top + 42, left]) == (0, 255, 255)


def test_the_library_s_own_feeds_are_looked_through(tmp_path):
    pytest.importorskip("tensorflow_datasets")  # reads the slice
    options = {"split": "valid[:60]", "batch_size": 25, "verbose": 0}
    images = RNG.integers(0, 256, (4, 28, 28, 1)).astype("uint8")
    model = notmnist.models.logistic()
    for kind in ("tf", "keras", "numpy"):
        data = notmnist.load("open", format=kind, **options)
        callback = MistakeImages(tmp_path / "m.gif", data, count=5)
        model.fit(images, np.arange(4), verbose=0, callbacks=[callback])
        frame = callback.frames[0]
        assert frame.total == 60
        assert len(frame.images) == min(5, frame.wrong)
        assert (np.diff([one.confidence for one in frame.mistakes]) <= 0).all()


def test_batches_of_one_hot_labels_and_logits_give_the_same_answer():
    logits = lookup(np.log(np.maximum(PROBABILITIES, 1e-9)))
    batches = [(IMAGES[:3], np.eye(3)[LABELS[:3]]), (IMAGES[3:], np.eye(3)[LABELS[3:]])]
    found = []
    for model, data in ((logits, (IMAGES, LABELS)), (lookup(PROBABILITIES), batches)):
        callback = MistakeImages(None, data, count=2)
        fit(model, callback, epochs=1)
        found.append(callback.frames[0])
    one, other = ([(m.row, m.label, m.predicted) for m in frame.mistakes] for frame in found)
    assert one == other == [(3, "A", "C"), (0, "B", "A")]
    assert found[0].mistakes[1].confidence == pytest.approx(0.9, abs=1e-6)


def test_a_model_that_cannot_be_evaluated_warns_once_and_still_trains():
    for table, labels, message in (
        (PROBABILITIES, np.array([0, 1, 2, 7]), "must know every label"),
        (np.full((4, 3), np.nan), LABELS, "finite"),
    ):
        callback = MistakeImages(None, (IMAGES, labels))
        with pytest.warns(UserWarning, match=f"No mistakes.*{message}.*Training continues") as told:
            history = fit(lookup(table), callback)
        assert len(told) == 1
        assert len(history.history["loss"]) == 3
        assert callback.frames == []


def test_nothing_wrong_gives_an_empty_sheet(tmp_path):
    callback = MistakeImages(tmp_path / "m", (IMAGES[:2], np.array([0, 1])))
    fit(lookup(PROBABILITIES), callback, epochs=1)
    assert callback.frames[0].wrong == 0
    assert len(list((tmp_path / "m").iterdir())) == 1


def test_wanted_epochs_and_the_last_have_a_sheet(tmp_path):
    callback = MistakeImages(tmp_path / "m.gif", (IMAGES, LABELS), every=2)
    fit(lookup(PROBABILITIES), callback, epochs=5)
    assert [frame.epoch for frame in callback.frames] == [2, 4, 5]
    fit(lookup(PROBABILITIES), callback, epochs=4, initial_epoch=3)
    assert [(frame.epoch, frame.step) for frame in callback.frames] == [
        (2, 4),
        (4, 8),
    ]  # it goes on


def test_it_does_not_change_the_fit(tmp_path):
    def run(*callbacks):
        return fit(lookup(PROBABILITIES, rate=0.5), *callbacks, shuffle=False).history["loss"]

    assert run() == run(MistakeImages(tmp_path / "m.gif", (IMAGES, LABELS)))


def test_a_notebook_shows_the_last_sheet(tmp_path):
    callback = MistakeImages(tmp_path / "m", (IMAGES, LABELS))
    fit(lookup(PROBABILITIES), callback)
    with Image.open(io.BytesIO(callback._repr_png_())) as shown:
        last = pixels(tmp_path / "m" / "step-00000006.png")[0]
        assert np.array_equal(np.asarray(shown.convert("RGB")), last)


WRONG = [
    ({"count": 0}, "positive integer.*count=0"),
    ({"count": 1.5}, "count=1.5"),
    ({"every": 0}, "every=0"),
    ({"path": "m.mp4"}, "path='m.mp4'"),
    ({"data": []}, "at least one example"),
    ({"data": 3}, "data=3"),
    ({"data": [IMAGES]}, "contain labels"),
    ({"data": (IMAGES[..., 0, 0], LABELS)}, r"shape \(4, 2\)"),
]


def test_a_wrong_argument_is_reported_before_the_first_step(tmp_path):
    begun, model = [], lookup(PROBABILITIES)
    count = keras.callbacks.LambdaCallback(on_train_batch_begin=lambda batch, logs: begun.append(1))
    for wrong, message in WRONG:
        arguments = {"path": tmp_path / "m.gif", "data": (IMAGES, LABELS), **wrong}
        with pytest.raises(notmnist.ArgumentError, match=f"(?s){message}"):
            fit(model, MistakeImages(**arguments), count)
    assert not begun


def test_an_endless_dataset_is_reported_before_the_first_step(tmp_path):
    tf = pytest.importorskip("tensorflow")
    data = tf.data.Dataset.from_tensor_slices((IMAGES, LABELS)).batch(2).repeat()
    with pytest.raises(notmnist.ArgumentError, match="must end"):
        fit(lookup(PROBABILITIES), MistakeImages(tmp_path / "m.gif", data))
