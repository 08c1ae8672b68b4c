"""One page out of a report: everything inside, nothing fetched."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from string import Template

from notmnist.reproduction.chapters import CHAPTERS
from notmnist.reproduction.report import Report

__all__ = ["PAGE", "draw_page", "render"]

PAGE = "index.html"


def render(report: Report) -> str:
    """Return the page of a report as HTML."""
    contents, sections = [], []
    for number, chapter in enumerate(CHAPTERS):
        label = f'<span class="number">{number}</span>' if number else ""
        contents.append(
            f'<li><a href="#{chapter.anchor}"><b>{number or ""}</b>{chapter.title}</a></li>'
        )
        body = Template(_text(f"sections/{chapter.file}.html")).substitute(chapter.fill(report))
        sections.append(
            f'<section id="{chapter.anchor}" aria-labelledby="{chapter.anchor}-title">'
            f'<h2 id="{chapter.anchor}-title">{label}{chapter.title}</h2>\n{body}</section>'
        )
    sizes = report.data["sizes"]
    return Template(_text("page.html")).substitute(
        title="notMNIST, the tutorial reproduced",
        css=_text("page.css"),
        byline=f"{sizes['train']:,} training images, {len(report.plan)} experiments, "
        f"{report.seeds_text()}",
        contents="".join(contents),
        sections="\n".join(sections),
    )


def draw_page(report: Report) -> Path:
    """Write the page of a report, whole or not at all, and return where it is."""
    path = report.folder / PAGE
    part = path.with_suffix(".part")
    part.write_text(render(report), "utf-8")
    part.replace(path)
    return path


def _text(name: str) -> str:
    return (resources.files(__package__) / name).read_text("utf-8")
