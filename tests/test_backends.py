"""The models on each of Keras's backends, in one process each; `make test-backends` runs more."""

import importlib.util
import os
import subprocess
import sys

import numpy as np
import pytest

pytestmark = pytest.mark.slow

BACKENDS = ("tensorflow", "jax", "torch")
MODELS = ("logistic", "mlp", "cnn")
CODE = """
import sys
import keras, numpy as np
import notmnist

backend, path = sys.argv[1:]
assert keras.config.backend() == backend, keras.config.backend()
images = notmnist.load_data("open", verbose=0)[1][0][:300, ..., None]
said = {
    name: getattr(notmnist.models, name)(weights="open").predict(images, verbose=0)
    for name in ("logistic", "mlp", "cnn")
}
keras.utils.set_random_seed(0)
model = notmnist.models.mlp(hidden=(32,), l2=0.0001, dropout=0.2)
train = notmnist.load("open", split="train[:2000]", seed=0, verbose=0)
losses = model.fit(train, epochs=3, verbose=0).history["loss"]
test = notmnist.load("open", split="test", verbose=0)
accuracy = model.evaluate(test, verbose=0)[1]
np.savez(path, losses=losses, accuracy=accuracy, **said)
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Return a function that runs the code above once on a backend and returns its results."""
    folder = tmp_path_factory.mktemp("backends")

    def on(backend):
        if importlib.util.find_spec(backend) is None:
            pytest.skip(f"{backend} is not installed")
        path = folder / f"{backend}.npz"
        if not path.exists():
            environment = {
                **os.environ,
                "KERAS_BACKEND": backend,
                "NOTMNIST_HOME": str(folder),
                "TF_CPP_MIN_LOG_LEVEL": "2",
            }
            subprocess.run(
                [sys.executable, "-c", CODE, backend, str(path)], env=environment, check=True
            )
        with np.load(path) as seen:
            return dict(seen)

    return on


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_model_learns_on_what_load_gives(run, backend):
    seen = run(backend)
    assert seen["losses"][-1] < seen["losses"][0] / 1.5
    assert seen["accuracy"] > 0.6


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("backend", BACKENDS[1:])
def test_the_shipped_weights_predict_the_same_on_every_backend(run, backend, name):
    here, there = run(backend)[name], run("tensorflow")[name]
    assert here.shape == (300, 10)
    assert np.abs(here - there).max() < 1e-3


def test_that_test_can_fail(run):
    seen = run("tensorflow")
    assert np.abs(seen["mlp"] - seen["cnn"]).max() > 1e-3
