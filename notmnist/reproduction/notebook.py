"""The page as a notebook, with the same text, code and figures."""

from __future__ import annotations

import base64
import html
import json
import re
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import nbformat.v4 as nb
from PIL import Image

from notmnist.callbacks.files.folder import replacing
from notmnist.notebook import file_bytes
from notmnist.reproduction.page import Page
from notmnist.reproduction.results import NOTEBOOK, Results

__all__ = ["write_notebook"]

_TITLE = """# From raw letters to dropout

The figures come from the run that wrote this notebook. If you run a cell, its own output replaces
them. Some cells train for a minute or more."""


def write_notebook(page: Page, results: Results) -> Path:
    """Write a page as a notebook beside it, whole or not at all."""
    data = results.data
    source = json.dumps(data.get("source", data["name"]))
    start = f"import notmnist\n\nDATA = {source}  # an edition, or the path of your own files"
    cells = [nb.new_markdown_cell(_TITLE), nb.new_code_cell(start)]
    for section in re.findall("<section.*?</section>", page.html, re.DOTALL):
        cells += _cells(ElementTree.fromstring(section), page.figures, data["name"])
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number}"  # nbformat's own ids are random
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    book = nb.new_notebook(cells=cells, metadata={"kernelspec": kernel})
    path = results.folder / NOTEBOOK
    with replacing(path) as file:
        file.write(f"{nb.writes(book)}\n".encode())
    return path


def _cells(section: Any, figures: Mapping[str, Any], edition: str) -> list[Any]:
    """Return the cells of a chapter.

    A figure is an output of the code right before it, or of a cell with a comment describing it.
    """
    cells: list[Any] = []
    listing = None  # the last cell, if it is a listing
    for block in section:
        shown = list(_figures(block, figures))
        if block.get("class") == "listing":
            code = "".join(block.itertext()).replace(f'"{edition}"', "DATA")
            listing = nb.new_code_cell(code.strip())
            cells.append(listing)
        elif not shown:
            if not cells or cells[-1].cell_type != "markdown":
                cells.append(nb.new_markdown_cell(""))
            cells[-1].source = f"{cells[-1].source}\n\n{_markdown(block)}".strip()
            listing = None
        for caption, outputs in shown:
            if listing is None:
                comment = textwrap.wrap(caption, 86, initial_indent="# ", subsequent_indent="# ")
                cells.append(nb.new_code_cell("\n".join(comment)))
            cells[-1].outputs += outputs
    return cells


def _figures(block: Any, figures: Mapping[str, Any]) -> Iterator[tuple[str, list[Any]]]:
    """Yield the caption and the outputs of each figure in a part of the page."""
    for element in block.iter():
        name = element.get("id", "")
        found = [each for each in figures if each == name or each.startswith(f"{name}-step-")]
        if not (name and found):
            continue
        words = (each.get("alt") or each.get("aria-label") for each in element.iter())
        caption = element.findtext("figcaption") or next(filter(None, words))
        pictures = ({"image/png": _png(figures[each]), "text/plain": each} for each in found)
        yield caption, [nb.new_output("display_data", data) for data in pictures]


def _png(figure: Any) -> str:
    if isinstance(figure, Image.Image):
        figure = figure.quantize(64)  # noise in all colours would take megabytes
    return base64.b64encode(file_bytes(figure)).decode()


def _markdown(block: Any) -> str:
    """Return headings, paragraphs and the code in them as Markdown, everything else as HTML."""
    if block.tag in ("h2", "h3"):
        return f"{'#' * int(block.tag[1])} {' '.join(block.itertext())}"
    block.tail = None
    text = ElementTree.tostring(block, encoding="unicode", method="html")
    text = re.sub(r"\n\s*\n", "\n", text.strip())  # an empty line would end the HTML
    if block.tag != "p":
        return text
    text = re.sub("^<p[^>]*>|</p>$", "", text)
    return re.sub("<code>(.*?)</code>", lambda code: f"`{html.unescape(code[1])}`", text)
