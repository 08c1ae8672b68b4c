"""Plots show the data given, in the axes given, without global state."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import keras
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import notmnist
from notmnist import plots
from notmnist.errors import ArgumentError
from notmnist.evaluation import Evaluation, OutOfDistribution
from notmnist.evaluation.outside import ood
from notmnist.plots.canvas import svg

NAMES = ("A", "B", "C")


@pytest.fixture(scope="module")
def result():
    rng = np.random.default_rng(0)
    given = rng.dirichlet([0.3] * 3, 60)
    images = rng.integers(0, 256, (60, 8, 8), np.uint8)
    return Evaluation(images, np.arange(60) % 3, given, NAMES)


@pytest.fixture(scope="module")
def outside():
    class Linear:
        def decision_function(self, images):
            return images.reshape(len(images), -1)[:, :4] / 50.0

    rng = np.random.default_rng(1)
    return ood(Linear(), *rng.integers(0, 256, (2, 50, 4, 4), np.uint8))


@pytest.fixture(scope="module")
def model():
    image = keras.Input((4,), name="image")
    left, right = (keras.layers.Dense(3, name=name)(image) for name in ("left", "right"))
    return keras.Model(image, keras.layers.Add(name="sum")([left, right]))


def texts(ax):
    return [text.get_text() for text in ax.texts]


def drawn(ax):
    """Render the figure as for a file, so that a wrong label or shape raises an error."""
    ax.figure.canvas.draw()
    return ax


def test_every_plot_draws_into_the_axes_given_and_else_into_its_own(result, outside, model):
    calls = [
        lambda ax: plots.class_counts([1, 2, 3], NAMES, ax=ax),
        lambda ax: plots.confusion_matrix(result, ax=ax),
        lambda ax: plots.learning_curves({"accuracy": [0.1, 0.2]}, ax=ax),
        lambda ax: plots.calibration(result, ax=ax),
        lambda ax: plots.score_histograms(outside, ax=ax),
        lambda ax: plots.model_graph(model, ax=ax),
    ]
    for call in calls:
        ax = Figure().add_subplot()
        assert drawn(call(ax)) is ax
        own, other = drawn(call(None)), call(None)
        assert isinstance(own, Axes)
        assert own.figure is not other.figure


def test_no_plot_imports_pyplot(tmp_path):
    code = "import sys, notmnist.plots as p; p.class_counts([1], 'A').figure.savefig('a.png'); " \
        "sys.exit('matplotlib.pyplot' in sys.modules)"  # fmt: skip
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    subprocess.run([sys.executable, "-c", code], check=True, cwd=tmp_path, env=environment)
    assert (tmp_path / "a.png").stat().st_size > 1000


def test_bars_are_as_high_as_the_counts():
    ax = drawn(plots.class_counts({"train": [3, 1, 2], "test": [1, 1, 0]}, NAMES))
    assert [bar.get_height() for bar in ax.patches] == [3, 1, 2, 1, 1, 0]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["train", "test"]


def test_the_confusion_matrix_says_its_counts(result):
    ax = drawn(plots.confusion_matrix(result))
    counts = result.confusion
    assert texts(ax) == [str(n) for n in counts.ravel() if n]
    shades = np.asarray(ax.images[0].get_array())[..., 3]
    np.testing.assert_allclose(shades**2, counts / counts.sum(1, keepdims=True), atol=0.01)


def test_learning_curves_take_histories_dicts_and_several_runs():
    run = {"loss": [2.0, 1.0, 0.5], "val_loss": [2.0, 1.5, 1.4], "accuracy": [0.1, 0.2, 0.3]}
    history = keras.callbacks.History()
    history.history = run
    for given in (run, history):
        ax = drawn(plots.learning_curves(given, "loss"))
        assert [line.get_ydata().tolist() for line in ax.lines] == [run["loss"], run["val_loss"]]
    ax = drawn(plots.learning_curves({"plain": history, "dropout": {"loss": [3, 2]}}, "loss"))
    labels = [line.get_label() for line in ax.lines]
    assert labels == ["plain training", "plain validation", "dropout training"]
    colours = [line.get_color() for line in ax.lines]
    assert colours[0] == colours[1] != colours[2]


def test_a_run_of_several_seeds_is_its_mean_and_its_range_at_the_steps_given():
    steps, values = [0, 10, 3000], np.array([[0.5, 0.1, 0.2], [0.7, 0.3, 0.2]])
    seeds = [{"step": steps, "loss": row.tolist()} for row in values]
    ax = drawn(plots.learning_curves({"a": seeds, "b": seeds[0]}, "loss", steps="step"))
    assert [line.get_label() for line in ax.lines] == ["a", "b"]
    np.testing.assert_array_equal(ax.lines[0].get_xdata(), steps)
    np.testing.assert_allclose(ax.lines[0].get_ydata(), values.mean(0))
    (band,) = ax.collections
    corners = {(float(x), float(y)) for x, y in band.get_paths()[0].vertices}
    assert corners == {(x, y) for row in values for x, y in zip(steps, row, strict=True)}


def test_a_figure_as_svg_is_the_same_each_time_and_differs_from_others(model):
    def drawing(name):
        return svg(plots.learning_curves({"loss": [3, 2, 1]}, "loss").figure, name)

    first = drawing("a")
    assert first == drawing("a")
    assert first.startswith("<svg ")
    assert first.endswith("</svg>")
    ids, others = (set(re.findall(r' id="([^"]+)"', drawing(name))) for name in "ab")
    assert ids
    assert not ids & others
    assert "#000000" not in first
    assert ">training</text>" in first


def test_calibration_draws_the_full_bins(result):
    ax = drawn(plots.calibration(result))
    bins = result.calibration
    full = bins.count > 0
    np.testing.assert_array_equal(ax.lines[1].get_ydata(), bins.accuracy[full])
    np.testing.assert_array_equal(ax.lines[1].get_xdata(), bins.confidence[full])
    assert f"{bins.error:.2%}" in ax.get_title()


def test_histograms_of_scores_each_sum_to_one(outside):
    for score in outside.measures:
        ax = drawn(plots.score_histograms(outside, score))
        sums = [patch.get_data().values.sum() for patch in ax.patches]
        np.testing.assert_allclose(sums, 1)
    same = OutOfDistribution({"s": np.ones(5)}, {"s": np.ones(4)})
    drawn(plots.score_histograms(same, "s"))


def test_the_graph_shows_each_layer_and_each_edge(model):
    ax = drawn(plots.model_graph(model))
    titles = [text for text in texts(ax) if "(" in text]
    assert titles == ["image (InputLayer)", "left (Dense)", "right (Dense)", "sum (Add)"]
    assert sum("15 parameters" in text for text in texts(ax)) == 2
    assert texts(ax).count("") == 4  # arrows
    chain = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2), keras.layers.Softmax()])
    ax = drawn(plots.model_graph(chain))
    assert texts(ax).count("") == 1
    assert len(ax.patches) == 2
    again = keras.layers.Dense(4)
    image = keras.Input((4,))
    shared = keras.Model(image, again(keras.layers.ReLU()(again(image))))
    assert texts(drawn(plots.model_graph(shared))).count("") == 3  # one of them leads back up
    titles = texts(plots.model_graph(notmnist.models.mlp(l2=0.25, dropout=0.4)))
    assert "hidden_1 (Dense, relu, L2 0.25)" in titles
    assert "dropout_1 (Dropout, rate 0.4)" in titles


def test_figures_of_whole_results_contain_all_their_plots(result, outside):
    for figure, count in ((plots.evaluation(result), 3), (plots.out_of_distribution(outside), 5)):
        assert isinstance(figure, Figure)
        assert len(figure.axes) == count
        figure.canvas.draw()


def test_what_cannot_be_drawn_is_a_clear_error(outside):
    seeds = {"a": [{"loss": [1]}, {"loss": [1, 2]}]}
    for call, message in (
        (lambda: plots.class_counts([1, 2], NAMES), r"3 counts, one per class.*\(2,\)"),
        (lambda: plots.class_counts({}, NAMES), r"one to 5 splits.*\[\]"),
        (lambda: plots.confusion_matrix(np.zeros((2, 3)), NAMES), r"\(3, 3\).*\(2, 3\)"),
        (lambda: plots.learning_curves({"loss": [1]}), "one of 'loss'.*metric='accuracy'"),
        (lambda: plots.learning_curves([1, 2]), r"history=\[1, 2\]"),
        (lambda: plots.learning_curves({}), r"one to 5 runs"),
        (lambda: plots.learning_curves({"loss": [1]}, "loss", steps="step"), "steps='step'"),
        (lambda: plots.learning_curves(seeds, "loss"), r"equal length.*\[1, 2\]"),
        (lambda: plots.model_graph(3), "functional or sequential.*model=3"),
        (lambda: plots.model_graph(keras.Sequential()), "that was built"),
        (lambda: plots.score_histograms(outside, "odin"), "one of 'max_softmax'.*score='odin'"),
    ):
        with pytest.raises(ArgumentError, match=message):
            call()
