"""Search for λ, dropout, width and other settings of a recipe, in one process or many."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    add = parser.add_argument
    add("--data", help="an edition, an archive or a folder of IDX files; none: as load()")
    add("--recipe", default="mlp", metavar="NAME",
        help="what is trained: logistic, mlp, mlp-deep or cnn (%(default)s)")  # fmt: skip
    add("--trials", type=int, help="complete trials at the end, in all processes together (20)")
    add("--storage", default="sweep.journal", metavar="FILE|URL",
        help="a file or a database that processes share and a sweep is resumed from "
        "(%(default)s)")  # fmt: skip
    add("--name", default="notmnist", help="the sweep's name in the storage (%(default)s)")
    add("--only", nargs="+", metavar="SETTING", help="vary these alone of the recipe's ranges")
    add("--values", nargs="+", metavar="SETTING=A,B,C", type=_values,
        help="instead of ranges, try all combinations of these: l2=0,0.001 seed=0,1,2")  # fmt: skip
    add("--epochs", type=int, help="passes over the train split (as in the recipe)")
    add("--seed", type=int, default=0, help="of the trainings and the search (%(default)s)")
    add("-o", "--output", type=Path, metavar="FILE.png",
        help="draw accuracy against the first setting; needs matplotlib")  # fmt: skip


def _values(text: str) -> tuple[str, list[float]]:
    name, _, values = text.partition("=")
    return name, [int(each) if each.isdecimal() else float(each) for each in values.split(",")]


def run(args: argparse.Namespace) -> int:
    """Search, print what was found, draw."""
    import dataclasses

    from notmnist.errors import invalid, one_of
    from notmnist.models.recipes import recipe
    from notmnist.tuning import RANGES, chart, tune
    from notmnist.tuning.storage import optuna

    optuna()  # what is missing is said at once
    chosen = recipe(args.recipe)
    if args.epochs is not None:
        chosen = dataclasses.replace(chosen, epochs=args.epochs)
    ranges = dict(RANGES[chosen.model])
    for name in args.only or ():
        if name not in ranges:
            raise invalid("--only", name, one_of(ranges))
    study = tune(
        chosen,
        args.data,
        ranges=None if args.values else {name: ranges[name] for name in args.only or ranges},
        values=dict(args.values) if args.values else None,
        trials=args.trials,
        storage=args.storage,
        name=args.name,
        seed=args.seed,
    )
    _report(study, args, chosen)
    if args.output is not None:
        axes = chart(study, next(iter(study.best_params)))
        axes.figure.savefig(args.output, dpi=150)
        print(f"Picture: {args.output.absolute()}")
    return 0


def _report(study: Any, args: argparse.Namespace, recipe: Any) -> None:
    from notmnist.tuning.settings import arguments_of

    complete = [trial for trial in study.trials if trial.value is not None]
    for trial in sorted(complete, key=lambda trial: -trial.value)[:5]:
        settings = ", ".join(f"{name} {value:.4g}" for name, value in trial.params.items())
        print(f"valid {trial.value:.2%}, test {trial.user_attrs['test']:.2%}: {settings}")
    arguments = arguments_of(recipe, study.best_params)
    flags = [f"--l2 {arguments['l2']:.4g}"] if "l2" in arguments else []
    flags += [f"--dropout {arguments['dropout']:.4g}"] if "dropout" in arguments else []
    flags += (
        [f"--hidden {' '.join(map(str, arguments['hidden']))}"] if "hidden" in arguments else []
    )
    if flags:
        data = f" --data {args.data}" if args.data else ""
        print(f"Train it: python -m notmnist train{data} --recipe {args.recipe} {' '.join(flags)}")
