"""Download and prepare an edition, or read your own archive, so that load() is instant."""

from __future__ import annotations

import argparse

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("data", nargs="?", help="an edition, an archive, or a folder of IDX files")
    own = parser.add_argument_group("a data set of one's own fonts, kept by TFDS")
    own.add_argument("--fonts", metavar="DIR", help="a folder of fonts, instead of data")
    own.add_argument("--letters", default="ABCDEFGHIJ", help="the letters to draw (A to J)")
    own.add_argument("--size", type=int, default=28, help="height and width in pixels (28)")
    own.add_argument("--name", default="own", help="what TFDS calls it: notmnist/NAME (own)")


def run(args: argparse.Namespace) -> int:
    """Prepare and say where."""
    from notmnist import datasets
    from notmnist.errors import invalid

    if (args.data is None) == (args.fonts is None):
        raise invalid("data", args.data, "be given, or else `--fonts`")
    if args.fonts is not None:
        return _own_fonts(args)
    store = datasets.prepare(args.data)
    sizes = ", ".join(f"{split} {size:,}" for split, size in store.sizes().items())
    print(f"{args.data}: {sizes} examples in {store.folder}")
    return 0


def _own_fonts(args: argparse.Namespace) -> int:
    from notmnist.datasets.notmnist.own_fonts import FontsConfig, prepared

    config = FontsConfig(name=args.name, fonts=args.fonts, letters=args.letters, size=args.size)
    builder = prepared(config)
    sizes = ", ".join(
        f"{name} {split.num_examples:,}" for name, split in builder.info.splits.items()
    )
    print(f"notmnist/{args.name}: {sizes} examples in {builder.data_dir}")
    return 0
