"""Repeat the tutorial behind this library, check its claims, and write one page."""

from __future__ import annotations

import argparse
from pathlib import Path

from notmnist.cli.terminal import bars

__all__ = ["KEPT", "add_arguments", "run"]

KEPT = (
    "Finished training runs are kept: run the same command, without --figures and --notebook, to "
    "continue."
)


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
    figures = (
        "write the figures of the page to DIR as PNG and SVG files too; trains only if the output "
        "folder has no results.json yet"
    )
    notebook = "write the page as tutorial.ipynb too; trains only as --figures does"
    add("--figures", type=Path, metavar="DIR", help=figures)
    add("--notebook", action="store_true", help=notebook)
    images = (
        "show no images of the data set, if its licence does not allow it; keep weights, curves "
        "and tables"
    )
    add("--no-images", action="store_true", help=images)
    add("--quiet", action="store_true", help="no progress bar")


def run(args: argparse.Namespace) -> int:
    """Run, draw, and print the verdict on each claim."""
    from notmnist.reproduction import reproduce
    from notmnist.reproduction.results import NOTEBOOK

    checks = reproduce(
        args.output,
        edition=args.edition,
        seeds=args.seeds,
        quick=args.quick,
        redraw=args.redraw,
        figures=args.figures,
        notebook=args.notebook,
        images=not args.no_images,
        verbose=0 if args.quiet else bars(),
    )
    for check in checks:
        print(f"{check.verdict:13}{check.claim.text}")
        for sentence in check.evidence:
            print(f"{'':13}{sentence}")
    print(f"Page: {(args.output / 'index.html').absolute()}")
    if args.notebook:
        print(f"Notebook: {(args.output / NOTEBOOK).absolute()}")
    if args.figures:
        print(f"Figures: {args.figures.absolute()}")
    return 0
