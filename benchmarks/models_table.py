"""Train every recipe with several seeds and save each run's predictions, for the docs' table.

    python benchmarks/models_table.py REAL
    python benchmarks/models_table.py REAL --only cnn --seeds 0 1 --weights runs
    python benchmarks/models_table.py REAL --setting real

REAL is a folder with `sample-images-idx3-ubyte.gz` and `sample-labels-idx1-ubyte.gz`, real notMNIST
images. In the setting "open" they are only used for testing; in the setting "real" a network is
trained on 5,000 of them, with augmentation, and tested on the other 1,000.

Each run is one JSON file in benchmarks/results/models; a run whose file exists is skipped.
benchmarks/models_pages.py turns them into the docs' table, and benchmarks/pack_weights.py turns a
file in the folder `--weights` into a file of weights in the package.
"""

import argparse
import dataclasses
import hashlib
import json
import os
import platform
import re
import subprocess
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import numpy as np

import notmnist
from notmnist.evaluation import evaluate
from notmnist.models import recipes
from notmnist.models.weights import pack

RESULTS = Path(__file__).parent / "results" / "models"
RECIPES = {
    "open": tuple(recipes.RECIPES),
    "real": ("mlp", "cnn"),
}
REAL_TRAIN, REAL_TEST = "train+valid[:200]", "valid[200:]+test"  # 5,000 and 1,000 of 6,000


def recipe_of(setting, name):
    """Return the recipe. The few real images need augmentation and other numbers of epochs."""
    recipe = recipes.recipe(name)
    if setting == "open":
        return recipe
    more = {"mlp": {"epochs": 60, "augmentation": 0.3}, "cnn": {"epochs": 24}}
    return dataclasses.replace(recipe, split=REAL_TRAIN, **more[name])


def run(setting, name, seed, real, weights, verbose=2):
    """Train once; return the results and settings of the run."""
    recipe = recipe_of(setting, name)
    data = "open" if setting == "open" else real
    history = keras.callbacks.History()
    keras.utils.clear_session()
    wall, cpu = time.perf_counter(), time.process_time()
    model = recipes.fit(
        recipe, data, seed=seed, validation=None, callbacks=[history], verbose=verbose
    )
    seconds = {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}
    tests = {"real": (real, "all" if setting == "open" else REAL_TEST)}
    if setting == "open":
        tests = {"open-test": ("open", "test"), **tests}
    packed = pack(model)
    result = {
        "setting": setting,
        "recipe": name,
        "seed": seed,
        "settings": recipe.to_dict(),
        "parameters": model.count_params(),
        "examples": len(notmnist.load(data, split=recipe.split, batch_size=1, format="numpy")),
        "train_accuracy": history.history["accuracy"][-1],
        "tests": {key: read(model, *test) for key, test in tests.items()},
        "seconds": {key: round(value) for key, value in seconds.items()},
        "weights": hashlib.sha256(packed).hexdigest(),
        **circumstances(),
    }
    if weights is not None:
        weights.mkdir(parents=True, exist_ok=True)
        (weights / f"{setting}-{name}-{seed}.npz").write_bytes(packed)
    return result


def read(model, data, split):
    """Return measures of the model's predictions for a split."""
    result = evaluate(model, notmnist.load(data, split=split, verbose=0)).to_dict(mistakes=0)
    return {
        key: result[key]
        for key in (
            "examples",
            "accuracy",
            "interval",
            "log_loss",
            "calibration_error",
            "confusion",
        )
    }


def as_text(result):
    """Return JSON with each row of numbers on one line."""
    text = json.dumps(result, indent=1) + "\n"
    return re.sub(r"\[[\s\d.,e-]+\]", _one_line, text)


def _one_line(row):
    return "[" + " ".join(row[0][1:-1].split()) + "]"


def circumstances():
    """Return the commit, date, machine and versions of this run."""

    def git(*arguments):
        command = ["git", "-C", str(RESULTS.parent), *arguments]
        done = subprocess.run(command, capture_output=True, text=True)
        return done.stdout.strip() if done.returncode == 0 else ""

    backend = keras.config.backend()
    return {
        "commit": git("rev-parse", "--short=12", "HEAD"),
        "changed": bool(git("status", "--porcelain", "--untracked-files=no", "notmnist")),
        "date": time.strftime("%Y-%m-%d"),
        "machine": f"{processor()}, {os.cpu_count()} cores",
        "backend": backend,
        "versions": {
            "python": platform.python_version(),
            "keras": keras.__version__,
            backend: __import__(backend).__version__,
            "numpy": np.__version__,
        },
    }


def processor():
    """Return the processor's name, as far as the system knows it."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("real", type=Path, help="the folder of real images")
    add("--setting", choices=RECIPES, default="open", help="the training data (%(default)s)")
    add("--only", nargs="+", metavar="RECIPE", help="these recipes (default: all of the setting)")
    add("--seeds", type=int, nargs="+", default=[0, 1, 2, 3, 4], metavar="N")
    add("--weights", type=Path, metavar="FOLDER", help="keep each run's weights there")
    add("--out", type=Path, default=RESULTS, metavar="FOLDER", help="where the JSON files go")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    for seed in options.seeds:
        for name in options.only or RECIPES[options.setting]:
            path = options.out / f"{options.setting}-{name}-{seed}.json"
            if path.exists():
                settings = recipe_of(options.setting, name).to_dict()
                same = json.loads(path.read_text())["settings"] == settings
                print(f"{path.name}: exists{'' if same else ', with OTHER SETTINGS'}")
                continue
            result = run(options.setting, name, seed, options.real, options.weights)
            partial = path.with_suffix(".partial")
            partial.write_text(as_text(result))
            partial.replace(path)
            tests = ", ".join(
                f"{key} {test['accuracy']:.2%}" for key, test in result["tests"].items()
            )
            print(f"{path.name}: {tests}, {result['seconds']['wall']} s", flush=True)


if __name__ == "__main__":
    main()
