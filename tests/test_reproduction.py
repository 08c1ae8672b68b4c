"""The tutorial's experiments: trained as in the tutorial, judged by one rule, saved to disk."""

import dataclasses
import json
import math
import sys

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from notmnist.cli import main
from notmnist.errors import ArgumentError, MissingExtraError, StoreError
from notmnist.reproduction import chapters, claims, experiments, reproduce, training
from notmnist.reproduction.claims import Claim, check_all
from notmnist.reproduction.data import Data
from notmnist.reproduction.experiments import Experiment, plan
from notmnist.reproduction.results import Results
from notmnist.reproduction.training import build, measure, moments, run_all, train

EVERY = {experiment.name: experiment for experiment in experiments.EXPERIMENTS}


def short(name: str, **changes) -> Experiment:
    return dataclasses.replace(EVERY[name], **{"steps": 3, **changes})


def kernels(model):
    found = [layer.kernel for layer in model.layers if hasattr(layer, "kernel")]
    return [np.asarray(keras.ops.convert_to_numpy(kernel), np.float64) for kernel in found]


def judged(tmp_path, monkeypatch, parts, values, size=1_000):
    """Return the verdict on a claim for accuracies by experiment and metric, one per seed."""
    seeds = max(len(row) for row in values.values())
    results = Results(tmp_path, plan(), seeds)
    runs = {}
    for (name, metric), row in values.items():
        for seed, value in enumerate(row):
            run = runs.setdefault((name, seed), {"measured": {}})
            run[metric] = value
            run["measured"][metric] = size
    for (name, seed), run in runs.items():
        results.add(name, seed, run)
    monkeypatch.setattr(claims, "CLAIMS", (Claim("", parts),))
    (check,) = check_all(results)
    return check


def test_the_articles_experiments_are_trained_as_the_article_says():
    for experiment in experiments.EXPERIMENTS:
        if experiment.model not in ("logistic", "mlp"):
            continue
        model = build(experiment, seed=1)
        optimizer = model.optimizer
        assert type(optimizer) is keras.optimizers.SGD
        assert float(optimizer.learning_rate) == 0.5
        assert optimizer.momentum == 0
        first, *others = kernels(model)
        assert len(others) == (experiment.model == "mlp")
        if experiment.modern:
            assert first.std() < 0.06
        else:  # a deviation of 1.0, truncated at two deviations, becomes 0.88
            assert first.std() == pytest.approx(0.8796, abs=0.03)
            assert abs(first).max() <= 2
    assert EVERY["logistic"].steps == 3_001
    assert EVERY["gradient-descent"].steps == 801
    assert EVERY["gradient-descent"].batch_size is None
    assert EVERY["five-batches"].examples == 5 * 128


def test_the_penalty_is_lambda_times_half_the_squares_of_the_kernels():
    for name in ("logistic-l2-0.05", "relu-l2-0.005"):
        model = build(EVERY[name], seed=0)
        squares = sum(float((kernel**2).sum()) for kernel in kernels(model))
        penalty = sum(float(loss) for loss in model.losses)
        assert penalty == pytest.approx(EVERY[name].weight_decay * squares / 2, rel=1e-4)


def test_dropout_is_the_rate_that_drops():
    assert build(EVERY["five-batches-dropout"], 0).get_layer("dropout_1").rate == 0.4


def test_the_same_seed_starts_two_experiments_with_the_same_weights():
    first, second, other = (
        kernels(build(EVERY[name], seed))[0]
        for name, seed in (("relu", 3), ("relu-l2-0.005", 3), ("relu", 4))
    )
    np.testing.assert_array_equal(first, second)
    assert (first != other).mean() > 0.99


def test_the_tables_speak_of_experiments_that_there_are():
    assert len(EVERY) == len(experiments.EXPERIMENTS)
    assert set(experiments.PUBLISHED) <= set(EVERY)
    for chapter in chapters.CHAPTERS:
        assert {*chapter.lines, *chapter.also} <= set(EVERY)
        assert set(chapter.films) <= set(chapter.lines)
        assert set(chapter.metrics) <= set(chapters.METRICS)
    quick = {experiment.name for experiment in plan(quick=True)}
    assert {chapter.graph for chapter in chapters.CHAPTERS} - {""} <= quick
    for claim in claims.CLAIMS:
        for _, name, other in claim.parts:
            assert {name, other} - {0.9995} <= quick


def test_a_quick_run_is_shorter_and_its_results_are_not_taken_for_full_ones():
    quick = {experiment.name: experiment for experiment in plan(quick=True)}
    assert set(quick) < set(EVERY)
    assert quick["deep"].steps < EVERY["deep"].steps
    assert quick["deep"].definition != EVERY["deep"].definition
    assert quick["relu"].definition == EVERY["relu"].definition


def test_a_definition_covers_only_what_decides_the_result():
    experiment = EVERY["logistic"]
    assert dataclasses.replace(experiment, title="x").definition == experiment.definition
    for change in ({"steps": 7}, {"weight_decay": 0.1}, {"dropout": 0.1}, {"batch_size": 64}):
        assert dataclasses.replace(experiment, **change).definition != experiment.definition


@given(st.integers(1, 20_000))
def test_a_curve_begins_before_the_first_step_and_ends_after_the_last(steps):
    points = moments(steps)
    assert points[0] == 0
    assert points[-1] == steps
    assert points == sorted(set(points))
    assert len(points) <= 50


def test_a_model_is_measured_as_keras_itself_measures_it():
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (4_100, 28, 28), np.uint8)
    labels = rng.integers(0, 10, 4_100, np.int32)
    model = build(EVERY["logistic"], seed=0)
    accuracy, loss = measure(model, (images, labels))
    expected = model.evaluate(images[..., None], labels, verbose=0, return_dict=True)
    assert accuracy == pytest.approx(expected["accuracy"], abs=1e-6)
    assert loss == pytest.approx(expected["loss"], rel=1e-4)


RELU = (("test", "relu", "logistic"),)


def test_a_difference_within_its_interval_is_not_decided(tmp_path, monkeypatch):
    for number, (greater, less, verdict) in enumerate(
        (
            ([0.90, 0.91, 0.92], [0.80, 0.81, 0.82], "held"),
            ([0.90, 0.70, 0.92], [0.80, 0.81, 0.82], "not decided"),  # higher, but only on average
            ([0.80, 0.81, 0.82], [0.90, 0.91, 0.92], "not held"),
            ([0.90], [0.80], "held"),
            ([0.902], [0.900], "not decided"),  # 0.2 points; with 1,000 images, ± 2.2
            ([0.80], [0.90], "not held"),
        )
    ):
        values = {("relu", "test"): greater, ("logistic", "test"): less}
        check = judged(tmp_path / str(number), monkeypatch, RELU, values)
        assert check.verdict == verdict
        assert "±" in check.evidence[0]


def test_more_images_decide_what_few_cannot(tmp_path, monkeypatch):
    values = {("relu", "test"): [0.91], ("logistic", "test"): [0.90]}
    few = judged(tmp_path / "few", monkeypatch, RELU, values, size=1_000)
    many = judged(tmp_path / "many", monkeypatch, RELU, values, size=100_000)
    assert (few.verdict, many.verdict) == ("not decided", "held")
    assert many.evidence[0].endswith("+1.0 ± 0.2 points")


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=2, max_size=6))
def test_the_interval_over_seeds_is_that_of_scipys_paired_test(pairs):
    from scipy import stats

    greater, less = np.array(pairs).T
    margin = claims.margin(greater, less, (100, 100))
    if np.ptp(greater - less) < 1e-6:
        assert margin == pytest.approx(0, abs=1e-5)
        return
    test = stats.ttest_rel(greater, less, alternative="greater")
    low = test.confidence_interval(0.95).low
    assert (greater - less).mean() - margin == pytest.approx(low, abs=1e-9)


def test_every_part_of_a_claim_must_hold(tmp_path, monkeypatch):
    parts = (("train", "five-batches", 0.9995), *RELU)
    values = {("relu", "test"): [0.9, 0.9], ("logistic", "test"): [0.8, 0.8]}
    for train_accuracy, verdict in (([1.0, 0.99], "not held"), ([1.0, 1.0], "held")):
        both = {**values, ("five-batches", "train"): train_accuracy}
        assert judged(tmp_path / verdict, monkeypatch, parts, both).verdict == verdict
    short_of_a_seed = {**values, ("five-batches", "train"): [1.0]}
    assert judged(tmp_path / "gap", monkeypatch, parts, short_of_a_seed).verdict == "not run"


def test_results_survive_the_disk_and_a_changed_definition_loses_them(tmp_path):
    results = Results(tmp_path, plan(), 5)
    for seed, value in enumerate((0.5, 0.7)):
        results.add("relu", seed, {"test": value})
    again = Results(tmp_path, plan(), 5)
    assert again.mean("relu") == pytest.approx(0.6)
    assert again.deviation("relu") == pytest.approx(0.1 * math.sqrt(2))
    assert again.runs("relu") == results.runs("relu")
    assert Results(tmp_path, [short("relu")], 5).run("relu") is None
    assert [file.name for file in tmp_path.iterdir()] == ["results.json"]


def test_a_results_file_of_something_else_is_an_error(tmp_path):
    for content in ("{", "[]", '{"format": 0}', "3"):
        (tmp_path / "results.json").write_text(content)
        with pytest.raises(StoreError, match=r"results\.json is not a results file"):
            Results(tmp_path, plan(), 1)


def test_training_gives_numbers_a_curve_and_pictures(archive, tmp_path):
    data, ticks = Data(str(archive), verbose=0), []
    result = train(short("relu-l2-0.005"), 0, data, tmp_path, lambda: ticks.append(1))
    assert result["examples"] == result["measured"]["train"] == 240
    assert 0 <= result["test"] <= 1
    assert result["curve"]["steps"] == [0, 1, 2, 3]
    assert len(result["curve"]["valid_loss"]) == 4
    pictures = sorted(file.name for file in (tmp_path / "relu-l2-0.005").iterdir())
    assert pictures == ["step-00000000.png", "step-00000003.png"]
    assert len(ticks) == 3
    json.dumps(result)


def test_the_tiles_of_the_ten_outputs_have_their_letters(archive, tmp_path):
    data = Data(str(archive), verbose=0)
    train(short("logistic-l2-0.005"), 0, data, tmp_path)
    frame = Image.open(next((tmp_path / "logistic-l2-0.005").iterdir())).convert("RGB")
    below = np.asarray(frame)[8 + 56 + 1 : 8 + 56 + 17, 8:-8]  # the captions of five tiles
    assert (np.ptp(below, axis=2) == 0).all(), "no weights there"
    letters = [below[:, 60 * at : 60 * at + 56].min() < 100 for at in range(5)]
    assert letters == [True] * 5


def test_the_same_seed_gives_the_same_result_with_and_without_a_curve(archive, monkeypatch):
    data = Data(str(archive), verbose=0)
    monkeypatch.setattr(training, "moments", lambda steps: [steps])
    plain = train(short("five-batches-dropout"), 0, data, None)
    monkeypatch.undo()
    first, other = (train(short("five-batches-dropout"), seed, data, None) for seed in (0, 1))
    assert first["test_loss"] == plain["test_loss"] != other["test_loss"]


def test_the_baseline_counts_what_it_confuses(archive, tmp_path):
    data = Data(str(archive), verbose=0)
    result = train(EVERY["sklearn"], 0, data, tmp_path)
    confusion = np.array(result["confusion"])
    assert confusion.sum() == data.sizes["test"] == result["measured"]["test"]
    assert np.trace(confusion) / confusion.sum() == pytest.approx(result["test"])
    assert result["examples"] == 240
    assert (tmp_path / "mistakes.png").exists()


def test_an_interrupted_run_goes_on_where_it_stopped(archive, tmp_path, monkeypatch):
    data = Data(str(archive), verbose=0)
    chosen = [short("logistic"), short("logistic-l2-0.005")]
    original, calls = training.train, []

    def interrupted(experiment, seed, *rest):
        calls.append((experiment.name, seed))
        if len(calls) == 2:
            raise KeyboardInterrupt
        return original(experiment, seed, *rest)

    monkeypatch.setattr(training, "train", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run_all(Results(tmp_path, chosen, 2), data, verbose=0)
    run_all(Results(tmp_path, chosen, 2), data, verbose=0)
    names = [experiment.name for experiment in chosen]
    assert calls == [(names[0], 0), (names[1], 0), (names[1], 0), (names[0], 1), (names[1], 1)]
    run_all(Results(tmp_path, chosen, 2), data, verbose=0)
    assert len(calls) == 5


def test_a_folder_keeps_the_results_of_one_data_set(archive, tmp_path):
    run_all(Results(tmp_path, [], 1), Data(str(archive), verbose=0), verbose=0)
    with pytest.raises(ArgumentError, match=r"notMNIST_test\.tar\.gz"):
        run_all(Results(tmp_path, [], 1), Data("open", verbose=0), verbose=0)


def test_seeds_are_counted_from_one(tmp_path):
    for seeds in (0, -1, 2.0, True):
        with pytest.raises(ArgumentError, match=f"seeds={seeds!r}"):
            reproduce(tmp_path, seeds=seeds)


def test_there_must_be_something_to_redraw(tmp_path, capsys):
    assert main(["reproduce", "--redraw", "-o", str(tmp_path)]) == 2
    assert "results.json" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_without_its_packages_the_error_names_the_extra_before_anything_is_trained(
    tmp_path, monkeypatch
):
    extras = dict.fromkeys(("jinja2", "pygments", "matplotlib"), "reproduce")
    for package, extra in {**extras, "nbformat": "notebooks"}.items():
        with monkeypatch.context() as patch:
            patch.setitem(sys.modules, package, None)
            with pytest.raises(MissingExtraError) as told:
                reproduce(tmp_path / "report", notebook=True)
        assert f"needs {package}" in str(told.value)
        assert f'pip install "notmnist[{extra}]"' in str(told.value)
    assert not list(tmp_path.iterdir())
