"""Arrays of images and labels in NumPy's `.npz` and MATLAB's `.mat` files.

Two forms are supported: `images` and `labels`, which are split like an archive, and `x_train`,
`y_train`, `x_valid`, ..., as `keras.datasets` calls them, which keep their splits.
"""

from __future__ import annotations

import math
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from notmnist.datasets.reading.batches import ROLES, Batch, Notes, natural_order, number_classes
from notmnist.datasets.reading.streams import unpacked_limit
from notmnist.errors import ArchiveError

__all__ = ["NAMED_PAIRS", "read_arrays"]

NAMED_PAIRS: Mapping[str, tuple[str, str]] = {
    "all": ("images", "labels"),
    **{split: (f"x_{split}", f"y_{split}") for split in ROLES[1:]},
}
"""The names of the arrays of images and labels, by the split of their examples."""

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
        raise ArchiveError("It unpacks to more bytes than any image file of its size.")
    wanted = {name for pair in NAMED_PAIRS.values() for name in pair} | {_CLASS_NAMES}
    with np.load(path, allow_pickle=False) as arrays:
        return {name: arrays[name] for name in arrays.files if name in wanted}


def _load_mat(path: Path) -> dict[str, npt.NDArray[Any]]:
    from scipy.io import loadmat, whosmat

    try:
        listed = whosmat(str(path))
    except NotImplementedError as error:
        message = "It is a MATLAB 7.3 file; save it in MATLAB with `-v7`, or as `.npz`."
        raise ArchiveError(message) from error
    wanted = [pair for pair in listed if pair[0] in NAMED_PAIRS["all"]]
    if any(math.prod(shape) > unpacked_limit(path) for _, shape, _ in wanted):
        raise ArchiveError("It unpacks to more bytes than any image file of its size.")
    loaded = loadmat(str(path), variable_names=[name for name, _, _ in wanted])
    return {name: np.asarray(loaded[name]) for name, _, _ in wanted}


def _batches(arrays: dict[str, npt.NDArray[Any]], notes: Notes) -> Iterator[Batch]:
    pairs = {
        role: (arrays[images], arrays[labels].ravel())
        for role, (images, labels) in NAMED_PAIRS.items()
        if images in arrays and labels in arrays
    }
    if "train" in pairs:
        pairs.pop("all", None)
    elif "all" in pairs:
        pairs = {"all": pairs["all"]}
    else:
        wanted = "`images` and `labels`, or `x_train`, `y_train` and so on"
        raise ArchiveError(f"It must contain {wanted}. Received: the arrays {sorted(arrays)}.")
    names, numbers = _classes([labels for _, labels in pairs.values()], arrays.get(_CLASS_NAMES))
    for name in names:
        notes.number(name)
    notes.in_order = True
    for (role, (images, _)), labels in zip(pairs.items(), numbers, strict=True):
        pixels = _images(NAMED_PAIRS[role][0], images, len(labels), notes)
        roles = np.full(len(labels), ROLES.index(role), np.uint8)
        for start in range(0, len(labels), _BATCH):
            part = slice(start, start + _BATCH)
            images = _bytes(NAMED_PAIRS[role][0], pixels[part])
            yield Batch(images, labels[part], roles=roles[part])


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
