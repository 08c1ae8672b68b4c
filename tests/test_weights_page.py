import dataclasses
import json
import runpy

import numpy as np
import pytest

from notmnist.models import recipes, weights
from tests.pages import ROOT

SCRIPT = runpy.run_path(str(ROOT / "benchmarks" / "models_pages.py"))


def result(setting="open", name="mlp", seed=0, accuracy=0.5, sha256="", **changes):
    test = {
        "examples": 600, "accuracy": accuracy, "interval": [0.4, 0.6], "log_loss": 1.25,
        "calibration_error": 0.03, "confusion": (7 * np.eye(10, dtype=int)).tolist(),
    }  # fmt: skip
    tests = {"open-test": test, "real": test} if setting == "open" else {"real": test}
    return {
        "setting": setting, "recipe": name, "seed": seed, "parameters": 814090, "examples": 26224,
        "settings": {**recipes.recipe(name).to_dict(), **changes}, "tests": tests,
        "seconds": {"wall": 60 * (seed + 1), "cpu": 90}, "weights": sha256,
        "commit": "0123456789ab", "date": f"2026-01-0{seed + 1}", "machine": "a machine",
        "versions": {"keras": "3.99"},
    }  # fmt: skip


def test_the_page_says_what_the_runs_say():
    page = SCRIPT["PAGE"].read_text("utf-8")
    assert page == SCRIPT["page"](page, SCRIPT["runs"]()), "run benchmarks/models_pages.py"


def test_a_table_has_mean_and_deviation_over_seeds():
    found = {("open", "mlp"): [result(seed=0, accuracy=0.5), result(seed=1, accuracy=0.6)]}
    table = SCRIPT["table"](found, "open", ("open-test", "real"))
    assert "| `mlp` | 814,090 | 2 | 55.00 ± 7.07 % | 55.00 ± 7.07 % | 3.00 ± 0.00 % |" in table
    assert "| 1.250 | 1.0–2.0 | 1.5 |" in table
    assert "2026-01-01 to 2026-01-02 on a machine, shared; keras 3.99; commit `0123456`" in table


def test_a_setting_without_runs_says_so():
    assert SCRIPT["table"]({}, "real", ("real",)) == "No runs yet.\n"


def test_a_card_is_of_the_run_whose_weights_are_in_the_package():
    shipped = weights.table.SHA256["mlp"]
    card = SCRIPT["card"]("mlp", [result(seed=0), result(seed=1, accuracy=0.6, sha256=shipped)])
    assert shipped in card
    assert "| run | seed 1, " in card
    assert "| accuracy on the real images | 60.00% of 600 " in card
    assert "| **B** | · | 7 | · |" in card
    assert "| not for | " in card
    with pytest.raises(SystemExit, match=r"mlp\.npz is not from any of the runs"):
        SCRIPT["card"]("mlp", [result(seed=0)])


def test_runs_of_other_settings_are_refused(tmp_path):
    (tmp_path / "open-mlp-0.json").write_text(json.dumps(result(rate=0.5)))
    with pytest.raises(SystemExit, match=r"open-mlp-\*\.json have other settings"):
        SCRIPT["runs"](tmp_path)
    (tmp_path / "open-mlp-0.json").write_text(json.dumps(result()))
    assert list(SCRIPT["runs"](tmp_path)) == [("open", "mlp")]


def test_settings_survive_json():
    deep = recipes.recipe("mlp-deep")
    assert deep.to_dict()["arguments"]["hidden"] == [1024, 512, 256]
    assert set(deep.to_dict()) == {field.name for field in dataclasses.fields(deep)}
