"""Run the tutorial this library grew from again, check its claims, and write one page."""

from __future__ import annotations

import argparse
from pathlib import Path

from notmnist.cli import bars

__all__ = ["KEPT", "add_arguments", "run"]

KEPT = "Finished trainings are kept: the same command goes on from there."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    add = parser.add_argument
    where = (
        "where index.html, results.json and pictures/ go; finished runs there are not repeated "
        "(%(default)s)"
    )
    data = "an edition, an archive, or a folder of IDX files (%(default)s)"
    quick = "one seed, fewer experiments: under three minutes on two cores"
    redraw = "draw the page again from results.json, without training"
    add("-o", "--output", type=Path, default=Path("report"), metavar="FOLDER", help=where)
    add("--edition", default="open", metavar="DATA", help=data)
    add("--quick", action="store_true", help=quick)
    add("--seeds", type=int, help="seeds for each experiment (3; with --quick 1)")
    add("--redraw", action="store_true", help=redraw)
    add("--quiet", action="store_true", help="no progress bar")


def run(args: argparse.Namespace) -> int:
    """Run, draw, and print the verdict on each claim."""
    from notmnist.reproduction import reproduce

    checks = reproduce(
        args.output,
        edition=args.edition,
        seeds=args.seeds,
        quick=args.quick,
        redraw=args.redraw,
        verbose=0 if args.quiet else bars(),
    )
    for check in checks:
        print(f"{check.verdict:13}{check.claim.text}")
        for sentence in check.evidence:
            print(f"{'':13}{sentence}")
    print(f"Page: {(args.output / 'index.html').absolute()}")
    return 0
