"""Fit a model, draw what its weights learn, and print its accuracy on the test split."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    add = parser.add_argument
    add("--data", help="an edition, an archive or a folder of IDX files; none: as load()")
    add("--model", choices=("mlp", "logistic", "cnn"), default="mlp")
    add(
        "--hidden",
        type=int,
        nargs="+",
        default=[1024],
        metavar="UNITS",
        help="units of the hidden layers of the mlp (1024)",
    )
    add("--l2", type=float, default=0.003, help="penalty on kernels, λ Σ w² (%(default)s)")
    add("--dropout", type=float, default=0.2, help="share of units dropped (%(default)s)")
    add("--epochs", type=int, default=20, help="passes over the train split (%(default)s)")
    add("--batch-size", type=int, default=128, help="examples a batch (%(default)s)")
    add("--seed", type=int, default=0, help="of weights, dropout and order (%(default)s)")
    add(
        "--weight-images",
        default="weights.gif",
        metavar="PATH",
        help="a .gif, .webp or .png animation, or a folder for the pictures (%(default)s)",
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


def run(args: argparse.Namespace) -> int:
    """Load, fit, draw, evaluate."""
    _check(args)
    import notmnist

    info = notmnist.datasets.info(args.data)  # before Keras: what is wrong is said at once
    import keras

    keras.utils.set_random_seed(args.seed)
    model = _model(args)
    train, valid, test = notmnist.load(
        args.data or info.name,
        split=["train", "valid", "test"],
        batch_size=args.batch_size,
        seed=args.seed,
    )
    places: list[Any] = [args.weight_images]
    if args.log_dir is not None:
        places.append(notmnist.callbacks.TensorBoardLog(args.log_dir))
    pictures = notmnist.callbacks.WeightImages(
        places,
        every=args.every,
        units=min(args.units, args.hidden[0]) if args.model == "mlp" else None,
    )
    print(f"notMNIST {info.name}: {info.splits['train']:,} train, {info.splits['valid']:,} valid, "
          f"{info.splits['test']:,} test. Model: {model.name}, "
          f"{model.count_params():,} parameters.", flush=True)  # fmt: skip
    model.fit(train, validation_data=valid, epochs=args.epochs, callbacks=[pictures], shuffle=False)
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


def _model(args: argparse.Namespace) -> Any:
    import keras

    from notmnist import models

    steps = 32 if keras.config.backend() == "tensorflow" else 1  # one call of the backend for many
    if args.model == "logistic":
        return models.logistic(l2=args.l2, steps_per_execution=steps)
    if args.model == "cnn":
        return models.cnn(l2=args.l2, dropout=args.dropout, steps_per_execution=steps)
    return models.mlp(
        hidden=args.hidden, l2=args.l2, dropout=args.dropout, steps_per_execution=steps
    )
