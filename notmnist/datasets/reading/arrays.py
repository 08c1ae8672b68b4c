"""Arrays of images and labels in NumPy's `.npz` and MATLAB's `.mat` files.

Two forms are supported: `images` and `labels`, which are split like an archive, and `x_train`,
`y_train`, `x_valid` (or `x_val`), ..., as in `keras.datasets`, which keep their splits.
"""

from __future__ import annotations

import math
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from notmnist.datasets.reading.batches import (
    ROLES,
    SPLIT_NAMES,
    Batch,
    Notes,
    Role,
    natural_order,
    number_classes,
)
from notmnist.datasets.reading.streams import unpacked_limit
from notmnist.errors import ArchiveError

__all__ = ["read_arrays"]

_PAIRS: Mapping[tuple[str, str], Role] = {  # images and labels, and the split of their examples
    ("images", "labels"): "all",
    **{(f"x_{name}", f"y_{name}"): split for split, names in SPLIT_NAMES.items() for name in names},
}
_BATCH = 8192
_CLASS_NAMES = "class_names"  # an array of text; optional


def read_arrays(path: Path, notes: Notes) -> Iterator[Batch]:
    """Yield the images in an `.npz` or `.mat` file, split by split. Nothing in it is unpickled.

    Raises:
        ArchiveError: The file lacks the arrays, or they are not images and labels.
    """
    try:
        arrays = _load_mat(path) if path.suffix.lower() == ".mat" else _load_npz(path)
        yield from _batches(arrays, notes)
    except ArchiveError as error:
        raise ArchiveError(f"Cannot read the arrays in {str(path)!r}. {error}") from error
    except Exception as error:  # NumPy's and SciPy's parsers raise many kinds
        message = f"{str(path)!r} is cut off, damaged or in another format: {error}."
        raise ArchiveError(message) from error


def _load_npz(path: Path) -> dict[str, npt.NDArray[Any]]:
    with zipfile.ZipFile(path) as archive:
        size = sum(member.file_size for member in archive.infolist())
    if size > unpacked_limit(path):
        raise ArchiveError("It unpacks to more bytes than images in a file of its size can have.")
    with np.load(path, allow_pickle=False) as arrays:
        wanted = _wanted(arrays.files)
        return {name: arrays[name] for name in wanted}


def _load_mat(path: Path) -> dict[str, npt.NDArray[Any]]:
    from scipy.io import loadmat, whosmat

    try:
        listed = whosmat(str(path))
    except NotImplementedError as error:
        message = "It is a MATLAB 7.3 file; save it in MATLAB with `-v7`, or as `.npz`."
        raise ArchiveError(message) from error
    shapes = {name: shape for name, shape, _ in listed}
    wanted = [name for name in _wanted(list(shapes)) if name != _CLASS_NAMES]
    if any(math.prod(shapes[name]) > unpacked_limit(path) for name in wanted):
        raise ArchiveError("It unpacks to more bytes than images in a file of its size can have.")
    loaded = loadmat(str(path), variable_names=wanted)
    return {name: np.asarray(loaded[name]) for name in wanted}


def _wanted(names: list[str]) -> list[str]:
    """Return the names of the arrays to load, after checking that they come in pairs."""
    pairs = [pair for pair in _PAIRS if set(pair) & set(names)]
    roles = [_PAIRS[pair] for pair in pairs]
    whole = all(set(pair) <= set(names) for pair in pairs)
    if not whole or len(set(roles)) < len(roles) or not (roles == ["all"] or "train" in roles):
        raise ArchiveError(
            "It must contain `images` and `labels`, or `x_train` and `y_train`, and optionally "
            f"such pairs for valid and test. Received: the arrays {sorted(names)}."
        )
    return [name for pair in pairs for name in pair] + [_CLASS_NAMES] * (_CLASS_NAMES in names)


def _batches(arrays: dict[str, npt.NDArray[Any]], notes: Notes) -> Iterator[Batch]:
    pairs = {
        role: (x, arrays[x], arrays[y].ravel()) for (x, y), role in _PAIRS.items() if x in arrays
    }
    labels_of = [labels for _, _, labels in pairs.values()]
    names, numbers = _classes(labels_of, arrays.get(_CLASS_NAMES))
    for name in names:
        notes.number(name)
    notes.in_order = True
    for (role, (x, images, _)), labels in zip(pairs.items(), numbers, strict=True):
        pixels = _images(x, images, len(labels), notes)
        roles = np.full(len(labels), ROLES.index(role), np.uint8)
        for start in range(0, len(labels), _BATCH):
            part = slice(start, start + _BATCH)
            yield Batch(_bytes(x, pixels[part]), labels[part], roles=roles[part])


def _classes(
    columns: list[npt.NDArray[Any]], named: npt.NDArray[Any] | None
) -> tuple[tuple[str, ...], list[npt.NDArray[np.uint16]]]:
    """Return the names of the classes, and the labels as positions among them."""
    together = np.concatenate(columns)
    if not len(together):
        raise ArchiveError("It contains no examples.")
    if together.dtype.kind in "US":
        texts = together.astype(str).tolist()
        names, first = tuple(natural_order(set(texts))), 0
        place = {name: number for number, name in enumerate(names)}
        positions = np.array([place[text] for text in texts])
    else:
        positions = together.astype(np.int64)
        if together.dtype.kind not in "iuf" or not np.array_equal(positions, together):
            raise ArchiveError(f"Labels must be whole numbers or text. Received: {together.dtype}.")
        low, high = int(positions.min()), int(positions.max())
        if named is not None and low >= 0 and high < named.size:
            names, first = tuple(str(name) for name in named.ravel()), 0
        else:
            first, names = number_classes(low, high)
    ends = np.cumsum([len(column) for column in columns])[:-1]
    return names, np.split((positions - first).astype(np.uint16), ends)


def _images(name: str, images: npt.NDArray[Any], count: int, notes: Notes) -> npt.NDArray[Any]:
    """Return the images with their number as the first axis."""
    if images.ndim not in (3, 4) or count not in (len(images), images.shape[-1]):
        message = (
            f"`{name}` must be of shape (n, height, width), (height, width, n) or (n, height, "
            f"width, channels) for its {count} labels. Received: shape {images.shape}."
        )
        raise ArchiveError(message)
    if len(images) != count:
        images = np.moveaxis(images, -1, 0)
    if images.ndim == 4 and images.shape[3] == 1:
        images = images[..., 0]
    if images.ndim == 4 and images.shape[3] != 3:
        message = f"`{name}` must have one or three channels. Received: {images.shape[3]}."
        raise ArchiveError(message)
    notes.refuse(images.shape[1:3], name)
    return images


def _bytes(name: str, images: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    """Return pixels, which must be whole numbers from 0 to 255, as bytes."""
    pixels = images.astype(np.uint8) if images.dtype.kind in "iuf" else None
    if pixels is None or not np.array_equal(pixels, images):
        span = "" if pixels is None else f" from {images.min():g} to {images.max():g}"
        message = (
            f"`{name}` must be whole numbers from 0 (background) to 255 (ink). Received: "
            f"{images.dtype}{span}. Pixels from -0.5 to 0.5 become bytes by "
            "np.rint(255 * images + 127.5).astype('uint8')."
        )
        raise ArchiveError(message)
    return np.ascontiguousarray(pixels)
