import lookalikes
import numpy as np
import pytest
import tensorflow_datasets as tfds

import notmnist


@pytest.fixture(scope="module")
def letters():
    return notmnist.load("open", split=["train[:20%]", "valid"], seed=0, verbose=0)


def test_our_model_and_callback_work_on_its_data_beside_its_callback(letters, tmp_path):
    train, valid = letters
    (_, _), (images, labels) = notmnist.load_data("open", verbose=0)
    pairs = lookalikes.LookalikePairs(images[:500, ..., None], labels[:500].astype(np.int64))
    pictures = notmnist.callbacks.WeightImages(tmp_path / "strokes.gif", layer="strokes")
    model = lookalikes.strokes()
    history = model.fit(train, validation_data=valid, epochs=2, verbose=0,
                        callbacks=[pairs, pictures])  # fmt: skip
    assert history.history["val_accuracy"][-1] > 0.5
    assert len(pairs.pairs) == 2
    assert set(pairs.pairs[-1]) < set("ABCDEFGHIJ")
    assert (tmp_path / "strokes.gif").stat().st_size > 0


def test_its_evaluation_takes_our_model(letters):
    from notmnist import evaluation

    train, valid = letters
    model = lookalikes.strokes()
    model.fit(train, verbose=0)
    assert 0 < evaluation.evaluate(model, valid).accuracy <= 1


def test_our_data_set_and_its_stand_in_one_registry(tmp_path):
    import lookalikes.bars.bars_dataset_builder  # noqa: F401 - registers

    assert {"bars", "notmnist"} <= set(tfds.list_builders(with_community_datasets=False))
    bars = tfds.builder("bars", data_dir=tmp_path)
    bars.download_and_prepare()
    letters = tfds.builder("notmnist/open", data_dir=tmp_path)
    assert bars.info.features["image"].shape == letters.info.features["image"].shape
    assert bars.info.splits["test"].num_examples == 2 * sum(28 - width for width in range(2, 9))


def test_a_named_edition_is_an_error_that_we_can_catch_offline():
    with pytest.raises(OSError, match="NOTMNIST_OFFLINE is set"):
        notmnist.load("original")
