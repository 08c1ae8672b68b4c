"""The figures of the page, ready to embed: code, pictures, films, charts and graphs."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from markupsafe import Markup
from matplotlib.figure import Figure
from PIL import Image
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from notmnist import plots
from notmnist.errors import StoreError
from notmnist.notebook import data_uri, file_bytes
from notmnist.plots.canvas import svg
from notmnist.reproduction.chapters import METRICS

__all__ = [
    "Chart",
    "Film",
    "Picture",
    "Row",
    "confusion",
    "counts",
    "curves",
    "film",
    "graph",
    "highlighted",
    "listing",
    "picture",
    "save",
]

_TICKS = (0, 50, 200, 500, 1_000, 2_000, 3_000, 5_000)
_LISTED = (0, 50, 200, 500, 1_000, 2_000)  # steps shown in a chart's table, besides the last ones


class Picture(NamedTuple):
    """An image for the page, as a data URI."""

    uri: str
    width: int
    height: int
    image: Image.Image


class Row(NamedTuple):
    """A row of a chart's table.

    Attributes:
        cells: The label of the row, then its values.
        at: The position on the x axis, as a share of the drawing's width; None if the drawing
            itself shows the values.
        listed: Whether the table shows the row.
    """

    cells: Sequence[str]
    at: float | None = None
    listed: bool = True


class Chart(NamedTuple):
    """A chart for the page, with a table of its values.

    Attributes:
        name: The name on the page and of the file.
        svg: The drawing.
        words: A description for readers who cannot see it.
        figure: The drawing as a matplotlib `Figure`.
        columns: The column headings of the table.
        rows: The rows of the table, in the order of the x axis; a graph has none.
    """

    name: str
    svg: Markup
    words: str
    figure: Any
    columns: Sequence[str] = ()
    rows: Sequence[Row] = ()


class Film(NamedTuple):
    """Weights at several steps, as one picture with the frames below each other.

    Attributes:
        strip: The picture.
        height: The height of one frame, in pixels.
        steps: The step of each frame.
        stills: The indices of the frames to show side by side.
        frames: The frames.
    """

    strip: Picture
    height: int
    steps: Sequence[int]
    stills: Sequence[int]
    frames: Sequence[Image.Image]


def listing(name: str, edition: str, size: int) -> str:
    """Return the code of a listing, adapted to the data of a run. The tests run every listing.

    A slice of at least `size`, the number of training images, is removed.
    """
    text = (resources.files(__package__) / "listings" / f"{name}.txt").read_text("utf-8")
    text = re.sub(r"train\[:(\d+)]", lambda cut: cut[0] if int(cut[1]) < size else "train", text)
    return text.replace('"open"', repr(edition).replace("'", '"')).strip()


def highlighted(source: str) -> Markup:
    """Return Python code as HTML with the CSS classes of Pygments."""
    return Markup(highlight(source, PythonLexer(), HtmlFormatter(nowrap=True)))


def picture(image: Image.Image) -> Picture:
    """Return an image as lossless WebP."""
    file = file_bytes(image, "webp", lossless=True, method=6)
    return Picture(data_uri(file, "webp"), *image.size, image)


def film(folder: Path, colours: int) -> Film:
    """Return the frames in a folder, such as `step-00000100.png`, as a film with few colours.

    Noise takes fewer bytes in fewer colours. A frame equal to the one before takes hardly any.
    """
    files = sorted(folder.glob("step-*.png"))
    if not files:
        raise StoreError(f"{folder} contains no pictures of weights. Run without redraw first.")
    frames = [Image.open(file).convert("RGB") for file in files]
    width, height = frames[0].size
    strip = Image.new("RGB", (width, height * len(frames)))
    for row, frame in enumerate(frames):
        strip.paste(frame, (0, row * height))
    strip = strip.quantize(colours, kmeans=3, dither=Image.Dither.NONE).convert("RGB")
    steps = [int(file.stem.removeprefix("step-")) for file in files]
    stills = np.linspace(0, len(steps) - 1, min(6, len(steps))).round().astype(int).tolist()
    return Film(picture(strip), height, steps, stills, frames)


def graph(model: Any, title: str, name: str) -> Chart:
    """Return a drawing of a model's layers."""
    figure = plots.model_graph(model).figure
    return Chart(name, _svg(figure, name), f"The layers of the model: {title}", figure)


def counts(data: Mapping[str, Any], name: str) -> Chart:
    """Return a bar chart of the number of examples of each letter, from facts about the data."""
    splits, letters = data["counts"], data["class_names"]
    axes = plots.class_counts(splits, letters)
    drawn = _svg(axes.figure, name)
    rows = [
        Row([letter, *(f"{split[row]:,}" for split in splits.values())], _share(axes, row))
        for row, letter in enumerate(letters)
    ]
    words = "Bars: the number of examples of each letter in each split"
    return Chart(name, drawn, words, axes.figure, ["letter", *splits], rows)


def confusion(run: Mapping[str, Any], letters: Sequence[str], name: str) -> Chart:
    """Return the confusion matrix of a run."""
    figure = plots.confusion_matrix(run["confusion"], letters).figure
    table = zip(letters, run["confusion"], strict=True)
    rows = [Row([letter, *map(str, row)]) for letter, row in table]
    words = f"Confusion matrix of the test images, with {_percent(run['test'])} on its diagonal"
    return Chart(name, _svg(figure, name), words, figure, ["label", *letters], rows)


def curves(histories: Mapping[str, Sequence[Mapping[str, Any]]], metric: str, name: str) -> Chart:
    """Return a chart of a metric against steps.

    `histories` has the label of each experiment, with one history for each seed.
    """
    axes: Any = Figure(figsize=(4.3, 3.1), layout="constrained").add_subplot()
    plots.learning_curves(histories, metric, steps="steps", ax=axes)
    axes.set_title(METRICS[metric], loc="left", fontsize=10, fontweight="bold")
    axes.set_xlabel("steps, root scale")
    axes.set_ylabel("")
    axes.grid(axis="y", alpha=0.3)
    axes.set_xscale("function", functions=(np.sqrt, np.square))
    last = max(runs[0]["steps"][-1] for runs in histories.values())
    axes.set_xticks([step for step in _TICKS if step <= last])
    axes.xaxis.set_major_formatter("{x:,.0f}")
    values = np.concatenate([run[metric] for runs in histories.values() for run in runs])
    if metric.endswith("loss"):
        form: Callable[[float], str] = "{:.3g}".format
        axes.set_yscale("log")
        axes.set_ylim(bottom=max(1e-3, 0.8 * values.min()))  # on five batches it reaches 0
        axes.yaxis.set_major_formatter("{x:g}")
    else:  # accuracy starts at chance; the axis starts where most points are
        form = _percent
        low, high = min(np.quantile(values, 0.15), values.max() - 0.05), values.max()
        axes.set_ylim(np.floor(low * 20) / 20, np.ceil(high * 20) / 20 + 0.002)
        axes.yaxis.set_major_formatter(lambda value, _: f"{100 * value:.0f} %")
    drawn = _svg(axes.figure, name)
    lines = {
        line.get_label(): dict(zip(line.get_xdata(), map(form, line.get_ydata()), strict=True))
        for line in axes.lines
    }
    ends = [f"{label} ends at {list(line.values())[-1]}" for label, line in lines.items()]
    words = f"{METRICS[metric]} against steps: {'; '.join(ends)}"
    return Chart(
        name, drawn, words, axes.figure, ["step", *lines], _rows(axes, list(lines.values()))
    )


def save(figures: Mapping[str, Any], folder: Path) -> None:
    """Write figures under their names: pictures as PNG, matplotlib's as PNG and as SVG."""
    for name, figure in figures.items():
        path = folder / f"{name}.png"
        if isinstance(figure, Image.Image):
            figure.save(path)
        else:
            figure.savefig(path, dpi=200)
            path.with_name(f"{name}.svg").write_text(svg(figure, name), "utf-8")


def _svg(figure: Any, name: str) -> Markup:
    """Return a figure as SVG; the name makes its ids unique on the page."""
    return Markup(svg(figure, name))


def _rows(axes: Any, lines: Sequence[Mapping[float, str]]) -> list[Row]:
    """Return the values of lines as the rows of a table, one for each step."""
    listed = {*_LISTED, *(max(line) for line in lines)}
    return [
        Row(
            [f"{step:,.0f}", *(line.get(step, "") for line in lines)],
            _share(axes, step),
            step in listed,
        )
        for step in sorted(set().union(*lines))
    ]


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _share(axes: Any, x: float) -> float:
    """Return the position of a value on the x axis, as a share of the drawing's width."""
    place = axes.transData.transform((x, 1.0))
    return float(axes.figure.transFigure.inverted().transform(place)[0])
