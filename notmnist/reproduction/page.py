"""One page out of a run: everything inside, nothing fetched."""

from __future__ import annotations

import os
import re
from importlib import metadata, resources
from pathlib import Path
from typing import Any

import jinja2
from PIL import Image

from notmnist import plots
from notmnist.callbacks.files.folder import replacing
from notmnist.plots.palette import COLORMAPS
from notmnist.reproduction import figures
from notmnist.reproduction.chapters import CHAPTERS, METRICS, Chapter
from notmnist.reproduction.claims import check_all, signed
from notmnist.reproduction.experiments import PUBLISHED
from notmnist.reproduction.results import Results
from notmnist.reproduction.training import build

__all__ = ["draw_page", "render"]

_COLOURS = {"logistic": 48, "mlp": 16}  # of films; 225 tiles of noise take many bytes


def draw_page(results: Results, quick: bool) -> Path:
    """Write the page of a run, whole or not at all, and return where it is."""
    path = results.folder / "index.html"
    with replacing(path) as file:
        file.write(render(results, quick).encode())
    return path


def render(results: Results, quick: bool) -> str:
    """Return the page of a run as HTML."""
    environment = jinja2.Environment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
    )
    environment.filters.update(percent=_percent, signed=signed, comma="{:,}".format)
    edition = results.data["name"]
    return environment.from_string(_text("page.html")).render(
        chapters={chapter.anchor: _fill(results, chapter) for chapter in CHAPTERS},
        checks=check_all(results),
        css=_text("page.css"),
        js=_text("page.js"),
        colours=COLORMAPS["blue-red"],
        code=lambda name: figures.highlighted(figures.listing(name, edition)),
        build=build,
        confusion=figures.confusion,
        counts=figures.counts,
        draw=figures.draw,
        plots=plots,
        data_set=_data_set(),
        site=_site(),
        sheet=lambda name: _sheet(results, name),
        metrics=METRICS,
        published=PUBLISHED,
        quick=quick,
        results=results,
    )


def _fill(results: Results, chapter: Chapter) -> dict[str, Any]:
    """Return what a chapter shows, of the experiments that were run."""
    runs = {label: results.runs(name) for name, label in chapter.lines.items()}
    curves = {label: [run["curve"] for run in found] for label, found in runs.items() if found}
    shown = chapter.metrics if curves else ()
    rows = (*chapter.lines, *chapter.also)
    return {
        "chapter": chapter,
        "charts": {
            metric: figures.curves(curves, metric, f"{chapter.anchor}-{metric}") for metric in shown
        },
        "rows": [results.plan[name] for name in rows if name in results.plan],
        "films": {
            name: figures.film(results.pictures / name, _COLOURS[results.plan[name].model])
            for name in chapter.films
            if results.run(name)
        },
    }


def _sheet(results: Results, name: str) -> figures.Picture:
    with Image.open(results.pictures / f"{name}.png") as image:
        return figures.picture(image)


def _site() -> str:
    """Return the address of the documentation, which may be relative; "" if it is not known."""
    package = next(iter(metadata.distributions(name="notmnist")), None)
    urls = (package.metadata.get_all("Project-URL") or ()) if package else ()
    known: dict[str, str] = dict(url.split(", ", 1) for url in urls)
    site = os.environ.get("NOTMNIST_SITE") or known.get("Documentation", "")
    return site.rstrip("/")


def _data_set() -> str:
    """Return the address of the data set, as its citation has it."""
    citation = resources.files("notmnist.datasets.notmnist") / "CITATIONS.bib"
    return str(re.findall(r"url += {(.+)}", citation.read_text("utf-8"))[0])


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.1f}"


def _text(name: str) -> str:
    return (resources.files(__package__) / name).read_text("utf-8")
