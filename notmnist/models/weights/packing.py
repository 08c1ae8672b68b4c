"""One file of a model's weights: arrays alone, named by layer, beside what they fit.

The file is NumPy's .npz, opened with `allow_pickle=False`, so that reading it runs nothing. Kernels
are kept in half precision, what has one dimension in single. The entry "about" is JSON: the shape
of the input, the number of classes, and a line for each layer.
"""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import keras
import numpy as np

from notmnist.errors import ArchiveError, ArgumentError

__all__ = ["architecture", "pack", "unpack"]

_ABOUT = "about"
_UNREADABLE = (EOFError, KeyError, OSError, TypeError, ValueError, zipfile.BadZipFile)


def pack(model: Any) -> bytes:
    """Return a model's weights as the bytes of a file.

    Args:
        model: A built `keras.Model`.

    Returns:
        An .npz archive; the same weights give the same bytes.

    Raises:
        ArgumentError: A weight is not finite, in half precision too, or two have one name.
    """
    arrays: dict[str, Any] = {_ABOUT: np.array(json.dumps(architecture(model)))}
    for weight in model.weights:
        value = np.array(keras.ops.convert_to_numpy(weight), copy=True)
        with np.errstate(over="ignore"):
            value = value.astype(np.float16 if value.ndim > 1 else np.float32)
        if weight.path in arrays or not np.isfinite(value).all():
            message = (
                "`model` must have finite weights, each of a name of its own, whose kernels half "
                f"precision can hold. Received: {weight.path!r}."
            )
            raise ArgumentError(message)
        arrays[weight.path] = value
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)
    return file.getvalue()


def unpack(model: Any, data: bytes, source: str) -> None:
    """Give a model the weights of a file.

    Args:
        model: A built `keras.Model`.
        data: What `pack` returned.
        source: What the user called the file, for messages.

    Raises:
        ArchiveError: The bytes are no such file.
        ArgumentError: The weights fit another model; the message says where it differs.
    """
    about, arrays = _read(data, source)
    _compare(about, architecture(model), source)
    found = {weight.path: tuple(weight.shape) for weight in model.weights}
    kept = {name: array.shape for name, array in arrays.items()}
    if found != kept:
        names = sorted(name for name in {*found, *kept} if found.get(name) != kept.get(name))
        raise _misfit(source, f"weight {names[0]!r}", kept.get(names[0]), found.get(names[0]))
    for weight in model.weights:
        weight.assign(arrays[weight.path].astype(np.float32))


def architecture(model: Any) -> dict[str, Any]:
    """Return what decides whether weights fit a model: input, classes, and a line a layer."""
    lines = {
        layer.name: _line(layer)
        for layer in model.layers  # dropout and the softmax change nothing that was learnt
        if "Dropout" not in type(layer).__name__ and layer.name != "probabilities"
    }
    return {
        "input_shape": list(model.input_shape[1:]),
        "classes": model.output_shape[-1],
        "layers": dict(sorted(lines.items())),
    }


def _line(layer: Any) -> str:
    activation = getattr(layer, "activation", None)
    words = [type(layer).__name__, str(tuple(layer.output.shape[1:]))]
    if activation is not None:
        words.append(keras.activations.serialize(activation))
    return " ".join(map(str, words))


def _read(data: bytes, source: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what a file says that it fits, and its arrays."""
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        about = json.loads(str(arrays.pop(_ABOUT)))
        if not isinstance(about["layers"], dict) or not {"input_shape", "classes"} <= set(about):
            raise ValueError("it does not say what it fits")
    except _UNREADABLE as error:
        message = f"Cannot read {source!r} as weights: {error!r}."
        raise ArchiveError(message) from error
    return about, arrays


def _compare(fits: dict[str, Any], model: dict[str, Any], source: str) -> None:
    """Hold a model to the one that the weights were trained in."""
    for argument in ("input_shape", "classes"):
        if fits[argument] != model[argument]:
            raise _misfit(source, f"`{argument}`", fits[argument], model[argument])
    kept, found = fits["layers"], model["layers"]
    for name in sorted({*kept, *found}):
        if kept.get(name) != found.get(name):
            raise _misfit(source, f"layer {name!r}", kept.get(name), found.get(name))


def _misfit(source: str, part: str, kept: object, found: object) -> ArgumentError:
    message = (
        f"`weights` must fit the model. Received: weights={source!r}, whose {part} is {kept}, for "
        f"a model whose {part} is {found}. Make the model that the weights fit, or pass "
        "weights=None."
    )
    return ArgumentError(message)
