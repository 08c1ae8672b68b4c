"""Evaluation and comparison: each number against scikit-learn, SciPy or counting by hand."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn import linear_model, metrics

from notmnist.errors import ArgumentError
from notmnist.evaluation import compare, evaluate
from notmnist.evaluation.calibration import calibrate

SEEDS = st.integers(0, 2**32 - 1)


class Oracle:
    """A classifier that reads its answer from the image: pixel c is the weight of class c."""

    def __init__(self, classes):
        self.classes = classes

    def predict_proba(self, images):
        weights = images.reshape(len(images), -1)[:, : self.classes] + 1e-3
        return weights / weights.sum(1, keepdims=True)


def exam(seed, rows=80, classes=4):
    """Draw images that an Oracle gets partly right, with labels of at least two classes."""
    rng = np.random.default_rng(seed)
    rows = int(rng.integers(2, rows))
    labels = rng.integers(0, classes, rows)
    labels[:2] = 0, 1
    images = rng.integers(0, 256, (rows, 5, 5), np.uint8)
    sure = rng.random(rows) < 0.5
    images[sure, 0, labels[sure]] = 255
    return images, labels


@settings(deadline=None, max_examples=40)
@given(SEEDS)
def test_figures_are_those_of_scikit_learn_and_scipy(seed):
    images, labels = exam(seed)
    model = Oracle(4)
    report = evaluate(model, (images, labels))
    given_, guess = model.predict_proba(images), model.predict_proba(images).argmax(1)
    assert report.accuracy == pytest.approx(metrics.accuracy_score(labels, guess))
    assert report.log_loss == pytest.approx(metrics.log_loss(labels, given_, labels=range(4)))
    counts = np.zeros((10, 10), int)
    np.add.at(counts, (labels, guess), 1)
    np.testing.assert_array_equal(report.confusion, counts[:4, :4])
    right, n = (guess == labels).sum(), len(labels)
    z = stats.norm.ppf(0.975)  # Wilson's formula, written out
    middle, half = right + z * z / 2, z * np.sqrt(right * (n - right) / n + z * z / 4)
    expected = (middle + np.array([-half, half])) / (n + z * z)
    np.testing.assert_allclose(report.interval, expected, atol=1e-9)
    for name, one in report.to_dict()["classes"].items():
        place = "ABCD".index(name)
        hits, said, was = counts[place, place], counts[:, place].sum(), counts[place].sum()
        assert one["precision"] == (pytest.approx(hits / said) if said else None)
        assert one["recall"] == (pytest.approx(hits / was) if was else None)
        assert one["f1"] == (pytest.approx(2 * hits / (said + was)) if said + was else None)
        assert one["support"] == was


@settings(deadline=None, max_examples=30)
@given(SEEDS)
def test_calibration_error_is_the_mean_gap_of_its_bins(seed):
    images, labels = exam(seed)
    report = evaluate(Oracle(4), (images, labels))
    confidence = report.probabilities.max(1)
    total = 0.0
    for low in np.arange(15) / 15:
        inside = (confidence > low) & (confidence <= low + 1 / 15)
        total += abs(sum(report.right[inside]) - sum(confidence[inside]))
    assert report.calibration.error == pytest.approx(total / len(labels))
    assert report.calibration.count.sum() == len(labels)


@settings(deadline=None, max_examples=30)
@given(SEEDS)
def test_scores_lie_between_0_and_1_and_a_perfect_model_scores_1(seed):
    images, labels = exam(seed)
    perfect = np.zeros_like(images)
    perfect[np.arange(len(labels)), 0, labels] = 255
    for pixels, right in ((images, False), (perfect, True)):
        report = evaluate(Oracle(4), (pixels, labels))
        scores = [report.accuracy, *report.interval, report.calibration.error]
        scores += [report.per_class[key] for key in ("precision", "recall", "f1")]
        scores = np.hstack(scores)
        scores = scores[~np.isnan(scores)]
        assert ((scores >= 0) & (scores <= 1)).all()
        assert report.interval[0] <= report.accuracy <= report.interval[1]
        if right:
            assert report.accuracy == report.to_dict()["macro_f1"] == report.interval[1] == 1
            assert report.mistakes() == []


def test_mistakes_come_most_confident_first_with_label_prediction_and_font():
    images = np.zeros((5, 4, 4), np.uint8)
    images[:, 0, :3] = [[9, 0, 0], [200, 40, 0], [0, 99, 0], [1, 0, 3], [255, 1, 0]]
    labels = np.array([0, 1, 1, 0, 2])

    class Batches(list):
        fonts = ("Rosa", "Lato", "Gill", "Zapf", "Bodoni", "Optima")
        shuffled = False
        class_names = ("x", "y", "z")

    data = Batches([(images[:3], labels[:3]), (images[3:], labels[3:])])
    report = evaluate(Oracle(3), data)
    found = [(m.row, m.label, m.predicted, m.font) for m in report.mistakes()]
    assert found == [(4, "z", "x", "Bodoni"), (1, "y", "x", "Lato"), (3, "x", "z", "Zapf")]
    assert report.mistakes()[1].confidence == pytest.approx(200.001 / 240.003)
    assert [m.row for m in report.mistakes(1)] == [4]
    assert "Bodoni" in report.text()
    assert "3 examples" not in report.text(mistakes=0)
    json.dumps(report.to_dict())
    data.shuffled = True
    assert {m.font for m in evaluate(Oracle(3), data).mistakes()} == {""}


def test_nothing_that_the_caller_owns_is_changed():
    outputs = np.array([[0.5, 0.502], [0.2, 0.8], [0.7, 0.3]])  # sums of 1, except for rounding

    class Kept:
        def predict_proba(self, images):
            return outputs

    before, images = outputs.copy(), GOOD.copy()
    report = evaluate(Kept(), (images, [0, 1, 1]))
    assert np.array_equal(outputs, before)
    assert np.array_equal(images, GOOD)
    assert report.probabilities.sum(1) == pytest.approx(1)


def test_weights_of_examples_are_ignored_and_batches_may_be_a_tuple():
    images, labels = exam(5)
    expected = evaluate(Oracle(4), (images, labels)).to_dict()
    assert evaluate(Oracle(4), (images, labels, np.ones(len(labels)))).to_dict() == expected
    halves = ((images[:3], labels[:3]), (images[3:], labels[3:]))
    assert evaluate(Oracle(4), halves).to_dict() == expected


def test_one_hot_labels_and_columns_of_labels_are_labels():
    images, labels = exam(5)
    expected = evaluate(Oracle(4), (images, labels)).to_dict()
    assert evaluate(Oracle(4), (images, np.eye(4)[labels])).to_dict() == expected
    assert evaluate(Oracle(4), (images[..., None], labels[:, None])).to_dict() == expected
    assert evaluate(Oracle(4), [(images, labels.astype(np.float32))]).to_dict() == expected


def test_a_scikit_learn_classifier_is_given_scaled_rows_of_pixels():
    images, labels = exam(6)
    rows = (images.reshape(len(images), -1) - 127.5) / 255
    model = linear_model.LogisticRegression().fit(rows, labels)
    assert evaluate(model, (images, labels)).accuracy == pytest.approx(model.score(rows, labels))
    some = labels % 2 == 1  # classes 1 and 3: columns must be at their labels
    model = linear_model.LogisticRegression().fit(rows[some], labels[some])
    report = evaluate(model, (images, labels))
    np.testing.assert_array_equal(report.predicted, model.predict(rows))
    with pytest.raises(ArgumentError, match=r"25 features and images of \(6, 6\)"):
        evaluate(model, (np.zeros((2, 6, 6), np.uint8), [0, 1]))


def test_mcnemar_on_counts_done_by_hand():
    """(9, 1): 2 (1 + 10) / 2**10."""
    a, b, expected = [1] * 9 + [0], [0] * 9 + [1], 0.021484375
    labels = np.array([0, 1] * 10)[: len(a)]
    images = np.zeros((len(a), 2, 2), np.uint8)
    images[:, 0, 0] = np.where(a, labels, 1 - labels)
    images[:, 0, 1] = np.where(b, labels, 1 - labels)

    class Reads:
        def __init__(self, column):
            self.column = column

        def predict_proba(self, images):
            return np.eye(2)[images[:, 0, self.column]]

    result = compare(Reads(0), Reads(1), (images, labels))
    assert result.p_value == pytest.approx(expected)
    assert (result.accuracy_a, result.accuracy_b) == (np.mean(a), np.mean(b))
    assert "difference +80.00 points" in result.text()
    assert f"p = {expected:.3g}" in result.text()
    back = compare(Reads(1), Reads(0), (images, labels))
    assert (back.only_a, back.only_b, back.p_value) == (
        result.only_b,
        result.only_a,
        result.p_value,
    )
    assert compare(Reads(0), Reads(0), (images, labels)).p_value == 1


GOOD = np.zeros((3, 4, 4), np.uint8)


def test_data_that_cannot_be_evaluated_is_a_clear_error():
    for data, message in (
        ((GOOD[:0], np.zeros(0, int)), "at least one example"),
        ([], "at least one example"),
        ((GOOD, [1, 1, 1]), "two or more classes. Received: only examples of class 1"),
        (GOOD, "`data` must contain labels"),
        ((GOOD, [0, 1]), r"one label per image. Received: labels of shape \(2,\)"),
        ((GOOD, [0, 1, -1]), "labels 0, 1, 2"),
        ((GOOD, [0, 1, 0.5]), "labels 0, 1, 2"),
        ((GOOD, [0, 1, np.nan]), "labels 0, 1, 2"),
        ((GOOD, ["A", "B", "C"]), "labels 0, 1, 2"),
        ((GOOD, np.ones((3, 3))), "one-hot rows"),
        ((GOOD, [0, 1, 7]), "every label. Received: outputs for 3 classes and the label 7"),
        ((np.full((2, 4, 4), np.nan), [0, 1]), "finite numbers as pixels"),
        ((GOOD.reshape(3, 16), [0, 1, 2]), r"Received: an array of shape \(3, 16\)"),
        ([(GOOD[0], 1)], "load with a batch_size"),
        ([(GOOD, [0, 1, 2]), (np.zeros((1, 5, 5)), [1])], "the same shape"),
        ("test", "be batches of images and labels.*data='test'"),
        (None, "be batches of images and labels.*data=None"),
    ):
        with pytest.raises(ArgumentError, match=message):
            evaluate(Oracle(3), data)


def test_outputs_that_are_not_probabilities_are_a_clear_error():
    class Fixed:
        def __init__(self, outputs):
            self.outputs = outputs

        def predict_proba(self, images):
            return self.outputs

    for outputs, message in (
        (np.full((3, 2), np.nan), "NaN or infinity for 3 of 3 images"),
        (np.ones((3, 1)), "two or more classes"),
        (np.ones((2, 2)) / 2, r"shape \(2, 2\) for 3 images"),
        (np.ones((3, 2)), "probabilities that sum to 1"),
        (np.array([[2, -1]] * 3), "Received: values from -1 to 2"),
    ):
        with pytest.raises(ArgumentError, match=message):
            evaluate(Fixed(outputs), (GOOD, [0, 1, 1]))


def test_what_is_not_a_classifier_is_a_clear_error():
    with pytest.raises(ArgumentError, match=r"`model` must be a classifier.*model=3"):
        evaluate(3, (GOOD, [0, 1, 1]))
    with pytest.raises(ArgumentError, match=r"`b` must be a classifier.*b=3"):
        compare(Oracle(2), 3, (GOOD, [0, 1, 1]))


def test_a_bin_includes_its_upper_edge():
    confidence, right = np.array([0.0, 0.25, 0.5, 0.51, 1.0]), np.array([0, 1, 0, 1, 1], bool)
    bins = calibrate(confidence, right, bins=4)
    assert bins.count.tolist() == [2, 1, 1, 1]
    assert bins.accuracy.tolist() == [0.5, 0, 1, 1]
    assert bins.confidence.tolist() == [0.125, 0.5, 0.51, 1]
    assert bins.error == pytest.approx((2 * 0.375 + 0.5 + 0.49 + 0) / 5)
