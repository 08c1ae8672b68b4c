"""Download and prepare an edition, or read your own archive, so that load() is instant."""

from __future__ import annotations

import argparse

from notmnist.cli.terminal import bars
from notmnist.datasets.letters import CLASS_NAMES, IMAGE_SHAPE

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("data", nargs="?", help="an edition, or a path to your own files")
    own = parser.add_argument_group("your own fonts")
    own.add_argument("--fonts", metavar="DIR", help="a folder of fonts, instead of data")
    letters, size = "".join(CLASS_NAMES), IMAGE_SHAPE[0]
    own.add_argument("--letters", default=letters, help="the letters to draw (A to J)")
    own.add_argument("--size", type=int, default=size, help=f"height and width in pixels ({size})")
    own.add_argument("--name", default="own", help="what to call it (own)")


def run(args: argparse.Namespace) -> int:
    """Prepare and say where."""
    from notmnist import datasets
    from notmnist.errors import invalid

    if args.data is None and args.fonts is None:
        raise invalid("data", None, "be an edition or a path, unless `--fonts` is given")
    if args.data is not None and args.fonts is not None:
        raise invalid("--fonts", args.fonts, "not be combined with `data`")
    data, name = args.data, args.data
    if args.fonts is not None:
        name = args.name
        data = datasets.FontsConfig(name, fonts=args.fonts, letters=args.letters, size=args.size)
    store = datasets.prepare(data, verbose=bars())
    sizes = ", ".join(f"{split} {size:,}" for split, size in store.sizes().items())
    print(f"{name}: {sizes} examples in {store.folder}")
    return 0
