import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

import notmnist
from notmnist.errors import ArgumentError


def test_it_is_logistic_regression_on_scaled_pixels():
    train = notmnist.load("open", split="train[:400]", shuffle=False, format="numpy", verbose=0)
    (x, y), (x_test, y_test) = notmnist.load_data("open", verbose=0)
    model = notmnist.models.baseline(C=0.01).fit(train)
    peer = LogisticRegression(C=0.01).fit((x[:400].reshape(400, -1) - 127.5) / 255, y[:400])
    rows = (x_test.reshape(len(x_test), -1) - 127.5) / 255
    assert np.allclose(model.predict_proba(x_test), peer.predict_proba(rows), atol=2e-3)
    assert model.evaluate(x_test, y_test)[1] == pytest.approx(peer.score(rows, y_test), abs=0.003)


@pytest.mark.parametrize("format", ["tf", "keras", "numpy"])
@pytest.mark.parametrize("label_mode", ["int", "categorical"])
def test_it_fits_and_evaluates_on_what_load_gives(archive, format, label_mode):
    train, test = notmnist.load(
        archive, split=["train", "test"], format=format, label_mode=label_mode, verbose=0
    )
    model = notmnist.models.baseline().fit(train)
    loss, accuracy = model.evaluate(test)
    assert accuracy == 1  # the drawn letters say which they are
    assert model.evaluate(test, return_dict=True) == {"loss": loss, "accuracy": accuracy}
    images = np.concatenate([np.asarray(x) for x, _ in test])
    assert model.predict(images).shape == (30,)


def test_what_cannot_be_fitted_is_an_error(archive):
    with pytest.raises(ArgumentError, match=r"`y` must be the labels.* Received: y=None"):
        notmnist.models.baseline().fit(np.zeros((3, 28, 28), np.uint8))
    endless = notmnist.load(archive, repeat=True, format="numpy", verbose=0)
    with pytest.raises(ArgumentError, match="batches with an end"):
        notmnist.models.baseline().fit(endless)
    with pytest.raises(TypeError, match="depth"):
        notmnist.models.baseline(depth=3)
