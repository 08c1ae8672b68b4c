"""Evaluation of this library's models on the batches of `load`."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

import notmnist
from notmnist.errors import ArgumentError
from notmnist.evaluation import compare, evaluate, ood


@pytest.fixture(scope="module")
def model():
    keras.utils.set_random_seed(1)
    model = notmnist.models.logistic()
    images, labels = arrays("train[:2000]")
    model.fit(images, labels, epochs=3, verbose=0)
    return model


def arrays(split):
    [(images, labels)] = notmnist.load(
        "open", split=split, format="numpy", batch_size=10**6, shuffle=False, verbose=0
    )
    return images, labels


def load(**options):
    return notmnist.load("open", split="test", verbose=0, **options)


def test_accuracy_is_what_keras_says(model):
    loss, accuracy = model.evaluate(*arrays("test"), verbose=0)
    report = evaluate(model, load())
    assert report.accuracy == pytest.approx(accuracy)
    assert report.log_loss == pytest.approx(loss, rel=1e-4)


@pytest.mark.parametrize(
    ("format_", "label_mode"), [("tf", "int"), ("keras", "categorical"), ("numpy", "int")]
)
def test_every_format_and_label_mode_gives_the_same(model, format_, label_mode):
    expected = evaluate(model, arrays("test")).to_dict()
    report = evaluate(model, load(format=format_, label_mode=label_mode)).to_dict()
    assert {m.pop("font") for m in expected["mistakes"]} == {""}
    assert "" not in {m.pop("font") for m in report["mistakes"]}
    assert report == expected


def test_shuffled_data_gives_the_same_figures_without_fonts(model):
    expected = evaluate(model, load())
    report = evaluate(model, load(shuffle=True))
    assert report.fonts is None
    np.testing.assert_array_equal(report.confusion, expected.confusion)
    assert report.calibration.error == pytest.approx(expected.calibration.error)
    assert [m.confidence for m in report.mistakes(5)] == pytest.approx(
        [m.confidence for m in expected.mistakes(5)]
    )


def test_the_font_of_a_mistake_is_that_of_its_row(model):
    data = load()
    for mistake in evaluate(model, data).mistakes(5):
        assert mistake.font == data.fonts[mistake.row]
        assert mistake.label == "ABCDEFGHIJ"[arrays("test")[1][mistake.row]]


def test_images_divided_by_255_give_a_warning_and_others_none(model):
    images, labels = arrays("test")
    baseline = notmnist.models.baseline(max_iter=5, tol=0.1).fit(images[:99], labels[:99])
    for classifier in (model, baseline):
        with pytest.warns(UserWarning, match="without dividing them by 255"):
            evaluate(classifier, (images / 255, labels))
        evaluate(classifier, (images.astype(np.float32), labels))
    plain = keras.Sequential(
        [keras.Input((28, 28, 1)), keras.layers.Flatten(), keras.layers.Dense(10)]
    )
    evaluate(plain, (images / 255, labels))  # it does not scale pixels, so no warning


def test_endless_data_and_single_examples_are_a_clear_error(model):
    for format_ in ("tf", "keras", "numpy"):
        with pytest.raises(ArgumentError, match=r"`data` must end.*repeat=False"):
            evaluate(model, load(format=format_, repeat=True))
    with pytest.raises(ArgumentError, match="load with a batch_size"):
        evaluate(model, load(format="numpy", batch_size=None))


def with_logits(model):
    """The same classifier, ending in its logits."""
    return keras.Model(model.input, model.get_layer("logits").output)


def test_a_model_that_ends_in_logits_is_the_same_classifier(model):
    one, other = evaluate(model, load()), evaluate(with_logits(model), load())
    np.testing.assert_allclose(one.probabilities, other.probabilities, atol=1e-6)
    result = compare(model, with_logits(model), load())
    assert (result.only_a, result.only_b) == (0, 0)


def test_the_baseline_and_a_keras_model_can_be_compared(model):
    images, labels = arrays("train[:500]")
    baseline = notmnist.models.baseline(max_iter=30, tol=0.1).fit(images, labels)
    result = compare(baseline, model, load())
    assert result.accuracy_a == pytest.approx(baseline.evaluate(load(format="numpy"))[1])
    assert result.accuracy_b == pytest.approx(evaluate(model, load()).accuracy)
    some = notmnist.models.baseline(max_iter=30, tol=0.1)
    some.fit(images[labels % 2 == 1], labels[labels % 2 == 1])
    predicted = evaluate(some, load()).predicted
    np.testing.assert_array_equal(predicted, some.predict(arrays("test")[0]))


def test_logits_are_read_before_the_softmax(model):
    images = arrays("test")[0]
    noise = np.random.default_rng(0).integers(0, 256, (50, 28, 28, 1), np.uint8)
    expected = np.asarray(with_logits(model)(images)).max(1)
    for one in (model, with_logits(model)):
        result = ood(one, load(label_mode=None), noise)
        np.testing.assert_allclose(result.inside["max_logit"], expected, rtol=1e-4, atol=1e-4)
    baseline = notmnist.models.baseline(max_iter=30, tol=0.1).fit(*arrays("train[:500]"))
    rows = (images.reshape(len(images), -1) - 127.5) / 255
    result = ood(baseline, images, noise)
    expected = LogisticRegression.decision_function(baseline, rows).max(1)
    np.testing.assert_allclose(result.inside["max_logit"], expected, rtol=1e-4)


def test_a_softmax_without_a_layer_of_logits_is_a_clear_error():
    layers = [keras.Input((28, 28, 1)), keras.layers.Flatten(), keras.layers.Dense(3, "softmax")]
    images = np.zeros((2, 28, 28), np.uint8)
    with pytest.raises(ArgumentError, match=r"`model` must have a layer called 'logits'.*'dense"):
        ood(keras.Sequential(layers), images, images)


def test_images_of_another_shape_are_a_clear_error(model):
    images = np.zeros((2, 32, 32), np.uint8)
    with pytest.raises(ArgumentError, match=r"a model for \(28, 28, 1\) and images of \(32, 32\)"):
        evaluate(model, (images, [0, 1]))


def test_weights_that_diverged_are_a_clear_error():
    model = notmnist.models.logistic()
    model.set_weights([np.full_like(w, np.nan) for w in model.get_weights()])
    with pytest.raises(ArgumentError, match=r"NaN or infinity for .* may have diverged"):
        evaluate(model, load())
