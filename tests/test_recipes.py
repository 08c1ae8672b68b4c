import copy
import dataclasses
import functools
import json
import math
import pickle
import re

import keras
import numpy as np
import pytest

import notmnist
from notmnist.cli import main
from notmnist.errors import ArgumentError
from notmnist.models.recipes import RECIPES, Recipe, fit, recipe

TINY = Recipe(
    model="cnn",
    arguments={"filters": (4, 4), "units": 8, "dropout": 0.0},
    rate=0.01,
    epochs=2,
    batch_size=40,
)


def test_every_recipe_builds_its_model_and_its_optimizer():
    for name, chosen in RECIPES.items():
        assert recipe(name) is recipe(chosen) is chosen
        assert chosen.build(compile=False).count_params() > 7_000
        assert chosen.make_optimizer(100).use_ema == (chosen.ema is not None)
        assert chosen.split == "train+valid"  # test is for testing


def test_the_rates_fall_as_the_recipe_says():
    def rates(**changes):
        rate = dataclasses.replace(TINY, rate=0.1, **changes).learning_rate(100)
        if not callable(rate):
            return rate
        return [float(keras.ops.convert_to_numpy(rate(step))) for step in range(101)]

    assert rates(schedule="constant") == 0.1
    falling = rates(schedule="exponential", final=0.01)
    assert np.allclose([falling[0], falling[50], falling[100]], [0.1, 0.01, 0.001], rtol=1e-3)
    cosine = rates(schedule="cosine", final=0.5)
    assert np.allclose([cosine[0], cosine[50], cosine[100]], [0.1, 0.075, 0.05], rtol=1e-3)
    warm = rates(schedule="cosine", final=0.5, warmup=20)
    assert np.allclose([warm[0], warm[20], warm[60], warm[100]], [0.01, 0.1, 0.075, 0.05])
    assert max(rates(schedule="cosine", warmup=1000)) == pytest.approx(0.1)  # half of the steps


class Averages(keras.callbacks.Callback):
    """Computes its own moving average of the weights, to compare with Keras's."""

    def on_train_begin(self, logs=None):
        self.average = None

    def on_train_batch_end(self, batch, logs=None):
        self.last = [keras.ops.convert_to_numpy(w) for w in self.model.trainable_weights]
        if self.average is None:
            self.average = self.last
        self.average = [0.9 * a + 0.1 * b for a, b in zip(self.average, self.last, strict=True)]


def test_the_model_ends_with_the_moving_average_of_its_weights(archive):
    averages = Averages()
    averaged = dataclasses.replace(TINY, ema=0.9)
    model = fit(
        averaged, archive, validation=None, callbacks=[averages], steps_per_execution=1, verbose=0
    )
    found = [keras.ops.convert_to_numpy(weight) for weight in model.trainable_weights]
    for weight, average, last in zip(found, averages.average, averages.last, strict=True):
        assert np.allclose(weight, average, atol=1e-6)
        assert not np.allclose(weight, last, atol=1e-6)


@pytest.mark.parametrize(
    ("split", "validation", "figures"),
    [
        ("train", "valid", {"val_loss", "val_accuracy"}),
        ("train+valid", "valid", set()),
        ("train+valid[:9]", "valid[:3]", set()),
        ("train[:90%]", "train[90%:]", {"val_loss", "val_accuracy"}),
        ("train[:9]", "train[5:]", set()),
        ("all", "test", set()),
    ],
)
def test_what_was_trained_on_validates_nothing(split, validation, figures, archive):
    history = keras.callbacks.History()
    short = Recipe(model="logistic", epochs=1, batch_size=40, split=split)
    fit(short, archive, validation=validation, callbacks=[history], verbose=0)
    assert set(history.history) == {"loss", "accuracy"} | figures


def test_the_model_has_the_classes_and_the_image_size_of_the_data(tmp_path):
    images = np.random.default_rng(0).integers(0, 200, (60, 12, 9), np.uint8)
    np.savez(tmp_path / "greek.npz", images=images, labels=np.tile(list("αβγ"), 20))
    short = Recipe("logistic", epochs=1)
    model = fit(short, tmp_path / "greek.npz", verbose=0)  # fewer examples than a batch
    assert (model.input_shape, model.output_shape) == ((None, 12, 9, 1), (None, 3))


class Drawn(keras.callbacks.Callback):
    """Keeps the outputs of the model in training for images, with and without `training`."""

    def __init__(self, images):
        super().__init__()
        self.images = images

    def on_train_begin(self, logs=None):
        self.drawn = [
            keras.ops.convert_to_numpy(self.model(self.images, training=True)) for _ in range(2)
        ]
        self.plain, self.inner = (
            model.predict(self.images, verbose=0) for model in (self.model, self.model.layers[-1])
        )


@pytest.mark.skipif(keras.config.backend() == "jax", reason="JAX compiles for minutes")
def test_images_of_any_size_are_redrawn_in_training_only_and_the_model_is_its_factorys(tmp_path):
    images = np.random.default_rng(0).integers(0, 200, (100, 20, 16, 3), np.uint8)
    np.savez(tmp_path / "two.npz", images=images, labels=np.tile(list("ab"), 50))
    seen = Drawn(images[:8])
    drawn = dataclasses.replace(TINY, augmentation=1.0, epochs=1)
    model = fit(drawn, tmp_path / "two.npz", callbacks=[seen], verbose=0)
    assert np.array_equal(seen.plain, seen.inner)
    assert not np.allclose(*seen.drawn)
    assert model.input_shape == (None, 20, 16, 3)
    assert [layer.name for layer in model.layers] == [layer.name for layer in TINY.build().layers]
    loss, accuracy = model.evaluate(notmnist.load(tmp_path / "two.npz", split="test"), verbose=0)
    assert np.isfinite(loss)
    assert 0 <= accuracy <= 1
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert np.array_equal(loaded.predict(images, verbose=0), model.predict(images, verbose=0))


def test_the_loss_of_a_recipe_is_smoothed_cross_entropy():
    smoothed = dataclasses.replace(TINY, label_smoothing=0.2).loss()
    probabilities = np.array([[0.7, 0.2, 0.1]], np.float32)
    expected = -np.log(probabilities[0]) @ [0.8 + 0.2 / 3, 0.2 / 3, 0.2 / 3]
    found = keras.ops.convert_to_numpy(smoothed(np.eye(3)[:1], probabilities))
    assert found == pytest.approx(expected, rel=1e-5)


def test_a_training_in_bfloat16_gives_a_model_in_float32(archive):
    policy = keras.config.dtype_policy().name
    chosen = dataclasses.replace(TINY, dtype="mixed_bfloat16", epochs=1)
    model = fit(chosen, archive, validation=None, verbose=0)
    assert keras.config.dtype_policy().name == policy
    assert {layer.compute_dtype for layer in model.layers if layer.weights} == {"float32"}
    exact = fit(dataclasses.replace(chosen, dtype="float32"), archive, validation=None, verbose=0)
    pairs = zip(model.get_weights(), exact.get_weights(), strict=True)
    gaps = [np.abs(one - other).max() for one, other in pairs]
    assert 0 < max(gaps) < 0.5  # the same training, rounded


def test_the_temperature_divides_the_logits(archive):
    plain = Recipe("logistic", {"classifier_activation": None}, epochs=1)
    models = [fit(plain.changed(temperature=t), archive, verbose=0) for t in (1.0, 0.5)]
    images = np.arange(5 * 784, dtype="uint8").reshape(5, 28, 28, 1)
    one, half = (model.predict(images, verbose=0) for model in models)
    np.testing.assert_allclose(half, 2 * one, rtol=1e-4, atol=1e-5)


def test_a_setting_that_is_not_allowed_is_named():
    for name, value in (
        ("model", "vgg"), ("optimizer", "adam"), ("schedule", "linear"), ("dtype", "float16"),
        ("epochs", 0), ("batch_size", 1.5), ("rate", 0.0), ("final", 0.0),
        ("label_smoothing", 1.0), ("augmentation", -1.0), ("temperature", 0.0),
        ("rate", "0.1"), ("temperature", None), ("warmup", -1), ("weight_decay", "x"), ("ema", 1.5),
        ("weight_decay", math.nan), ("weight_decay", None), ("ema", 1), ("ema", True), ("ema", "a"),
        ("warmup", math.nan), ("temperature", math.inf), ("split", 0), ("arguments", None),
        ("arguments", []), ("arguments", "a"), ("arguments", {"classes": 3}),
        ("arguments", {"label_mode": "int"}), ("width", 0), ("width", -1), ("width", 1.5),
        ("width", "a"), ("width", None), ("classes", 3),
        *((name, True) for name in ("rate", "temperature", "final", "augmentation")),
    ):  # fmt: skip
        message = re.escape(f"`{name}` must ") + ".*" + re.escape(f"Received: {name}={value!r}")
        make = functools.partial(Recipe, "mlp") if name == "arguments" else TINY.changed
        with pytest.raises(ArgumentError, match=message):
            make(**{name: value})


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_can_be_copied_and_keeps_its_own_arguments(name):
    chosen = RECIPES[name]
    for other in (copy.deepcopy(chosen), pickle.loads(pickle.dumps(chosen)),
                  Recipe(**dataclasses.asdict(chosen))):  # fmt: skip
        assert (other, hash(other)) == (chosen, hash(chosen))
    arguments = {"l2": 0.1}
    own = Recipe(chosen.model, arguments)
    arguments["l2"] = 0.2
    assert own.arguments == {"l2": 0.1}


def test_any_seed_of_keras_trains(archive):
    one, other = (
        fit(TINY.changed(epochs=1), archive, seed=seed, verbose=0).get_weights()[0]
        for seed in (2**32 - 1, np.uint32(2**32 - 1))
    )
    assert np.array_equal(one, other)


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_comes_back_from_json(name):
    assert Recipe(**json.loads(json.dumps(RECIPES[name].to_dict()))) == RECIPES[name]


def test_settings_become_fields_and_arguments():
    other = recipe("mlp-deep").changed(width=100, l2=0.1, rate=0.3)
    assert other.arguments["hidden"] == (100, 50, 25)
    assert other.arguments["l2"] == 0.1
    assert other.rate == 0.3
    assert recipe("cnn").changed(width=64).arguments["units"] == 64
    assert Recipe("mlp", {"hidden": 1024}).changed(width=10).arguments["hidden"] == (10,)
    with pytest.raises(ArgumentError, match=r"`width` must be a setting of 'logistic': .*l2"):
        recipe("logistic").changed(width=64)


def test_an_unknown_recipe_or_argument_is_named():
    with pytest.raises(ArgumentError, match=r"'mlp-deep', 'cnn'. Received: name='cnm'"):
        recipe("cnm")
    with pytest.raises(ArgumentError, match=r"'logistic'. Received: .*'dropout'"):
        recipe("logistic").build(dropout=0.5)


def test_train_follows_a_recipe_and_arguments_override_it(archive, tmp_path, capsys):
    pictures, model = tmp_path / "weights.gif", tmp_path / "model.keras"
    arguments = ["--epochs", "1", "--hidden", "30", "--batch-size", "60", "--units", "9"]
    places = ["--weight-images", str(pictures), "--save", str(model)]
    assert main(["train", "--recipe", "mlp", "--data", str(archive), *arguments, *places]) == 0
    out = capsys.readouterr().out
    assert f"Model: mlp, {785 * 30 + 31 * 10:,} parameters." in out
    assert "Test accuracy: " in out
    assert pictures.stat().st_size > 1000
    loaded = keras.saving.load_model(model)
    assert [layer.rate for layer in loaded.layers if hasattr(layer, "rate")] == [0.3]


def test_what_a_recipe_cannot_do_is_one_line(archive, capsys):
    for arguments, message in (
        (["--recipe", "cnm"], "Received: --recipe='cnm'"),
        (["--recipe", "cnn", "--model", "mlp"], "Received: --model='mlp'"),
        (["--recipe", "logistic", "--dropout", "0.5"], "`dropout` must be a setting of 'logistic'"),
        (["--recipe", "logistic", "--units", "3"], "Received: --units=3"),
        (["--recipe", "cnn", "--hidden", "8", "4"], "Received: --hidden=[8, 4]"),
        (["--seed", "-1"], "`seed` must be an integer from 0 to 2**32 - 1. Received: seed=-1"),
    ):
        assert main(["train", "--data", str(archive), *arguments]) == 2
        assert message in capsys.readouterr().err.splitlines()[-1]
