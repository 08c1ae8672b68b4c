"""Write an edition, or your own data, as a folder of PNG files, IDX files or one .npz file."""

from __future__ import annotations

import argparse
from pathlib import Path

from notmnist.cli.terminal import bars

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    add = parser.add_argument
    add("data", help="an edition, or a path to your own files")
    where = "where to write: a new or empty folder, or a file that ends in .npz"
    add("-o", "--output", type=Path, required=True, metavar="PATH", help=where)
    form = "npz if PATH ends in .npz, png if it has no suffix"
    add("--form", choices=("png", "idx", "npz"), help=form)


def run(args: argparse.Namespace) -> int:
    """Write and say where."""
    from notmnist import datasets

    path = datasets.export(args.data, args.output, args.form, verbose=bars())
    print(f"{args.data}: {path}")
    return 0
