"""Download and prepare an edition, or read your own archive, so that load() is instant."""

from __future__ import annotations

import argparse

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("data", help="an edition, an archive, or a folder of IDX files")


def run(args: argparse.Namespace) -> int:
    """Prepare and say where."""
    from notmnist import datasets

    store = datasets.prepare(args.data)
    sizes = ", ".join(f"{split} {size:,}" for split, size in store.sizes().items())
    print(f"{args.data}: {sizes} examples in {store.folder}")
    return 0
