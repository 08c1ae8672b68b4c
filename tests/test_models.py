import inspect
import json

import keras
import numpy as np
import pytest

from notmnist.errors import ArgumentError
from notmnist.models import cnn, logistic, mlp

IMAGES = np.random.default_rng(0).integers(0, 256, (16, 28, 28, 1), dtype=np.uint8)
LABELS = np.arange(16) % 10
FACTORIES = {"logistic": logistic, "mlp": mlp, "cnn": cnn}
SMALL = {
    "logistic": {},
    "mlp": {},
    "cnn": {"filters": (8, 8), "blocks": 1, "units": 32},
}  # enough for a test


def kernels(model):
    return [
        keras.ops.convert_to_numpy(layer.kernel)
        for layer in model.layers
        if hasattr(layer, "kernel")
    ]


def penalties(model):
    return [float(keras.ops.convert_to_numpy(loss)) for loss in model.losses]


def test_parameter_counts():
    for model, count in (
        (logistic(), 784 * 10 + 10),
        (mlp(), 784 * 1024 + 1024 + 1024 * 10 + 10),
        (mlp(hidden=(1024, 512, 256)), 785 * 1024 + 1025 * 512 + 513 * 256 + 257 * 10),
        (mlp(hidden=8), 785 * 8 + 9 * 10),
        (cnn(), 1_361_578),
        (cnn(filters=(4, 5), blocks=0, units=6), 4 * 9 + 5 * 4 * 9 + 6 * 245 + 4 * 15 + 70),
        (logistic(classes=3, input_shape=(8, 9, 2)), 8 * 9 * 2 * 3 + 3),
    ):
        assert model.count_params() == count


def test_the_penalty_is_lambda_times_the_sum_of_squares_of_each_kernel():
    model = mlp(hidden=(32, 16), l2=(0.1, 0.02, 0.003))
    expected = sum(
        l2 * np.sum(kernel.astype(np.float64) ** 2)
        for l2, kernel in zip((0.1, 0.02, 0.003), kernels(model), strict=True)
    )
    assert sum(penalties(model)) == pytest.approx(expected, rel=1e-5)
    model = logistic(l2=0.005)
    assert penalties(model) == pytest.approx([0.005 * np.sum(kernels(model)[0] ** 2.0)], rel=1e-5)
    assert mlp(l2=0.0).losses == []


def test_the_penalty_of_convolutions_is_the_same_sum():
    strengths = (0.1, 0.02, 0.003, 0.4, 0.05, 0.6)
    model = cnn(filters=(4, 5), blocks=1, units=6, l2=strengths, compile=False)
    expected = sum(
        l2 * np.sum(kernel.astype(np.float64) ** 2)
        for l2, kernel in zip(strengths, kernels(model), strict=True)
    )
    assert sum(penalties(model)) == pytest.approx(expected, rel=1e-5)


def test_the_loss_of_evaluate_is_cross_entropy_plus_penalty():
    model = mlp(hidden=(16,), l2=0.01)
    probabilities = model.predict(IMAGES, verbose=0)
    entropy = -np.log(probabilities[np.arange(16), LABELS]).mean()
    penalty = 0.01 * sum(np.sum(kernel**2.0) for kernel in kernels(model))
    assert model.evaluate(IMAGES, LABELS, verbose=0)[0] == pytest.approx(
        entropy + penalty, rel=1e-4
    )


@pytest.mark.parametrize(
    "model", [lambda: mlp(hidden=(64,), dropout=0.5), lambda: cnn(**SMALL["cnn"], dropout=0.5)]
)
def test_dropout_changes_what_training_computes_and_never_evaluate_or_predict(model):
    model = model()
    predictions = [model.predict(IMAGES, verbose=0) for _ in range(2)]
    assert np.array_equal(*predictions)
    assert model.evaluate(IMAGES, LABELS, verbose=0) == model.evaluate(IMAGES, LABELS, verbose=0)
    trained = [keras.ops.convert_to_numpy(model(IMAGES, training=True)) for _ in range(2)]
    assert not np.array_equal(*trained)


def test_dropout_drops_the_stated_share_of_each_layer():
    model = mlp(hidden=(2000, 1000), dropout=(0.4, 0.0), activation="linear")
    layer = model.get_layer("dropout_1")
    dropped = keras.ops.convert_to_numpy(layer(np.ones((50, 2000), "float32"), training=True)) == 0
    assert dropped.mean() == pytest.approx(0.4, abs=0.01)
    assert [each.name for each in model.layers if "dropout" in each.name] == ["dropout_1"]


def test_pixels_are_scaled_as_the_article_scales_them():
    model = logistic()
    scaled = keras.Model(model.inputs, model.get_layer("rescale").output).predict(IMAGES, verbose=0)
    assert np.allclose(scaled, (IMAGES - 127.5) / 255, atol=1e-6)


@pytest.mark.parametrize(
    ("name", "label_mode", "activation"),
    [("logistic", "categorical", None), ("mlp", "int", "softmax"), ("cnn", "int", None)],
)
def test_the_loss_falls_on_sixteen_examples(name, label_mode, activation):
    labels = np.eye(10, dtype=np.float32)[LABELS] if label_mode == "categorical" else LABELS
    keras.utils.set_random_seed(0)
    model = FACTORIES[name](label_mode=label_mode, classifier_activation=activation, **SMALL[name])
    losses = model.fit(IMAGES, labels, epochs=25, verbose=0).history["loss"]
    assert losses[-1] < losses[0] / 2
    outputs = model.predict(IMAGES, verbose=0)
    assert np.allclose(outputs.sum(1), 1, atol=1e-5) == (activation == "softmax")


OTHER_VALUES = {
    "hidden": (12, 7),
    "l2": 0.25,
    "dropout": 0.125,
    "activation": "tanh",
    "kernel_initializer": "zeros",
    "classes": 4,
    "input_shape": (6, 5, 2),
    "classifier_activation": None,
    "label_mode": "categorical",
    "optimizer": "adam",
    "steps_per_execution": 4,
    "compile": False,
    "name": "other",
    "filters": (5, 6),
    "blocks": 3,
    "units": 9,
    "include_top": False,
    "weights": "open",
}
SHOWS = {
    "hidden": lambda m: (
        [layer.units for layer in m.layers if hasattr(layer, "units")][:-1] == [12, 7]
    ),
    "l2": lambda m: {penalty(layer) for layer in m.layers if hasattr(layer, "kernel")} == {0.25},
    "dropout": lambda m: {layer.rate for layer in m.layers if hasattr(layer, "rate")} == {0.125},
    "activation": lambda m: m.get_layer("hidden_1").activation is keras.activations.tanh,
    "kernel_initializer": lambda m: not any(kernel.any() for kernel in kernels(m)),
    "classes": lambda m: m.output_shape == (None, 4),
    "input_shape": lambda m: m.input_shape == (None, 6, 5, 2),
    "classifier_activation": lambda m: m.layers[-1].name == "logits",
    "label_mode": lambda m: isinstance(m.loss, keras.losses.CategoricalCrossentropy),
    "optimizer": lambda m: is_adam(m.optimizer),
    "steps_per_execution": lambda m: m.steps_per_execution == 4,
    "compile": lambda m: not m.compiled,
    "name": lambda m: m.name == "other",
    "filters": lambda m: {x.filters for x in m.layers if hasattr(x, "filters")} == {5, 6},
    "blocks": lambda m: sum(isinstance(x, keras.layers.Add) for x in m.layers) == 3,
    "units": lambda m: m.get_layer("hidden").units == 9,
    "include_top": lambda m: m.layers[-1].name == "pool",
    "weights": lambda m: alike(kernels(m)[0], kernels(FACTORIES[m.name](weights="open"))[0]),
}


def is_adam(optimizer):  # on PyTorch, it is a subclass of Keras's class
    return isinstance(optimizer, keras.optimizers.Adam) and not isinstance(
        optimizer, keras.optimizers.AdamW
    )


def alike(one, other):
    return one.shape == other.shape and np.corrcoef(one.ravel(), other.ravel())[0, 1] > 0.99


def penalty(layer):
    return layer.kernel_regularizer and float(layer.kernel_regularizer.l2)


CASES = [
    (name, argument)
    for name, factory in FACTORIES.items()
    for argument in inspect.signature(factory).parameters
    if argument != "pooling"  # test_weights has it, since it needs include_top=False
]


@pytest.mark.parametrize("name", FACTORIES)
def test_every_argument_of_the_signature_arrives(name):
    lost = []
    for argument in (argument for factory, argument in CASES if factory == name):
        factory, small = FACTORIES[name], {} if argument == "weights" else SMALL[name]
        default, changed = factory(**small), factory(**{**small, argument: OTHER_VALUES[argument]})
        if not SHOWS[argument](changed) or SHOWS[argument](default):
            lost.append(argument)
    assert lost == []


@pytest.mark.parametrize("name", FACTORIES)
def test_all_arguments_together_survive_a_keras_file(name, tmp_path):
    alone = {"weights", "compile", "include_top"}  # each of them makes others unused
    values = {
        argument: OTHER_VALUES[argument]
        for factory, argument in CASES
        if factory == name and argument not in alone
    }
    if keras.config.backend() == "torch":
        del values["steps_per_execution"]  # Keras accepts only 1
    model = FACTORIES[name](**values)
    images = np.zeros((8, *model.input_shape[1:]), np.uint8)
    model.fit(images, np.eye(4)[np.arange(8) % 4], batch_size=2, verbose=0)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert all(SHOWS[each](loaded) for each in values if each != "kernel_initializer")
    assert json.loads(loaded.to_json()) == json.loads(model.to_json())
    assert np.array_equal(model.predict(images, verbose=0), loaded.predict(images, verbose=0))


WRONG = [
    ({"l2": -0.1}, r"`l2` must be 0 or more\. Received: l2=-0\.1"),
    ({"l2": (0.1, 0.1)}, r"a list of 3 numbers, one per kernel\. Received: l2=\(0\.1, 0\.1\)"),
    ({"l2": "0.1"}, r"Received: l2='0\.1'"),
    ({"l2": [0.1, 0.1, True]}, r"3 numbers.* Received: l2=\[0\.1, 0\.1, True\]"),
    ({"dropout": "0.1"}, r"2 numbers.* Received: dropout='0\.1'"),
    ({"l2": float("nan")}, r"Received: l2=nan"),
    ({"dropout": 1.0}, r"less than 1\. Received: dropout=1\.0"),
    ({"dropout": (0.1, 0.1, 0.1)}, r"2 numbers.* Received: dropout="),
    ({"hidden": ()}, r"positive integers\. Received: hidden=\(\)"),
    ({"hidden": (8, 0)}, r"Received: hidden=\(8, 0\)"),
    ({"classes": 1}, r"at least 2\. Received: classes=1"),
    ({"input_shape": (28, 28)}, r"height, width, channels\. Received: input_shape=\(28, 28\)"),
    (
        {"classifier_activation": "relu"},
        r"'softmax', None.* Received: classifier_activation='relu'",
    ),
    ({"label_mode": "binary"}, r"'int', 'categorical'.* Received: label_mode='binary'"),
    ({"label_mode": []}, r"Received: label_mode=\[\]"),
    ({"input_shape": 28}, r"Received: input_shape=28"),
    ({"input_shape": None}, r"Received: input_shape=None"),
    ({"steps_per_execution": -1}, r"Received: steps_per_execution=-1"),
    ({"steps_per_execution": "a"}, r"Received: steps_per_execution='a'"),
]


def test_a_wrong_argument_is_an_error_that_shows_it():
    for arguments, message in WRONG:
        with pytest.raises(ArgumentError, match=message):
            mlp(**{"hidden": (8, 8)} | arguments)
    for argument, value in (
        ("filters", ()), ("filters", (8, 0)), ("blocks", -1), ("units", 0), ("dropout", 1.0),
        ("l2", -1.0), ("classes", 1), ("pooling", "avg"), ("pooling", "mean"),
    ):  # fmt: skip
        with pytest.raises(ArgumentError, match=f"Received: {argument}="):
            cnn(**{argument: value})
    with pytest.raises(ArgumentError, match=r"Received: pooling=\['avg'\]"):
        cnn(include_top=False, pooling=["avg"])
