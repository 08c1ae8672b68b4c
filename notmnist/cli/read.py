"""Read the letters in your own picture files, with the shipped weights."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from notmnist.cli.terminal import check_picture

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    add = parser.add_argument
    add("pictures", nargs="+", type=Path, metavar="PICTURE", help="a file that shows one letter")
    add("--dark-on-light", action="store_true", help="the ink is dark, as on paper")
    add("--model", choices=("cnn", "mlp", "logistic"), default="cnn", help="%(default)s")
    add("--top", type=int, default=3, metavar="N", help="letters printed (%(default)s)")
    add("--crops", type=Path, metavar="FILE.png", help="save the images the network was given")


def run(args: argparse.Namespace) -> int:
    """Read and print, one line per picture; continue after one that cannot be read."""
    import numpy as np
    from PIL import Image

    from notmnist import models
    from notmnist.errors import NotMNISTError, invalid

    if args.top < 1:
        raise invalid("--top", args.top, "be a positive integer")
    check_picture(args.crops, "--crops")
    network = getattr(models, args.model)(weights="open")
    crops = []
    for path in args.pictures:
        try:
            (reading,) = models.read(path, model=network, dark_on_light=args.dark_on_light)
        except NotMNISTError as error:
            print(f"notmnist: error: {error}", file=sys.stderr)
            continue
        likely = list(reading.probabilities.items())[: args.top]
        letters = "  ".join(f"{letter} {share:.1%}" for letter, share in likely)
        print(f"{path}: {letters}  {reading.doubt}".rstrip())
        crops.append(np.pad(reading.image, 2, constant_values=128))
    if args.crops is not None and crops:
        Image.fromarray(np.hstack(crops)).resize((len(crops) * 128, 128), 0).save(args.crops)
    return 0 if len(crops) == len(args.pictures) else 2
