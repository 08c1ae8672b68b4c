"""Sweep over λ, as in the tutorial's "introduce and tune L2", and draw it for docs/scaling.md.

    python benchmarks/l2_sweep.py [logistic] [mlp] [--draw]

Trains on the edition `open` as in the tutorial: weights of standard deviation 1, SGD, 3,001 steps
of 128 (here 15 epochs, and learning rate 0.05 with momentum 0.9, which moves as far as the
tutorial's 0.5 without momentum). It resumes from sweep.journal in the current folder, which
processes share: run one for each core. `--draw` writes docs/images/l2-sweep.png and prints the
table.
"""

from __future__ import annotations

import os
import statistics
import sys
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
sys.path.insert(0, str(Path(__file__).parents[1] / "docs"))

from made import note
from matplotlib.figure import Figure

from notmnist.models.recipes import Recipe
from notmnist.tuning import tune

STORAGE = "sweep.journal"
START = {"class_name": "TruncatedNormal", "config": {"stddev": 1.0}}
LAMBDAS = [0.0, 1e-5, 1e-4, 3e-4, 1e-3, 2.5e-3, 5e-3, 0.01, 0.025]
MODELS = ("logistic", "mlp")
SEEDS = [0, 1, 2]


def sweep(model: str, trials: int | None) -> dict[str, dict[float, list[float]]]:
    """Train what is still missing; return the accuracies on valid and test, in %, by λ."""
    recipe = Recipe(
        model=model,
        arguments={"kernel_initializer": START},
        optimizer="sgd",
        rate=0.05,
        schedule="constant",
        epochs=15,
    )
    ranges = {"l2": LAMBDAS, "seed": SEEDS}
    study = tune(recipe, "open", ranges, trials=trials, storage=STORAGE)
    done = [trial for trial in study.trials if trial.value is not None]
    found = {"valid": {}, "test": {}}
    for trial in done:
        for split, accuracy in (("valid", trial.value), ("test", trial.user_attrs["test"])):
            found[split].setdefault(trial.params["l2"], []).append(100 * accuracy)
    return found


def draw(found: dict[str, dict[str, dict[float, list[float]]]]) -> None:
    """Draw a line of means for each model and split, and write the picture."""
    axes = Figure(figsize=(5, 3.5), layout="constrained").add_subplot()
    for model, splits in found.items():
        for (split, points), line in zip(splits.items(), ("--", "-"), strict=True):
            means = [statistics.mean(points[l2]) for l2 in LAMBDAS]
            axes.plot(LAMBDAS, means, line, marker="o", markersize=3, label=f"{model}, {split}")
    axes.set_xscale("symlog", linthresh=1e-5, linscale=0.5)
    axes.set_xlabel("λ of keras.regularizers.L2")
    axes.set_ylabel("accuracy, %")
    axes.grid(visible=True, alpha=0.3)
    axes.legend()
    axes.figure.savefig(note("l2-sweep.png", "make l2-sweep"), dpi=110)


def table(found: dict[str, dict[str, dict[float, list[float]]]]) -> None:
    """Print the mean accuracy on test, and the spread over seeds, for each λ."""
    print(f"| λ | {' | '.join(f'`{model}`' for model in found)} |")
    print(f"|--:|{'---|' * len(found)}")
    for l2 in LAMBDAS:
        cells = []
        for splits in found.values():
            seen = splits["test"].get(l2, [])
            spread = f" ({min(seen):.1f} to {max(seen):.1f})" if len(seen) > 1 else ""
            cells.append(f"{statistics.mean(seen):.1f}{spread}" if seen else "–")
        print(f"| {l2:g} | {' | '.join(cells)} |")


if __name__ == "__main__":
    chosen = [name for name in sys.argv[1:] if name in MODELS] or list(MODELS)
    drawing = "--draw" in sys.argv
    found = {name: sweep(name, 0 if drawing else None) for name in chosen}
    if drawing:
        draw(found)
        table(found)
