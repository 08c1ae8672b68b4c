"""Report copies of images within and across the splits, or labels that look wrong."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from pathlib import Path
from typing import TextIO

from notmnist.cli.terminal import bars, check_picture, import_keras
from notmnist.datasets.letters import CLASS_NAMES, IMAGE_SHAPE
from notmnist.errors import ArgumentError, invalid

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    add = parser.add_argument
    add("data", help="an edition, or a path to your own files")
    add("--distance", type=float, help="grey levels between near copies (8)")
    add("--json", action="store_true", help="print JSON")
    add(
        "--suspects",
        action="store_true",
        help="list labels that look wrong instead of copies; a row is the position of an image "
        "among the readable images of the data, from 0",
    )
    add("-o", "--output", type=Path, metavar="SHEET.png", help="draw the copies or the suspects")


def run(args: argparse.Namespace) -> int:
    """Search, print, draw."""
    from notmnist import datasets, plots

    check_picture(args.output, "--output")
    if args.suspects and args.distance is not None:
        raise invalid("--distance", args.distance, "not be used with --suspects")
    if args.suspects:
        return _suspects(args)
    report, images = datasets.curate(args.data, distance=args.distance, verbose=bars())
    print(json.dumps(report.to_dict(), indent=1) if args.json else report.text())
    if args.output is not None:
        names = datasets.info(args.data, verbose=0).class_names
        plots.copies_sheet(report, images, names).save(args.output)
        print(f"Copies: {args.output.absolute()}", file=_beside(args))
    return 0


def _suspects(args: argparse.Namespace) -> int:
    """Print and draw the images whose label the shipped network disagrees with."""
    import numpy as np

    import_keras()
    from notmnist import datasets, evaluation, models, plots
    from notmnist.evaluation.report import mistake_lines

    store = datasets.prepare(args.data, verbose=bars())
    if (store.class_names, store.image_shape) != (CLASS_NAMES, (*IMAGE_SHAPE, 1)):
        raise ArgumentError(
            "`--suspects` works only for 28×28 grey images of A to J. Received: "
            f"{'×'.join(map(str, store.image_shape))} with {len(store.class_names)} classes: "
            f"{', '.join(store.class_names[:12])}."
        )
    images = datasets.load(args.data, split="all", shuffle=False, verbose=0)
    report = evaluation.evaluate(models.cnn(weights="open"), images)
    origin = np.concatenate([store.origin(split) for split in store.sizes()])
    suspects = [
        dataclasses.replace(suspect, row=int(origin[suspect.row]))
        for suspect in report.mistakes(None)
    ]
    low, high = (1 - bound for bound in reversed(report.interval))
    if args.json:
        rows = [vars(suspect) for suspect in suspects]
        print(json.dumps({"examples": len(report.labels), "suspects": rows}, indent=1))
    else:
        print(
            f"{len(suspects):,} of {len(report.labels):,} labels look wrong to "
            f'cnn(weights="open"): {1 - report.accuracy:.2%} (95 %: {low:.2%} to {high:.2%}).'
        )
        if suspects:
            print("\n".join(mistake_lines(suspects[:50])))
    if args.output is not None:
        plots.mistakes(report, 100).save(args.output)
        print(f"Suspects: {args.output.absolute()}", file=_beside(args))
    return 0


def _beside(args: argparse.Namespace) -> TextIO:
    """Return where to write what is not part of the report."""
    return sys.stderr if args.json else sys.stdout
