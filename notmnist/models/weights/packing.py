"""The file format of weights: arrays, named by layer, and the architecture that they fit.

The file is NumPy's .npz without pickles, so reading it runs no code. Kernels are stored in half
precision, one-dimensional weights in single. The entry "about" is JSON: the shape of the input, the
number of classes, and a line for each layer. Headers are read first: an array is decompressed only
if the model has a weight of its shape.
"""

from __future__ import annotations

import io
import json
import zipfile
from typing import IO, Any

import keras
import numpy as np
import numpy.typing as npt

from notmnist.errors import ArchiveError, ArgumentError, NotMNISTError

__all__ = ["pack", "unpack"]

_ABOUT = "about"
_LARGEST_ABOUT = 1 << 20  # bytes of JSON


def pack(model: Any) -> bytes:
    """Return a built model's weights as a file; the same weights give the same bytes.

    Args:
        model: A built `keras.Model`.

    Returns:
        The bytes that `save` writes.

    Raises:
        ArgumentError: A weight is not finite as stored, or two weights have the same name.

    Example:
        >>> pack(notmnist.models.logistic())[:2]
        b'PK'
    """
    arrays: dict[str, Any] = {_ABOUT: np.array(json.dumps(_architecture(model)))}
    for weight in model.weights:
        value = np.array(keras.ops.convert_to_numpy(weight), copy=True)
        with np.errstate(over="ignore"):
            value = value.astype(np.float16 if value.ndim > 1 else np.float32)
        if weight.path in arrays or not np.isfinite(value).all():
            message = (
                "`model` must have finite weights with different names, and kernels that fit into "
                f"half precision. Received: {weight.path!r}."
            )
            raise ArgumentError(message)
        arrays[weight.path] = value
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)
    return file.getvalue()


def unpack(
    model: Any, file: IO[bytes], source: str, *, include_top: bool = True, any_classes: bool = False
) -> None:
    """Load the weights of a file written by `pack` into a built model, all of them or none.

    `source` is the user's name for the file. If `include_top` is False, the model has only the
    convolutional layers of those in the file. With `any_classes`, a model with another number of
    classes keeps its own output layer.
    """
    try:
        arrays = _fitting(model, file, source, include_top, any_classes)
    except NotMNISTError:
        raise
    except Exception as error:  # zipfile, NumPy and JSON raise many kinds for damaged files
        raise ArchiveError(f"Cannot read {source!r} as weights: {error!r}.") from error
    for weight, array in arrays:
        weight.assign(array)


def _fitting(
    model: Any, file: IO[bytes], source: str, include_top: bool, any_classes: bool
) -> list[tuple[Any, npt.NDArray[np.float32]]]:
    """Return each weight of a model with its array, if all of them fit."""
    with zipfile.ZipFile(file) as archive:
        about, mine = _about(archive), _architecture(model)
        new = {"logits"} if any_classes and about["classes"] != mine["classes"] else set()
        wanted = {w.path: w for w in model.weights if w.path.partition("/")[0] not in new}
        if include_top:
            _compare(about, mine, source, new)
        shapes = {name: _header(archive, name) for name in _names(archive)}
        others = [
            name
            for name, shape in shapes.items()
            if (include_top and name.partition("/")[0] not in new) or len(shape) == 4  # kernels
        ]
        for name in sorted({*wanted, *others}):
            kept = shapes.get(name)
            found = tuple(wanted[name].shape) if name in wanted else None
            if kept != found:
                raise _misfit(source, f"weight {name!r}", kept, found)
        if not wanted:
            raise _misfit(source, "`classes`", about["classes"], mine["classes"])
        return [(weight, _array(archive, name)) for name, weight in wanted.items()]


def _architecture(model: Any) -> dict[str, Any]:
    """Return what decides whether weights fit a model: input, classes, and a line per layer."""
    lines = {}
    for layer in model.layers:  # weights fit with or without dropout and softmax
        if "Dropout" not in type(layer).__name__ and layer.name != "probabilities":
            words = [type(layer).__name__, str(tuple(layer.output.shape[1:]))]
            if getattr(layer, "activation", None) is not None:
                words.append(str(keras.activations.serialize(layer.activation)))
            lines[layer.name] = " ".join(words)
    return {
        "input_shape": list(model.input_shape[1:]),
        "classes": model.output_shape[-1],
        "layers": dict(sorted(lines.items())),
    }


def _names(archive: zipfile.ZipFile) -> set[str]:
    """Return the names of a file's arrays, except "about"."""
    names = [name.removesuffix(".npy") for name in archive.namelist()]
    if len(names) != len(set(names)) or _ABOUT not in names:
        raise ValueError("it must contain 'about', and arrays of different names")
    return {*names} - {_ABOUT}


def _header(archive: zipfile.ZipFile, name: str, kind: str = "f") -> tuple[int, ...]:
    """Return an array's shape, after checking that its dtype is of this kind."""
    with archive.open(f"{name}.npy") as member:
        np.lib.format.read_magic(member)
        shape, _, dtype = np.lib.format.read_array_header_1_0(member)
    if dtype.kind != kind or dtype.itemsize > (_LARGEST_ABOUT if kind == "U" else 8):
        raise ValueError(f"{name!r} is of type {dtype}")
    return tuple(shape)


def _about(archive: zipfile.ZipFile) -> dict[str, Any]:
    if _header(archive, _ABOUT, kind="U") != ():
        raise ValueError("'about' is not a single text")
    with archive.open(f"{_ABOUT}.npy") as member:
        about = np.lib.format.read_array(member, allow_pickle=False)
    return dict(json.loads(str(about)))


def _array(archive: zipfile.ZipFile, name: str) -> npt.NDArray[np.float32]:
    with archive.open(f"{name}.npy") as member:
        array = np.lib.format.read_array(member, allow_pickle=False)
        if member.read(1):
            raise ValueError(f"{name!r} is longer than its header says")
    with np.errstate(over="ignore"):
        array = array.astype(np.float32)
    if not np.isfinite(array).all():
        raise ValueError(f"{name!r} contains NaN or infinity")
    return np.asarray(array)


def _compare(fits: dict[str, Any], model: dict[str, Any], source: str, skip: set[str]) -> None:
    """Check that a model has the architecture for which the weights were trained."""
    for argument in ("input_shape", *(() if skip else ("classes",))):
        if fits[argument] != model[argument]:
            raise _misfit(source, f"`{argument}`", fits[argument], model[argument])
    kept, found = fits["layers"], model["layers"]
    for name in sorted({*kept, *found} - skip):
        if kept.get(name) != found.get(name):
            raise _misfit(
                source, f"layer {name!r}", kept.get(name, "missing"), found.get(name, "missing")
            )


def _misfit(source: str, part: str, kept: object, found: object) -> ArgumentError:
    message = (
        f"`weights` must fit the model. Received: weights={source!r}, whose {part} is {kept}, for "
        f"a model whose {part} is {found}. Build the model that the weights fit, or pass "
        "weights=None."
    )
    return ArgumentError(message)
