"""Report copies and near-copies of images within and across the splits."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from notmnist.cli import bars

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    add = parser.add_argument
    add("data", help="an edition, or a path to your own files")
    add("--distance", type=float, default=8.0, help="grey levels between near copies (%(default)s)")
    add("--json", action="store_true", help="print JSON")
    add("-o", "--output", type=Path, metavar="SHEET.png", help="draw examples of the copies")


def run(args: argparse.Namespace) -> int:
    """Search, print, draw."""
    from notmnist import datasets, plots

    report, images = datasets.curate(args.data, distance=args.distance, verbose=bars())
    print(json.dumps(report.to_dict(), indent=1) if args.json else report.text())
    if args.output is not None:
        names = datasets.info(args.data, verbose=0).class_names
        plots.copies_sheet(report, images, names).save(args.output)
        print(f"Copies: {args.output.absolute()}")
    return 0
