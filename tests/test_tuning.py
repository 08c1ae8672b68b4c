import os
import shlex
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from notmnist.cli import main
from notmnist.errors import ArgumentError, MissingExtraError
from notmnist.models.recipes import Recipe, recipe
from notmnist.tuning import RANGES, Range, tune
from tests.pages import ROOT

optuna = pytest.importorskip("optuna", reason="extra tune")

SHORT = Recipe("logistic", epochs=1, split="train[:640]")
SWEEP = """
import sys
from notmnist.models.recipes import Recipe
from notmnist.tuning import tune
short = Recipe("logistic", epochs=1, split="train[:640]")
tune(short, "open", trials=int(sys.argv[1]), storage="sweep.journal")
"""


@pytest.fixture(autouse=True)
def quiet():
    """Keep Optuna's line for each trial out of the tests' output."""
    level = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    yield
    optuna.logging.set_verbosity(level)


def settings(study):
    return [trial.params["l2"] for trial in study.trials if trial.value is not None]


def sweep(folder, trials):
    """Start a sweep in a new process."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", SWEEP, str(trials)], cwd=folder, env=environment
    )


def test_a_model_that_memorises_scores_alike_on_valid_and_test():
    """The accuracy that chooses is measured on examples that were never trained on."""
    eager = Recipe("mlp", optimizer="sgd", rate=0.05, epochs=25, split="train[:1280]")
    study = tune(eager, "open", {"l2": [0.0]})
    (trial,) = study.trials
    assert trial.value < 0.9  # it is above 99 % on training examples
    assert trial.value == pytest.approx(trial.user_attrs["test"], abs=0.05)


def test_a_recipe_that_trains_on_what_is_scored_is_refused():
    for split in ("train+valid", "train[:10%]+valid[90%:]", "all", "train+test"):
        with pytest.raises(ArgumentError, match=r"`recipe` must train on neither .*changed\("):
            tune(SHORT.changed(split=split), "open", trials=1)


def test_a_recipe_by_its_name_is_trained_on_train_alone():
    study = tune("cnn", "open", trials=0)
    assert '"split": "train"' in study.user_attrs["identity"]
    assert study.trials == []


def test_studies_of_other_recipes_data_ranges_and_epochs_do_not_mix(archive, tmp_path):
    short = SHORT.changed(split="train[:90]")
    storage = tmp_path / "sweep.journal"
    first = tune(short, "open", {"l2": [0.0]}, storage=storage)
    others = [
        tune(short, "open", {"l2": [0.5]}, trials=0, storage=storage),
        tune(short, archive, {"l2": [0.0]}, trials=0, storage=storage),
        tune(short, "open", {"l2": [0.0]}, trials=0, storage=storage, seed=1),
        tune(short.changed(epochs=2), "open", {"l2": [0.0]}, trials=0, storage=storage),
        tune(short.changed(split="train[:91]"), "open", {"l2": [0.0]}, trials=0, storage=storage),
        tune(Recipe("mlp", epochs=1), "open", {"l2": [0.0]}, trials=0, storage=storage),
    ]
    assert len(first.trials) == 1
    assert [other.trials for other in others] == [[]] * len(others)
    assert len({study.study_name for study in (first, *others)}) == 1 + len(others)
    again = tune(short, "open", {"l2": [0.0]}, storage=storage)  # complete: nothing is trained
    assert [trial.datetime_start for trial in again.trials] == [first.trials[0].datetime_start]


def test_a_sweep_that_was_killed_goes_on_where_it_was(tmp_path):
    journal = tmp_path / "sweep.journal"
    process = sweep(tmp_path, 1000)
    until = time.monotonic() + 120
    while not journal.exists() or len(done := complete(journal)) < 2:
        assert process.poll() is None
        assert time.monotonic() < until
        time.sleep(0.1)
    process.send_signal(signal.SIGKILL)
    process.wait()
    before = settings(tune(SHORT, "open", trials=1, storage=journal))
    assert before[: len(done)] == done  # enough: nothing was run
    study = tune(SHORT, "open", trials=len(before) + 2, storage=journal)
    assert settings(study)[: len(before)] == before
    assert len(settings(study)) == len(before) + 2
    assert len(set(settings(study))) == len(before) + 2  # and nothing is tried twice


def complete(journal):
    storage = optuna.storages.JournalStorage(
        optuna.storages.journal.JournalFileBackend(str(journal))
    )
    names = [study.study_name for study in optuna.get_all_study_summaries(storage)]
    return settings(optuna.load_study(study_name=names[0], storage=storage)) if names else []


@pytest.mark.slow
def test_two_processes_share_a_sweep(tmp_path):
    processes = [sweep(tmp_path, 6) for _ in range(2)]
    assert [process.wait(300) for process in processes] == [0, 0]
    study = tune(SHORT, "open", trials=6, storage=tmp_path / "sweep.journal")
    assert 6 <= len(settings(study)) <= 7  # the other process may have been in its last one
    assert len(set(settings(study))) == len(settings(study))


def test_the_same_seed_draws_the_same_settings_from_the_ranges_and_finds_the_same():
    narrow = {"l2": Range(0.001, 0.002), "epochs": Range(1, 2)}
    some, others = (tune(SHORT, "open", narrow, trials=2, seed=3) for _ in range(2))
    assert all(0.001 <= trial.params["l2"] <= 0.002 for trial in some.trials)
    assert {trial.params["epochs"] for trial in some.trials} <= {1, 2}
    assert settings(others) == settings(some)
    assert [trial.value for trial in others.trials] == [trial.value for trial in some.trials]


def test_a_grid_is_tried_whole_and_a_database_keeps_it(tmp_path):
    storage = f"sqlite:///{tmp_path / 'sweep.db'}"
    study = tune(SHORT, "open", {"l2": [0.0, 0.5], "seed": [0, 1]}, storage=storage)
    tried = sorted((trial.params["l2"], trial.params["seed"]) for trial in study.trials)
    assert tried == [(0.0, 0), (0.0, 1), (0.5, 0), (0.5, 1)]
    assert study.best_params["l2"] == 0.0
    assert all(0 < trial.user_attrs["test"] < 1 for trial in study.trials)


def test_every_range_is_a_setting_of_its_model():
    for model, ranges in RANGES.items():
        highest = {name: each.high for name, each in ranges.items()}
        assert recipe(model).changed(**highest).build().count_params() > 0


def test_wrong_arguments_are_refused(tmp_path):
    for arguments, message in (
        ({"ranges": {"l3": Range(0.0, 1.0)}}, r"`ranges` .*`l3` must be a setting of 'logistic'"),
        ({"ranges": {"dropout": [0.1]}}, r"`ranges` .*`dropout` must be a setting of 'logistic'"),
        ({"ranges": {"l2": []}}, r"`ranges` must have a Range or a list.*{'l2': \[\]}"),
        ({"trials": -1}, "trials=-1"),
        ({"seed": -1}, "`seed` must be an integer .* seed=-1"),
    ):
        with pytest.raises(ArgumentError, match=message):
            tune(SHORT, "open", **arguments)
    np.savez(tmp_path / "a.npz", x_train=np.zeros((4, 28, 28), "uint8"), y_train=[0, 1, 0, 1])
    with pytest.raises(ArgumentError, match="`data` must have examples in the split 'valid'"):
        tune(SHORT, tmp_path / "a.npz")
    with pytest.raises(ValueError, match="low <= high"):
        tune(SHORT, "open", {"l2": Range(2.0, 1.0)}, trials=1)


def test_the_command_searches_and_prints_the_command_that_trains_the_best(
    archive, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    command = ["tune", "--data", str(archive), "--recipe", "logistic", "--epochs", "1",
               "--seed", "3", "--values", "l2=0,0.5"]  # fmt: skip
    assert main([*command, "--trials", "0"]) == 0
    assert "No trial of this search has finished yet" in capsys.readouterr().out
    assert main(command) == 0
    out = capsys.readouterr().out
    assert out.count("valid ") >= 2
    said = out.splitlines()[-1].partition("python -m notmnist ")[2]
    assert said.startswith("train --recipe logistic --data ")
    assert "--epochs 1 --seed 3 --l2 0" in said
    assert main([*shlex.split(said), "--weight-images", "w.gif"]) == 0
    capsys.readouterr()
    assert main(command) == 0  # resumed: nothing is left to do
    assert capsys.readouterr().out == out


def test_values_that_are_none_are_shown_with_their_option(capsys):
    for text in ("l2=0,a", "l2", "rate=0.1", "=1"):
        with pytest.raises(SystemExit):
            main(["tune", "--values", text])
        assert f"argument --values: '{text}' must be one of l2, dropout" in capsys.readouterr().err


def test_without_optuna_the_extra_is_named(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "optuna", None)
    assert main(["tune", "--recipe", "logistic"]) == 2
    assert 'pip install "notmnist[tune]"' in capsys.readouterr().err
    with pytest.raises(MissingExtraError, match="optuna"):
        tune(SHORT, "open")
