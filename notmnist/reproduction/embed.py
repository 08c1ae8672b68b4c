"""Pictures inside the page: data URIs, and films that hold every frame once."""

from __future__ import annotations

import base64
import html
import io
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from notmnist.plots.palette import LEVELS

__all__ = ["Film", "film", "picture", "uri"]

_STEP = re.compile(r"step-(\d+)\.png")


class Film(NamedTuple):
    """Weights at several steps.

    Attributes:
        sheet: An `<svg>` that holds the frames, one below the other, without showing them.
        moving: The animation with its line of steps; a still where motion is not wanted.
        stills: Every chosen frame beside the others, with its step.
    """

    sheet: str
    moving: str
    stills: str


def uri(image: Image.Image) -> str:
    """Return an image as a data URI: lossless WebP."""
    buffer = io.BytesIO()
    image.save(buffer, "WEBP", lossless=True, method=6)
    return "data:image/webp;base64," + base64.b64encode(buffer.getvalue()).decode()


def picture(image: Image.Image, alt: str, css: str = "") -> str:
    """Return an `<img>` that holds its picture."""
    width, height = image.size
    return (
        f'<img class="{css}" width="{width}" height="{height}" alt="{html.escape(alt)}" '
        f'src="{uri(image)}">'
    )


def film(
    folder: Path,
    name: str,
    alt: str,
    stills: Sequence[int],
    passed: Sequence[int] = (),
    shades: int = 7,
) -> Film:
    """Return the film of a folder of pictures `step-00000100.png`.

    Args:
        folder: Where the pictures are.
        name: The film's id on the page.
        alt: What is to be seen; the steps are added to it.
        stills: The steps that stand still beside each other.
        passed: The steps that are not shown at all.
        shades: How many reds, and how many blues, the weights are rounded to. Noise takes as many
            bytes as it has shades, half as many up to 7; frames that do not differ are stored once.
    """
    steps, frames = [], []
    for file in sorted(folder.iterdir()):
        match = _STEP.fullmatch(file.name)
        if match is None or int(match[1]) in passed:
            continue
        steps.append(int(match[1]))
        with Image.open(file) as image:
            frames.append(_without_margin(_rounded(image, shades)))
    width, height = frames[0].size
    sheet = Image.new("RGB", (width, height * len(frames)), "white")
    for row, frame in enumerate(frames):
        sheet.paste(frame, (0, row * height))
    stored = (
        f'<svg class="store" aria-hidden="true" width="0" height="0"><defs>'
        f'<image id="{name}" width="{width}" height="{height * len(frames)}" '
        f'href="{uri(sheet)}"/></defs></svg>'
    )
    shown = [row for row in range(len(frames)) if steps[row] in stills]
    items = "".join(
        f"<li>{_window(name, f'{alt}, step {steps[row]:,}', width, height, row)}"
        f"<span>{steps[row]:,}</span></li>"
        for row in shown
    )
    return Film(
        stored,
        _moving(name, alt, steps, width, height),
        f'<ol class="stills of-{len(shown)}">{items}</ol>',
    )


def _moving(name: str, alt: str, steps: Sequence[int], width: int, height: int) -> str:
    """Return the animation: the sheet steps through a window, a mark through the steps."""
    count = len(steps)
    ticks = "".join(f"<span>{step:,}</span>" for step in steps)
    last = _window(name, f"{alt}, from step 0 to {steps[-1]:,}", width, height, count - 1, "reel")
    return (
        f'<figure class="film" style="--frames:{count};--shift:{-height * count}px;'
        f'--end:{-height * (count - 1)}px">'
        f'<label><input type="checkbox"><span>pause</span></label>{last}'
        f'<div class="ticks" aria-hidden="true">{ticks}<i></i></div></figure>'
    )


def _window(name: str, alt: str, width: int, height: int, row: int, css: str = "") -> str:
    use = f'<use href="#{name}" y="{-row * height}"/>'
    if css:
        use = f'<g class="{css}"><use href="#{name}"/></g>'
    text = html.escape(alt)
    return (
        f'<svg class="weights" viewBox="0 0 {width} {height}" role="img" '
        f'aria-label="{text}">{use}</svg>'
    )


def _rounded(image: Image.Image, shades: int) -> Image.Image:
    """Return a picture of weights with fewer colours: `shades` on each side of white."""
    half = LEVELS // 2
    nearest = np.rint(np.linspace(-shades, shades, LEVELS)) * half / shades + half
    table = np.array(image.getpalette(), np.uint8).reshape(-1, 3)
    table[:LEVELS] = table[np.rint(nearest).astype(int)]
    image.putpalette(table.tobytes())
    return image.convert("RGB")


def _without_margin(image: Image.Image) -> Image.Image:
    """Cut the white paper around the tiles down to two pixels."""
    grey = image.convert("L").point(lambda value: 255 if value < 254 else 0)
    left, top, right, bottom = grey.getbbox() or (0, 0, *image.size)
    return image.crop((left - 2, top - 2, right + 2, bottom + 2))
