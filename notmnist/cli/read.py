"""Read the letter in picture files of your own, with the shipped weights."""

from __future__ import annotations

import argparse
from pathlib import Path

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    add = parser.add_argument
    add("pictures", nargs="+", type=Path, metavar="PICTURE", help="a file that shows one letter")
    add("--dark-on-light", action="store_true",
        help="the ink is dark, as on paper; without it, light ink on a dark ground")  # fmt: skip
    add("--model", choices=("cnn", "mlp", "logistic"), default="cnn", help="%(default)s")
    add("--top", type=int, default=3, metavar="N", help="letters printed (%(default)s)")


def run(args: argparse.Namespace) -> int:
    """Read and print, a line a picture."""
    from notmnist.errors import invalid

    if args.top < 1:
        raise invalid("--top", args.top, "be a positive integer")
    from notmnist.models import read

    readings = read(*args.pictures, model=args.model, dark_on_light=args.dark_on_light)
    for path, reading in zip(args.pictures, readings, strict=True):
        likely = list(reading.probabilities.items())[: args.top]
        print(f"{path}: " + "  ".join(f"{letter} {share:.1%}" for letter, share in likely))
    return 0
