import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from tests.pages import ROOT
from tests.test_distribution_watch import free_hosts

pytest.importorskip("jax", reason="extra jax")

ARRIVAL = 120  # seconds; bounds for a test that hangs, not measurements
BOUND = 60


def start(folder, hosts, index, *arguments):
    """Start one process of a run."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TF_CPP_MIN_LOG_LEVEL": "3"}
    output = (folder / f"output-{index}.txt").open("w")
    with output:
        return subprocess.Popen(
            [sys.executable, "-m", "tests.worker", hosts, str(index), str(folder), *arguments],
            cwd=folder, env=environment, stdout=output, stderr=output,
        )  # fmt: skip


def together(folder, *arguments):
    """Start two processes that train together."""
    folder.mkdir(exist_ok=True)
    hosts = ",".join(str(address) for address in free_hosts(2).addresses)
    return [start(folder, hosts, index, *arguments) for index in (0, 1)]


def finish(folder, processes):
    for index, process in enumerate(processes):
        status = process.wait(2 * ARRIVAL)
        assert status == 0, (folder / f"output-{index}.txt").read_text()[-3000:]


def weights(folder, index=0):
    with np.load(folder / f"weights-{index}.npz") as file:
        return [file[name] for name in file.files]


def epochs(folder, index=0):
    """The numbers and figures of the epochs that a process went through."""
    lines = (folder / f"epochs-{index}.txt").read_text().splitlines()
    return [(int(line.split()[0]), json.loads(line.split(" ", 1)[1])) for line in lines]


def largest_difference(some, others):
    return max(float(abs(a - b).max()) for a, b in zip(some, others, strict=True))


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """What two processes wrote that trained three epochs together."""
    folder = tmp_path_factory.mktemp("both")
    finish(folder, together(folder))
    return folder


def test_two_processes_give_what_one_gives(both, tmp_path):
    finish(tmp_path, [start(tmp_path, "alone", 0)])
    assert largest_difference(weights(both), weights(tmp_path)) < 1e-5
    assert weights(both, 1)[0].tolist() == weights(both, 0)[0].tolist()
    for (number, one), (same, two), (again, other) in zip(
        epochs(tmp_path), epochs(both), epochs(both, 1), strict=True
    ):
        assert number == same == again
        assert two == other
        assert one == pytest.approx(two, rel=1e-5)


def test_a_local_copy_is_evaluated_on_all_examples(both):
    results = [json.loads((both / f"test-{index}.json").read_text()) for index in (0, 1)]
    assert results[0] == results[1]
    assert 0.5 < results[0]["accuracy"] < 1


def crash(folder):
    """Train in two processes, of which one is killed after an epoch; the other's status."""
    processes = together(folder, "--pause", "0.3")
    until = time.monotonic() + ARRIVAL
    while not (folder / "epochs-0.txt").exists():  # then a checkpoint of epoch 0 is there
        assert time.monotonic() < until, (folder / "output-0.txt").read_text()[-3000:]
        time.sleep(0.1)
    processes[1].send_signal(signal.SIGKILL)
    status = processes[0].wait(BOUND)
    processes[1].wait(BOUND)
    return status


def test_a_killed_process_ends_the_other_with_its_name(tmp_path):
    assert crash(tmp_path) == 3
    assert "Lost process 1 (127.0.0.1:" in (tmp_path / "output-0.txt").read_text()
    assert (tmp_path / "backup" / "checkpoint.zip").is_file()


@pytest.mark.slow
def test_two_processes_go_on_from_the_backup_as_if_none_had_died(both, tmp_path):
    crash(tmp_path)
    before = [number for number, _ in epochs(tmp_path)]
    assert before[-1] < 2
    finish(tmp_path, together(tmp_path))
    assert [number for number, _ in epochs(tmp_path)] == [0, 1, 2]
    assert largest_difference(weights(tmp_path), weights(both)) == 0
    assert not list((tmp_path / "backup").iterdir())
