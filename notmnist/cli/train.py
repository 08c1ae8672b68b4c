"""Fit a model, draw what its weights learn, and print its accuracy on the test split."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

__all__ = ["STEPS_PER_EXECUTION", "add_arguments", "run"]

# On TensorFlow, one call of the backend for many steps: a call takes longer than a small step.
STEPS_PER_EXECUTION = {"logistic": 128, "mlp": 32, "cnn": 32}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    add = parser.add_argument
    add("--data", help="an edition, or a path to your own files; none: as load()")
    add(
        "--recipe",
        metavar="NAME",
        help="train as for the docs' table of models: logistic, mlp, mlp-deep or cnn; arguments "
        "given beside it count for more",
    )
    add("--model", choices=("mlp", "logistic", "cnn"), help="without a recipe (mlp)")
    add(
        "--hidden",
        type=int,
        nargs="+",
        metavar="UNITS",
        help="units of the hidden layers of the mlp (1024)",
    )
    add("--l2", type=float, help="penalty on kernels, λ Σ w² (0.003)")
    add("--dropout", type=float, help="share of units dropped (0.2)")
    add("--epochs", type=int, help="passes over the train split (20)")
    add("--batch-size", type=int, help="examples a batch (128)")
    add("--seed", type=int, default=0, help="of weights, dropout and order (%(default)s)")
    add(
        "--weight-images",
        default="weights.gif",
        metavar="PATH",
        help="a .gif, or a folder for the pictures (%(default)s)",
    )
    add("--log-dir", type=Path, metavar="DIR", help="write the pictures for TensorBoard too")
    add(
        "--every",
        type=_every,
        default="log",
        metavar="STEPS",
        help="steps from picture to picture, or log: 1, 2, 5, 10, 20, ... (%(default)s)",
    )
    add("--units", type=int, default=100, help="hidden units drawn (%(default)s)")
    add("--save", type=Path, metavar="FILE.keras", help="keep the fitted model")


def _every(text: str) -> int | str:
    return text if text == "log" else int(text)


_PLAIN = {"model": "mlp", "hidden": [1024], "l2": 0.003, "dropout": 0.2, "epochs": 20,
          "batch_size": 128}  # fmt: skip  # what is not given, without a recipe


def run(args: argparse.Namespace) -> int:
    """Load, fit, draw, evaluate."""
    _check(args)
    import notmnist

    info = notmnist.datasets.info(args.data)  # before Keras: what is wrong is said at once
    fit = _plain if args.recipe is None else _by_recipe
    model = fit(args, info)
    test = notmnist.load(args.data or info.name, split="test")
    _, accuracy = model.evaluate(test, verbose=0)
    print(f"Test accuracy: {accuracy:.1%} of {info.splits['test']:,} images")
    print(f"Weight pictures: {Path(args.weight_images).absolute()}")
    if args.save is not None:
        model.save(args.save)
        print(f"Model: {args.save.absolute()}")
    return 0


def _check(args: argparse.Namespace) -> None:
    from notmnist.errors import invalid

    for name in ("epochs", "batch_size", "every", "units"):
        value = getattr(args, name)
        if isinstance(value, int) and value < 1:
            raise invalid(f"--{name.replace('_', '-')}", value, "be a positive integer")
    if args.save is not None and args.save.suffix != ".keras":
        raise invalid("--save", str(args.save), "end in .keras")
    if args.recipe is not None and args.model is not None:
        raise invalid("--model", args.model, "be left out beside --recipe, which names the model")


def _plain(args: argparse.Namespace, info: Any) -> Any:
    """Fit a model with the arguments given and the defaults of the rest."""
    import keras

    import notmnist

    for name, default in _PLAIN.items():
        if getattr(args, name) is None:
            setattr(args, name, default)
    keras.utils.set_random_seed(args.seed)
    model = _model(args, info)
    train, valid = notmnist.load(
        args.data or info.name,
        split=["train", "valid"],
        batch_size=args.batch_size,
        seed=args.seed,
    )
    pictures = _pictures(args, min(args.units, args.hidden[0]) if args.model == "mlp" else None)
    _announce(info, model)
    model.fit(train, validation_data=valid, epochs=args.epochs, callbacks=[pictures], shuffle=False)
    return model


def _by_recipe(args: argparse.Namespace, info: Any) -> Any:
    """Fit a model by a recipe, changed by the arguments given."""
    import dataclasses

    from notmnist.models import recipes

    recipe = recipes.recipe(args.recipe)
    given = {name: getattr(args, name) for name in ("hidden", "l2", "dropout")}
    given = {name: value for name, value in given.items() if value is not None}
    recipe = dataclasses.replace(
        recipe,
        arguments={**recipe.arguments, **given, **_size(info)},
        epochs=args.epochs or recipe.epochs,
        batch_size=args.batch_size or recipe.batch_size,
    )
    model = recipe.build()
    units = min(args.units, model.get_layer("hidden_1").units) if recipe.model == "mlp" else None
    _announce(info, model)
    return recipes.fit(
        recipe,
        args.data or info.name,
        seed=args.seed,
        callbacks=[_pictures(args, units)],
    )


def _announce(info: Any, model: Any) -> None:
    print(f"notMNIST {info.name}: {info.splits['train']:,} train, {info.splits['valid']:,} valid, "
          f"{info.splits['test']:,} test. Model: {model.name}, "
          f"{model.count_params():,} parameters.", flush=True)  # fmt: skip


def _pictures(args: argparse.Namespace, units: int | None) -> Any:
    import notmnist

    places: list[Any] = [args.weight_images]
    if args.log_dir is not None:
        places.append(notmnist.callbacks.TensorBoardLog(args.log_dir))
    return notmnist.callbacks.WeightImages(places, every=args.every, units=units)


def _size(info: Any) -> dict[str, Any]:
    """Return the arguments that make a model fit the data."""
    return {"classes": len(info.class_names), "input_shape": info.image_shape}


def _model(args: argparse.Namespace, info: Any) -> Any:
    import keras

    from notmnist import models

    tensorflow = keras.config.backend() == "tensorflow"
    steps = STEPS_PER_EXECUTION[args.model] if tensorflow else 1
    if isinstance(args.every, int):  # pictures are drawn between executions
        steps = min(steps, args.every)
    rest = {"l2": args.l2, "steps_per_execution": steps, **_size(info)}
    if args.model == "logistic":
        return models.logistic(**rest)
    if args.model == "cnn":
        return models.cnn(dropout=args.dropout, **rest)
    return models.mlp(hidden=args.hidden, dropout=args.dropout, **rest)
