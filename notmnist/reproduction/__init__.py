"""The tutorial behind this library, repeated in Keras 3 and drawn on one page."""

from __future__ import annotations

import importlib.util
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
    figures: str | os.PathLike[str] | None = None,
    notebook: bool = False,
    images: bool = True,
    verbose: int = 1,
) -> list[Check]:
    """Run every experiment of the tutorial and write a page about them.

    Results that are already in the folder are not computed again: after an interruption, the same
    call continues where it stopped.

    Args:
        folder: The folder for `index.html`, `results.json` and `pictures/`.
        edition: The data, as for `notmnist.load`: an edition's name or a path. At most 200,000 /
            10,000 / 10,000 examples of it are used.
        seeds: The number of seeds for each experiment; None for three, or one if `quick`.
        quick: Whether to leave out some experiments and shorten the last ones.
        redraw: Whether to draw the page from existing results, without training or data.
        figures: A folder for the figures of the page, as PNG and SVG files named by chapter and
            figure; weights and sheets are PNG only. If `folder` has results of an earlier call,
            nothing is trained, as with `redraw`.
        notebook: Whether to write the page as a notebook too, `tutorial.ipynb`, with its text,
            code and figures. As with `figures`, nothing is trained if there are results.
        images: Whether images of the data may be shown. If not, sheets of samples and of mistakes
            are left out, and those of an earlier call and its notebook are deleted; weights, curves
            and tables stay.
        verbose: 1 for a progress bar with the time left, 0 for silence.

    Returns:
        A `Check` for each claim, with its verdict and the numbers.

    Raises:
        ArgumentError: `edition` is neither an edition nor a path that exists, or has an empty
            split; `seeds` is not a positive integer; `folder` has results of other data or none to
            redraw; or files cannot be written to `figures`.
        MissingExtraError: A package of the extra `reproduce` is not installed, or nbformat, which a
            notebook needs.
        StoreError: The results in the folder cannot be read.
        NotMNISTError: As for `notmnist.load`.

    Example:
        >>> checks = reproduce("report", quick=True)  # doctest: +SKIP
        >>> {check.claim.text: check.verdict for check in checks}  # doctest: +SKIP
    """
    for package in ("jinja2", "matplotlib", "pygments"):
        if importlib.util.find_spec(package) is None:
            raise errors.missing_extra("notmnist.reproduction", package, "reproduce")
    if notebook and importlib.util.find_spec("nbformat") is None:
        raise errors.missing_extra("A notebook of the tutorial", "nbformat", "notebooks")
    from notmnist.callbacks.files.folder import check_writable
    from notmnist.reproduction import experiments, page
    from notmnist.reproduction.chapters import CHAPTERS
    from notmnist.reproduction.claims import check_all
    from notmnist.reproduction.figures import save
    from notmnist.reproduction.results import FILE, NOTEBOOK, Results

    count = (1 if quick else 3) if seeds is None else seeds
    if isinstance(count, bool) or not isinstance(count, int) or count < 1:
        raise errors.invalid("seeds", seeds, "be a positive integer")
    results = Results(Path(folder), experiments.plan(quick), count)
    if figures is not None:
        check_writable(Path(figures), figures, "figures")
    if not (redraw or (results.data and (notebook or figures is not None))):
        from notmnist.reproduction.data import Data
        from notmnist.reproduction.training import run_all

        run_all(results, Data(os.fspath(edition), verbose, images), verbose)
    elif not results.data:
        advice = "Run it without redraw first."
        raise errors.invalid("folder", str(folder), f"contain a {FILE} to redraw", advice)
    if not images:
        for name in (name for chapter in CHAPTERS for name in chapter.sheets):
            (results.pictures / f"{name}.png").unlink(missing_ok=True)
        (results.folder / NOTEBOOK).unlink(missing_ok=True)
    drawn = page.draw_page(results, quick)
    _log.info("page: %s", results.folder / "index.html")
    if figures is not None:
        save(drawn.figures, Path(figures))
    if notebook:
        from notmnist.reproduction.notebook import write_notebook

        write_notebook(drawn, results)
    return check_all(results)
