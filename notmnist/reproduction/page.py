"""Draw a run as one HTML page that loads nothing else."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from importlib import metadata, resources
from pathlib import Path
from typing import Any, NamedTuple

import jinja2
from PIL import Image

from notmnist.callbacks.files.folder import replacing
from notmnist.plots.palette import COLORMAPS
from notmnist.reproduction import figures
from notmnist.reproduction.chapters import CHAPTERS, Chapter
from notmnist.reproduction.claims import check_all, signed
from notmnist.reproduction.experiments import PUBLISHED
from notmnist.reproduction.results import Results
from notmnist.reproduction.training import build

__all__ = ["Page", "draw_page", "render"]

_COLOURS = {"logistic": 48, "mlp": 16}  # in films: 225 tiles of noise take many bytes


class Page(NamedTuple):
    """A page and its figures.

    Attributes:
        html: The page as HTML.
        figures: The figures by chapter and name: a `PIL.Image.Image` or a matplotlib `Figure`.
    """

    html: str
    figures: dict[str, Any]


def draw_page(results: Results, quick: bool) -> Page:
    """Write the page of a run, whole or not at all, and return it."""
    page = render(results, quick)
    with replacing(results.folder / "index.html") as file:
        file.write(page.html.encode())
    return page


def render(results: Results, quick: bool) -> Page:
    """Return the page of a run."""
    environment = jinja2.Environment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
    )
    environment.filters.update(percent=_percent, signed=signed, comma="{:,}".format)
    edition, size = results.data["name"], results.data["sizes"]["train"]
    chapters = {chapter.anchor: _fill(results, chapter) for chapter in CHAPTERS}
    html = environment.from_string(_text("page.html")).render(
        chapters=chapters,
        checks=check_all(results),
        css=_text("page.css"),
        js=_text("page.js"),
        colours=COLORMAPS["blue-red"],
        code=lambda name: figures.highlighted(figures.listing(name, edition, size)),
        data_set=_data_set(),
        site=_site(),
        published=PUBLISHED,
        quick=quick,
        results=results,
    )
    named = (_name_figures(anchor, chapter) for anchor, chapter in chapters.items())
    return Page(html, {name: figure for pairs in named for name, figure in pairs})


def _fill(results: Results, chapter: Chapter) -> dict[str, Any]:
    """Return the contents of a chapter, from experiments that were run and sheets that exist.

    The keys of "charts" are metrics, "graph", "counts" and "confusion"; those of "sheets" and
    "films" are names.
    """
    runs = {label: results.runs(name) for name, label in chapter.lines.items()}
    curves = {label: [run["curve"] for run in found] for label, found in runs.items() if found}
    shown = chapter.metrics if curves else ()
    charts = {
        name: figures.curves(curves, name, f"{chapter.anchor}-{name.replace('_', '-')}")
        for name in shown
    }
    if chapter.graph:
        experiment = results.plan[chapter.graph]
        name = f"{chapter.anchor}-graph"
        charts["graph"] = figures.graph(build(experiment, seed=0), experiment.title, name)
    if chapter.anchor == "arrays":
        charts["counts"] = figures.counts(results.data, "arrays-counts")
    if chapter.anchor == "sklearn" and (run := results.run("sklearn")):
        letters = results.data["class_names"]
        charts["confusion"] = figures.confusion(run, letters, "sklearn-confusion")
    rows = (*chapter.lines, *chapter.also)
    pictures = {name: results.pictures / f"{name}.png" for name in chapter.sheets}
    return {
        "chapter": chapter,
        "charts": charts,
        "rows": [results.plan[name] for name in rows if name in results.plan],
        "sheets": {name: _sheet(path) for name, path in pictures.items() if path.exists()},
        "films": {
            name: figures.film(results.pictures / name, _COLOURS[results.plan[name].model])
            for name in chapter.films
            if results.run(name)
        },
    }


def _name_figures(anchor: str, chapter: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the figures of a chapter with their names, which become file names."""
    for name, sheet in chapter["sheets"].items():
        yield f"{anchor}-{name}", sheet.image
    for chart in chapter["charts"].values():
        yield chart.name, chart.figure
    for name, film in chapter["films"].items():
        for row in film.stills:
            yield f"{anchor}-weights-{name}-step-{film.steps[row]:04}", film.frames[row]


def _sheet(path: Path) -> figures.Picture:
    with Image.open(path) as image:
        return figures.picture(image)


def _site() -> str:
    """Return the address of the documentation, which may be relative; "" if it is unknown."""
    package = next(iter(metadata.distributions(name="notmnist")), None)
    urls = (package.metadata.get_all("Project-URL") or ()) if package else ()
    known: dict[str, str] = dict(url.split(", ", 1) for url in urls)
    site = os.environ.get("NOTMNIST_SITE") or known.get("Documentation", "")
    return site.rstrip("/")


def _data_set() -> str:
    """Return the address of the data set from its citation."""
    citation = resources.files("notmnist.datasets.notmnist") / "CITATIONS.bib"
    return str(re.findall(r"url += {(.+)}", citation.read_text("utf-8"))[0])


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.1f}"


def _text(name: str) -> str:
    return (resources.files(__package__) / name).read_text("utf-8")
