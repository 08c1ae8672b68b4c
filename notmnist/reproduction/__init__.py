"""The tutorial this library grew from, run again in Keras 3 and drawn on one page."""

from __future__ import annotations

import logging
import os
from pathlib import Path

from notmnist import errors
from notmnist.reproduction.claims import Check

__all__ = ["Check", "reproduce"]

_log = logging.getLogger("notmnist")


def reproduce(
    folder: str | os.PathLike[str],
    *,
    edition: str | os.PathLike[str] = "open",
    seeds: int | None = None,
    quick: bool = False,
    redraw: bool = False,
    verbose: int = 1,
) -> list[Check]:
    """Run every experiment of the tutorial and write a page about them.

    What the folder has results of already is not run again: an interrupted call goes on where it
    stopped.

    Args:
        folder: Where `index.html`, `results.json` and `pictures/` go.
        edition: The data, as for `notmnist.load`: an edition's name or a path. At most 200,000 /
            10,000 / 10,000 examples of it are used.
        seeds: How many seeds each experiment has; None for three, or one if quick.
        quick: Whether to leave out some experiments and to shorten the last ones.
        redraw: Whether to draw the page from what is there, without training or data.
        verbose: 1 for a progress bar with the time left, 0 for silence.

    Returns:
        A `Check` for each claim: whether it held, and the numbers.

    Raises:
        ArgumentError: `seeds` is not positive, the folder has results of other data, or there is
            nothing to redraw.
        StoreError: The folder's results cannot be read.
        NotMNISTError: As for `notmnist.load`.
    """
    from notmnist.reproduction import experiments, page, results, runner
    from notmnist.reproduction.claims import check_all
    from notmnist.reproduction.report import Report

    count = (1 if quick else 3) if seeds is None else seeds
    if isinstance(count, bool) or not isinstance(count, int) or count < 1:
        raise errors.invalid("seeds", seeds, "be a positive integer")
    place, plan = Path(folder), experiments.plan(quick)
    if redraw:
        found = results.Results(place)
        if not found.data:
            advice = "Run it without redraw first."
            raise errors.invalid("folder", str(folder), f"hold a {results.FILE} to redraw", advice)
    else:
        from notmnist.reproduction.material import Material

        material = Material(os.fspath(edition), verbose)
        found = runner.run_all(place, material, plan, count, verbose)
    path = page.draw_page(Report(place, found, plan, count, quick))
    _log.info("page: %s", path)
    return check_all(found, plan, count)
