import numpy as np
import pytest
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.utils.estimator_checks import (
    check_get_params_invariance,
    check_parameters_default_constructible,
    check_set_params,
)

import notmnist
from notmnist.errors import ArgumentError
from notmnist.models import Baseline, baseline


def images_and_labels(count):
    (x, y), _ = notmnist.load_data("open", verbose=0)
    return np.array(x[:count]), np.array(y[:count])


def test_it_is_logistic_regression_on_scaled_pixels():
    train = notmnist.load("open", split="train[:400]", shuffle=False, format="numpy", verbose=0)
    (x, y), (x_test, y_test) = notmnist.load_data("open", verbose=0)
    model = baseline(C=0.01).fit(train)
    peer = LogisticRegression(C=0.01).fit((x[:400].reshape(400, -1) - 127.5) / 255, y[:400])
    rows = (x_test.reshape(len(x_test), -1) - 127.5) / 255
    assert np.allclose(model.predict_proba(x_test), peer.predict_proba(rows), atol=2e-3)
    assert model.evaluate(x_test, y_test)[1] == pytest.approx(peer.score(rows, y_test), abs=0.003)


@pytest.mark.parametrize(("format", "label_mode"), [("tf", "int"), ("numpy", "categorical")])
def test_it_fits_and_evaluates_on_what_load_gives(archive, format, label_mode):
    train, test = notmnist.load(
        archive, split=["train", "test"], format=format, label_mode=label_mode, verbose=0
    )
    model = baseline().fit(train)
    loss, accuracy = model.evaluate(test)
    assert accuracy == 1  # the drawn letters are easy to tell apart
    assert loss < 1
    images = np.concatenate([np.asarray(x) for x, _ in test])
    assert model.predict(images).shape == (30,)


def test_it_is_an_estimator_as_scikit_learn_checks_them():
    model = baseline(C=0.5, max_iter=30, tol=0.1)
    check_parameters_default_constructible("Baseline", model)
    check_get_params_invariance("Baseline", model)
    check_set_params("Baseline", model)
    x, y = images_and_labels(300)
    copy = clone(model.fit(x, y))
    assert type(copy) is Baseline
    assert copy.get_params() == model.get_params()
    assert not hasattr(copy, "coef_")
    assert model.score(x, y) == model.evaluate(x, y)[1]
    assert model.set_params(C=2.0).C == 2.0


def test_cross_validation_and_a_grid_search_work_on_images():
    x, y = images_and_labels(300)
    model = baseline(C=0.01, max_iter=30, tol=0.1)
    scores = cross_val_score(model, x, y, cv=3)
    by_hand = [
        clone(model).fit(x[~fold], y[~fold]).score(x[fold], y[fold]) for fold in folds(model, x, y)
    ]
    assert scores.tolist() == by_hand
    search = GridSearchCV(baseline(max_iter=30, tol=0.1), {"C": [0.01]}, cv=3).fit(x[..., None], y)
    assert search.best_score_ == pytest.approx(np.mean(scores))


def folds(model, x, y):
    from sklearn.model_selection import StratifiedKFold

    for _, test in StratifiedKFold(3).split(x, y):
        yield np.isin(np.arange(len(y)), test)


def test_what_cannot_be_fitted_is_an_error(archive):
    with pytest.raises(ArgumentError, match="`X` must contain labels"):
        baseline().fit(np.zeros((3, 28, 28), np.uint8))
    endless = notmnist.load(archive, repeat=True, format="numpy", verbose=0)
    with pytest.raises(ArgumentError, match="`X` must end"):
        baseline().fit(endless)
    with pytest.raises(TypeError, match="depth"):
        baseline(depth=3)
