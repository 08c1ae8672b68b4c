"""Draw a sheet of example images, one row per class."""

from __future__ import annotations

import argparse
from pathlib import Path

from notmnist.cli.terminal import bars, check_picture

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    add = parser.add_argument
    add("data", help="an edition, or a path to your own files")
    add("-o", "--output", type=Path, default=Path("samples.png"), help="the picture (%(default)s)")
    add("--split", default="train", help="the split to draw from (%(default)s)")
    add("--columns", type=int, default=20, help="images per class (%(default)s)")
    add("--seed", type=int, default=0, help="seed of the random choice (%(default)s)")


def run(args: argparse.Namespace) -> int:
    """Draw and say where."""
    import numpy as np

    from notmnist import datasets, plots
    from notmnist.datasets.store.selection import select
    from notmnist.errors import invalid

    if args.columns < 1:
        raise invalid("--columns", args.columns, "be a positive integer")
    check_picture(args.output, "--output")
    selection = select(datasets.prepare(args.data, verbose=bars()), args.split)
    order = np.random.default_rng(args.seed).permutation(len(selection))
    sheet = plots.class_sheet(
        selection.images()[order],
        selection.labels()[order],
        selection.store.class_names,
        columns=args.columns,
    )
    sheet.save(args.output)
    print(f"Samples: {args.output.absolute()}")
    return 0
