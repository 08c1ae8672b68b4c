"""Search for the best L2, dropout and width of a recipe, in one process or many."""

from __future__ import annotations

import argparse
import shlex

__all__ = ["KEPT", "add_arguments", "run"]

KEPT = "Finished trials are kept: run the same command to continue."

_SETTINGS = ("l2", "dropout", "width", "seed")  # those that the command `train` has as well


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    add = parser.add_argument
    add("--data", help="an edition or a path (default: as load())")
    add("--recipe", default="mlp", help="logistic, mlp, mlp-deep or cnn (%(default)s)")
    trials = "number of trials to complete, in all processes together (20)"
    add("--trials", type=int, metavar="N", help=trials)
    add("--storage", default="sweep.journal", help="a file or a database URL (%(default)s)")
    add("--only", nargs="+", choices=_SETTINGS[:3], help="vary only these settings")
    add("--values", nargs="+", type=_values, metavar="NAME=A,B", help="try all combinations")
    add("--epochs", type=int, help="passes over the train split (the recipe's)")
    add("--seed", type=int, default=0, help="seed of the trainings (%(default)s)")


def _values(text: str) -> tuple[str, list[float]]:
    name, _, values = text.partition("=")
    try:
        if name in _SETTINGS:
            return name, [int(v) if v.isdecimal() else float(v) for v in values.split(",")]
    except ValueError:
        pass
    rule = f"one of {', '.join(_SETTINGS)}, then '=' and numbers, such as l2=0,0.001"
    raise argparse.ArgumentTypeError(f"{text!r} must be {rule}")


def run(args: argparse.Namespace) -> int:
    """Search; print the best trials, and the command that trains the best on train and valid."""
    from notmnist.models.recipes.fitting import find_recipe
    from notmnist.tuning import RANGES, tune

    chosen = find_recipe("--recipe", args.recipe).changed(split="train")
    if args.epochs is not None:
        chosen = chosen.changed(epochs=args.epochs)
    ranges = RANGES[chosen.model]
    space = dict(args.values or ((name, ranges.get(name, [0])) for name in args.only or ranges))
    study = tune(chosen, args.data, space, trials=args.trials, storage=args.storage, seed=args.seed)
    complete = [trial for trial in study.trials if trial.value is not None]
    if not complete:
        print(f"No trial of this search has finished yet (storage: {args.storage}).")
        return 0
    for trial in sorted(complete, key=lambda trial: -trial.value)[:5]:
        settings = ", ".join(f"{name} {value:.4g}" for name, value in trial.params.items())
        print(f"valid {trial.value:.2%}, test {trial.user_attrs['test']:.2%}: {settings}")
    best = {"epochs": chosen.epochs, "seed": args.seed, **study.best_params}
    if "width" in best:
        arguments = chosen.changed(width=best.pop("width")).arguments
        best["hidden"] = arguments["units"] if chosen.model == "cnn" else arguments["hidden"]
    words = ["--recipe", args.recipe] + (["--data", args.data] if args.data else [])
    for name, value in best.items():
        words += [f"--{name}", *map(str, value if isinstance(value, tuple) else [value])]
    print(f"To train the best on train and valid: python -m notmnist train {shlex.join(words)}")
    return 0
