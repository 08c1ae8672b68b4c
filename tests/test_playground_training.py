"""The playground trains as Keras does: the same weights and batches give the same weights."""

import hashlib

import numpy as np
import pytest

from tests import playground as driver
from tests.playground import batches, load, step, wait, weights

text, browser, letters, page = driver.text, driver.browser, driver.letters, driver.page  # fixtures


def test_the_worker_unpacks_the_letters(page, letters):
    found = page.run("""playground.snapshot().then(({ letters: { train, test } }) =>
        Promise.all([train.images, test.images, train.labels].map((array) =>
            crypto.subtle.digest("SHA-256", array)))).then((all) =>
        all.map((digest) => Array.from(new Uint8Array(digest))))""")
    labels = letters["labels"].astype(np.uint8)
    wanted = [hashlib.sha256(a).digest() for a in (letters["train"], letters["test"], labels)]
    assert [bytes(each) for each in found] == wanted


@pytest.fixture
def double():
    """Use Keras in double precision, as the reference for both float32 programs."""
    keras = pytest.importorskip("keras")
    floatx, policy = keras.config.floatx(), keras.config.dtype_policy()
    keras.config.set_floatx("float64")
    keras.config.set_dtype_policy("float64")
    yield keras
    keras.config.set_floatx(floatx)
    keras.config.set_dtype_policy(policy)


# With a deviation of 1.0, a rate of 0.5 and a hidden layer, the logits are in the hundreds, and
# rounding alone makes Keras in float32 differ by 0.1 from Keras in float64 within 100 steps.
@pytest.mark.parametrize(
    ("settings", "units", "rate", "steps"),
    [
        ("model=logistic&l2=0.005", 0, 0.5, 100),
        ("model=hidden&units=32&l2=0.005&spread=he", 32, 0.5, 100),
        ("model=hidden&units=32&l2=0.005&rate=0.1", 32, 0.1, 100),
        ("model=hidden&units=32&l2=0.005", 32, 0.5, 10),
    ],
)
def test_the_same_weights_and_batches_give_the_weights_of_keras(
    page, letters, double, settings, units, rate, steps
):
    load(page, settings)
    first = weights(page)
    wanted = by_keras(double, first, *batches(page, letters, steps), units, rate)
    step(page, steps)
    for own, before, after in zip(weights(page), first, wanted, strict=True):
        assert np.abs(after - before).max() > 0.02
        np.testing.assert_allclose(own, after, rtol=0, atol=1e-3)


def by_keras(keras, first, x, y, units, rate):
    """The weights after a pass; the tutorial's λ = 0.005 is half of it in Keras."""
    dense, penalty = keras.layers.Dense, keras.regularizers.L2(0.005 / 2)
    hidden = [dense(units, "relu", kernel_regularizer=penalty)] if units else []
    outputs = dense(10, kernel_regularizer=penalty)
    model = keras.Sequential([keras.Input((784,)), *hidden, outputs])
    model.set_weights(first)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.SGD(rate), loss)
    model.fit(x, y, batch_size=128, shuffle=False, verbose=0)
    return model.get_weights()


def test_a_step_follows_the_slope_of_softmax_cross_entropy(page, letters):
    tf = pytest.importorskip("tensorflow")
    load(page, "model=logistic&rate=1")
    kernel, bias = weights(page)
    x, y = batches(page, letters)
    step(page, 1)
    kernel_after, bias_after = weights(page)
    variables = tf.Variable(kernel), tf.Variable(bias)
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(
            tf.nn.sparse_softmax_cross_entropy_with_logits(
                y.astype(int), x.astype(np.float32) @ variables[0] + variables[1]
            )
        )
    slopes = tape.gradient(loss, variables)
    np.testing.assert_allclose(kernel - kernel_after, slopes[0], rtol=0, atol=1e-6)
    np.testing.assert_allclose(bias - bias_after, slopes[1], rtol=0, atol=1e-6)


def test_dropout_leaves_out_hidden_units_and_scales_up_the_others_while_training(page, letters):
    """Take one step by hand; the page's own random numbers choose the units to leave out."""
    load(page, "model=hidden&units=16&dropout=0.4&rate=0.1&spread=he")
    w, b, v, c = weights(page)
    x, y = batches(page, letters)
    drawn = page.run("(() => { const next = uniform(1 + 0x51ed);"
                     "return Array.from({ length: 128 * 16 }, next); })()")  # fmt: skip
    scale = np.where(np.reshape(drawn, (128, 16)) < 0.4, 0, 1 / 0.6)
    before = x @ w + b
    hidden = np.maximum(before, 0) * scale
    powers = np.exp(hidden @ v + c)
    slope = (powers / powers.sum(1, keepdims=True) - np.eye(10)[y]) / 128
    below = slope @ v.T * scale * (before > 0)
    step(page, 1)
    for own, old, by in zip(
        weights(page), (w, b, v, c), (x.T @ below, below.sum(0), hidden.T @ slope, slope.sum(0)),
        strict=True,
    ):  # fmt: skip
        np.testing.assert_allclose(own, old - 0.1 * by, rtol=0, atol=1e-6)


def test_first_weights_spread_as_asked_and_depend_on_the_seed_alone(page):
    first = {}
    for link in ("spread=tutorial", "spread=he", "spread=he&l2=0.01", "spread=he&seed=2"):
        load(page, "model=hidden&units=64&" + link)
        first[link] = weights(page)
    assert first["spread=tutorial"][0].std() == pytest.approx(0.88, abs=0.01)
    assert np.abs(first["spread=tutorial"][0]).max() <= 2
    assert first["spread=he"][0].std() == pytest.approx((2 / 784) ** 0.5, rel=0.02)
    assert first["spread=he"][2].std() == pytest.approx((2 / 64) ** 0.5, rel=0.1)
    assert np.array_equal(first["spread=he"][0], first["spread=he&l2=0.01"][0])
    assert not np.array_equal(first["spread=he"][0], first["spread=he&seed=2"][0])


@pytest.mark.slow
def test_the_chapters_show_what_their_sentences_say(page):
    reached = {}
    for name in page.run("PRESETS.map((preset) => preset.name.replaceAll('\\u00a0', ' '))"):
        page.run(f"""playground.begin(PRESETS.find((preset) =>
            preset.name.replaceAll('\\u00a0', ' ') === {name!r}).settings)""")
        wait(page, "playground.latest.run === playground.run")
        for _ in range(15 if "batches" not in name else 6):
            step(page, 100)
        reached[name] = page.run(
            "(({ train, test }) => [train, test])(playground.latest.evaluation)"
        )
    logistic, l2, too_much, hidden, hidden_l2, five, five_dropout = reached.values()
    assert l2[1] > logistic[1] + 0.02
    assert too_much[0] < l2[0] - 0.01
    assert hidden[0] > logistic[0] + 0.03
    assert hidden_l2[1] == max(test for _, test in reached.values())
    assert five[0] == five_dropout[0] == 1
    assert five[1] < hidden[1] - 0.05
    assert five_dropout[1] > five[1] + 0.03
