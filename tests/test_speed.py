"""The ratios of speed against code that users would otherwise write, as in `make bench-quick`."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"


@pytest.fixture
def bench(monkeypatch):
    monkeypatch.syspath_prepend(BENCHMARKS)
    spec = importlib.util.spec_from_file_location("bench", BENCHMARKS / "bench.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module
    sys.modules.pop("measure", None)


def rows(bench, figure):
    """Return rows as the scripts write them, all with the same figure."""
    names = (
        "the article's way: extract, 5,000 members, against ours",
        "TFDS made of arrays, 5,000 members, against ours",
        "logistic, tensorflow: stock against ours",
        "mlp, tensorflow: stock against ours",
        "logistic, jax: the better of stock and TFDS against ours",
    )
    return [bench.Row("Question", name, figure, "", True) for name in names]


def test_a_ratio_that_has_fallen_behind_is_found(bench):
    assert bench.fallen(rows(bench, "1,000 × (2–3)")) == []
    assert len(bench.fallen(rows(bench, "0.3 × (0.2–0.4)"))) == 5


def test_a_ratio_that_nothing_measures_is_found(bench):
    assert len(bench.fallen([])) == len(bench.GUARDS)


def test_the_table_tells_what_is_not_met_and_why(bench):
    row = bench.Row("Load", "first batch", "120 ms", "≤ 100 ms", False, "the disk: 90 ms")
    assert "| first batch | 120 ms | ≤ 100 ms | **not met**; the disk: 90 ms |" in bench.table(
        [row]
    )


def test_a_package_that_is_missing_is_named_in_the_table(bench, monkeypatch):
    monkeypatch.setattr(bench, "PACKAGES", ("numpy", "no-such-package"))
    assert "no-such-package not installed" in bench.table([])


@pytest.mark.slow
def test_the_ratios_of_speed_hold():
    command = [sys.executable, str(BENCHMARKS / "bench.py"), "--quick", "--guard"]
    done = subprocess.run(command, env=os.environ, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
