import dataclasses
import gc
import os
import signal
import sqlite3
import subprocess
import sys
import time

import pytest

from notmnist.cli import main
from notmnist.errors import ArgumentError, MissingExtraError
from notmnist.models.recipes import recipe
from notmnist.tuning import RANGES, Range, chart, tune
from notmnist.tuning.settings import arguments_of, changed
from tests.pages import ROOT

pytest.importorskip("optuna", reason="extra tune")

SHORT = dataclasses.replace(recipe("logistic"), epochs=1, split="train[:640]")
SWEEP = """
import dataclasses, sys
from notmnist.models.recipes import recipe
from notmnist.tuning import tune
short = dataclasses.replace(recipe("logistic"), epochs=1, split="train[:640]")
tune(short, "open", trials=int(sys.argv[1]), storage="sweep.journal", verbose=0)
"""


def settings(study):
    return [trial.params["l2"] for trial in study.trials if trial.value is not None]


def sweep(folder, trials):
    """Start a sweep in a process of its own."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", SWEEP, str(trials)], cwd=folder, env=environment
    )


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
    before = settings(tune(SHORT, "open", trials=1, storage=journal, verbose=0))
    assert before[: len(done)] == done  # enough: nothing was run
    study = tune(SHORT, "open", trials=len(before) + 2, storage=journal, verbose=0)
    assert settings(study)[: len(before)] == before
    assert len(settings(study)) == len(before) + 2
    assert len(set(settings(study))) == len(before) + 2  # and nothing is tried twice


def complete(journal):
    import optuna
    from optuna.storages.journal import JournalFileBackend

    storage = optuna.storages.JournalStorage(JournalFileBackend(str(journal)))
    names = [study.study_name for study in optuna.get_all_study_summaries(storage)]
    return settings(optuna.load_study(study_name=names[0], storage=storage)) if names else []


@pytest.mark.slow
def test_two_processes_share_a_sweep(tmp_path):
    processes = [sweep(tmp_path, 6) for _ in range(2)]
    assert [process.wait(300) for process in processes] == [0, 0]
    study = tune(SHORT, "open", trials=6, storage=tmp_path / "sweep.journal", verbose=0)
    assert 6 <= len(settings(study)) <= 7  # the other may have been at its last
    assert len({trial.user_attrs["process"] for trial in study.trials}) == 2
    assert len(set(settings(study))) == len(settings(study))


def test_the_same_seed_tries_the_same_settings(tmp_path):
    some = tune(SHORT, "open", trials=2, seed=3, verbose=0)
    others = tune(SHORT, "open", trials=1, seed=3, storage=tmp_path / "s", verbose=0)
    assert settings(others) == settings(some)[:1]
    others = tune(SHORT, "open", trials=2, seed=3, storage=tmp_path / "s", verbose=0)
    assert settings(others) == settings(some)
    assert [trial.value for trial in others.trials] == [trial.value for trial in some.trials]


def is_open(thing):
    if not isinstance(thing, sqlite3.Connection):
        return False
    try:
        return thing.total_changes >= 0
    except sqlite3.ProgrammingError:
        return False


def test_a_grid_is_tried_whole_and_a_database_keeps_it(tmp_path):
    storage = f"sqlite:///{tmp_path / 'sweep.db'}"
    values = {"l2": [0.0, 0.5], "seed": [0, 1]}
    study = tune(SHORT, "open", values=values, storage=storage, verbose=0)
    tried = sorted((trial.params["l2"], trial.params["seed"]) for trial in study.trials)
    assert tried == [(0.0, 0), (0.0, 1), (0.5, 0), (0.5, 1)]
    assert study.best_params["l2"] == 0.0
    assert all(0 < trial.user_attrs["test"] < 1 for trial in study.trials)
    assert not [each for each in gc.get_objects() if is_open(each)]  # Python 3.13 would warn
    pytest.importorskip("matplotlib")
    axes = chart(study)
    assert axes.get_xlabel().startswith("λ")
    lines = {line.get_label(): line for line in axes.lines}
    means = [
        50 * sum(trial.value for trial in study.trials if trial.params["l2"] == l2)
        for l2 in (0.0, 0.5)
    ]
    assert list(lines["valid"].get_ydata()) == pytest.approx(means)
    with pytest.raises(ArgumentError, match="Received: setting='width'"):
        chart(study, "width")


def test_ranges_are_drawn_from_within():
    narrow = {"l2": Range(0.001, 0.002), "epochs": Range(1, 2, integer=True)}
    study = tune(SHORT, "open", ranges=narrow, trials=1, verbose=0)
    (trial,) = study.trials
    assert 0.001 <= trial.params["l2"] <= 0.002
    assert trial.params["epochs"] in (1, 2)


@pytest.mark.parametrize("model", RANGES)
def test_every_range_is_a_setting_of_its_model(model):
    chosen = recipe(model)
    values = {
        name: int(each.high) if each.integer else each.high for name, each in RANGES[model].items()
    }
    assert changed(chosen, values).build().count_params() > 0


def test_settings_become_fields_and_arguments():
    other = changed(recipe("mlp-deep"), {"width": 100, "l2": 0.1, "rate": 0.3, "seed": 4})
    assert other.arguments["hidden"] == (100, 50, 25)
    assert other.arguments["l2"] == 0.1
    assert other.rate == 0.3
    assert arguments_of(recipe("cnn"), {"width": 64}) == {"units": 64}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"ranges": {"l3": Range(0, 1)}}, "Received: setting='l3'"),
        ({"values": {"dropout": [0.1]}}, "Received: setting='dropout'"),  # of logistic
        ({"values": {"l2": []}}, r"values=\{'l2': \[\]\}"),
        ({"values": {"l2": [0]}, "ranges": {"l2": Range(0, 1)}}, "be None where `ranges` is given"),
        ({"trials": -1}, "trials=-1"),
    ],
)
def test_wrong_arguments_are_refused(arguments, message):
    with pytest.raises(ArgumentError, match=message):
        tune(SHORT, "open", **arguments)


def test_a_wrong_range_is_refused():
    with pytest.raises(ArgumentError, match=r"low=2\."):
        Range(2, 1)
    with pytest.raises(ArgumentError, match=r"more than 0 where `log` is true\. Received: low=0"):
        Range(0, 1, log=True)


def test_the_command_searches_prints_and_draws(archive, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    command = ["tune", "--data", str(archive), "--recipe", "logistic", "--epochs", "1",
               "--values", "l2=0,0.5", "-o", "l2.png"]  # fmt: skip
    assert main(command) == 0
    out = capsys.readouterr().out
    assert f"Train it: python -m notmnist train --data {archive} --recipe logistic --l2 " in out
    assert (tmp_path / "l2.png").stat().st_size > 1000
    assert main(command) == 0  # resumed: nothing is left to do
    assert capsys.readouterr().out == out


def test_without_optuna_the_extra_is_named(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "optuna", None)
    assert main(["tune", "--recipe", "logistic"]) == 2
    assert 'pip install "notmnist[tune]"' in capsys.readouterr().err
    with pytest.raises(MissingExtraError, match="optuna"):
        tune(SHORT, "open")
