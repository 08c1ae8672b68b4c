"""Out-of-distribution measures, compared with scikit-learn's curves and with counting."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import linear_model, metrics

from notmnist.errors import ArgumentError
from notmnist.evaluation import ood

SEEDS = st.integers(0, 2**32 - 1)
NAMES = ["max_softmax", "max_logit", "energy", "entropy", "mean_pixel"]


class Linear:
    """A classifier with known logits: the first four pixels, divided by ten."""

    def decision_function(self, images):
        return images.reshape(len(images), -1)[:, :4] / 10.0


def kinds(seed):
    rng = np.random.default_rng(seed)
    inside = rng.integers(0, rng.integers(2, 257), (rng.integers(1, 60), 3, 3), np.uint8)
    return inside, rng.integers(0, rng.integers(2, 257), (rng.integers(1, 60), 3, 3), np.uint8)


@settings(deadline=None, max_examples=40)
@given(SEEDS)
def test_measures_are_what_counting_pairs_and_thresholds_gives(seed):
    result = ood(Linear(), *kinds(seed))
    assert list(result.measures) == NAMES
    for name, measured in result.measures.items():
        inside, outside = result.inside[name], result.outside[name]
        above = (inside[:, None] > outside).mean() + (inside[:, None] == outside).mean() / 2
        assert measured["auroc"] == pytest.approx(above)
        scores = np.concatenate([inside, outside])
        kind = np.arange(len(scores)) < len(inside)
        false, true, _ = metrics.roc_curve(kind, scores, drop_intermediate=False)
        assert measured["fpr95"] == pytest.approx(false[np.argmax(true >= 0.95)])
        for key, sign, positive in (("aupr_in", 1, kind), ("aupr_out", -1, ~kind)):
            precision = [
                positive[sign * scores >= at].mean() for at in np.sort(sign * scores[positive])
            ]
            assert measured[key] == pytest.approx(np.mean(precision))
        assert all(0 <= value <= 1 for value in measured.values())


def test_scores_are_their_formulas():
    inside, outside = kinds(7)
    result = ood(Linear(), inside, outside)
    for images, scores in ((inside, result.inside), (outside, result.outside)):
        z = images.reshape(len(images), -1)[:, :4] / 10.0
        p = np.exp(z) / np.exp(z).sum(1, keepdims=True)
        np.testing.assert_allclose(np.exp(scores["max_softmax"]), p.max(1))
        np.testing.assert_allclose(scores["max_logit"], z.max(1))
        np.testing.assert_allclose(scores["energy"], np.log(np.exp(z).sum(1)))
        np.testing.assert_allclose(scores["entropy"], (p * np.log(p)).sum(1), atol=1e-12)
        near = -abs(images.mean((1, 2)) - inside.mean())
        np.testing.assert_allclose(scores["mean_pixel"], near)


def test_kinds_that_are_apart_score_1_and_equal_kinds_one_half():
    inside = np.full((20, 3, 3), 0, np.uint8)
    inside[:, 0, 0] = 250
    outside = np.zeros((30, 3, 3), np.uint8)
    for name, measured in ood(Linear(), inside, outside).measures.items():
        assert measured == {"auroc": 1, "aupr_in": 1, "aupr_out": 1, "fpr95": 0}, name
    for measured in ood(Linear(), inside, inside).measures.values():
        assert measured == {"auroc": 0.5, "aupr_in": 0.5, "aupr_out": 0.5, "fpr95": 1}


def test_very_certain_answers_are_still_distinguished():
    inside, outside = np.zeros((2, 8, 3, 3), np.float64)
    inside[:, 0, 0], outside[:, 0, 0] = 600, 500  # 1 - e**-60 and 1 - e**-50: 1 in floating point
    assert ood(Linear(), inside, outside).measures["max_softmax"]["auroc"] == 1


def test_the_report_says_all_in_text():
    inside, outside = kinds(8)
    result = ood(Linear(), inside, outside)
    text = result.text()
    assert all(name in text for name in NAMES)
    assert f"{100 * result.measures['energy']['auroc']:.2f}" in text
    assert f"{len(inside):,} images inside, {len(outside):,} outside" in text


def test_labels_are_ignored_and_a_channel_axis_makes_no_difference():
    inside, outside = kinds(9)
    expected = ood(Linear(), inside, outside).measures
    batches = [(inside[:5], np.full(len(inside[:5]), 99)), (inside[5:], np.ones(len(inside[5:])))]
    assert ood(Linear(), batches, outside[..., None]).measures == expected


def test_a_scikit_learn_classifier_gives_its_decision_function():
    inside, outside = kinds(10)
    rows = (inside.reshape(len(inside), -1) - 127.5) / 255
    model = linear_model.LogisticRegression().fit(rows, np.arange(len(rows)) % 3)
    expected = model.decision_function(rows).max(1)
    result = ood(model, inside, outside)
    np.testing.assert_allclose(result.inside["max_logit"], expected, rtol=1e-5)


def test_images_that_cannot_be_scored_are_a_clear_error():
    good = np.zeros((2, 3, 3), np.uint8)
    for inside, outside, message in (
        (good[:0], good, "`inside` must contain at least one example"),
        (good, [], "`outside` must contain at least one example"),
        (good, np.zeros((2, 4, 4), np.uint8), r"Received: uint8 \(4, 4"),
        (good, np.zeros((2, 3, 3)), r"`outside`.*Received: float64"),
        (np.full((2, 3, 3), np.nan), good, "`inside` must contain finite numbers as pixels"),
    ):
        with pytest.raises(ArgumentError, match=message):
            ood(Linear(), inside, outside)


def test_a_classifier_without_logits_is_a_clear_error():
    images = np.zeros((2, 3, 3), np.uint8)
    with pytest.raises(ArgumentError, match=r"classifier that has logits.*model=3"):
        ood(3, images, images)

    class Broken:
        def decision_function(self, images):
            return np.full((len(images), 3), np.inf)

    with pytest.raises(ArgumentError, match="NaN or infinity for 2 of 2 images"):
        ood(Broken(), images, images)
