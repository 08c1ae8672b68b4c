"""The computation graph of a model, drawn from what its layers say of themselves."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any

__all__ = ["draw_graph"]

_X, _WIDE, _TALL, _STEP = 10, 188, 46, 64
_SIDE, _NARROW = 250, 140


def draw_graph(layers: Sequence[dict[str, Any]], weight_decay: float, alt: str) -> str:
    """Return an `<svg>`: layers from top to bottom, their weights at the side, the loss last.

    Args:
        layers: As `training.describe` gives them.
        weight_decay: The tutorial's λ; 0 for no penalty.
        alt: What is to be seen.
    """
    parts, penalised = [], []
    for row, layer in enumerate(layers):
        top = 8 + row * _STEP
        kind = layer["kind"] + (f", {layer['particulars']}" if layer["particulars"] else "")
        shape = " × ".join(map(str, layer["shape"]))
        parts.append(_box(_X, top, _WIDE, layer["name"], f"{kind} → {shape}", "layer"))
        parts.append(_arrow(_X + _WIDE / 2, top + _TALL, top + _STEP))
        if layer["weights"]:
            parts.append(_box(_SIDE, top, _NARROW, *_weights(layer["weights"]), "weight"))
            middle = top + _TALL / 2
            parts.append(f'<path class="edge" d="M{_SIDE} {middle}H{_X + _WIDE + 6}"/>')
            parts.append(_head(_X + _WIDE, middle, "left"))
            if "kernel" in layer["weights"]:
                penalised.append(top)
    top = 8 + len(layers) * _STEP
    parts.append(_box(_X, top, _WIDE, "softmax cross-entropy", "with the labels → loss", "loss"))
    if weight_decay and penalised:
        parts.append(
            _box(_SIDE, top, _NARROW, "L2 penalty", f"{weight_decay:g} · Σ w² / 2", "loss")
        )
        middle = top + _TALL / 2
        parts.append(f'<path class="edge" d="M{_SIDE} {middle}H{_X + _WIDE + 6}"/>')
        parts.append(_head(_X + _WIDE, middle, "left"))
        x = _SIDE + _NARROW
        for place in penalised:
            parts.append(f'<path class="edge dashed" d="M{x} {place + _TALL / 2}h14V{middle}h-8"/>')
        parts.append(_head(x, middle, "left"))
    height = top + _TALL + 8
    return (
        f'<figure class="graph"><svg viewBox="0 0 412 {height}" role="img" '
        f'aria-label="{html.escape(alt)}">{"".join(parts)}</svg></figure>'
    )


def _weights(shapes: dict[str, Sequence[int]]) -> tuple[str, str]:
    """Return two lines about a layer's weights."""
    sizes = {name: " × ".join(map(str, size)) for name, size in shapes.items()}
    if "kernel" not in sizes:
        first, *others = sizes
        return f"{first} {sizes[first]}", f"and {len(others)} more" if others else ""
    return f"kernel {sizes['kernel']}", f"bias {sizes['bias']}" if "bias" in sizes else ""


def _box(x: float, y: float, width: float, first: str, second: str, css: str) -> str:
    middle = x + width / 2
    style = _fitted(max(len(second), len(first) * 1.1), width)
    lines = f'<text x="{middle}" y="{y + (20 if second else 28)}" text-anchor="middle" '
    text = f'{lines}class="name"{style}>{html.escape(first)}</text>'
    if second:
        place = f'x="{middle}" y="{y + 36}" text-anchor="middle"{style}'
        text += f"<text {place}>{html.escape(second)}</text>"
    return f'<rect class="{css}" x="{x}" y="{y}" width="{width}" height="{_TALL}" rx="7"/>{text}'


def _fitted(letters: float, width: float) -> str:
    """Return a smaller size of type where so many letters would not fit."""
    size = 1.65 * (width - 10) / max(letters, 1)  # a letter is about 0.6 of its size wide
    return f' style="font-size:{size:.1f}px"' if size < 12 else ""


def _arrow(x: float, top: float, bottom: float) -> str:
    return f'<path class="edge" d="M{x} {top}V{bottom - 6}"/>' + _head(x, bottom, "down")


def _head(x: float, y: float, way: str) -> str:
    points = {"down": f"{x - 4},{y - 7} {x + 4},{y - 7} {x},{y}",
              "left": f"{x + 7},{y - 4} {x + 7},{y + 4} {x},{y}"}[way]  # fmt: skip
    return f'<polygon class="head" points="{points}"/>'
