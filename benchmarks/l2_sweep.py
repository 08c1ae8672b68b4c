"""The tutorial's "introduce and tune L2" as a sweep, and the picture of it in docs/scaling.md.

    python benchmarks/l2_sweep.py [logistic] [mlp] [--draw]

Trains on the open edition as the tutorial does: weights of standard deviation 1, SGD, 3,001 steps
of 128 (here 15 epochs; learning rate 0.05 with momentum 0.9, which moves as far as its 0.5
without). Resumed from, and shared through, sweep.journal in the present folder: run it in as many
processes as there are cores. `--draw` writes docs/images/l2-sweep.png and prints the table.
"""

from __future__ import annotations

import os
import statistics
import sys
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import optuna

from notmnist.models.recipes import Recipe
from notmnist.tuning import chart, tune

PICTURE = Path(__file__).parents[1] / "docs" / "images" / "l2-sweep.png"
STORAGE = "sweep.journal"
START = {"class_name": "TruncatedNormal", "config": {"stddev": 1.0}}
LAMBDAS = [0.0, 1e-5, 1e-4, 3e-4, 1e-3, 2.5e-3, 5e-3, 0.01, 0.025]
SEEDS = {"logistic": [0, 1, 2], "mlp": [0, 1]}


def sweep(model: str) -> optuna.Study:
    """Train every combination that is still missing."""
    recipe = Recipe(
        model=model,
        arguments={"kernel_initializer": START},
        optimizer="sgd",
        rate=0.05,
        schedule="constant",
        epochs=15,
    )
    values = {"l2": LAMBDAS, "seed": SEEDS[model]}
    return tune(recipe, "open", values=values, storage=STORAGE, name=model)


def table(studies: dict[str, optuna.Study]) -> None:
    """Print the mean accuracy on test, and the spread over seeds, for each λ."""
    print(f"| λ | {' | '.join(f'`{model}`' for model in studies)} |")
    print(f"|--:|{'---|' * len(studies)}")
    for l2 in LAMBDAS:
        cells = []
        for study in studies.values():
            found = [
                100 * trial.user_attrs["test"]
                for trial in study.trials
                if trial.value is not None and trial.params["l2"] == l2
            ]
            spread = f" ({min(found):.1f} to {max(found):.1f})" if len(found) > 1 else ""
            cells.append(f"{statistics.mean(found):.1f}{spread}" if found else "–")
        print(f"| {l2:g} | {' | '.join(cells)} |")


if __name__ == "__main__":
    chosen = [name for name in sys.argv[1:] if name in SEEDS] or list(SEEDS)
    if "--draw" in sys.argv:
        storage = optuna.storages.JournalStorage(
            optuna.storages.journal.JournalFileBackend(STORAGE)
        )
        studies = {name: optuna.load_study(study_name=name, storage=storage) for name in chosen}
        axes = None
        for name, study in studies.items():
            axes = chart(study, "l2", axes, label=name)
        assert axes is not None
        axes.figure.savefig(PICTURE, dpi=110)
        table(studies)
    else:
        for name in chosen:
            sweep(name)
