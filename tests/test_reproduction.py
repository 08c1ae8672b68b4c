import dataclasses
import json
import math

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from notmnist.cli import main
from notmnist.errors import ArgumentError, StoreError
from notmnist.reproduction import claims, experiments, listing, reproduce
from notmnist.reproduction.claims import Claim, Part, check
from notmnist.reproduction.curve import Curve, measure, moments
from notmnist.reproduction.experiments import Experiment, plan
from notmnist.reproduction.material import Material, scaled
from notmnist.reproduction.offtheshelf import fit_baseline
from notmnist.reproduction.published import PUBLISHED
from notmnist.reproduction.results import Results
from notmnist.reproduction.runner import run_all
from notmnist.reproduction.training import build, train

EVERY = {experiment.name: experiment for experiment in experiments.EXPERIMENTS}


def short(name: str, **changes) -> Experiment:
    return dataclasses.replace(EVERY[name], **{"steps": 3, "snapshots": (0, 3), **changes})


def filled(tmp_path, values: dict[str, dict[str, list[float]]]) -> Results:
    results = Results(tmp_path)
    for name, metrics in values.items():
        for seed in range(len(next(iter(metrics.values())))):
            result = {metric: numbers[seed] for metric, numbers in metrics.items()}
            results.add(EVERY[name], seed, result)
    return results


def test_the_articles_experiments_are_trained_as_the_article_says():
    for experiment in experiments.EXPERIMENTS:
        if experiment.model not in ("logistic", "mlp"):
            continue
        model = build(dataclasses.replace(experiment, examples=100), seed=1)
        optimizer = model.optimizer
        assert type(optimizer) is keras.optimizers.SGD
        assert float(optimizer.learning_rate) == 0.5
        assert optimizer.momentum == 0
        kernels = [layer.kernel for layer in model.layers if hasattr(layer, "kernel")]
        assert len(kernels) == (1 if experiment.model == "logistic" else 2)
        values = np.asarray(keras.ops.convert_to_numpy(kernels[0]))
        if experiment.initializer == "article":  # a normal of 1.0 cut at 2 deviates by 0.88
            assert values.std() == pytest.approx(0.8796, abs=0.03)
            assert abs(values).max() <= 2
        else:
            assert values.std() < 0.06
    assert EVERY["logistic"].steps == 3_001
    assert EVERY["gradient-descent"].steps == 801
    assert EVERY["gradient-descent"].batch_size is None
    assert EVERY["five-batches"].examples == 5 * 128


@pytest.mark.parametrize("name", ["logistic-l2-0.05", "relu-l2-0.005"])
def test_the_penalty_is_lambda_times_half_the_squares_of_the_kernels(name):
    model = build(EVERY[name], seed=0)
    kernels = [layer.kernel for layer in model.layers if hasattr(layer, "kernel")]
    squares = sum(
        float((np.asarray(keras.ops.convert_to_numpy(k), np.float64) ** 2).sum()) for k in kernels
    )
    penalty = sum(float(loss) for loss in model.losses)
    assert penalty == pytest.approx(EVERY[name].weight_decay * squares / 2, rel=1e-4)


def test_dropout_is_the_rate_that_drops():
    layers = {layer.name: layer for layer in build(EVERY["five-batches-dropout"], 0).layers}
    assert layers["dropout_1"].rate == 0.4


def test_the_same_seed_starts_two_experiments_with_the_same_weights():
    first, second, other = (
        build(EVERY[name], seed).get_layer("hidden_1").get_weights()[0]
        for name, seed in (("relu", 3), ("relu-l2-0.005", 3), ("relu", 4))
    )
    np.testing.assert_array_equal(first, second)
    assert (first != other).mean() > 0.99


def test_names_are_distinct_and_published_figures_belong_to_experiments():
    assert len(EVERY) == len(experiments.EXPERIMENTS)
    assert set(PUBLISHED) <= set(EVERY)
    used = {q[0] for c in claims.CLAIMS for p in c.parts for q in (p.greater, p.less) if q}
    assert used <= {experiment.name for experiment in plan(quick=True)}


def test_a_quick_run_is_shorter_and_its_results_are_not_taken_for_full_ones():
    quick = {experiment.name: experiment for experiment in plan(quick=True)}
    assert set(quick) < set(EVERY)
    assert quick["deep"].steps < EVERY["deep"].steps
    assert quick["deep"].definition != EVERY["deep"].definition
    assert quick["relu"].definition == EVERY["relu"].definition
    assert sum(e.seconds for e in quick.values()) < 180
    assert 3 * sum(e.seconds for e in plan()) < 1_200


def test_a_definition_is_of_what_decides_the_result_only():
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
    labels = rng.integers(0, 10, 4_100, np.uint8)
    model = build(EVERY["logistic"], seed=0)
    accuracy, loss = measure(model, (images, labels))
    expected = model.evaluate(images[..., None], labels, verbose=0, return_dict=True)
    assert accuracy == pytest.approx(expected["accuracy"], abs=1e-6)
    assert loss == pytest.approx(expected["loss"], rel=1e-4)


def test_the_curve_does_not_disturb_training_and_counts_every_step():
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (256, 28, 28), np.uint8)
    labels = rng.integers(0, 10, 256, np.uint8)
    weights, ticks = [], []
    for wanted in ([], [0, 1, 60, 70]):
        model = build(EVERY["five-batches-dropout"], seed=0)
        curve = Curve({"train": (images, labels)}, wanted, ticks.append)
        x, y = images[..., None], labels
        model.fit(x, y, batch_size=32, epochs=9, shuffle=False, verbose=0, callbacks=[curve])
        weights.append(model.get_weights()[0])
    np.testing.assert_array_equal(*weights)
    assert curve.points["steps"] == [0, 1, 60, 70]
    assert len(curve.points["train"]) == len(curve.points["train_loss"]) == 4
    assert sum(ticks) == 2 * 72


@pytest.mark.parametrize(
    ("greater", "less", "held"),
    [
        ([0.90, 0.91, 0.92], [0.80, 0.81, 0.82], True),
        ([0.90, 0.70, 0.92], [0.80, 0.81, 0.82], False),  # above on average, not beyond doubt
        ([0.80, 0.81, 0.82], [0.90, 0.91, 0.92], False),
        ([0.90], [0.80], True),
        ([0.80], [0.80], False),
    ],
)
def test_a_claim_holds_only_beyond_the_noise_between_seeds(tmp_path, greater, less, held):
    results = filled(tmp_path, {"relu": {"test": greater}, "logistic": {"test": less}})
    claim = Claim("", "", (Part(("relu", "test"), ("logistic", "test")),))
    found = check(claim, results, plan(), len(greater))
    assert found.held is held
    assert found.verdict == ("held" if held else "not held")


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=2, max_size=6))
def test_the_interval_is_that_of_scipys_paired_test(pairs):
    from scipy import stats

    greater, less = np.array(pairs).T
    low, mean = claims._interval(greater - less)
    assert mean == pytest.approx((greater - less).mean())
    if np.ptp(greater - less) < 1e-6:
        assert low == pytest.approx(mean, abs=1e-5)
        return
    p = stats.ttest_rel(greater, less, alternative="greater").pvalue
    if abs(p - 0.05) > 1e-6:
        assert (low > 0) == (p < 0.05)


def test_every_part_of_a_claim_must_hold(tmp_path):
    results = filled(
        tmp_path,
        {"relu": {"test": [0.9, 0.9]}, "five-batches": {"test": [0.8, 0.8], "train": [1.0, 0.99]}},
    )
    claim = next(claim for claim in claims.CLAIMS if claim.name == "overfitting")
    assert check(claim, results, plan(), 2).held is False
    results.add(EVERY["five-batches"], 1, {"test": 0.8, "train": 1.0})
    assert check(claim, results, plan(), 2).held is True


def test_a_claim_whose_experiments_were_not_all_run_is_neither(tmp_path):
    results = filled(tmp_path, {"relu": {"test": [0.9, 0.9]}, "logistic": {"test": [0.8]}})
    claim = Claim("", "", (Part(("relu", "test"), ("logistic", "test")),))
    found = check(claim, results, plan(), 2)
    assert (found.held, found.verdict) == (None, "not run")


def test_results_survive_the_disk_and_a_changed_definition_loses_them(tmp_path):
    results = filled(tmp_path, {"relu": {"test": [0.5, 0.7]}})
    again = Results(tmp_path)
    mean, deviation, count = again.summary(EVERY["relu"], 5, "test")
    assert (mean, count) == (pytest.approx(0.6), 2)
    assert deviation == pytest.approx(0.1 * math.sqrt(2))
    assert again.run(short("relu"), 0) is None
    assert results.runs == again.runs
    assert [file.name for file in tmp_path.iterdir()] == ["results.json"]


@pytest.mark.parametrize("content", ["{", "[]", '{"format": 0}', "3"])
def test_a_results_file_of_something_else_is_an_error(tmp_path, content):
    (tmp_path / "results.json").write_text(content)
    with pytest.raises(StoreError, match=r"results\.json is not a results file"):
        Results(tmp_path)


def test_training_gives_numbers_a_curve_and_pictures(archive, tmp_path):
    material, ticks = Material(str(archive), verbose=0), []
    result = train(short("relu", units=9), 0, material, tmp_path / "weights.5", ticks.append)
    assert result["examples"] == 240
    assert 0 <= result["test"] <= 1
    assert result["curve"]["steps"] == [0, 1, 2, 3]
    assert result["parameters"] == 814_090
    assert [layer["kind"] for layer in result["layers"]][-2:] == ["Dense", "Dense"]
    pictures = sorted(file.name for file in (tmp_path / "weights.5").iterdir())
    assert pictures == ["step-00000000.png", "step-00000003.png"]
    assert sum(ticks) == 3
    json.dumps(result)


def test_the_same_seed_gives_the_same_result(archive):
    material = Material(str(archive), verbose=0)
    first, second, other = (
        train(short("five-batches-dropout"), seed, material, None, lambda steps: None)
        for seed in (0, 0, 1)
    )
    assert first["curve"] == second["curve"] != other["curve"]


def test_the_baseline_counts_what_it_confuses(archive, tmp_path):
    material = Material(str(archive), verbose=0)
    result = fit_baseline(EVERY["sklearn"], 0, material, tmp_path)
    confusion = np.array(result["confusion"])
    assert confusion.sum() == material.sizes["test"]
    assert np.trace(confusion) / confusion.sum() == pytest.approx(result["test"])
    assert all(true != predicted for true, predicted in result["mistakes"])
    assert result["examples"] == 240


def test_pixels_are_scaled_as_in_the_tutorial():
    values = scaled(np.array([0, 127, 128, 255], np.uint8))
    assert values.dtype == np.float32
    np.testing.assert_allclose(values, [-0.5, -0.5 / 255, 0.5 / 255, 0.5], rtol=1e-5)


def test_an_interrupted_run_goes_on_where_it_stopped(archive, tmp_path, monkeypatch):
    material = Material(str(archive), verbose=0)
    chosen = [short("logistic"), short("logistic-l2-0.005")]
    from notmnist.reproduction import training

    original, calls = training.train, []

    def interrupted(experiment, seed, *rest):
        calls.append((experiment.name, seed))
        if len(calls) == 2:
            raise KeyboardInterrupt
        return original(experiment, seed, *rest)

    monkeypatch.setattr(training, "train", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run_all(tmp_path, material, chosen, 2, verbose=0)
    results = run_all(tmp_path, material, chosen, 2, verbose=0)
    names = [experiment.name for experiment in chosen]
    assert calls == [(names[0], 0), (names[1], 0), (names[1], 0), (names[0], 1), (names[1], 1)]
    assert len(results.runs) == 4
    run_all(tmp_path, material, chosen, 2, verbose=0)
    assert len(calls) == 5


def test_a_folder_keeps_the_results_of_one_data_set(archive, tmp_path):
    run_all(tmp_path, Material(str(archive), verbose=0), [], 1, verbose=0)
    with pytest.raises(ArgumentError, match=r"notMNIST_test\.tar\.gz"):
        run_all(tmp_path, Material("open", verbose=0), [], 1, verbose=0)


@pytest.mark.parametrize("seeds", [0, -1, 2.0, True])
def test_seeds_are_counted_from_one(tmp_path, seeds):
    with pytest.raises(ArgumentError, match=f"seeds={seeds!r}"):
        reproduce(tmp_path, seeds=seeds)


def test_there_must_be_something_to_redraw(tmp_path, capsys):
    assert main(["reproduce", "--redraw", "-o", str(tmp_path)]) == 2
    assert "results.json" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", listing.names())
def test_the_code_that_the_page_shows_runs(name, archive, tmp_path, monkeypatch, capsys):
    source = listing.code(name, str(archive))
    assert str(archive) in source
    for steps in ("3_001", "801", "5_000", "2_000"):
        source = source.replace(f"steps_per_epoch={steps}", "steps_per_epoch=2")
    source = source.replace("train[:10000]", "train").replace("train[:640]", "train[:100]")
    monkeypatch.chdir(tmp_path)
    keras.utils.disable_interactive_logging()
    exec(compile(source, name, "exec"), {})


def test_highlighting_changes_no_character():
    import html
    import re

    for name in listing.names():
        source = listing.code(name, "open")
        marked = listing.highlight(source)
        assert html.unescape(re.sub(r"</?span[^>]*>", "", marked)) == source
        assert "<span" in marked
