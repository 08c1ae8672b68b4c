"""Print the facts of an edition or of your own data."""

from __future__ import annotations

import argparse
import dataclasses
import json

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("data", nargs="?", help="an edition or a path; none: what load() gives")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace) -> int:
    """Print the facts."""
    from notmnist import datasets

    info = datasets.info(args.data)
    if args.json:
        print(json.dumps(dataclasses.asdict(info), default=str, indent=1, ensure_ascii=False))
    else:
        print(info)
    return 0
