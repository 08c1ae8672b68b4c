"""Fit a model, draw what its weights learn, and print its accuracy on the test split."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from notmnist.cli.terminal import bars

__all__ = ["KEPT", "add_arguments", "run"]

KEPT = "The weight pictures drawn so far are kept; the model is not."

_SETTINGS = ("l2", "dropout", "epochs", "batch_size")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    add = parser.add_argument
    models, recipes = ("mlp", "logistic", "cnn"), "logistic, mlp, mlp-deep or cnn"
    add("--data", help="an edition, or a path to your own files (default: as load())")
    add("--recipe", metavar="NAME", help=f"train with a recipe: {recipes}")
    add("--model", choices=models, help="without a recipe: the model (mlp)")
    add("--hidden", type=int, nargs="+", metavar="UNITS", help="units of the hidden layers (1024)")
    add("--l2", type=float, help="factor of the penalty on kernels, l2 · Σ w² (0, or the recipe's)")
    add("--dropout", type=float, help="fraction of units dropped (0.5, or the recipe's)")
    add("--epochs", type=int, help="passes over the train split (20, or the recipe's)")
    add("--batch-size", type=int, help="examples per batch (128, or the recipe's)")
    add("--seed", type=int, default=0, help="seed of weights, dropout and order (%(default)s)")
    pictures = "a .gif, or a folder for the pictures (%(default)s)"
    add("--weight-images", default="weights.gif", metavar="PATH", help=pictures)
    add("--log-dir", type=Path, metavar="DIR", help="write the pictures for TensorBoard too")
    every = "steps between pictures, or log: 1, 2, 5, 10, 20, ... (40 to 60 pictures in all)"
    add("--every", type=_every, metavar="STEPS", help=every)
    add("--units", type=int, help="an mlp's hidden units to draw (49)")
    add("--save", type=Path, metavar="FILE.keras", help="save the fitted model")


def _every(text: str) -> int | str:
    if text != "log" and not (text.isdecimal() and int(text) > 0):
        raise argparse.ArgumentTypeError(f"{text!r} must be a positive integer or log")
    return text if text == "log" else int(text)


def run(args: argparse.Namespace) -> int:
    """Load, fit, draw, evaluate."""
    _check(args)
    import notmnist

    info = notmnist.datasets.info(args.data, verbose=bars())
    from notmnist.callbacks.files.folder import check_writable
    from notmnist.models import recipes

    recipe = _recipe(args)
    shape = {"classes": len(info.class_names), "input_shape": info.image_shape}
    model = recipe.build(compile=False, **shape)
    splits = ", ".join(f"{size:,} {split}" for split, size in info.splits.items())
    size = f"{model.count_params():,} parameters"
    print(f"notMNIST {info.name}: {splits}. Model: {model.name}, {size}.", flush=True)
    if args.save is not None:
        check_writable(args.save.parent, args.save, "--save")
    places: list[Any] = [args.weight_images]
    if args.log_dir is not None:
        places.append(notmnist.callbacks.TensorBoardLog(args.log_dir))
    units, names = None, info.class_names if recipe.model == "logistic" else False
    if args.units is not None:
        units = min(args.units, model.get_layer("hidden_1").units)
    pictures = notmnist.callbacks.WeightImages(places, every=args.every, units=units, names=names)
    data = args.data or info.name
    steps = min(32, args.every) if isinstance(args.every, int) else 1  # pictures are taken between
    verbose = bars() or 2  # 2: one line per epoch
    options = {"seed": args.seed, "callbacks": [pictures], "verbose": verbose}
    model = recipes.fit(recipe, data, steps_per_execution=steps, **options)
    print(f"Weight pictures: {Path(args.weight_images).absolute()}")
    if args.save is not None:
        model.save(args.save)
        print(f"Model: {args.save.absolute()}")
    if not info.splits["test"]:
        print("No test accuracy: the data have no test examples.")
        return 0
    _, accuracy = model.evaluate(notmnist.load(data, split="test"), verbose=0)
    print(f"Test accuracy: {accuracy:.1%} of {info.splits['test']:,} images")
    return 0


def _check(args: argparse.Namespace) -> None:
    from notmnist.errors import invalid

    for name in ("epochs", "batch_size", "units"):
        value = getattr(args, name)
        if value is not None and value < 1:
            raise invalid(f"--{name.replace('_', '-')}", value, "be a positive integer")
    if args.save is not None and (args.save.suffix != ".keras" or args.save.is_dir()):
        raise invalid("--save", str(args.save), "be a file that ends in .keras")
    if args.recipe is not None and args.model is not None:
        raise invalid("--model", args.model, "not be used with --recipe, which sets the model")


def _recipe(args: argparse.Namespace) -> Any:
    """Return the recipe, or without one a plain recipe for the model, with the given settings."""
    from notmnist.errors import invalid
    from notmnist.models.recipes import Recipe
    from notmnist.models.recipes.fitting import find_recipe

    if args.recipe is not None:
        chosen = find_recipe("--recipe", args.recipe)
    elif args.model == "cnn":
        chosen = Recipe("cnn", rate=0.002, weight_decay=0.02, epochs=20)
    else:
        chosen = Recipe(args.model or "mlp", optimizer="sgd", rate=0.05, epochs=20)
        if chosen.model == "mlp":
            chosen = chosen.changed(dropout=0.5)
    given = {name: getattr(args, name) for name in _SETTINGS if getattr(args, name) is not None}
    if args.hidden is not None and chosen.model == "cnn":
        if len(args.hidden) > 1:
            raise invalid("--hidden", args.hidden, "be one number for a cnn")
        given["units"] = args.hidden[0]
    elif args.hidden is not None:
        given["hidden"] = tuple(args.hidden)
    if args.units is not None and chosen.model != "mlp":
        rule = f"not be used with {chosen.model}: only an mlp has hidden units to draw"
        raise invalid("--units", args.units, rule)
    return chosen.changed(**given)
