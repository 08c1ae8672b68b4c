"""The graph of a Keras model, drawn without pydot or graphviz."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from notmnist.errors import ArgumentError
from notmnist.plots.canvas import COLOURS, new_axes

__all__ = ["model_graph"]

_WIDE, _HIGH = 3.0, 0.62  # of a box, in inches
_STEP_X, _STEP_Y = 3.3, 0.95


def model_graph(model: Any, *, ax: Any = None) -> Any:
    """Draw a model's layers as boxes, from its inputs down to its outputs.

    Args:
        model: A built functional or sequential Keras model.
        ax: The `Axes` to draw in; None for a new figure of the size that the graph needs.

    Returns:
        The `Axes`. A box has the layer's name and class, its activation, dropout rate and L2 factor
        if it has them, the shape of its output, and the number of its parameters.

    Raises:
        ArgumentError: `model` is of another kind, or is not built.

    Example:
        >>> axes = notmnist.plots.model_graph(notmnist.models.logistic())
        >>> sum("InputLayer" in text.get_text() for text in axes.texts)
        1
    """
    above = _above(model)
    rows: list[list[str]] = []
    depth: dict[str, int] = {}
    for name, sources in above.items():
        depth[name] = 1 + max((depth.get(source, -1) for source in sources), default=-1)
        if depth[name] == len(rows):
            rows.append([])
        rows[depth[name]].append(name)
    widest = max(len(row) for row in rows)
    wide, high = (widest - 1) * _STEP_X + _WIDE + 0.2, (len(rows) - 1) * _STEP_Y + _HIGH + 0.2
    ax = new_axes(ax, wide, high)
    places = {
        name: ((column - (len(row) - 1) / 2) * _STEP_X, -number * _STEP_Y)
        for number, row in enumerate(rows)
        for column, name in enumerate(row)
    }
    arrow = {"arrowstyle": "-|>", "color": "black", "shrinkA": 0, "shrinkB": 0}
    for name, sources in above.items():
        x, y = places[name]
        _box(ax, model.get_layer(name), x, y)
        for source in sources:
            from_x, from_y = places[source]
            ends = (x, y + _HIGH / 2), (from_x, from_y - _HIGH / 2)
            ax.annotate("", *ends, arrowprops=arrow)
    ax.set_xlim(-wide / 2, wide / 2)
    ax.set_ylim(_HIGH / 2 + 0.1 - high, _HIGH / 2 + 0.1)
    ax.set_aspect("equal")
    ax.set_axis_off()
    return ax


def _above(model: Any) -> dict[str, list[str]]:
    """Return the names of the layers that feed each layer, in topological order."""
    names = [layer.name for layer in getattr(model, "layers", [])]
    try:
        config = model.get_config()["layers"] if names and model.built else None
    except (AttributeError, KeyError, NotImplementedError, TypeError):
        config = None
    if config is None:
        message = (
            "`model` must be a functional or sequential Keras model that was built. "
            f"Received: model={model!r}."
        )
        raise ArgumentError(message)
    if not any(layer.get("inbound_nodes") for layer in config):  # sequential
        return {name: names[max(0, place - 1) : place] for place, name in enumerate(names)}
    return {
        layer["config"]["name"]: list(dict.fromkeys(_histories(layer["inbound_nodes"])))
        for layer in config
    }


def _histories(value: Any) -> Iterator[str]:
    """Yield the layers that serialised tensors come from."""
    if isinstance(value, dict):
        if "keras_history" in value:
            yield value["keras_history"][0]
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        for part in value:
            yield from _histories(part)


def _box(ax: Any, layer: Any, x: float, y: float) -> None:
    from matplotlib.patches import FancyBboxPatch

    parameters = layer.count_params()
    box = FancyBboxPatch((x - _WIDE / 2, y - _HIGH / 2), _WIDE, _HIGH)
    box.set_boxstyle("round,pad=0,rounding_size=0.08")
    box.set(facecolor=(COLOURS[0], 0.14 if parameters else 0.0), edgecolor="black")
    box.set_linewidth(1.2 if parameters else 0.7)
    ax.add_patch(box)
    shape = " × ".join("batch" if n is None else f"{n:,}" for n in layer.output.shape)
    below = shape + (f" · {parameters:,} parameters" if parameters else "")
    title = f"{layer.name} ({', '.join([type(layer).__name__, *_settings(layer)])})"
    ax.text(x, y + 0.13, title, ha="center", va="center", fontsize=9, weight="bold")
    ax.text(x, y - 0.14, below, ha="center", va="center", fontsize=8)


def _settings(layer: Any) -> Iterator[str]:
    """Yield the notable settings of a layer."""
    activation = getattr(getattr(layer, "activation", None), "__name__", "linear")
    if activation != "linear":
        yield activation
    if (rate := getattr(layer, "rate", None)) is not None:
        yield f"rate {rate:g}"
    if (penalty := getattr(getattr(layer, "kernel_regularizer", None), "l2", None)) is not None:
        yield f"L2 {float(penalty):g}"
