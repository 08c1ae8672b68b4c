"""`TensorBoardLog` read back with TensorBoard's own event reader."""

from __future__ import annotations

import io

import keras
import numpy as np
import pytest
from PIL import Image

import notmnist
from notmnist.callbacks import MistakeImages, TensorBoardLog, WeightImages

pytest.importorskip("tensorflow")

IMAGES = np.random.default_rng(0).integers(0, 256, (60, 4, 4, 1)).astype("uint8")
LABELS = np.random.default_rng(1).integers(0, 3, 60)


def fit(*callbacks, epochs=1):
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [keras.Input((4, 4, 1)), keras.layers.Flatten(), keras.layers.Dense(3)]
    )
    model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    model.fit(IMAGES, LABELS, 10, epochs=epochs, verbose=0, callbacks=list(callbacks))


def read(folder, tag):
    reader = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    events = reader.EventAccumulator(str(folder), {reader.TENSORS: 0})
    events.Reload()
    images = events.Tensors(tag)
    shown = []
    for each in images:
        width, height, picture = each.tensor_proto.string_val
        with Image.open(io.BytesIO(picture)) as image:
            assert image.size == (int(width), int(height))
            shown.append(np.asarray(image.convert("RGB")))
    return [each.step for each in images], shown


def test_tensorboard_reads_the_pictures_that_are_in_the_folder(tmp_path):
    places = [tmp_path / "w", TensorBoardLog(tmp_path / "logs" / "run")]
    fit(WeightImages(places, every=2, scale=1.0))
    steps, images = read(tmp_path / "logs" / "run", "weights")
    assert steps == [0, 2, 4, 6]
    for image, path in zip(images, sorted((tmp_path / "w").iterdir()), strict=True):
        with Image.open(path) as other:
            assert np.array_equal(image, np.asarray(other.convert("RGB")))


def test_tensorboard_s_dashboard_reader_shows_them_as_images(tmp_path):
    loader = pytest.importorskip("tensorboard.backend.event_processing.event_file_loader")
    fit(WeightImages(TensorBoardLog(tmp_path), every=2))
    (path,) = tmp_path.iterdir()
    values = [
        (event.step, value)
        for event in loader.EventFileLoader(str(path)).Load()
        for value in event.summary.value
    ]
    assert [step for step, _ in values] == [0, 2, 4, 6]
    assert {value.metadata.plugin_data.plugin_name for _, value in values} == {"images"}


def test_a_failed_fit_leaves_its_pictures_in_the_log(tmp_path):
    def fail(batch, logs):
        if batch == 3:
            raise RuntimeError("mid-fit")

    with pytest.raises(RuntimeError, match="mid-fit"):
        fit(
            WeightImages(TensorBoardLog(tmp_path), every=1),
            keras.callbacks.LambdaCallback(on_train_batch_end=fail),
        )
    assert read(tmp_path, "weights")[0] == [0, 1, 2, 3]


def test_two_callbacks_share_a_folder_under_two_tags_and_serve_two_fits(tmp_path):
    callback = WeightImages(TensorBoardLog(tmp_path), every=6)
    mistakes = MistakeImages(TensorBoardLog(tmp_path, tag="mistakes"), (IMAGES, LABELS))
    fit(callback, mistakes, epochs=2)
    assert read(tmp_path, "weights")[0] == [0, 6, 12]
    assert read(tmp_path, "mistakes")[0] == [6, 12]
    fit(callback, mistakes)
    assert len(list(tmp_path.iterdir())) == 4


def test_a_log_that_cannot_be_written_is_reported_before_the_first_step(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(notmnist.ArgumentError, match=r"folder.*file"):
        fit(WeightImages(TensorBoardLog(tmp_path / "file")))
