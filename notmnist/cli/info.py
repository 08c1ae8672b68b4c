"""Print information about an edition or your own data."""

from __future__ import annotations

import argparse
import dataclasses
import json

from notmnist.cli.terminal import bars

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("data", nargs="?", help="an edition or a path (default: as load())")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace) -> int:
    """Print the information."""
    from notmnist import datasets
    from notmnist.datasets.editions.table import EDITIONS
    from notmnist.datasets.preparation import store_folder

    if args.data in EDITIONS and args.data != "open":
        edition = EDITIONS[args.data]
        if not store_folder(edition.source(download=False, verbose=0)).exists():
            if args.json:
                facts = {name: value for name, value in vars(edition).items() if name != "make"}
                print(json.dumps({**facts, "prepared": False}, indent=1, ensure_ascii=False))
            else:
                print(edition)
                print(f"Not prepared here. To get it: python -m notmnist prepare {edition.name}")
            return 0
    info = datasets.info(args.data, verbose=bars())
    if args.json:
        print(json.dumps(dataclasses.asdict(info), default=str, indent=1, ensure_ascii=False))
    else:
        print(info)
    return 0
