"""Measures training on one and two processes of this machine, and reckons with more machines.

    python benchmarks/scaling.py                    measure, write results/scaling.json, print
    python benchmarks/scaling.py --table            print the tables of what was measured

Measured are steps of `mlp()` and `cnn()` on JAX in one process held to one core, in one process
with both cores, and in two processes with a core each that share the same batch; the first epoch,
which compiles, is left out. Beyond, a step of P machines takes the measured time of a step of a
P-th of the batch, plus what working together adds. That is measured too: a step of two processes
less a step of half the batch in one. A ring of P moves 2 (P - 1) / P of the gradients' bytes, and 1
of two, so it is taken to grow as much; on top come those bytes over the network, and 2 (P - 1)
times its latency.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

RESULTS = Path(__file__).parent / "results" / "scaling.json"
MODELS = ("mlp", "cnn")
PARAMETERS = {"mlp": 814_090, "cnn": 806_314}
BATCHES = (512, 256, 128, 64)
SETUPS = {"1 process, 1 core": [{0}], "1 process, 2 cores": [{0, 1}],
          "2 processes, 1 core each": [{0}, {1}]}  # fmt: skip
NETWORKS = {"10 Gbit/s, 50 µs": (1.25e9, 50e-6), "100 Gbit/s, 20 µs": (12.5e9, 20e-6)}


def worker(model: str, batch: int, hosts: str, index: int, out: Path) -> None:
    """Train in this process and write the median seconds a step."""
    import keras

    import notmnist
    from notmnist.distribution import join

    cluster = None if hosts == "alone" else join(hosts, index)
    share = cluster.share if cluster else lambda batches: batches
    steps = 20 if model == "cnn" else 50
    train = share(
        notmnist.load("open", split=f"train[:{steps * batch}]", batch_size=batch, seed=0, verbose=0)
    )
    net = getattr(notmnist.models, model)()
    seconds: list[float] = []

    class Clock(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch: int, logs: object = None) -> None:
            self.began = time.perf_counter()

        def on_epoch_end(self, epoch: int, logs: object = None) -> None:
            seconds.append((time.perf_counter() - self.began) / steps)

    net.fit(train, epochs=4, verbose=0, shuffle=False, callbacks=[Clock()])
    if index == 0:
        out.write_text(json.dumps(seconds[1:]))
    if cluster:
        cluster.__exit__(None, None, None)


def run(model: str, batch: int, cores: list[set[int]], port: int) -> list[float]:
    """Return the seconds a step of every epoch but the first."""
    hosts = ",".join(f"127.0.0.1:{port + i}" for i in range(len(cores)))
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "seconds.json")
        processes = [
            subprocess.Popen(
                [sys.executable, __file__, "--worker", model, str(batch),
                 hosts if len(cores) > 1 else "alone", str(index), str(out)],
                env={**os.environ, "KERAS_BACKEND": "jax", "TF_CPP_MIN_LOG_LEVEL": "3"},
                preexec_fn=lambda mine=mine: os.sched_setaffinity(0, mine),
                stderr=(errors := Path(folder, "errors")).open("a"),
            )
            for index, mine in enumerate(cores)
        ]  # fmt: skip
        for process in processes:
            if process.wait():
                raise SystemExit(f"{model}, batch {batch} failed:\n{errors.read_text()[-3000:]}")
        return json.loads(out.read_text())


def measure(models: list[str]) -> None:
    """Measure, and write what was measured."""
    found = json.loads(RESULTS.read_text()) if RESULTS.is_file() else {}
    port = 23400
    for model in models:
        rows = found.setdefault("seconds a step", {}).setdefault(model, {})
        wanted = [(name, 128) for name in SETUPS] + [(next(iter(SETUPS)), b) for b in BATCHES]
        for name, batch in dict.fromkeys(wanted):
            rows[f"{name}, batch {batch}"] = run(model, batch, SETUPS[name], port)
            port += 2
    found["versions"] = {name: importlib.metadata.version(name) for name in ("jax", "keras")}
    found["date"] = time.strftime("%Y-%m-%d")
    RESULTS.write_text(json.dumps(found, indent=1) + "\n")


def table() -> None:
    """Print the tables of docs/scaling.md."""
    found = json.loads(RESULTS.read_text())["seconds a step"]
    print(
        "| model | processes | ms a step of 128 | images/s | against 1 core |\n"
        "|---|---|--:|--:|--:|"
    )
    for model, rows in found.items():
        base = statistics.median(rows["1 process, 1 core, batch 128"])
        for name in SETUPS:
            times = rows[f"{name}, batch 128"]
            middle = statistics.median(times)
            spread = f"{min(times) * 1e3:.1f} to {max(times) * 1e3:.1f}"
            print(
                f"| `{model}` | {name} | {middle * 1e3:.1f} ({spread}) | {128 / middle:,.0f} "
                f"| {base / middle:.2f} × |"
            )
    print(
        "\n| model | two processes add | network | batch | 2 machines | 4 | 8 |\n"
        "|---|--:|---|--:|--:|--:|--:|"
    )
    for model, rows in found.items():
        one = {b: statistics.median(rows[f"1 process, 1 core, batch {b}"]) for b in BATCHES}
        added = statistics.median(rows["2 processes, 1 core each, batch 128"]) - one[64]
        for network, (speed, latency) in NETWORKS.items():
            cells = []
            for machines in (2, 4, 8):
                moved = 2 * (machines - 1) / machines
                talk = added * moved + PARAMETERS[model] * 4 * moved / speed
                talk += 2 * (machines - 1) * latency
                cells.append(f"{one[512] / (one[512 // machines] + talk):.1f} ×")
            print(f"| `{model}` | {added * 1e3:.0f} ms | {network} | 512 | {' | '.join(cells)} |")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--table", action="store_true")
    parser.add_argument("--models", nargs="+", default=list(MODELS))
    parser.add_argument("--worker", nargs=5)
    args = parser.parse_args()
    if args.worker:
        kind, size, where, number, file = args.worker
        worker(kind, int(size), where, int(number), Path(file))
    else:
        if not args.table:
            measure(args.models)
        table()
