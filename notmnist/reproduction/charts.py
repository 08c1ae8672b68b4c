"""Line charts as SVG that takes its colours from the page."""

from __future__ import annotations

import html
import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

__all__ = ["Line", "line_chart"]

_WIDTH, _HEIGHT = 440, 270
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 20, 12, 40


class Line(NamedTuple):
    """One quantity against steps.

    Attributes:
        label: For the legend.
        x: The steps.
        runs: One list of values for each seed, as long as `x`.
        colour: 1 to 5, one of the page's colours.
        dashed: Whether the line is dashed.
    """

    label: str
    x: Sequence[float]
    runs: Sequence[Sequence[float]]
    colour: int
    dashed: bool = False


def line_chart(
    lines: Sequence[Line], *, title: str, percent: bool, alt: str, log: bool = False
) -> str:
    """Return a `<figure>`: the mean over seeds as lines, from the least to the greatest as bands.

    Args:
        lines: What is drawn.
        title: What the vertical axis is.
        percent: Whether values are shares of 1, to be shown in per cent.
        alt: What is to be seen.
        log: Whether the vertical axis is logarithmic.
    """
    lines = [line for line in lines if line.runs]
    if not lines:
        return ""
    factor = 100 if percent else 1
    values = [np.asarray(line.runs, float) * factor for line in lines]
    if log:
        values = [np.log10(np.maximum(each, 1e-3)) for each in values]
    low, high, ticks = _scale(values, percent, log)
    right = max(float(max(line.x)) for line in lines)

    def at(x: float, value: float) -> str:
        across = _LEFT + (_WIDTH - _LEFT - _RIGHT) * math.sqrt(x / right)
        share = (value - low) / (high - low)
        return f"{across:.1f},{_HEIGHT - _BOTTOM - (_HEIGHT - _TOP - _BOTTOM) * share:.1f}"

    parts = []
    for line, runs in zip(lines, values, strict=True):
        style = f'class="c{line.colour}{" dashed" if line.dashed else ""}"'
        if len(runs) > 1:
            upper = [at(x, v) for x, v in zip(line.x, runs.max(axis=0), strict=True)]
            lower = [at(x, v) for x, v in zip(line.x, runs.min(axis=0), strict=True)]
            parts.append(f'<polygon {style} points="{" ".join(upper + lower[::-1])}"/>')
        points = " ".join(at(x, v) for x, v in zip(line.x, runs.mean(axis=0), strict=True))
        parts.append(f'<polyline {style} points="{points}"/>')
    legend = "".join(
        f'<li class="c{line.colour}{" dashed" if line.dashed else ""}">'
        f"{html.escape(line.label)}</li>"
        for line in lines
    )
    return (
        f'<figure class="chart"><p class="title">{html.escape(title)}</p>'
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
        f'aria-label="{html.escape(alt)}">{_axes(low, high, ticks, right, percent, log)}'
        f'<svg x="{_LEFT}" width="{_WIDTH - _LEFT}" height="{_HEIGHT - _BOTTOM + 1}" '
        f'viewBox="{_LEFT} 0 {_WIDTH - _LEFT} {_HEIGHT - _BOTTOM + 1}">{"".join(parts)}</svg></svg>'
        f'<ul class="legend">{legend}</ul></figure>'
    )


def _scale(
    values: Sequence[np.ndarray[tuple[int, int], np.dtype[np.float64]]], percent: bool, log: bool
) -> tuple[float, float, list[float]]:
    """Return the ends of the vertical axis and its ticks."""
    every = np.concatenate([each.ravel() for each in values])
    low, high = float(every.min()), float(every.max())
    if log:
        low, high = math.floor(low), math.ceil(high)
        return low, max(high, low + 1), [float(t) for t in range(low, max(high, low + 1) + 1)]
    if percent:  # chance, 10 %, at the start says little: begin where most points are
        low = math.floor(min(float(np.quantile(every, 0.15)), high - 5) / 5) * 5
        high = 100.0 if high > 95 else math.ceil(high / 5) * 5
    step = next(s for s in (1, 2, 5, 10, 20, 50) if (high - low) / s <= 7)
    start = math.ceil(low / step) * step
    return low, high, [float(t) for t in np.arange(start, high + step / 100, step)]


def _axes(
    low: float, high: float, ticks: Sequence[float], right: float, percent: bool, log: bool
) -> str:
    bottom = _HEIGHT - _BOTTOM
    parts = []
    for tick in ticks:
        height = bottom - (bottom - _TOP) * (tick - low) / (high - low)
        text = f"{10**tick:g}" if log else f"{tick:g}{' %' if percent else ''}"
        parts.append(
            f'<path class="grid" d="M{_LEFT} {height:.1f}H{_WIDTH - _RIGHT}"/>'
            f'<text x="{_LEFT - 6}" y="{height + 4:.1f}" text-anchor="end">{text}</text>'
        )
    for step in (0, 50, 200, 500, 1_000, 1_500, 2_000, 3_000, 4_000, 5_000):
        if step > right or (right > 4_000 and step in (1_500, 500)):
            continue
        across = _LEFT + (_WIDTH - _LEFT - _RIGHT) * math.sqrt(step / right)
        parts.append(
            f'<path class="grid" d="M{across:.1f} {bottom}v5"/>'
            f'<text x="{across:.1f}" y="{bottom + 18}" text-anchor="middle">{step:,}</text>'
        )
    middle = (_LEFT + _WIDTH - _RIGHT) / 2
    parts.append(
        f'<text x="{middle}" y="{_HEIGHT - 4}" text-anchor="middle">steps, root scale</text>'
    )
    return "".join(parts)
