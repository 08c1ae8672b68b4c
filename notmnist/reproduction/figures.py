"""The figures of the page, ready to be put into it: code, pictures, films, charts and graphs."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping, Sequence
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
from notmnist.plots.canvas import svg
from notmnist.reproduction.chapters import METRICS

__all__ = ["Film", "Picture", "chart", "draw", "film", "highlighted", "listing", "picture"]

_TICKS = (0, 50, 200, 500, 1_000, 2_000, 3_000, 5_000)


class Picture(NamedTuple):
    """An image for the page, as a data URI."""

    uri: str
    width: int
    height: int


class Film(NamedTuple):
    """Weights at several steps: one picture that has the frames one below the other.

    Attributes:
        strip: The picture.
        height: The height of one frame.
        steps: The step of each frame.
        stills: The rows of the frames to show beside each other.
    """

    strip: Picture
    height: int
    steps: Sequence[int]
    stills: Sequence[int]


def listing(name: str, edition: str) -> str:
    """Return the code of a listing, a file that the tests run, with the edition of the run."""
    text = (resources.files(__package__) / "listings" / f"{name}.txt").read_text("utf-8")
    return text.replace('"open"', repr(edition).replace("'", '"')).strip()


def highlighted(source: str) -> Markup:
    """Return Python code as HTML with Pygments's classes."""
    return Markup(highlight(source, PythonLexer(), HtmlFormatter(nowrap=True)))


def picture(image: Image.Image) -> Picture:
    """Return an image as lossless WebP."""
    buffer = io.BytesIO()
    image.save(buffer, "WEBP", lossless=True, method=6)
    data = base64.b64encode(buffer.getvalue()).decode()
    return Picture(f"data:image/webp;base64,{data}", *image.size)


def film(folder: Path, colours: int) -> Film:
    """Return the film of a folder of frames `step-00000100.png`, in so many colours.

    Noise takes as many bytes as it has colours, and frames that do not differ are stored once.
    """
    files = sorted(folder.glob("step-*.png"))
    frames = [Image.open(file).convert("RGB") for file in files]
    width, height = frames[0].size
    strip = Image.new("RGB", (width, height * len(frames)))
    for row, frame in enumerate(frames):
        strip.paste(frame, (0, row * height))
    strip = strip.quantize(colours, kmeans=3, dither=Image.Dither.NONE).convert("RGB")
    steps = [int(file.stem.removeprefix("step-")) for file in files]
    stills = np.linspace(0, len(steps) - 1, min(6, len(steps))).round().astype(int).tolist()
    return Film(picture(strip), height, steps, stills)


def draw(axes: Any, name: str) -> Markup:
    """Return what was drawn in axes as SVG, under a name of its own on the page."""
    return Markup(svg(axes.figure, name))


def chart(
    curves: Mapping[str, Sequence[Mapping[str, Any]]], metric: str, name: str
) -> tuple[Markup, str]:
    """Return a chart of a metric against steps, and what it shows in words.

    The curves are those of each experiment, one for each seed, by its label.
    """
    axes = Figure(figsize=(4.3, 2.9), layout="constrained").add_subplot()
    plots.learning_curves(curves, metric, steps="steps", ax=axes)
    axes.set_xlabel("steps, root scale")
    axes.set_ylabel("")
    axes.grid(axis="y", alpha=0.3)
    axes.set_xscale("function", functions=(np.sqrt, np.square))
    last = max(runs[0]["steps"][-1] for runs in curves.values())
    axes.set_xticks([step for step in _TICKS if step <= last])
    axes.xaxis.set_major_formatter("{x:,.0f}")
    values = np.concatenate([run[metric] for runs in curves.values() for run in runs])
    if metric.endswith("loss"):
        form = "{:.3g}"
        axes.set_yscale("log")
        axes.set_ylim(bottom=max(1e-3, 0.8 * values.min()))  # on five batches it reaches 0
        axes.yaxis.set_major_formatter("{x:g}")
    else:  # chance, at the start, says little: begin where most points are
        form = "{:.1%}"
        low, high = min(np.quantile(values, 0.15), values.max() - 0.05), values.max()
        axes.set_ylim(np.floor(low * 20) / 20, np.ceil(high * 20) / 20 + 0.002)
        axes.yaxis.set_major_formatter(lambda value, _: f"{100 * value:.0f} %")
    ends = {label: np.mean([run[metric][-1] for run in runs]) for label, runs in curves.items()}
    words = [f"{label} ends at {form.format(end)}" for label, end in ends.items()]
    return draw(axes, name), f"{METRICS[metric]} against steps: {'; '.join(words)}"
