"""Timing in turns, ratios with their spread, and table rows, for all benchmarks."""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


@dataclasses.dataclass
class Row:
    """One line of the table.

    Attributes:
        question: The heading above the line.
        what: What was measured.
        figure: The result.
        bar: The target; "" for none.
        met: Whether the result meets the target; None if there is no target.
        limit: What limits the result.
    """

    question: str
    what: str
    figure: str
    bar: str = ""
    met: bool | None = None
    limit: str = ""


def timed(work: Callable[[], Any]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def in_turns(works: Mapping[str, Callable[[], Any]], turns: int) -> dict[str, list[float]]:
    """Return the seconds that each function takes in each turn; a turn calls each of them once."""
    seconds: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(turns):
        for name, work in works.items():
            seconds[name].append(timed(work))
    return seconds


def ratios(slow: Sequence[float], fast: Sequence[float]) -> list[float]:
    """Return how many times as long as the fast one the slow one took, turn by turn."""
    return [a / b for a, b in zip(slow, fast, strict=True)]


def spread(values: Sequence[float], form: str = "{:.1f}", unit: str = "") -> str:
    """Return median and range, as "3.1 × (2.9–3.4)"."""
    low, middle, high = min(values), statistics.median(values), max(values)
    between = f" ({form.format(low)}–{form.format(high)})" if len(values) > 1 else ""
    return f"{form.format(middle)}{unit}{between}"


def at_least(values: Sequence[float], bar: float) -> bool:
    return statistics.median(values) >= bar


def at_most(values: Sequence[float], bar: float) -> bool:
    return statistics.median(values) <= bar


def apart(code: str, *arguments: Any, **environment: str) -> Any:
    """Run code in its own Python process and return what it prints, read as JSON.

    Environment variables for OpenBLAS are left out, because a fixed kernel slows NumPy.
    """
    kept = {key: value for key, value in os.environ.items() if not key.startswith("OPENBLAS_")}
    run = subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        env={**kept, "PYTHONPATH": os.pathsep.join([str(HERE), str(HERE.parent)]),
             "TF_CPP_MIN_LOG_LEVEL": "3", **environment},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if run.returncode:
        raise RuntimeError(f"{code[:200]}\n{run.stderr[-3000:]}")
    return json.loads(run.stdout.splitlines()[-1])


@contextmanager
def options(summary: str) -> Iterator[tuple[argparse.Namespace, list[Row]]]:
    """Read a script's arguments, and print and save the rows it appends."""
    parser = argparse.ArgumentParser(description=summary)
    parser.add_argument("--quick", action="store_true", help="fewer images and turns, less exact")
    parser.add_argument("--work", type=Path, help="a folder to keep archives in between runs")
    parser.add_argument("--rows", type=Path, help="add the rows to this file, as JSON lines")
    given = parser.parse_args()
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="notmnist-bench-") as folder:
        given.scratch = Path(folder)
        given.work = given.work or given.scratch / "work"
        given.work.mkdir(parents=True, exist_ok=True)
        given.turns = 3 if given.quick else 5
        yield given, rows
    for row in rows:
        met = {True: "met", False: "NOT MET", None: ""}[row.met]
        print(f"{row.what:70} {row.figure:30} {row.bar} {met} {row.limit}".rstrip(), flush=True)
    if given.rows:
        with given.rows.open("a") as file:
            file.writelines(json.dumps(dataclasses.asdict(row)) + "\n" for row in rows)
