"""The documentation's script for several processes: it trains, survives a kill, and resumes."""

import importlib.util
import os
import re
import socket
import subprocess
import sys
import time

import keras
import numpy as np
import pytest

import notmnist
from tests.pages import ROOT

SCRIPT = ROOT / "docs" / "scripts" / "two_processes.py"


def start(folder):
    """Start the script in two processes on this machine; the first one writes to a file."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TF_CPP_MIN_LOG_LEVEL": "3"}
    processes = []
    for index in ("0", "1"):
        with (folder / f"output-{index}.txt").open("w") as output:
            command = [sys.executable, "-W", "ignore", str(SCRIPT), address, "2", index]
            processes.append(
                subprocess.Popen(
                    command, cwd=folder, env=environment, stdout=output, stderr=subprocess.STDOUT
                )
            )
    return processes


def epochs(folder):
    """Return the epochs that the first process has begun."""
    return re.findall(r"^Epoch (\d)/5$", (folder / "output-0.txt").read_text(), re.MULTILINE)


def test_the_shares_of_two_processes_are_the_split_in_two_halves():
    import tensorflow_datasets as tfds

    def labels(split):
        batches = notmnist.load("open", split=split, shuffle=False, format="numpy", verbose=0)
        return np.concatenate([labels for _, labels in batches])

    shares = [
        tfds.split_for_jax_process(
            "train[:101]", process_index=i, process_count=2, drop_remainder=True
        )
        for i in (0, 1)
    ]
    assert [len(labels(share)) for share in shares] == [50, 50]
    whole = labels("train[:100]")
    assert np.array_equal(np.concatenate([labels(share) for share in shares]), whole)


@pytest.mark.slow
def test_a_run_whose_process_is_killed_ends_and_goes_on_from_its_last_epoch(tmp_path):
    if importlib.util.find_spec("jax") is None:
        pytest.skip("jax is not installed: extra jax")
    first, second = start(tmp_path)
    try:
        until = time.monotonic() + 300
        while "3" not in epochs(tmp_path):
            assert (first.poll(), second.poll()) == (None, None), epochs(tmp_path)
            assert time.monotonic() < until
            time.sleep(0.1)
        second.kill()
        assert first.wait(180) != 0  # it does not wait for the other forever
    finally:
        for process in (first, second):
            process.kill()
            process.wait()
    resumed = start(tmp_path)
    assert [process.wait(300) for process in resumed] == [0, 0]
    assert epochs(tmp_path) == ["3", "4", "5"]
    one, other = (
        keras.saving.load_model(tmp_path / f"model-{index}.keras").get_weights() for index in (0, 1)
    )
    assert all(map(np.array_equal, one, other))
    assert not list((tmp_path / "backup").iterdir())  # training is complete: nothing to resume
