"""Finds the kernels of a model that are images, and cuts them into tiles."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Sequence
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from notmnist.errors import invalid

__all__ = ["ImageKernel", "find", "image_kernels"]

_MOST_TILES = 225
_MOST_WEIGHTS = 49 * 28 * 28
"""Larger kernels are drawn in part unless you set `units`."""

Shape = tuple[int, int, int]


@dataclasses.dataclass(frozen=True)
class ImageKernel:
    """A layer whose kernel can be drawn.

    Attributes:
        layer: The layer; its `kernel` is a variable.
        shape: Height, width and channels of one unit's picture.
        units: Number of units (Dense) or filters (convolutions).
        colour: Whether the three channels are the red, green and blue of the model's input.
    """

    layer: Any
    shape: Shape
    units: int
    colour: bool = False

    def tiles(self, units: Sequence[int] | NDArray[np.intp]) -> NDArray[np.float32]:
        """Return the current weights of units, shape (len(units), height, width, channels)."""
        # A copy, because NumPy warns about reading a TensorFlow variable without one.
        values = keras.ops.convert_to_numpy(keras.ops.copy(self.layer.kernel))
        chosen = np.moveaxis(values[..., np.asarray(units, np.intp)], -1, 0)
        return np.ascontiguousarray(chosen.reshape(len(units), *self.shape), np.float32)

    def choose(self, units: int | Sequence[int] | None, seed: int) -> NDArray[np.intp]:
        """Return the indices of the units to draw: all, some at random, or those given.

        Raises:
            ArgumentError: There are not that many units, or an index is out of range.
        """
        if units is None:
            height, width, channels = self.shape
            tiles = min(_MOST_TILES, _MOST_WEIGHTS // (height * width))
            units = min(self.units, max(1, tiles // (1 if self.colour else channels)))
        if isinstance(units, int | np.integer) and not isinstance(units, bool):
            if not 1 <= units <= self.units:
                rule = f"be between 1 and {self.units}, the units of layer {self.layer.name!r}"
                raise invalid("units", units, rule)
            drawn = np.random.default_rng(seed).permutation(self.units)[: int(units)]
            return np.sort(drawn)
        rule = (
            "be a number of units or a list of unit indices, "
            f"each from 0 to {self.units - 1} for layer {self.layer.name!r}"
        )
        try:
            chosen = np.array(units)
        except ValueError:  # a list of lists of several lengths
            raise invalid("units", units, rule) from None
        if chosen.ndim != 1 or chosen.dtype.kind not in "iu" or not chosen.size:
            raise invalid("units", units, rule)
        if chosen.min() < 0 or chosen.max() >= self.units:
            raise invalid("units", units, rule)
        return chosen.astype(np.intp)


def find(model: Any, layer: str | None, image_shape: Sequence[int] | None = None) -> ImageKernel:
    """Return the kernel of a built model to draw; the arguments are those of `WeightImages`.

    Raises:
        ArgumentError: There is no such layer, or its kernel is not an image; the message lists the
            layers whose kernels are.
    """
    images = {kernel.layer.name: kernel for kernel in image_kernels(model, image_shape)}
    known = "Layers with image kernels: " + (", ".join(map(repr, images)) or "none") + "."
    if layer is None:
        for kernel in images.values():
            if math.prod(kernel.shape[:2]) > 1:
                return kernel
        rule = "name a layer whose weights can be drawn"
        advice = "This model has none. Give image_shape=(height, width) for a Dense layer."
        raise invalid("layer", layer, rule, advice)
    if layer in images:
        return images[layer]
    if layer in [inner.name for inner in _layers(model)]:
        raise invalid("layer", layer, "be a layer whose kernel is an image", known)
    raise invalid("layer", layer, "be the name of one of the model's layers", known)


def image_kernels(model: Any, image_shape: Sequence[int] | None = None) -> Iterator[ImageKernel]:
    """Yield the kernels of a built model that are images, in the order of its layers."""
    given = None if image_shape is None else _checked(image_shape)
    flat = all(len(tensor.shape) == 2 for tensor in getattr(model, "inputs", None) or ())
    flattened: Shape | None = None  # the input of the last Flatten, if no kernel came after it
    first = True
    for layer in _layers(model):
        if isinstance(layer, keras.layers.Flatten | keras.layers.Reshape):
            flattened = _before(layer)
        kernel = getattr(layer, "kernel", None)
        if kernel is None:
            continue
        size = tuple(kernel.shape)
        if len(size) == 4:
            yield ImageKernel(layer, size[:3], size[3], first and size[2] == 3)
        elif len(size) == 2 and isinstance(layer, keras.layers.Dense):
            guessed = _square(size[0]) if first and flat else None
            for shape in (given, flattened, guessed):
                if shape is not None and math.prod(shape) == size[0]:
                    yield ImageKernel(layer, shape, size[1], first and shape[2] == 3)
                    break
        first, flattened = False, None


def _checked(image_shape: Sequence[int]) -> Shape:
    rule = "be (height, width) or (height, width, channels), positive integers"
    try:
        height, width, channels = (*map(int, image_shape), 1)[:3]
    except (TypeError, ValueError):
        raise invalid("image_shape", image_shape, rule) from None
    if min(height, width, channels) < 1:
        raise invalid("image_shape", image_shape, rule)
    return height, width, channels


def _before(layer: Any) -> Shape | None:
    """Return the shape of the images that a layer flattens, or None if it is not known."""
    try:
        shape = layer.input.shape[1:]
    except (AttributeError, ValueError):  # never called on a symbolic tensor, or more than once
        return None
    if len(shape) not in (2, 3) or None in shape:
        return None
    if getattr(layer, "data_format", "") == "channels_first" and len(shape) == 3:
        shape = (*shape[1:], shape[0])  # as Flatten itself reorders them
    height, width, channels = (*shape, 1)[:3]
    return height, width, channels


def _square(rows: int) -> Shape | None:
    for channels in (1, 3):
        side = math.isqrt(rows // channels)
        if side > 1 and side * side * channels == rows:
            return side, side, channels
    return None


def _layers(model: Any) -> Iterator[Any]:
    for layer in model.layers:
        if hasattr(layer, "layers"):
            yield from _layers(layer)
        else:
            yield layer
