"""Run all speed benchmarks and put the results into one table.

    python benchmarks/bench.py --write docs/speed-table.md    # `make bench`, a quarter of an hour
    python benchmarks/bench.py --quick --guard                # `make bench-quick`, two minutes

`--guard` ends with an error if a ratio that does not depend on the machine has become worse.
"""

from __future__ import annotations

import argparse
import datetime
import importlib.metadata
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from measure import HERE, Row

SCRIPTS = ("imports", "prepare", "load", "train", "callback_cost", "growth")
QUICK = ("imports", "prepare", "train")
PACKAGES = ("numpy", "pillow", "tensorflow", "keras", "jax", "tensorflow-datasets")

# The lowest ratios allowed: about three quarters of those of a quick run on a quiet machine.
GUARDS = {
    r"the article's way: .* against ours": 4.5,
    r"TFDS made of arrays, .* against ours": 8.0,
    r"logistic, tensorflow: stock against ours$": 1.7,
    r"mlp, tensorflow: stock against ours$": 1.0,
    r"logistic, jax: the better of stock and TFDS against ours": 0.8,
}


def run(scripts: tuple[str, ...], quick: bool, work: Path) -> list[Row]:
    file = work / "rows"
    file.write_text("")
    for script in scripts:
        command = [sys.executable, str(HERE / f"{script}.py"), "--work", str(work)]
        done = subprocess.run(
            [*command, "--rows", str(file), *(["--quick"] if quick else [])],
            env={**os.environ, "PYTHONPATH": str(HERE.parent), "TF_CPP_MIN_LOG_LEVEL": "3"},
            stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            sys.exit(f"{script} failed:\n{done.stderr[-4000:]}")
    return read(file)


def read(file: Path) -> list[Row]:
    return [Row(**json.loads(line)) for line in file.read_text("utf-8").splitlines()]


def table(rows: list[Row]) -> str:
    lines = [circumstances(), "", "| what | median (range) | target | |", "|---|---|---|---|"]
    question = ""
    for row in rows:
        if row.question != question:
            question = row.question
            lines.append(f"| **{question}** | | | |")
        verdict = {True: "met", False: "**not met**", None: ""}[row.met]
        end = "; ".join(part for part in (verdict, row.limit) if part)
        lines.append(f"| {row.what} | {row.figure} | {row.bar} | {end} |")
    return "\n".join(lines) + "\n"


def circumstances() -> str:
    versions = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=HERE, capture_output=True, text=True,
        check=False,
    ).stdout.strip()  # fmt: skip
    load = os.getloadavg()[2]
    return (
        f"{os.cpu_count()} cores of {processor()}, Linux; Python {platform.python_version()}, "
        f"{versions}; commit {commit or 'unknown'}, {datetime.date.today()}; load average of the "
        f"machine over the last 15 minutes: {load:.1f}."
    )


def version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"


def processor() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text("utf-8")
    except OSError:
        return platform.machine()
    found = re.search(r"model name\s*:\s*(.+)", text)
    return found.group(1) if found else platform.machine()


def fallen(rows: list[Row]) -> list[str]:
    """Return the guarded ratios that are below their bound, or were not measured."""
    problems = []
    for pattern, bound in GUARDS.items():
        hits = [row for row in rows if re.match(pattern, row.what)]
        if not hits:
            problems.append(f"nothing measures {pattern!r}")
        for row in hits:
            number = re.match(r"[\d.,]+", row.figure)
            if number is None or float(number.group().replace(",", "")) < bound:
                problems.append(f"{row.what}: {row.figure}, at least {bound} × expected")
    return problems


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--guard", action="store_true")
    parser.add_argument("--write", type=Path, help="write the table to this file")
    parser.add_argument("--work", type=Path, help="a folder to keep archives in between runs")
    parser.add_argument("--rows", type=Path, help="only make the table, from the rows in this file")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="notmnist-bench-") as folder:
        work = given.work or Path(folder)
        work.mkdir(parents=True, exist_ok=True)
        if given.rows:
            rows = read(given.rows)
        else:
            rows = run(QUICK if given.quick else SCRIPTS, given.quick, work)
    text = table(rows)
    print(text)
    if given.write:
        given.write.write_text(text, "utf-8")
    problems = fallen(rows) if given.guard else []
    if problems:
        sys.exit("\n".join(["Slower than before:", *problems]))


if __name__ == "__main__":
    main()
